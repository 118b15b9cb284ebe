// What one token is: numbers, names and quoted text here, symbols in Symbols.swift.

extension Lexer {
    /// Reads one token at a byte that begins one; nil after an error, with at least one byte passed.
    mutating func next(_ scanner: inout Scanner) -> TokenKind? {
        let byte = scanner.byte()
        if byte.isLetter { return word(&scanner) }
        if byte.isDigit { return number(&scanner) }
        switch byte {
        case UInt8(ascii: "\""): return string(&scanner)
        case UInt8(ascii: "'"): return character(&scanner)
        default: break
        }
        if let (kind, length) = symbol(scanner) {
            scanner.offset += length
            switch kind {
            case .propertyOpen: scanner.propertyDepth = 1
            case .leftBracket where scanner.propertyDepth > 0: scanner.propertyDepth += 1
            case .rightBracket where scanner.propertyDepth > 0: scanner.propertyDepth -= 1
            case .propertyClose: scanner.propertyDepth = 0
            default: break
            }
            return kind
        }
        unexpected(&scanner)
        return nil
    }

    private mutating func word(_ scanner: inout Scanner) -> TokenKind {
        let start = scanner.offset
        endOfName(&scanner)
        if scanner.byte() == 58, scanner.byte(1) == 58, scanner.byte(2).isLetter {
            repeat {
                scanner.offset += 2
                endOfName(&scanner)
            } while scanner.byte() == 58 && scanner.byte(1) == 58 && scanner.byte(2).isLetter
            return .qualifiedName
        }
        let length = scanner.offset - start
        if length == 7, matches("include", scanner, at: start), scanner.byte().isBlank, scanner.byte() != 10,
            startsLine(scanner, start)
        {
            while scanner.offset < scanner.bytes.count, scanner.bytes[scanner.offset] != 10 { scanner.offset += 1 }
            if scanner.bytes[scanner.offset - 1] == 13 { scanner.offset -= 1 }
            return .include
        }
        return Lexer.keyword(scanner.bytes, start, length) ?? .identifier
    }

    private func startsLine(_ scanner: Scanner, _ start: Int) -> Bool {
        var offset = start
        while offset > 0, scanner.bytes[offset - 1] != 10 {
            guard scanner.bytes[offset - 1].isBlank || scanner.bytes[offset - 1] >= 0x80 else { return false }
            offset -= 1
        }
        return true
    }

    private func endOfName(_ scanner: inout Scanner) {
        while scanner.byte().isIdentifierByte { scanner.offset += 1 }
        while scanner.byte() == UInt8(ascii: "'") { scanner.offset += 1 }
    }

    private mutating func number(_ scanner: inout Scanner) -> TokenKind {
        let start = scanner.offset
        var value: Int? = 0
        while scanner.byte().isDigit {
            if let known = value {
                let (product, overflow) = known.multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(Int(scanner.byte() - 48))
                value = overflow || carry ? nil : sum
            }
            scanner.offset += 1
        }
        if value == nil {
            report("this number is too large: the largest is \(Int.max)", at: scanner.range(start, scanner.offset))
        }
        return .integer
    }

    private mutating func string(_ scanner: inout Scanner) -> TokenKind? {
        let start = scanner.offset
        scanner.offset += 1
        while scanner.offset < scanner.bytes.count {
            switch scanner.byte() {
            case UInt8(ascii: "\""):
                scanner.offset += 1
                return .string
            case UInt8(ascii: "\\") where scanner.byte(1) != 10:
                scanner.offset += 2
            case 10:
                report("this string is not closed on its line", at: scanner.range(start, scanner.offset))
                return nil
            default:
                scanner.offset += 1
            }
        }
        scanner.offset = scanner.bytes.count
        report("this string is not closed", at: scanner.range(start, scanner.offset))
        return nil
    }

    private mutating func character(_ scanner: inout Scanner) -> TokenKind? {
        let start = scanner.offset
        let escaped = scanner.byte(1) == UInt8(ascii: "\\")
        var end = start + (escaped ? 2 : 1)
        // One character may be several bytes.
        if end < scanner.bytes.count, scanner.bytes[end] >= 0xC0, sources.files[Int(scanner.file)].isUTF8 {
            end += 1
            while end < scanner.bytes.count, scanner.bytes[end] & 0xC0 == 0x80 { end += 1 }
        } else {
            end += 1
        }
        guard end < scanner.bytes.count, scanner.bytes[end] == UInt8(ascii: "'"), scanner.bytes[end - 1] != 10 else {
            scanner.offset += 1
            report(
                "a character is written 'x', with one character between the quotes", at: scanner.range(start, start + 1)
            )
            return nil
        }
        scanner.offset = end + 1
        return .character
    }

    /// One error for a run of bytes that begin no token.
    private mutating func unexpected(_ scanner: inout Scanner) {
        let start = scanner.offset
        let byte = scanner.byte()
        repeat {
            scanner.offset += 1
        } while scanner.offset < scanner.bytes.count
            && (scanner.byte() >= 0x80 || scanner.byte() < 9 || scanner.byte() == byte)
        let range = scanner.range(start, scanner.offset)
        let text = sources.text(of: scanner.range(start, min(scanner.offset, start + 16)))
        let shown =
            text.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 } ? "`\(text)`" : "a byte (\(byte))"
        var note: String?
        switch byte {
        case UInt8(ascii: "~"): note = "internal choice is written `|~|`"
        case UInt8(ascii: "`"): note = "strings are written with double quotes"
        case 0x80...: note = "names and operators are plain ASCII; other characters may stand in comments and strings"
        default: break
        }
        report("\(shown) begins nothing in CSPm", at: range, note: note)
    }

    private func matches(_ word: StaticString, _ scanner: Scanner, at start: Int) -> Bool {
        guard start + word.utf8CodeUnitCount <= scanner.bytes.count else { return false }
        return (0..<word.utf8CodeUnitCount).allSatisfy { scanner.bytes[start + $0] == word.utf8Start[$0] }
    }

    private static func keyword(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ length: Int) -> TokenKind? {
        guard length >= 2, length <= 11, keywordStarts[Int(bytes[start])] else { return nil }
        return TokenKind.keywords[String(decoding: bytes[start..<start + length], as: UTF8.self)]
    }

    /// Which bytes begin a keyword: most names are told apart by this.
    private static let keywordStarts: [Bool] = {
        var table = [Bool](repeating: false, count: 256)
        for word in TokenKind.keywords.keys { table[Int(word.utf8.first!)] = true }
        return table
    }()
}
