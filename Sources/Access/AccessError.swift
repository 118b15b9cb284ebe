/// Why keys can't be used. One line each, with place and cause.
public enum AccessError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No folder of keys, or not the file that is asked for.
    case missing(String, advice: String)
    /// Others than the owner can read or change it.
    case tooWide(String, mode: UInt16, right: UInt16)
    /// It belongs to somebody else.
    case foreign(String, owner: UInt32)
    /// Not what such a file holds. `line` counts from 1.
    case unreadable(String, line: Int, reason: String)
    /// The system refused it.
    case failed(String, reason: String)
    /// The request makes no sense with the keys that there are.
    case refused(String)

    public var description: String {
        switch self {
        case .missing(let path, let advice): "there is no \(path): \(advice)"
        case .tooWide(let path, let mode, let right):
            "\(path) has mode \(octal(mode)), so others than its owner can use it: chmod \(octal(right)) \(path)"
        case .foreign(let path, let owner):
            "\(path) belongs to user \(owner), neither to the one who runs this nor to root"
        case .unreadable(let path, let line, let reason): "\(path):\(line): \(reason)"
        case .failed(let path, let reason): "\(path): \(reason)"
        case .refused(let reason): reason
        }
    }

    private func octal(_ mode: UInt16) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
