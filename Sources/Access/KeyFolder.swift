import Foundation
import Glibc
public import Messaging

/// The folder of keys. On the coordinator's host it holds them all; on another host, the key files that were copied there.
///
///     DIR/cluster.key         the coordinator's own key
///     DIR/allowed             who may connect (`AllowList`)
///     DIR/worker-w1.key       the key of worker w1, and so on: ROLE-NAME.key
public struct KeyFolder: Sendable {
    public let path: String

    public init(_ path: String) { self.path = path }

    /// `$BANQUET_KEYS`, or `~/.banquet/keys`.
    public static func standard() -> KeyFolder {
        let environment = ProcessInfo.processInfo.environment
        if let path = environment["BANQUET_KEYS"], !path.isEmpty { return KeyFolder(path) }
        let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
        return KeyFolder("\(home)/.banquet/keys")
    }

    static let adviceForCluster =
        "on the coordinator's host, `banquet keys init` makes it (--insecure does without keys, on loopback only)"
    static let adviceForKeys =
        "on the coordinator's host, `banquet keys init` and `banquet keys add` make keys; copy this one here, mode 0600 (--insecure does without, on loopback only)"

    public var clusterPath: String { "\(path)/cluster.key" }
    public var listPath: String { "\(path)/allowed" }
    public func path(of principal: Principal) -> String { "\(path)/\(principal.role.rawValue)-\(principal.name).key" }

    // MARK: Reading

    /// The coordinator's own key.
    public func clusterKey() throws(AccessError) -> ClusterKey {
        try PrivateFile.checkFolder(path, advice: Self.adviceForCluster)
        return try ClusterKey.read(clusterPath)
    }

    public func allowList() throws(AccessError) -> AllowList {
        try AllowList(parsing: PrivateFile.read(listPath, advice: Self.adviceForCluster), path: listPath)
    }

    /// A file of keys as it is written, to be copied to the host where it belongs.
    public static func text(of path: String) throws(AccessError) -> String {
        try PrivateFile.read(path, advice: adviceForKeys)
    }

    /// Changes when the allow list's file does.
    public func listVersion() -> [Int64] {
        var information = stat()
        guard stat(listPath, &information) == 0 else { return [] }
        return [
            Int64(truncatingIfNeeded: information.st_ino), Int64(information.st_size), Int64(information.st_mode),
            Int64(information.st_mtim.tv_sec), Int64(information.st_mtim.tv_nsec),
        ]
    }

    /// The key of a worker: of this name, or the only one that is here.
    public func workerKey(named name: String?) throws(AccessError) -> KeyFile {
        if let name {
            guard let principal = Principal(.worker, name) else { throw .refused("'\(name)' is not a worker's name") }
            return try KeyFile(reading: path(of: principal))
        }
        let candidates = try files(of: [.worker])
        if candidates.count == 1 { return try KeyFile(reading: candidates[0]) }
        if candidates.isEmpty { throw .missing("\(path)/worker-NAME.key", advice: Self.adviceForKeys) }
        throw .refused("there are several workers' keys in \(path): say which by --name")
    }

    /// The key of a client: the local user's operator's key, or else the only one that is here.
    /// - Parameter user: the user's name.
    public func clientKey(of user: String) throws(AccessError) -> KeyFile {
        if let own = Principal(.operator, user), access(path(of: own), F_OK) == 0 {
            return try KeyFile(reading: path(of: own))
        }
        let candidates = try files(of: [.operator, .tenant, .viewer])
        if candidates.count == 1 { return try KeyFile(reading: candidates[0]) }
        if candidates.isEmpty { throw .missing("\(path)/ROLE-NAME.key", advice: Self.adviceForKeys) }
        let names = candidates.map { URL(fileURLWithPath: $0).lastPathComponent.dropLast(4) }.joined(separator: ", ")
        throw .refused("there are several keys in \(path): say which by --key, one of \(names)")
    }

