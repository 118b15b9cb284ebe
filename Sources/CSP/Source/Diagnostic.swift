/// One thing that is wrong, or doubtful, in a script: where, what, and what would be right.
///
/// A diagnostic carries its own excerpt of the source, so that it can be printed without the files at hand.
public struct Diagnostic: Error, Hashable, Sendable {
    public enum Severity: String, Sendable { case error, warning }

    /// What the script was being read as when the fault was found.
    public enum Phase: String, Sendable, CaseIterable { case lexical, parse, name, type, evaluation }

    /// A second place, or advice: "the bracket was opened here", "did you mean …".
    public struct Note: Hashable, Sendable {
        public var message: String
        public var excerpt: SourceExcerpt?
    }

    public var severity: Severity
    public var phase: Phase
    public var message: String
    public var range: SourceRange
    public var excerpt: SourceExcerpt
    public var notes: [Note] = []

    public init(
        _ severity: Severity, _ phase: Phase, _ message: String, at range: SourceRange, in sources: SourceMap
    ) {
        self.severity = severity
        self.phase = phase
        self.message = message
        self.range = range
        excerpt = SourceExcerpt(range, in: sources)
    }

    /// The same diagnostic with a note, at another place if one is given.
    public func noting(_ message: String, at range: SourceRange? = nil, in sources: SourceMap? = nil) -> Diagnostic {
        var copy = self
        let excerpt = range.flatMap { range in sources.map { SourceExcerpt(range, in: $0) } }
        copy.notes.append(Note(message: message, excerpt: excerpt))
        return copy
    }

    public var location: SourceLocation { excerpt.location }
    public var path: String { excerpt.location.path }
    public var line: Int { excerpt.location.line }
    public var column: Int { excerpt.location.column }

    /// Several lines, without a line end after the last: `file:line:column: error: message`, the source line with a caret
    /// span under it, then the notes.
    public func rendered(coloured: Bool = false) -> String {
        let style = Style(coloured: coloured)
        let tone = severity == .error ? style.error : style.warning
        var lines = [
            "\(style.bold)\(location): \(tone)\(severity.rawValue):\(style.plain)\(style.bold) \(message)\(style.plain)"
        ]
        lines += excerpt.rendered(tone: tone, plain: style.plain)
        for note in notes {
            if let excerpt = note.excerpt {
                lines.append("\(style.bold)\(excerpt.location): note:\(style.plain) \(note.message)")
                lines += excerpt.rendered(tone: style.note, plain: style.plain)
            } else {
                lines.append("    \(style.bold)note:\(style.plain) \(note.message)")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// The escape sequences of a terminal, or nothing.
    private struct Style {
        let coloured: Bool
        var bold: String { coloured ? "\u{1B}[1m" : "" }
        var error: String { coloured ? "\u{1B}[1;31m" : "" }
        var warning: String { coloured ? "\u{1B}[1;35m" : "" }
        var note: String { coloured ? "\u{1B}[1;36m" : "" }
        var plain: String { coloured ? "\u{1B}[0m" : "" }
    }
}

extension Diagnostic: CustomStringConvertible {
    public var description: String { rendered() }
}

/// A source line and the part of it that is meant.
public struct SourceExcerpt: Hashable, Sendable {
    public var location: SourceLocation
    /// The line as shown, without control characters, cut around the place if it is very long; nil if there is no file.
    public var line: String?
    /// How many characters of `line` stand before the place.
    public var indent: Int
    /// How many characters are meant: at least 1, and not beyond the end of the line.
    public var width: Int

    /// So many bytes are shown to either side of the place.
    private static let shownMax = 120

    public init(_ range: SourceRange, in sources: SourceMap) {
        location = sources.location(of: range)
        (line, indent, width) = (nil, 0, 1)
        guard let file = sources.file(of: range) else { return }
        let whole = file.range(ofLine: location.line)
        let start = min(max(Int(range.start), whole.lowerBound), whole.upperBound)
        let end = min(max(Int(range.end), start), whole.upperBound)
        let from = start - whole.lowerBound > Self.shownMax ? start - Self.shownMax / 2 : whole.lowerBound
        let to = min(whole.upperBound, start + Self.shownMax)
        let before = (from > whole.lowerBound ? "…" : "") + Self.printable(file.text(from..<start))
        let after = Self.printable(file.text(start..<to)) + (to < whole.upperBound ? "…" : "")
        line = before + after
        indent = before.unicodeScalars.count
        width = max(1, file.text(start..<min(end, to)).unicodeScalars.count)
    }

    private static func printable(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        result.append(contentsOf: text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 })
        return String(result)
    }

    fileprivate func rendered(tone: String, plain: String) -> [String] {
        guard let line else { return [] }
        let number = String(location.line)
        let margin = String(repeating: " ", count: number.count)
        let span = String(repeating: " ", count: indent) + tone + String(repeating: "^", count: width) + plain
        return [" \(number) | \(line)", " \(margin) | \(span)"]
    }
}
