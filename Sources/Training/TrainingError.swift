/// Why a training run can't start or can't go on. `description` is one line that names the place, the cause and,
/// where it helps, what would be right.
public enum TrainingError: Error, Hashable, CustomStringConvertible {
    /// A parameter of the job: unknown, unreadable or out of range.
    case badParameter(String)
    /// The environment that the worker hands to a rank lacks a variable, or carries one that can't be read.
    case badEnvironment(String)
    /// The data set in the binary can't be read.
    case badData(String)
    /// A checkpoint is damaged, of another version, or of another run.
    case badCheckpoint(path: String, reason: String)
    /// The ranks could not find each other.
    case rendezvous(String)
    /// A neighbour in the ring fell silent, or sent what it may not send.
    case ring(String)
    /// The loss is no longer a finite number.
    case diverged(epoch: Int)
    /// The operating system refused a file or a socket.
    case system(String)

    public var description: String {
        switch self {
        case .badParameter(let text), .badEnvironment(let text), .badData(let text), .system(let text): text
        case .badCheckpoint(let path, let reason): "checkpoint \(path): \(reason)"
        case .rendezvous(let text): "rendezvous: \(text)"
        case .ring(let text): "ring: \(text)"
        case .diverged(let epoch):
            "epoch \(epoch): the loss is not a finite number any more; a smaller learning-rate would help"
        }
    }

    /// Whether the fault lies in what the user wrote (exit code 2) rather than in the run (exit code 1).
    public var isBadInput: Bool {
        switch self {
        case .badParameter, .badEnvironment: true
        default: false
        }
    }
}