    private func files(of roles: [Role]) throws(AccessError) -> [String] {
        try PrivateFile.checkFolder(path, advice: Self.adviceForKeys)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.sorted().filter { name in
            name.hasSuffix(".key") && roles.contains { name.hasPrefix("\($0.rawValue)-") }
        }.map { "\(path)/\($0)" }
    }

    // MARK: Writing

    /// Makes the folder, the cluster's key, an empty allow list and an operator's key.
    /// - Throws: `AccessError.refused` where there are keys already; nothing was changed then.
    public func initialize(operator name: String) throws(AccessError) -> KeyFile {
        guard access(clusterPath, F_OK) != 0, access(listPath, F_OK) != 0 else {
            throw .refused("there are keys in \(path) already; nothing was changed")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: Int(PrivateFile.folderMode)])
        } catch { throw .failed(path, reason: "the folder can't be made: \(error.localizedDescription)") }
        try PrivateFile.checkFolder(path, advice: Self.adviceForCluster)
        let cluster = ClusterKey(keys: try Self.draw())
        try PrivateFile.write(AllowList().text, to: listPath, replaces: false)
        try cluster.write(to: clusterPath)
        return try add([.init(.operator, name)])[0]
    }

    /// Draws keys for principals and puts them on the allow list: for all of them or none.
    /// - Throws: `AccessError.refused` where one has a key already.
    public func add(_ principals: [Principal?]) throws(AccessError) -> [KeyFile] {
        try change { list throws(AccessError) in
            let cluster = try clusterKey().keys.publicKey
            var files: [KeyFile] = []
            for principal in principals {
                guard let principal else {
                    throw .refused("a name has 1 to 64 letters, digits, dots, dashes and underscores, and no dot first")
                }
                guard list.current(of: principal) == nil, access(path(of: principal), F_OK) != 0 else {
                    throw .refused("\(principal) has a key already: `banquet keys revoke` ends it; nothing was changed")
                }
                let file = KeyFile(
                    path: path(of: principal), principal: principal, keys: try Self.draw(), cluster: cluster)
                list.allow(principal, file.keys.publicKey)
                files.append(file)
            }
            for file in files { try file.write() }
            return files
        }
    }

    /// Puts a key on the list that was drawn elsewhere.
    public func add(_ principal: Principal, key: CurvePublicKey) throws(AccessError) {
        try change { list throws(AccessError) in
            guard list.current(of: principal) == nil else {
                throw .refused("\(principal) has a key already: `banquet keys revoke` ends it; nothing was changed")
            }
            guard !list.entries.contains(where: { $0.key == key.description }) else {
                throw .refused("this key is on the list already; nothing was changed")
            }
            list.allow(principal, key)
        }
    }

    /// Takes a principal's key from those that may connect, and its file away, if it is here.
    public func revoke(_ principal: Principal) throws(AccessError) -> String {
        try change { list throws(AccessError) in
            guard let entry = list.current(of: principal), let key = CurvePublicKey(entry.key) else {
                throw .refused("\(principal) has no key; `banquet keys list` shows those that there are")
            }
            _ = list.revoke(key)
            unlink(path(of: principal))
            return entry.key
        }
    }

    /// Changes the list under a lock, so that two who change it at one time both succeed.
    private func change<Result>(
        _ body: (inout AllowList) throws(AccessError) -> Result
    ) throws(AccessError) -> Result {
        try PrivateFile.checkFolder(path, advice: Self.adviceForCluster)
        let lockPath = "\(path)/lock"
        let lock = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX) == 0 else {
            throw PrivateFile.failure(lockPath, advice: Self.adviceForCluster)
        }
        defer { close(lock) }
        var list = try allowList()
        let before = list
        let result = try body(&list)
        if list != before { try PrivateFile.write(list.text, to: listPath, replaces: true) }
        return result
    }

    private static func draw() throws(AccessError) -> CurveKeyPair {
        do { return try CurveKeyPair.generate() } catch { throw .failed("drawing a key", reason: "\(error)") }
    }
}
