/// A version of the wire. A reader takes its own major version, and minor ones from one below its own upwards: what a
/// newer minor version added, it skips.
public struct WireVersion: Hashable, Sendable, CustomStringConvertible {
    public let major: UInt8
    public let minor: UInt8

    public init(_ major: UInt8, _ minor: UInt8) {
        self.major = major
        self.minor = minor
    }

    public static let current = WireVersion(1, 2)

    public var description: String { "\(major).\(minor)" }

    func canRead(_ other: WireVersion) -> Bool { other.major == major && Int(other.minor) >= Int(minor) - 1 }
}

/// The eight bytes before every message.
struct FrameHeader: Equatable {
    enum Kind: UInt8, CaseIterable {
        case fromWorker = 1
        case toWorker, clientRequest, clientReply
    }

    static let size = 8
    /// "BNQT"
    private static let magic: (UInt8, UInt8, UInt8, UInt8) = (0x42, 0x4e, 0x51, 0x54)

    var version: WireVersion
    var kind: Kind

    init(version: WireVersion = .current, kind: Kind) {
        self.version = version
        self.kind = kind
    }

    init(reading frame: UnsafeRawBufferPointer) throws(WireError) {
        let begins = withUnsafeBytes(of: Self.magic) { $0.prefix(frame.count).elementsEqual(frame.prefix(4)) }
        guard begins, !frame.isEmpty else { throw .foreign }
        guard frame.count >= Self.size else { throw .truncated(size: frame.count) }
        version = WireVersion(frame[4], frame[5])
        guard WireVersion.current.canRead(version) else {
            throw .unknownVersion(have: version, supported: .current)
        }
        guard let kind = Kind(rawValue: frame[6]) else { throw .unknownKind(frame[6]) }
        guard frame[7] == 0 else { throw .garbage(field: "header", reason: "its last byte is \(frame[7]), not 0") }
        self.kind = kind
    }

    /// Writes the header's eight bytes to the beginning of `frame`.
    func write(to frame: UnsafeMutableBufferPointer<UInt8>) {
        (frame[0], frame[1], frame[2], frame[3]) = Self.magic
        (frame[4], frame[5], frame[6], frame[7]) = (version.major, version.minor, kind.rawValue, 0)
    }
}
