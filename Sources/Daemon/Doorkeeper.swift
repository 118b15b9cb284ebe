import Access
import Messaging

/// Knows who is behind each connection, by the key that it has shown, and notices when the allow list changes.
final class Doorkeeper {
    let keys: CurveKeyPair
    private let folder: KeyFolder
    private var list: AllowList
    private var version: [Int64]
    private var known: [UInt64: (key: CurvePublicKey, permissions: Permissions)] = [:]

    /// - Throws: `AccessError`.
    init(_ folder: KeyFolder) throws {
        self.folder = folder
        keys = try folder.clusterKey().keys
        version = folder.listVersion()
        list = try folder.allowList()
    }

    func allows(_ key: CurvePublicKey) -> Bool { list[key] != nil }

    /// What the peer of a connection may do; nil when its key is not allowed (any more).
    /// - Parameter key: the one that the connection has shown; asked for once.
    func permissions(of connection: UInt64, key: (UInt64) -> CurvePublicKey?) -> Permissions? {
        if let known = known[connection] { return known.permissions }
        guard let key = key(connection), let principal = list[key] else { return nil }
        let permissions = Permissions(principal)
        known[connection] = (key, permissions)
        return permissions
    }

    func lost(_ connection: UInt64) { known[connection] = nil }

    /// Reads the allow list again if its file has changed.
    /// - Returns: the connections whose keys are not what they were, to be ended; nil when nothing has changed.
    /// - Throws: `AccessError`: the list that was read before stays in force.
    func reload() throws -> [UInt64]? {
        let version = folder.listVersion()
        guard version != self.version else { return nil }
        self.version = version
        list = try folder.allowList()
        let ended = known.filter { list[$0.value.key] != $0.value.permissions.principal }.keys.sorted()
        for connection in ended { known[connection] = nil }
        return ended
    }
}
