import Coordination
import Foundation
import Glibc
import Synchronization

/// The folder in which an agent's units run, held for this agent alone. Each lease has a folder in it, named by
/// numbers, and gone once the lease is settled:
///
///     DIR/j12.0-45/run/           the unit's working directory, unless its job names one
///     DIR/j12.0-45/checkpoints/   where rank 0 may put its checkpoints
///     DIR/j12.0-45/restored       the checkpoint that the gang goes on from
///     DIR/j12.0-45/gang-key       the key of the gang's generation (mode 0600)
///
/// A lease that left nothing in its folder leaves the folder to the next one, which renames it: most short tasks write nothing,
/// and to make three folders and remove them costs as much as to run `/bin/true`.
final class WorkFolder: Sendable {
    /// The folders of one lease.
    struct LeaseFolder {
        let path: String
        var run: String { "\(path)/run" }
        var checkpoints: String { "\(path)/checkpoints" }
        var restored: String { "\(path)/restored" }
        var gangKey: String { "\(path)/gang-key" }
    }

    let path: String
    private let lock: Int32
    /// The agent made the folder, and takes it away.
    private let isTemporary: Bool
    /// Folders of leases that are over, as good as new, and what they looked like then.
    private let spare = Mutex<[(folder: LeaseFolder, looks: [LeaseFolder.Looks])]>([])
    private static let mostSpare = 64

    /// Who works in the leases' folders, where that isn't the agent's user.
    private let account: JobAccount?

    /// - Parameter path: nil for a fresh folder under TMPDIR.
    init(_ path: String?, account: JobAccount? = nil) throws {
        self.account = account
        isTemporary = path == nil
        if let path {
            self.path = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
            try Self.create(self.path)
        } else {
            Self.removeAbandoned(in: Self.temporaryFolder)
            var template = Array("\(Self.temporaryFolder)/\(Self.temporaryName)XXXXXX".utf8CString)
            let isMade = mkdtemp(&template) != nil
            let code = errno
            self.path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
            guard isMade else { throw AgentError.workFolder(path: self.path, reason: String(cString: strerror(code))) }
        }
        lock = try Self.lock(self.path)
        // The user finds its way through, and can't look around.
        if account != nil { chmod(self.path, 0o711) }
        removeLeftovers()
    }

    deinit {
        flock(lock, LOCK_UN)
        Glibc.close(lock)
    }

    /// Takes the folder away if the agent made it; leaves it empty otherwise.
    func remove() {
        removeLeftovers()
        unlink("\(path)/lock")
        if isTemporary { rmdir(path) }
    }

    func make(for lease: Lease) throws -> LeaseFolder {
        let folder = folder(of: lease)
        // What ran in it is gone, and was looked for then: now its times are enough.
        if let old = spare.withLock({ $0.popLast() }), old.folder.looks == old.looks,
            rename(old.folder.path, folder.path) == 0
        {
            return folder
        }
        for path in [folder.path, folder.run, folder.checkpoints] where mkdir(path, 0o700) != 0 {
            try Self.create(path)
        }
        return folder
    }

    /// The unit's user owns its folder from now on. Until then nobody but the agent can put anything there.
    func handOver(_ folder: LeaseFolder) throws {
        guard let account else { return }
        let files = [folder.restored, folder.gangKey].filter { (path: String) in access(path, F_OK) == 0 }
        try account.own([folder.run, folder.checkpoints] + files + [folder.path])
    }

    func remove(_ lease: Lease) {
        let folder = folder(of: lease)
        let isKept =
            // One that a unit's user owned is no other unit's.
            account == nil
            && spare.withLock { spare in
                guard spare.count < Self.mostSpare, let looks = folder.looks, looks.allSatisfy(\.isOwnersAlone),
                    folder.isAsNew
                else { return false }
                spare.append((folder, looks))
                return true
            }
        if !isKept { try? FileManager.default.removeItem(atPath: folder.path) }
    }

    private func folder(of lease: Lease) -> LeaseFolder {
        LeaseFolder(path: "\(path)/\(lease.task)-\(lease.epoch.number)")
    }

    /// What an agent that was killed left: folders with names that only `folder(of:)` gives.
    private func removeLeftovers() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        where name.wholeMatch(of: /j[0-9]+\.[0-9]+-[0-9]+/) != nil {
            try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
        }
    }

    private static var temporaryFolder: String { FileManager.default.temporaryDirectory.path }
    private static let temporaryName = "banquet-worker-"

    /// Takes away the fresh folders of agents that were killed: their locks are free, and name the pid that held them. (One
    /// that is just being made has an empty lock file, or none.)
    static func removeAbandoned(in folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where name.hasPrefix(temporaryName) {
            let path = "\(folder)/\(name)"
            let file = open("\(path)/lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            guard file >= 0 else { continue }
            defer { close(file) }
            var information = stat()
            guard fstat(file, &information) == 0, information.st_size > 0, flock(file, LOCK_EX | LOCK_NB) == 0 else {
                continue
            }
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    private static func create(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            let reason = (error as NSError).userInfo[NSUnderlyingErrorKey].map { "\(($0 as? NSError)?.code ?? 0)" }
            let code = reason.flatMap { Int32($0) } ?? 0
            throw AgentError.workFolder(path: path, reason: code == 0 ? "\(error)" : String(cString: strerror(code)))
        }
    }

    private static func lock(_ folder: String) throws -> Int32 {
        let path = "\(folder)/lock"
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw AgentError.workFolder(path: path, reason: String(cString: strerror(errno))) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            defer { close(file) }
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            throw AgentError.workFolderInUse(folder: folder, pid: Int32(text.prefix { $0.isNumber }))
        }
        let line = Array("\(getpid())\n".utf8)
        ftruncate(file, 0)
        guard write(file, line, line.count) == line.count else {
            close(file)
            throw AgentError.workFolder(path: path, reason: String(cString: strerror(errno)))
        }
        return file
    }
}

extension WorkFolder.LeaseFolder {
    /// It is what `make` makes, and nothing else is in it.
    fileprivate var isAsNew: Bool {
        Self.names(in: path).map(Set.init) == ["run", "checkpoints"]
            && [run, checkpoints].allSatisfy { Self.names(in: $0) == [] }
    }

    /// What the three folders look like from outside; nil where one is missing.
    fileprivate var looks: [Looks]? {
        let all = [path, run, checkpoints].compactMap(Looks.init)
        return all.count == 3 ? all : nil
    }

    /// A folder from outside: it changes when something is put in it, taken out of it or renamed there.
    fileprivate struct Looks: Equatable {
        private let mode: mode_t
        private let owner: uid_t
        private let inode: ino_t
        private let seconds: Int
        private let nanoseconds: Int

        init?(_ path: String) {
            var information = stat()
            guard lstat(path, &information) == 0 else { return nil }
            (mode, owner, inode) = (information.st_mode, information.st_uid, information.st_ino)
            (seconds, nanoseconds) = (information.st_mtim.tv_sec, information.st_mtim.tv_nsec)
        }

        var isOwnersAlone: Bool { mode == S_IFDIR | 0o700 && owner == geteuid() }
    }

    /// Three at most; nil when it is no folder, or can't be read.
    private static func names(in path: String) -> [String]? {
        guard let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var names: [String] = []
        while names.count < 3, let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
