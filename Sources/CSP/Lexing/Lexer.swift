/// Splits the bytes of a script into tokens.
///
/// CSPm has no layout rule: a line end separates declarations, except next to a token that cannot end or begin an expression,
/// which "soaks" it. Files are read as bytes, since comments and strings of old scripts are in any encoding.
struct Lexer {
    /// How included files are found.
    typealias Loader = (_ path: String) throws(SourceReadError) -> SourceFile

    /// Limits, so that hostile input ends in an error.
    static let includesMax = 10_000
    static let includeDepthMax = 100
    static let bytesMax = 256 << 20
    static let diagnosticsMax = 20

    let sources: SourceMap
    private let load: Loader
    /// nil: `include` gives one token; otherwise the file's tokens stand in its place.
    private let followsIncludes: Bool
    private(set) var tokens: [Token] = []
    private(set) var comments: [Comment] = []
    private(set) var diagnostics: [Diagnostic] = []
    private let keepsComments: Bool
    private var byteCount = 0
    /// Real paths of the files that are being read, the main file first.
    private var openPaths: [String] = []

    init(
        sources: SourceMap, followsIncludes: Bool = true, keepsComments: Bool = false,
        load: @escaping Loader = { path throws(SourceReadError) in try SourceFile.read(path: path) }
    ) {
        self.sources = sources
        self.followsIncludes = followsIncludes
        self.keepsComments = keepsComments
        self.load = load
    }

    /// Reads a main file; the tokens end with `.newline` and `.endOfFile`.
    mutating func read(_ file: SourceFile) {
        let index = scanFile(file)
        let end = Int32(file.bytes.count)
        tokens.append(Token(kind: .endOfFile, file: UInt16(index), start: end, end: end))
    }

    private mutating func scanFile(_ file: SourceFile) -> Int32 {
        let index = sources.add(file)
        byteCount += file.bytes.count
        let range = SourceRange(file: index, start: 0, end: Int32(min(file.bytes.count, 4)))
        if byteCount > Lexer.bytesMax {
            report("the script is too large: its files have more than \(Lexer.bytesMax >> 20) MiB", at: range)
            return index
        }
        if file.bytes.starts(with: Array("{\\rtf".utf8)) {
            report("this is a Rich Text file; save it as plain text", at: range)
            return index
        }
        if file.bytes.starts(with: [0xFF, 0xFE]) || file.bytes.starts(with: [0xFE, 0xFF]) {
            report("this file is in UTF-16; save it as UTF-8", at: range)
            return index
        }
        openPaths.append(SourceFile.realPath(file.path))
        tokens.reserveCapacity(tokens.count + file.bytes.count / 4 + 16)
        file.bytes.withUnsafeBufferPointer { bytes in
            var scanner = Scanner(bytes: bytes, file: index)
            scan(&scanner)
        }
        openPaths.removeLast()
        return index
    }

    mutating func report(_ message: String, at range: SourceRange, note: String? = nil) {
        guard diagnostics.count < Lexer.diagnosticsMax else { return }
        var diagnostic = Diagnostic(.error, .lexical, message, at: range, in: sources)
        if let note { diagnostic = diagnostic.noting(note) }
        diagnostics.append(diagnostic)
    }
}

/// Where the lexer stands in one file.
struct Scanner {
    let bytes: UnsafeBufferPointer<UInt8>
    let file: Int32
    var offset = 0
    /// Brackets open since `:[`, that one included; 0 outside of a property.
    var propertyDepth = 0
    var isInPragma = false

    init(bytes: UnsafeBufferPointer<UInt8>, file: Int32) {
        self.bytes = bytes
        self.file = file
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    }

    /// The byte so many places ahead; 0 at the end.
    @inline(__always)
    func byte(_ ahead: Int = 0) -> UInt8 {
        offset + ahead < bytes.count ? bytes[offset + ahead] : 0
    }

    func range(_ start: Int, _ end: Int) -> SourceRange {
        SourceRange(file: file, start: Int32(start), end: Int32(end))
    }
}

// MARK: - The loop over one file

extension Lexer {
    private mutating func scan(_ scanner: inout Scanner) {
        var sawNewline = true
        while true {
            let start = scanner.offset
            guard start < scanner.bytes.count else { break }
            let byte = scanner.bytes[start]
            switch byte {
            case 10:
                sawNewline = true
                scanner.offset += 1
                continue
            case 32, 9, 13, 11, 12:
                scanner.offset += 1
                continue
            case UInt8(ascii: "-") where scanner.byte(1) == UInt8(ascii: "-"):
                skipLineComment(&scanner)
                continue
            case UInt8(ascii: "{") where scanner.byte(1) == UInt8(ascii: "-"):
                if beginsAssertionPragma(scanner) {
                    append(.newline, scanner, start, start)
                    append(.pragmaOpen, scanner, start, start + 3)
                    scanner.offset += 3
                    scanner.isInPragma = true
                } else {
                    skipBlockComment(&scanner)
                }
                sawNewline = false
                continue
            case UInt8(ascii: "#") where scanner.isInPragma && scanner.byte(1) == 45 && scanner.byte(2) == 125:
                append(.pragmaClose, scanner, start, start + 3)
                append(.newline, scanner, start + 3, start + 3)
                scanner.offset += 3
                scanner.isInPragma = false
                continue
            default: break
            }
            let kind = next(&scanner)
            let last = tokens.last?.kind ?? .newline
            if sawNewline, let kind, scanner.propertyDepth == 0 || kind == .propertyOpen || kind.beginsDeclaration {
                if !(last.soaksAfter || kind.soaksBefore), last != .newline {
                    // It stands where the line ends.
                    let end = tokens.last.map { $0.file == scanner.file ? Int($0.end) : start } ?? start
                    append(.newline, scanner, end, end)
                }
                if kind.beginsDeclaration { scanner.propertyDepth = 0 }
            }
            sawNewline = false
            if let kind { finish(kind, from: start, &scanner) }
        }
        if scanner.isInPragma {
            report(
                "the pragma `{-#` is not closed: `#-}` is missing",
                at: scanner.range(scanner.bytes.count, scanner.bytes.count))
        }
        if tokens.last?.kind != .newline { append(.newline, scanner, scanner.bytes.count, scanner.bytes.count) }
    }

