/// Lays a script out in the one canonical way: spaces, indentation and blank lines. Line breaks inside declarations stay where
/// the author put them, comments stay where they are, and the tokens stay the same.
///
/// It works on tokens, not on the tree, so that it can lay out a file whose includes are missing.
public struct Formatter {
    /// Lays out one file, without what it includes.
    ///
    /// - Returns: the new text; nil if the file has errors, which the diagnostics tell.
    public static func format(_ file: SourceFile) -> (text: [UInt8]?, diagnostics: [Diagnostic]) {
        let (_, diagnostics) = Parser.parse(file, followsIncludes: false)
        guard !diagnostics.contains(where: { $0.severity == .error }) else { return (nil, diagnostics) }
        var lexer = Lexer(sources: SourceMap(), followsIncludes: false, keepsComments: true)
        lexer.read(file)
        var formatter = Formatter(file: file, lexer: lexer)
        let text = formatter.run()
        // The promise of a formatter, checked each time: nothing but blanks and line ends changes.
        var check = Lexer(sources: SourceMap(), followsIncludes: false, keepsComments: true)
        check.read(SourceFile(path: file.path, bytes: text))
        guard check.tokens.map(\.kind) == lexer.tokens.map(\.kind), check.comments.count == lexer.comments.count else {
            let range = SourceRange(file: 0, start: 0, end: 1)
            let fault = Diagnostic(
                .error, .parse, "this file cannot be laid out without a change of its meaning", at: range,
                in: lexer.sources)
            return (nil, [fault])
        }
        return (text, diagnostics)
    }

    private static let indentWidth = 2
    /// Comments after code are aligned up to this column.
    private static let alignedColumnMax = 90

    /// A token or a comment, in the order of the file.
    private enum Element {
        case token(Token)
        case comment(Comment)

        var range: SourceRange {
            switch self {
            case .token(let token): token.range
            case .comment(let comment): comment.range
            }
        }
    }

    private let file: SourceFile
    private let tokens: [Token]
    private let comments: [Comment]
    private var layout = Indentation()
    private var spacing = Spacing()

    private init(file: SourceFile, lexer: Lexer) {
        self.file = file
        tokens = lexer.tokens
        comments = lexer.comments
    }

    /// A line of the result.
    private struct Line {
        var code: [UInt8] = []
        /// A comment after code, to be aligned with those of the neighbouring lines.
        var comment: [UInt8] = []
        var blankLinesBefore = 0
    }

    private mutating func run() -> [UInt8] {
        var lines: [Line] = []
        var line = Line()
        var isLineOpen = false
        var previousEnd = file.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let elements = merged()
        let broken = letsOfSeveralLines()
        for (index, element) in elements.enumerated() {
            let range = element.range
            let newlines = file.bytes[min(previousEnd, Int(range.start))..<Int(range.start)].count { $0 == 10 }
            if !isLineOpen || newlines > 0 || (index > 0 && broken.contains(elements[index - 1].range.start)) {
                if isLineOpen { lines.append(line) }
                line = Line()
                line.blankLinesBefore = lines.isEmpty ? 0 : max(0, min(1, newlines - 1))
                line.code = [UInt8](
                    repeating: 32, count: Formatter.indentWidth * layout.indentation(of: firstToken(elements[index...]))
                )
                isLineOpen = true
                spacing.beginLine()
            }
            append(element, to: &line, isLast: endsLine(elements, index))
            previousEnd = Int(range.end)
        }
        if isLineOpen { lines.append(line) }
        return joined(lines)
    }

    private mutating func append(_ element: Element, to line: inout Line, isLast: Bool) {
        let text = file.bytes[element.range.bytes]
        switch element {
        case .token(let token):
            if spacing.needsBlank(before: token, text) { line.code.append(32) }
            line.code += token.kind == .include ? trimmed(text) : canonical(token, text)
            layout.pass(token.kind)
        case .comment:
            let comment = withoutReturns(trimmed(text))
            if isLast, !line.code.allSatisfy({ $0 == 32 }), !comment.contains(10) {
                line.comment = comment
            } else {
                if spacing.needsBlankBeforeComment() { line.code.append(32) }
                line.code += comment
                spacing.passComment()
            }
        }
    }

