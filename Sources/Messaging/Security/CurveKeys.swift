internal import CZeroMQ

/// A CURVE public key (RFC 26, https://rfc.zeromq.org/spec/26): who a peer is.
public struct CurvePublicKey: Hashable, Sendable, LosslessStringConvertible {
    static let size = 32
    /// Forty characters of Z85 (RFC 32); the same key is always the same text.
    public let description: String

    /// Nil for a text that no key is written as.
    public init?(_ description: String) {
        guard let bytes = Z85.decode(description), bytes.count == Self.size, Z85.encode(bytes) == description else {
            return nil
        }
        self.description = description
    }

    init?(bytes: [UInt8]) {
        guard bytes.count == Self.size else { return nil }
        description = Z85.encode(bytes)
    }

    var bytes: [UInt8] { Z85.decode(description) ?? [] }
}

/// A CURVE secret key. Its description says nothing of it, so that no log line and no error does either.
public struct CurveSecretKey: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let text: String

    /// Nil for a text that no key is written as.
    public init?(revealed text: String) {
        guard let key = CurvePublicKey(text) else { return nil }
        self.text = key.description
    }

    /// The key itself, forty characters of Z85: for the file that keeps it, and nothing else.
    public var revealed: String { text }
    public var description: String { "(a secret key)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }

    var bytes: [UInt8] { Z85.decode(text) ?? [] }
}

public struct CurveKeyPair: Hashable, Sendable {
    public let publicKey: CurvePublicKey
    public let secretKey: CurveSecretKey

    /// Draws a new pair.
    public static func generate() throws(MessagingError) -> CurveKeyPair {
        var publicText = [CChar](repeating: 0, count: 41)
        var secretText = [CChar](repeating: 0, count: 41)
        guard zmq_curve_keypair(&publicText, &secretText) == 0 else { throw MessagingError.last("zmq_curve_keypair") }
        let pair = CurveSecretKey(revealed: text(secretText)).flatMap(CurveKeyPair.init(secretKey:))
        guard let pair, pair.publicKey.description == text(publicText) else { throw .closed }
        return pair
    }

    /// The pair that a secret key belongs to.
    public init?(secretKey: CurveSecretKey) {
        var publicText = [CChar](repeating: 0, count: 41)
        guard zmq_curve_public(&publicText, secretKey.revealed) == 0, let key = CurvePublicKey(Self.text(publicText))
        else { return nil }
        publicKey = key
        self.secretKey = secretKey
    }

    /// The halves may be any: a test wants some that don't belong together.
    init(publicKey: CurvePublicKey, secretKey: CurveSecretKey) {
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// How the two ends of a socket's connections know each other.
public enum SocketSecurity: Hashable, Sendable {
    /// Not at all: for loopback, files and tests.
    case plain
    /// Connects as `keys`, and only to who holds the secret of `server`; all that is said is encrypted.
    case client(keys: CurveKeyPair, server: CurvePublicKey)
    /// Is known by `keys`; peers show theirs.
    case server(keys: CurveKeyPair)
}

private enum Z85 {
    static func encode(_ bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: bytes.count / 4 * 5 + 1)
        guard zmq_z85_encode(&text, bytes, bytes.count) != nil else { return "" }
        return String(decoding: text.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count == 40, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 32)
        return zmq_z85_decode(&bytes, text) == nil ? nil : bytes
    }
}