    /// Appends a token that ends where the scanner stands; an include brings its file's tokens.
    private mutating func finish(_ kind: TokenKind, from start: Int, _ scanner: inout Scanner) {
        guard kind == .include else { return append(kind, scanner, start, scanner.offset) }
        let range = scanner.range(start, scanner.offset)
        if tokens.last.map({ $0.kind != .newline }) ?? false { append(.newline, scanner, start, start) }
        guard followsIncludes else { return append(.include, scanner, start, scanner.offset) }
        append(.include, scanner, start, scanner.offset)
        append(.newline, scanner, scanner.offset, scanner.offset)
        include(range)
    }

    mutating func append(_ kind: TokenKind, _ scanner: Scanner, _ start: Int, _ end: Int) {
        tokens.append(Token(kind: kind, file: UInt16(scanner.file), start: Int32(start), end: Int32(end)))
    }
}

// MARK: - Comments and includes

extension Lexer {
    private mutating func skipLineComment(_ scanner: inout Scanner) {
        let start = scanner.offset
        while scanner.offset < scanner.bytes.count, scanner.bytes[scanner.offset] != 10 { scanner.offset += 1 }
        keepComment(scanner, from: start)
    }

    private mutating func skipBlockComment(_ scanner: inout Scanner) {
        let start = scanner.offset
        var depth = 0
        while scanner.offset < scanner.bytes.count {
            let byte = scanner.byte()
            if byte == UInt8(ascii: "{"), scanner.byte(1) == UInt8(ascii: "-") {
                depth += 1
                scanner.offset += 2
            } else if byte == UInt8(ascii: "-"), scanner.byte(1) == UInt8(ascii: "}") {
                depth -= 1
                scanner.offset += 2
                if depth == 0 { return keepComment(scanner, from: start) }
            } else {
                scanner.offset += 1
            }
        }
        let isSet = scanner.bytes[min(start + 2, scanner.bytes.count - 1)].isDigit
        report(
            "unclosed comment: `{-` is opened here, and `-}` never follows", at: scanner.range(start, start + 2),
            note: isSet ? "for a set with a negative number, write a space: `{ -1`" : nil)
    }

    private mutating func keepComment(_ scanner: Scanner, from start: Int) {
        guard keepsComments else { return }
        comments.append(Comment(range: scanner.range(start, scanner.offset), tokenIndex: tokens.count))
    }

    /// Whether `{-#`, blanks and `assert` stand here: an assertion that other tools read as a comment.
    private func beginsAssertionPragma(_ scanner: Scanner) -> Bool {
        guard scanner.byte(2) == UInt8(ascii: "#"), !scanner.isInPragma else { return false }
        var ahead = 3
        while scanner.byte(ahead).isBlank { ahead += 1 }
        for expected in "assert".utf8 {
            guard scanner.byte(ahead) == expected else { return false }
            ahead += 1
        }
        return !scanner.byte(ahead).isIdentifierByte
    }

    private mutating func include(_ range: SourceRange) {
        guard let name = Lexer.includedPath(sources.text(of: range)) else {
            return report("malformed include: write `include \"file.csp\"`", at: range)
        }
        guard sources.files.count < Lexer.includesMax, openPaths.count < Lexer.includeDepthMax else {
            return report(
                "too many includes (\(sources.files.count) files, \(openPaths.count) of them nested)", at: range)
        }
        let directory = sources.file(of: range)?.path ?? ""
        let path = name.hasPrefix("/") ? name : parentDirectory(directory) + name
        guard !openPaths.contains(SourceFile.realPath(path)) else {
            return report("this file includes itself: \"\(name)\" is being read already", at: range)
        }
        do {
            _ = scanFile(try load(path))
        } catch {
            report("cannot include \"\(name)\": \(error.reason)", at: range)
        }
    }

    /// The path in `include "path"`; what follows the second quote counts for nothing.
    static func includedPath(_ directive: String) -> String? {
        let parts = directive.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[1].isEmpty else { return nil }
        return String(parts[1])
    }

    private func parentDirectory(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return String(path[...slash])
    }
}

extension UInt8 {
    @inline(__always)
    var isDigit: Bool { self &- 48 < 10 }
    @inline(__always)
    var isLetter: Bool { (self | 32) &- 97 < 26 }
    @inline(__always)
    var isIdentifierByte: Bool { isLetter || isDigit || self == 95 }
    @inline(__always)
    var isBlank: Bool { self == 32 || self &- 9 < 5 }
}