    /// Tokens without line ends, and comments.
    private func merged() -> [Element] {
        var result: [Element] = []
        var next = 0
        for (index, token) in tokens.enumerated() {
            while next < comments.count, comments[next].tokenIndex <= index {
                result.append(.comment(comments[next]))
                next += 1
            }
            if token.kind != .newline, token.kind != .endOfFile { result.append(.token(token)) }
        }
        result += comments[next...].map { .comment($0) }
        // The lexer sees a line end only at the token after it, so a comment may have been counted too early.
        return result.sorted { $0.range.start < $1.range.start }
    }

    /// The offsets of the `let`s with several declarations: each of these has a line of its own.
    private func letsOfSeveralLines() -> Set<Int32> {
        var result: Set<Int32> = []
        var open: [(start: Int32, newlines: Int)] = []
        for token in tokens {
            switch token.kind {
            case .let: open.append((token.range.start, 0))
            case .newline: if !open.isEmpty { open[open.count - 1].newlines += 1 }
            case .within: if let last = open.popLast(), last.newlines > 0 { result.insert(last.start) }
            default: break
            }
        }
        return result
    }

    private func firstToken(_ elements: ArraySlice<Element>) -> TokenKind {
        for case .token(let token) in elements { return token.kind }
        return .endOfFile
    }

    private func endsLine(_ elements: [Element], _ index: Int) -> Bool {
        guard index + 1 < elements.count else { return true }
        return file.bytes[Int(elements[index].range.end)..<Int(elements[index + 1].range.start)].contains(10)
    }

    private func canonical(_ token: Token, _ text: ArraySlice<UInt8>) -> [UInt8] {
        switch token.kind {
        case .emptySequence: Array("<>".utf8)
        // Some tools write two.
        case .backslash: Array("\\".utf8)
        default: Array(text)
        }
    }

    private func trimmed(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var text = text
        while let last = text.last, last.isBlank { text.removeLast() }
        return Array(text)
    }

    /// Blanks before line ends inside a comment go, too.
    private func withoutReturns(_ text: [UInt8]) -> [UInt8] {
        guard text.contains(10) else { return text }
        return Array(
            text.split(separator: 10, omittingEmptySubsequences: false).map { trimmed($0) }.joined(separator: [10]))
    }

    // MARK: Comments after code

    private func joined(_ lines: [Line]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < lines.count {
            var end = index + 1
            if !lines[index].comment.isEmpty {
                while end < lines.count, !lines[end].comment.isEmpty, lines[end].blankLinesBefore == 0 { end += 1 }
            }
            let column = alignedColumn(lines[index..<end])
            for line in lines[index..<end] {
                result += [UInt8](repeating: 10, count: line.blankLinesBefore)
                result += line.code
                if !line.comment.isEmpty {
                    result += [UInt8](repeating: 32, count: max(2, column - width(line.code)))
                    result += line.comment
                }
                result.append(10)
            }
            index = end
        }
        return result
    }

    /// Where the comments of neighbouring lines begin: two blanks after the longest line that is not too long.
    private func alignedColumn(_ lines: ArraySlice<Line>) -> Int {
        lines.map { width($0.code) }.filter { $0 < Formatter.alignedColumnMax }.max().map { $0 + 2 } ?? 0
    }

    /// In characters; a comment of several lines before the code counts from its last line end.
    private func width(_ code: [UInt8]) -> Int {
        let last = code.split(separator: 10, omittingEmptySubsequences: false).last ?? []
        return file.isUTF8 ? last.count { $0 & 0xC0 != 0x80 } : last.count
    }
}
