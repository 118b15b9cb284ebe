/// A key, as a terminal tells it.
public enum KeyPress: Hashable, Sendable {
    case character(Character)
    case up, down, left, right, home, end, pageUp, pageDown
    case enter, tab, backTab, escape, backspace
    /// Ctrl and this letter.
    case control(Character)
}

/// Reads keys from what a terminal sends. A sequence may come in pieces.
public struct KeyReader: Sendable {
    private var rest: [UInt8] = []

    public init() {}

    /// Part of a sequence is there; if nothing follows for a moment, `flush` says what it was.
    public var isWaiting: Bool { !rest.isEmpty }

    public mutating func read(_ bytes: some Sequence<UInt8>) -> [KeyPress] {
        rest += bytes
        var keys: [KeyPress] = []
        while let (key, length) = next() {
            rest.removeFirst(length)
            if let key { keys.append(key) }
        }
        return keys
    }

    /// Nothing followed: an Escape that stands alone is the key of that name, and half a character is dropped.
    public mutating func flush() -> [KeyPress] {
        defer { rest = [] }
        return rest.first == 0x1B ? [.escape] : []
    }

    /// The first key and its length in bytes; a nil key for what means nothing here; nil where more has to come.
    private func next() -> (KeyPress?, Int)? {
        guard let first = rest.first else { return nil }
        switch first {
        case 0x1B: return escaped()
        case 0x0D, 0x0A: return (.enter, 1)
        case 0x09: return (.tab, 1)
        case 0x08, 0x7F: return (.backspace, 1)
        case ..<0x20: return (.control(Character(Unicode.Scalar(first | 0x60))), 1)
        case ..<0x80: return (.character(Character(Unicode.Scalar(first))), 1)
        default: return character(first)
        }
    }

    private func character(_ first: UInt8) -> (KeyPress?, Int)? {
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
        guard length > 1 else { return (nil, 1) }
        guard rest.count >= length else { return nil }
        let text = String(validating: rest[..<length], as: UTF8.self)
        return text?.first.map { (.character($0), length) } ?? (nil, 1)
    }

    private func escaped() -> (KeyPress?, Int)? {
        guard rest.count > 1 else { return nil }
        guard rest[1] == UInt8(ascii: "[") || rest[1] == UInt8(ascii: "O") else { return (.escape, 1) }
        var end = 2
        while end < rest.count, !(0x40...0x7E).contains(rest[end]) {
            // What is no sequence after all is not waited for.
            guard (0x20...0x3F).contains(rest[end]), end < 16 else { return (nil, end) }
            end += 1
        }
        guard end < rest.count else { return nil }
        let parameter = String(decoding: rest[2..<end], as: UTF8.self).split(separator: ";").first ?? ""
        return (Self.meaning(of: rest[end], String(parameter)), end + 1)
    }

    private static func meaning(of last: UInt8, _ parameter: String) -> KeyPress? {
        switch Character(Unicode.Scalar(last)) {
        case "A": .up
        case "B": .down
        case "C": .right
        case "D": .left
        case "H": .home
        case "F": .end
        case "Z": .backTab
        case "M": .enter
        case "~":
            switch parameter {
            case "1", "7": .home
            case "4", "8": .end
            case "5": .pageUp
            case "6": .pageDown
            default: nil
            }
        default: nil
        }
    }
}
