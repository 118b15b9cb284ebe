/// Why an agent can't start. One line each, with place and cause.
public enum AgentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A setting that no agent can have.
    case invalid(setting: String, reason: String)
    /// Another agent holds the work folder.
    case workFolderInUse(folder: String, pid: Int32?)
    /// The work folder can't be made or written.
    case workFolder(path: String, reason: String)
    /// The operating system refused what the agent needs: a process, a descriptor.
    case system(operation: String, reason: String)

    public var description: String {
        switch self {
        case .invalid(let setting, let reason): "\(setting): \(reason)"
        case .workFolderInUse(let folder, let pid?):
            "work folder \(folder) is in use by the running worker with pid \(pid)"
        case .workFolderInUse(let folder, nil): "work folder \(folder) is in use by another running worker"
        case .workFolder(let path, let reason): "\(path): \(reason)"
        case .system(let operation, let reason): "\(operation): \(reason)"
        }
    }
}
