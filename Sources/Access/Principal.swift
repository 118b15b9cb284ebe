/// What a key's holder may do; `Permissions` says it in full.
public enum Role: String, Hashable, Sendable, CaseIterable, Codable {
    /// Everything that a client can ask for, for any tenant.
    case `operator`
    /// Its own jobs.
    case tenant
    /// Serves as the worker of its name, and asks for nothing.
    case worker
    /// Looks, and changes nothing.
    case viewer
}

/// Who holds a key.
public struct Principal: Hashable, Sendable, Codable, CustomStringConvertible {
    public let role: Role
    /// The worker's, the tenant's, or a person's: 1 to 64 letters, digits, dots, dashes and underscores.
    public let name: String

    /// Nil for what can't be a name.
    public init?(_ role: Role, _ name: String) {
        guard Self.isName(name) else { return nil }
        self.role = role
        self.name = name
    }

    public var description: String { "\(role.rawValue) \(name)" }

    public static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && !text.hasPrefix(".")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
