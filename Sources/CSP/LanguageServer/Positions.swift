// Places as the protocol has them: lines and UTF-16 code units, both from 0.

extension SourceFile {
    /// The place of a byte offset.
    func position(ofOffset offset: Int) -> JSONValue {
        let line = line(ofOffset: offset)
        let start = Int(lineStarts[line - 1])
        return ["line": JSONValue(line - 1), "character": JSONValue(text(start..<max(start, offset)).utf16.count)]
    }

    func range(_ range: SourceRange) -> JSONValue {
        ["start": position(ofOffset: Int(range.start)), "end": position(ofOffset: Int(max(range.start, range.end)))]
    }

    /// The byte offset of a place; a character beyond the end of its line means the end.
    func offset(ofPosition position: JSONValue?) -> Int? {
        guard let line = position?["line"]?.integer, let character = position?["character"]?.integer, line >= 0,
            line < lineStarts.count
        else { return nil }
        let bytes = range(ofLine: line + 1)
        var (offset, units) = (bytes.lowerBound, 0)
        for scalar in text(bytes).unicodeScalars {
            guard units < character else { break }
            units += UTF16.width(scalar)
            offset += isUTF8 ? UTF8.width(scalar) : 1
        }
        return offset
    }
}

/// `file:` addresses.
enum FileAddress {
    static func path(of address: String) -> String? {
        guard address.hasPrefix("file://") else { return nil }
        let rest = address.utf8.dropFirst(7)
        guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        var bytes: [UInt8] = []
        var digits = rest[slash...]
        while let byte = digits.popFirst() {
            if byte == UInt8(ascii: "%"), let code = UInt8(String(decoding: digits.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(code)
                digits.removeFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func address(of path: String) -> String {
        let plain = Set("/-._~".utf8)
        return "file://"
            + path.utf8.map { byte in
                if byte.isLetter || byte.isDigit || plain.contains(byte) { return String(Unicode.Scalar(byte)) }
                let digits = String(byte, radix: 16, uppercase: true)
                return "%" + (digits.count < 2 ? "0" : "") + digits
            }.joined()
    }
}

extension UTF16 {
    fileprivate static func width(_ scalar: Unicode.Scalar) -> Int { scalar.value < 0x10000 ? 1 : 2 }
}

extension UTF8 {
    fileprivate static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case ..<0x80: 1
        case ..<0x800: 2
        case ..<0x10000: 3
        default: 4
        }
    }
}
