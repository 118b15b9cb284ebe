public import Messaging

/// Who may connect to the coordinator, by public key. The file has a line for each key, the revoked ones too:
///
///     allowed  worker    w1      PUBLIC
///     revoked  tenant    vision  PUBLIC
public struct AllowList: Sendable, Equatable {
    public struct Entry: Hashable, Sendable, Codable {
        public enum State: String, Hashable, Sendable, Codable { case allowed, revoked }

        public var state: State
        public let principal: Principal
        /// Forty characters of Z85.
        public let key: String
    }

    public private(set) var entries: [Entry] = []
    private var allowed: [CurvePublicKey: Principal] = [:]

    public init() {}

    /// - Throws: `AccessError.unreadable`: nothing of such a file is used.
    public init(parsing text: String, path: String) throws(AccessError) {
        for (line, words) in WordLines.read(text) {
            guard words.count == 4, let state = Entry.State(rawValue: String(words[0])),
                let role = Role(rawValue: String(words[1])), let principal = Principal(role, String(words[2])),
                let key = CurvePublicKey(String(words[3]))
            else {
                throw .unreadable(
                    path, line: line, reason: "a line reads: allowed or revoked, a role, a name, a public key")
            }
            guard !entries.contains(where: { $0.key == key.description }) else {
                throw .unreadable(path, line: line, reason: "this key is there twice")
            }
            entries.append(Entry(state: state, principal: principal, key: key.description))
            if state == .allowed { allowed[key] = principal }
        }
    }

    /// Who holds the key; nil for a key that isn't allowed, or no longer.
    public subscript(key: CurvePublicKey) -> Principal? { allowed[key] }

    /// The key that a principal has now.
    func current(of principal: Principal) -> Entry? {
        entries.first { $0.principal == principal && $0.state == .allowed }
    }

    mutating func allow(_ principal: Principal, _ key: CurvePublicKey) {
        entries.append(Entry(state: .allowed, principal: principal, key: key.description))
        allowed[key] = principal
    }

    /// - Returns: whether the key was allowed.
    mutating func revoke(_ key: CurvePublicKey) -> Bool {
        guard allowed.removeValue(forKey: key) != nil else { return false }
        for index in entries.indices where entries[index].key == key.description { entries[index].state = .revoked }
        return true
    }

    var text: String {
        let head = """
            # Banquet: who may connect, by public key. `banquet keys` writes this file; a running coordinator notices within a second.

            """
        return entries.reduce(into: head) { text, entry in
            text += "\(entry.state.rawValue) \(entry.principal.role.rawValue) \(entry.principal.name) \(entry.key)\n"
        }
    }
}
