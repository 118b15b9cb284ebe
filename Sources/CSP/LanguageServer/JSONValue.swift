/// A JSON value (RFC 8259), as much of it as a protocol over pipes needs.
public enum JSONValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    public subscript(_ key: String) -> JSONValue? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    public var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    public var integer: Int? {
        if case .number(let number) = self { Int(exactly: number) } else { nil }
    }

    public var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
    }

    public init(_ integer: Int) { self = .number(Double(integer)) }
}

// MARK: - Writing

extension JSONValue: CustomStringConvertible {
    /// On one line; the members of an object are in the order of their names.
    public var description: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .number(let value):
            text += Int(exactly: value).map(String.init) ?? (value.isFinite ? String(value) : "null")
        case .string(let value): JSONValue.write(value, to: &text)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                element.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { text += "," }
                JSONValue.write(member.key, to: &text)
                text += ":"
                member.value.write(to: &text)
            }
            text += "}"
        }
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 32:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

// MARK: - Reading

/// Why some text is not JSON.
public struct JSONFault: Error, Equatable, CustomStringConvertible {
    /// In bytes, from 0.
    public var offset: Int
    public var description: String { "this is not JSON, at byte \(offset)" }
}

extension JSONValue {
    private static let depthMax = 500

    public init(parsing bytes: some Collection<UInt8>) throws(JSONFault) {
        var reader = Reader(bytes: Array(bytes))
        self = try reader.value(0)
        reader.skipBlanks()
        guard reader.offset == reader.bytes.count else { throw JSONFault(offset: reader.offset) }
    }

    private struct Reader {
        let bytes: [UInt8]
        var offset = 0

        var byte: UInt8 { offset < bytes.count ? bytes[offset] : 0 }
        var fault: JSONFault { JSONFault(offset: offset) }

        mutating func skipBlanks() {
            while byte == 32 || byte == 10 || byte == 13 || byte == 9 { offset += 1 }
        }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            skipBlanks()
            guard offset < bytes.count, byte == UInt8(ascii: character) else { return false }
            offset += 1
            return true
        }

        mutating func value(_ depth: Int) throws(JSONFault) -> JSONValue {
            guard depth < depthMax else { throw fault }
            skipBlanks()
            switch byte {
            case UInt8(ascii: "{"): return try object(depth)
            case UInt8(ascii: "["): return try array(depth)
            case UInt8(ascii: "\""): return .string(try string())
            case UInt8(ascii: "t"): return try word("true", .boolean(true))
            case UInt8(ascii: "f"): return try word("false", .boolean(false))
            case UInt8(ascii: "n"): return try word("null", .null)
            default: return try number()
            }
        }

        private mutating func word(_ text: String, _ value: JSONValue) throws(JSONFault) -> JSONValue {
            guard bytes[offset...].starts(with: text.utf8) else { throw fault }
            offset += text.utf8.count
            return value
        }

        private mutating func number() throws(JSONFault) -> JSONValue {
            let start = offset
            while byte.isDigit || byte == 43 || byte == 45 || byte == 46 || byte | 32 == UInt8(ascii: "e") {
                offset += 1
            }
            guard let value = Double(String(decoding: bytes[start..<offset], as: UTF8.self)) else {
                throw JSONFault(offset: start)
            }
            return .number(value)
        }

        private mutating func array(_ depth: Int) throws(JSONFault) -> JSONValue {
            offset += 1
            var elements: [JSONValue] = []
            if skip("]") { return .array([]) }
            repeat { elements.append(try value(depth + 1)) } while skip(",")
            guard skip("]") else { throw fault }
            return .array(elements)
        }

        private mutating func object(_ depth: Int) throws(JSONFault) -> JSONValue {
            offset += 1
            var members: [String: JSONValue] = [:]
            if skip("}") { return .object([:]) }
            repeat {
                skipBlanks()
                guard byte == UInt8(ascii: "\"") else { throw fault }
                let key = try string()
                guard skip(":") else { throw fault }
                members[key] = try value(depth + 1)
            } while skip(",")
            guard skip("}") else { throw fault }
            return .object(members)
        }

        private mutating func string() throws(JSONFault) -> String {
            offset += 1
            var text: [UInt8] = []
            while offset < bytes.count {
                let byte = self.byte
                offset += 1
                switch byte {
                case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
                case UInt8(ascii: "\\"): text += Array(String(try escaped()).utf8)
                default: text.append(byte)
                }
            }
            throw fault
        }

        private mutating func escaped() throws(JSONFault) -> Character {
            let byte = self.byte
            offset += 1
            switch byte {
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "t"): return "\t"
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{C}"
            case UInt8(ascii: "u"): return try codePoint()
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Character(Unicode.Scalar(byte))
            default: throw fault
            }
        }

        /// `\u` and four digits; two of them make a character beyond the first 65,536.
        private mutating func codePoint() throws(JSONFault) -> Character {
            let first = try codeUnit()
            guard first & 0xFC00 == 0xD800, byte == UInt8(ascii: "\\"), offset + 1 < bytes.count,
                bytes[offset + 1] == UInt8(ascii: "u")
            else { return Character(Unicode.Scalar(first) ?? "\u{FFFD}") }
            offset += 2
            let second = try codeUnit()
            guard second & 0xFC00 == 0xDC00 else { return "\u{FFFD}" }
            return Character(Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + second & 0x3FF) ?? "\u{FFFD}")
        }

        private mutating func codeUnit() throws(JSONFault) -> UInt32 {
            guard offset + 4 <= bytes.count,
                let unit = UInt32(String(decoding: bytes[offset..<offset + 4], as: UTF8.self), radix: 16)
            else { throw fault }
            offset += 4
            return unit
        }
    }
}
