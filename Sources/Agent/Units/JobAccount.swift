import CPlatform
import Glibc

/// The user that an agent of root's runs jobs as. What its jobs can reach is what that user can.
public struct JobAccount: Hashable, Sendable {
    public let name: String
    let user: uid_t
    let group: gid_t
    let groups: [gid_t]
    let home: String

    /// Looks a user of this host up.
    /// - Throws: `AgentError.invalid` when there is none, when it is root, or when this process isn't root's.
    public init(named name: String) throws {
        guard geteuid() == 0 else {
            throw AgentError.invalid(
                setting: "user '\(name)'", reason: "only an agent that root runs can run jobs as another user")
        }
        guard let entry = getpwnam(name)?.pointee else {
            throw AgentError.invalid(setting: "user '\(name)'", reason: "this host has no such user")
        }
        guard entry.pw_uid != 0 else {
            throw AgentError.invalid(setting: "user '\(name)'", reason: "jobs run as anybody but root")
        }
        self.name = name
        user = entry.pw_uid
        group = entry.pw_gid
        home = String(cString: entry.pw_dir)
        var count: Int32 = 256
        var list = [gid_t](repeating: 0, count: Int(count))
        guard getgrouplist(name, group, &list, &count) >= 0 else {
            throw AgentError.invalid(setting: "user '\(name)'", reason: "it is in more than 256 groups")
        }
        groups = Array(list.prefix(Int(count)))
    }

    /// Of the agent's own environment, what a job of another user may see.
    func environment(from own: [String: String]) -> [String: String] {
        var result = own.filter { name, _ in ["PATH", "LANG", "TZ"].contains(name) || name.hasPrefix("LC_") }
        result["HOME"] = home
        result["USER"] = name
        result["LOGNAME"] = name
        result["SHELL"] = "/bin/sh"
        return result
    }

    /// Gives files that the agent made to the user.
    func own(_ paths: [String]) throws {
        for path in paths where lchown(path, user, group) != 0 {
            throw AgentError.workFolder(path: path, reason: String(cString: strerror(errno)))
        }
    }
}

/// A bound that the kernel holds each process of a job to (`setrlimit`).
public struct ResourceLimit: Hashable, Sendable {
    /// What can be bounded: the number that the kernel calls it by, and whether a value is a size.
    static let kinds: [(name: String, resource: Int32, isSize: Bool, help: String)] = [
        ("cpu", Int32(RLIMIT_CPU.rawValue), false, "seconds of processor time"),
        ("memory", Int32(RLIMIT_AS.rawValue), true, "bytes of address space"),
        ("file-size", Int32(RLIMIT_FSIZE.rawValue), true, "bytes of a file that it writes"),
        ("files", Int32(RLIMIT_NOFILE.rawValue), false, "open files"),
        ("processes", Int32(__RLIMIT_NPROC.rawValue), false, "processes of its user"),
        ("core", Int32(RLIMIT_CORE.rawValue), true, "bytes of a core dump"),
    ]
    public static let names = kinds.map(\.name)
    public static func isSize(_ name: String) -> Bool { kinds.contains { $0.name == name && $0.isSize } }

    let resource: Int32
    /// Nil: what the job asked for.
    let value: UInt64?

    /// Nil for what can't be bounded.
    public init?(_ name: String, _ value: UInt64) {
        guard let kind = Self.kinds.first(where: { $0.name == name }) else { return nil }
        resource = kind.resource
        self.value = value
    }

    /// As much address space as the unit's job asked for of memory; a job that asked for none has no bound. What reserves more than it
    /// uses (CUDA does) can't run under it.
    public static let jobsMemory = ResourceLimit(jobsMemory: ())

    private init(jobsMemory: Void) {
        resource = Int32(RLIMIT_AS.rawValue)
        value = nil
    }
}

/// What the kernel is told of a job's processes.
struct Confinement: Hashable, Sendable {
    var account: JobAccount?
    var limits: [ResourceLimit] = []
}
