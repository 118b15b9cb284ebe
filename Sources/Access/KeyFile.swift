public import Messaging

/// A file that makes its holder a principal of a cluster: key pair, name and role, and the cluster's public key. It is all that a
/// worker or a client needs on its host.
///
///     role worker
///     name w1
///     public …
///     secret …
///     cluster …
public struct KeyFile: Sendable {
    public let path: String
    public let principal: Principal
    public let keys: CurveKeyPair
    /// The key by which the coordinator is known.
    public let cluster: CurvePublicKey

    /// What a socket that connects to the coordinator is set to.
    public var security: SocketSecurity { .client(keys: keys, server: cluster) }

    init(path: String, principal: Principal, keys: CurveKeyPair, cluster: CurvePublicKey) {
        self.path = path
        self.principal = principal
        self.keys = keys
        self.cluster = cluster
    }

    /// - Throws: `AccessError`.
    public init(reading path: String) throws(AccessError) {
        let fields = try KeyFields(reading: path, advice: KeyFolder.adviceForKeys)
        self.path = path
        let (line, roleText) = try fields.need("role")
        guard let role = Role(rawValue: roleText) else {
            let roles = Role.allCases.map(\.rawValue).joined(separator: ", ")
            throw .unreadable(path, line: line, reason: "the role is '\(roleText)'; it must be one of \(roles)")
        }
        let (nameLine, name) = try fields.need("name")
        guard let principal = Principal(role, name) else {
            throw .unreadable(path, line: nameLine, reason: "'\(name)' is not a name")
        }
        self.principal = principal
        keys = try fields.pair()
        cluster = try fields.key("cluster")
    }

    func write() throws(AccessError) {
        let text = """
            # Banquet: \(principal). Who has this file is \(principal): keep it to its owner (mode 0600).
            role \(principal.role.rawValue)
            name \(principal.name)
            public \(keys.publicKey)
            secret \(keys.secretKey.revealed)
            cluster \(cluster)

            """
        try PrivateFile.write(text, to: path, replaces: false)
    }
}

/// The coordinator's own key, by which workers and clients know that it is theirs.
public struct ClusterKey: Sendable {
    public let keys: CurveKeyPair

    static func read(_ path: String) throws(AccessError) -> ClusterKey {
        ClusterKey(keys: try KeyFields(reading: path, advice: KeyFolder.adviceForCluster).pair())
    }

    func write(to path: String) throws(AccessError) {
        let text = """
            # Banquet: the cluster's key. Who has this file can pass for the coordinator: it stays on the coordinator's host (mode 0600).
            public \(keys.publicKey)
            secret \(keys.secretKey.revealed)

            """
        try PrivateFile.write(text, to: path, replaces: false)
    }
}

/// The lines `word value` of a file of keys. A secret never becomes part of an error.
private struct KeyFields {
    let path: String
    private var values: [String: (line: Int, text: String)] = [:]

    init(reading path: String, advice: String) throws(AccessError) {
        self.path = path
        for (line, words) in WordLines.read(try PrivateFile.read(path, advice: advice)) {
            guard words.count == 2 else {
                throw .unreadable(path, line: line, reason: "a line holds a word and its value")
            }
            guard values.updateValue((line, String(words[1])), forKey: String(words[0])) == nil else {
                throw .unreadable(path, line: line, reason: "'\(words[0])' is there twice")
            }
        }
    }

    func need(_ word: String) throws(AccessError) -> (line: Int, text: String) {
        guard let value = values[word] else { throw .unreadable(path, line: 1, reason: "there is no line '\(word) …'") }
        return value
    }

    func key(_ word: String) throws(AccessError) -> CurvePublicKey {
        let (line, text) = try need(word)
        guard let key = CurvePublicKey(text) else {
            throw .unreadable(path, line: line, reason: "'\(word)' is not followed by a key (forty characters of Z85)")
        }
        return key
    }

    func pair() throws(AccessError) -> CurveKeyPair {
        let (line, text) = try need("secret")
        guard let secret = CurveSecretKey(revealed: text), let pair = CurveKeyPair(secretKey: secret) else {
            throw .unreadable(path, line: line, reason: "'secret' is not followed by a key (forty characters of Z85)")
        }
        guard try key("public") == pair.publicKey else {
            throw .unreadable(path, line: line, reason: "the public key is not that of the secret one")
        }
        return pair
    }
}
