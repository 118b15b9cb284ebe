/// How text is laid out: the escape sequences of a terminal, or none; and the width to keep to.
public struct TextStyle: Sendable {
    public var coloured: Bool
    /// Columns.
    public var width: Int

    public init(coloured: Bool = false, width: Int = 100) {
        self.coloured = coloured
        self.width = max(width, 40)
    }

    var bold: String { coloured ? "\u{1B}[1m" : "" }
    var faint: String { coloured ? "\u{1B}[2m" : "" }
    var plain: String { coloured ? "\u{1B}[0m" : "" }

    func faint(_ text: String) -> String { faint + text + plain }

    func colour(of report: AssertionReport) -> String {
        guard coloured else { return "" }
        return switch report.verdict {
        case .holds: "\u{1B}[1;32m"
        case .fails: "\u{1B}[1;31m"
        case .unknown: "\u{1B}[1;33m"
        }
    }

    /// Words in lines that fit, the first after `head`, the others indented as deep as the head is wide.
    func wrapped(_ text: String, head: String) -> [String] {
        let room = max(20, width - head.count)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !line.isEmpty, line.count + 1 + word.count > room {
                lines.append(line)
                line = String(word)
            } else {
                line += (line.isEmpty ? "" : " ") + word
            }
        }
        lines.append(line)
        let indent = String(repeating: " ", count: head.count)
        return lines.enumerated().map { ($0.offset == 0 ? head : indent) + $0.element }
    }
}

extension Int {
    /// `1,204`
    var grouped: String {
        var text = ""
        for (index, digit) in String(magnitude).reversed().enumerated() {
            if index > 0 && index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (self < 0 ? "-" : "") + String(text.reversed())
    }
}

extension Double {
    /// `0.02 s`
    var shortSeconds: String {
        if self < 0.001 { return "under 1 ms" }
        if self >= 100 { return "\(Int(rounded())) s" }
        let scale = self >= 10 ? 10.0 : self >= 0.1 ? 100.0 : 1000.0
        return "\((self * scale).rounded() / scale) s"
    }
}

extension String {
    func padded(to width: Int, left: Bool = false) -> String {
        let fill = String(repeating: " ", count: max(0, width - count))
        return left ? fill + self : self + fill
    }

    var trimmingTrailingBlanks: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
