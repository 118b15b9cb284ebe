/// How much room text takes on a terminal.
extension Character {
    /// Columns that it takes: 2 for East Asian wide characters and emoji, 0 for what is drawn onto the character before, else 1.
    /// The ranges are those of Unicode's EastAsianWidth.txt with `W` and `F`, as far as terminals agree on them.
    public var columns: Int {
        guard let first = unicodeScalars.first else { return 0 }
        if first.value < 0x300 { return 1 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        switch first.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
            0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}

extension StringProtocol {
    /// Columns that it takes on a terminal.
    public var columns: Int { reduce(0) { $0 + $1.columns } }

    /// As much of it as takes `width` columns; where that isn't all, `…` is its end.
    public func fitted(to width: Int) -> String {
        guard columns > width else { return String(self) }
        guard width > 0 else { return "" }
        var text = ""
        var used = 0
        for character in self {
            guard used + character.columns <= width - 1 else { break }
            used += character.columns
            text.append(character)
        }
        return text + "…"
    }

    /// Exactly `width` columns of it: cut, or filled up with blanks.
    public func filled(to width: Int, flushRight: Bool = false) -> String {
        let text = fitted(to: width)
        let blanks = String(repeating: " ", count: Swift.max(0, width - text.columns))
        return flushRight ? blanks + text : text + blanks
    }

    /// Without what a terminal would obey in place of showing it: names and reasons come from others, and one line stays one.
    public var withoutControls: String {
        guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return String(self) }
        return String(
            String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}

extension String {
    /// Without blanks at its end.
    public var trimmingTrailingBlanks: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
