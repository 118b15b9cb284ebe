/// Lines for a terminal: how wide, and whether in colours.
public struct Screen: Sendable {
    public let width: Int
    public let isColoured: Bool

    /// From here on a model and a live cluster stand side by side; on narrower screens one below the other.
    public static let widthOfTwo = 110

    public init(width: Int, isColoured: Bool) {
        self.width = max(40, width)
        self.isColoured = isColoured
    }

    public enum Paint: String, Sendable {
        case bold = "1"
        case faint = "2"
        case red = "1;31"
        case green = "1;32"
        case yellow = "33"
        case title = "1;36"
    }

    public func paint(_ text: String, _ paint: Paint) -> String {
        isColoured && !text.isEmpty ? "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m" : text
    }

    public var isWide: Bool { width >= Self.widthOfTwo }

    /// The width of one of two columns.
    public var column: Int { isWide ? (width - 3) / 2 : width }

    /// A line across, with a word in it.
    public func rule(_ text: String) -> String {
        let rest = max(0, width - text.count - 5)
        return paint("─── \(text) " + String(repeating: "─", count: rest), .title)
    }

    /// A word at the left and a paragraph beside it, both within the width.
    public func paragraph(_ head: String, _ text: String) -> [String] {
        [paint(head, .bold)] + Self.wrapped(text, to: min(width, 100) - 2).map { "  " + $0 }
    }

    /// A sentence in one colour, within the width.
    public func sentence(_ text: String, _ paint: Paint) -> [String] {
        Self.wrapped(text, to: min(width, 100)).map { self.paint($0, paint) }
    }

    /// Words in lines of at most so many characters; a word that is longer has a line of its own.
    public static func wrapped(_ text: String, to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return lines + [line]
    }

    /// Two columns beside each other, or one below the other.
    public func beside(_ left: [String], _ right: [String]) -> [String] {
        guard isWide else { return left + [""] + right }
        return (0..<max(left.count, right.count)).map { row in
            let cell = row < left.count ? left[row] : ""
            let gap = String(repeating: " ", count: max(0, column - Self.visibleCount(cell)))
            return "\(cell)\(gap) \(paint("│", .faint)) \(row < right.count ? right[row] : "")"
        }
    }

    /// The characters that are seen: without escape sequences.
    static func visibleCount(_ text: String) -> Int {
        var count = 0
        var isEscape = false
        for character in text {
            if character == "\u{1B}" {
                isEscape = true
            } else if !isEscape {
                count += 1
            } else if character == "m" {
                isEscape = false
            }
        }
        return count
    }

    /// Cuts what is too long for a column.
    func cut(_ text: String, to width: Int) -> String {
        text.count <= width ? text : text.prefix(max(1, width - 1)) + "…"
    }
}

extension Double {
    /// `4.2`
    var tenths: String {
        let tenths = Int((self * 10).rounded())
        return "\(tenths / 10).\(abs(tenths) % 10)"
    }
}

extension String {
    /// Without blanks at the end.
    var trimmed: String {
        var text = self[...]
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }

    func padded(_ width: Int, left: Bool = false) -> String {
        let gap = String(repeating: " ", count: max(0, width - count))
        return left ? gap + self : self + gap
    }
}
