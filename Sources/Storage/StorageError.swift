/// Why the store can't be opened, read or written. Each description is one line that names the place and the cause.
public enum StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process holds the state folder; `pid` is what its lock file names.
    case locked(folder: String, pid: Int32?)
    /// The folder or a file in it can't be created, opened or read.
    case unusable(path: String, reason: String)
    /// The folder was written by a later Banquet.
    case newerSchema(folder: String, found: Int, supported: Int)
    /// What is on disk contradicts itself; nothing was changed.
    case damaged(path: String, reason: String)
    /// A write failed. What it was to make durable is not; the store takes no writes after this.
    case writeFailed(path: String, reason: String)
    /// An earlier write failed (its message is given), or the store was closed.
    case writesRefused(because: String)
    /// The caller asked for what the store can't do: entries out of sequence, metrics that are not a JSON object.
    case refused(reason: String)

    public var description: String {
        switch self {
        case .locked(let folder, let pid?):
            "state folder \(folder) is owned by the running coordinator with pid \(pid)"
        case .locked(let folder, nil):
            "state folder \(folder) is owned by another running coordinator"
        case .unusable(let path, let reason):
            "\(path): \(reason)"
        case .newerSchema(let folder, let found, let supported):
            "state folder \(folder) has schema version \(found), written by a later Banquet; "
                + "this one reads up to \(supported)"
        case .damaged(let path, let reason):
            "\(path) is damaged: \(reason)"
        case .writeFailed(let path, let reason):
            "can't write \(path): \(reason)"
        case .writesRefused(let reason):
            "the store takes no more writes: \(reason)"
        case .refused(let reason):
            reason
        }
    }
}
