/// Why a frame could not be read, or not be made. Says what and where; nothing of a refused frame is used.
public enum WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Shorter than a header. Bytes.
    case truncated(size: Int)
    /// It doesn't begin as our frames do: another protocol.
    case foreign
    /// Another major version, or a minor one that is too old.
    case unknownVersion(have: WireVersion, supported: WireVersion)
    case unknownKind(UInt8)
    /// `what` is the frame, or a field of it. Bytes for the frame and for text, a count for lists.
    case oversized(what: String, size: Int, limit: Int)
    /// The bytes are no message of ours, or a field holds what it must not; `field` is a path such as `join.held[2].lease`.
    case garbage(field: String, reason: String)

    public var description: String {
        switch self {
        case .truncated(let size): "a frame of \(size) bytes is shorter than its header of \(FrameHeader.size)"
        case .foreign: "not a frame of Banquet's"
        case .unknownVersion(let have, let supported):
            "wire version \(have) is not spoken here; this side speaks \(supported)"
        case .unknownKind(let kind): "no frame is of kind \(kind)"
        case .oversized(let what, let size, let limit): "\(what): \(size) is over the limit of \(limit)"
        case .garbage(let field, let reason): "\(field): \(reason)"
        }
    }
}
