/// A linear axis.
struct Axis {
    var from: Double
    var to: Double
    /// Where the marks stand.
    var ticks: [Double]

    /// Round values (1, 2, 2.5 or 5 times a power of ten apart), about `wanted` of them.
    /// - Parameters:
    ///   - whole: only whole numbers.
    ///   - roundUp: also the first one at or above `to`, so that an axis up to it covers all.
    static func ticks(from: Double, to: Double, wanted: Int, whole: Bool = false, roundUp: Bool = false) -> [Double] {
        let span = max(to - from, 1e-6)
        var power = 1e-9
        while power * 10 <= span / Double(wanted) { power *= 10 }
        let rough = [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 * Double(wanted) >= span * 0.999 } ?? power * 10
        let step = whole ? max(1, rough.rounded(.up)) : rough
        let first = (from / step).rounded(.up)
        let end = roundUp ? (to / step - 1e-9).rounded(.up) : (to / step + 1e-9).rounded(.down)
        guard end >= first else { return [from] }
        return stride(from: first, through: end, by: 1).map { $0 * step }
    }
}

/// One of the two diagrams.
struct Panel {
    static let left = 76.0
    static let right = 730.0

    var top: Double
    var bottom: Double
    var horizontal: Axis
    var vertical: Axis
    var label: String

    func x(_ value: Double) -> Double {
        Self.left + (value - horizontal.from) / max(horizontal.to - horizontal.from, 1e-9) * (Self.right - Self.left)
    }

    func y(_ value: Double) -> Double {
        bottom - (value - vertical.from) / max(vertical.to - vertical.from, 1e-9) * (bottom - top)
    }
}

/// Collects the elements of the picture. Colours and line widths are in the style sheet at its head; the two lines
/// differ by place and label, so nothing hangs on colour alone.
struct Canvas {
    static let width = 760.0
    static let height = 530.0

    private var body = ""

    init(title: String, description: String) {
        let name = Self.escaped(title)
        body = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" \
            width="\(Int(Self.width))" height="\(Int(Self.height))" role="img" aria-labelledby="title desc">
            <title id="title">\(name): learning curve</title>
            <desc id="desc">\(Self.escaped(description))</desc>
            <style>
            text { font: 13px system-ui, "DejaVu Sans", sans-serif; fill: #24292f }
            .title { font-size: 18px; font-weight: 600 }
            .small { font-size: 12px; fill: #57606a }
            .frame { fill: none; stroke: #8c959f }
            .grid { stroke: #d8dee4 }
            .loss { fill: none; stroke: #b35900; stroke-width: 2.2; stroke-linejoin: round }
            .accuracy { fill: none; stroke: #0550ae; stroke-width: 2.2; stroke-linejoin: round }
            .lost { stroke-width: 1.4; stroke-dasharray: 5 4; opacity: 0.75 }
            .loss-dot { fill: #b35900 } .accuracy-dot { fill: #0550ae }
            .goal { stroke: #1a7f37; stroke-width: 1.4; stroke-dasharray: 2 4 }
            .goal-label { fill: #1a7f37; font-size: 12px }
            .restart { stroke: #8250df; stroke-width: 1.6 }
            .again { fill: #8250df; opacity: 0.1 }
            .restart-label { fill: #8250df; font-size: 12px }
            </style>
            <rect width="100%" height="100%" fill="#ffffff"/>

            """
        body += "<text class=\"title\" x=\"\(Self.number(Panel.left))\" y=\"34\">\(name)</text>\n"
    }

    var finished: String { body + "</svg>\n" }

    mutating func text(_ x: Double, _ y: Double, _ text: String, anchor: String = "start", style: String = "") {
        let style = style.isEmpty ? "" : " class=\"\(style)\""
        body += "<text\(style) x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" text-anchor=\"\(anchor)\">"
        body += "\(Self.escaped(text))</text>\n"
    }

    mutating func frame(_ panel: Panel, labelled: Bool) {
        for tick in panel.vertical.ticks {
            let y = panel.y(tick)
            segment("grid", Panel.left, y, Panel.right, y)
            text(Panel.left - 8, y + 4, Self.tick(tick), anchor: "end", style: "small")
        }
        for tick in panel.horizontal.ticks {
            let x = panel.x(tick)
            segment("grid", x, panel.top, x, panel.bottom)
            if labelled { text(x, panel.bottom + 18, Self.tick(tick), anchor: "middle", style: "small") }
        }
        body += "<rect class=\"frame\" x=\"\(Self.number(Panel.left))\" y=\"\(Self.number(panel.top))\" "
        body += "width=\"\(Self.number(Panel.right - Panel.left))\" "
        body += "height=\"\(Self.number(panel.bottom - panel.top))\"/>\n"
        text(Panel.left, panel.top - 8, panel.label)
        if labelled { text((Panel.left + Panel.right) / 2, panel.bottom + 38, "epoch", anchor: "middle") }
    }

    mutating func goal(_ panel: Panel, _ value: Double) {
        let y = panel.y(value)
        segment("goal", Panel.left, y, Panel.right, y)
        text(Panel.right - 4, y + 14, "goal \(Self.tick(value))", anchor: "end", style: "goal-label")
    }

    /// A line through all panels between the last epoch that was kept and the first one after the restart, and a band
    /// over the epochs that were done again.
    /// - Parameter row: counts the restarts from 0, so that their labels stand below each other.
    mutating func restart(_ panels: [Panel], from first: Double, to reached: Double, label: String, row: Int) {
        for panel in panels {
            let x = panel.x(max(first, panel.horizontal.from))
            let end = panel.x(min(max(first, reached), panel.horizontal.to))
            if end > x {
                body += "<rect class=\"again\" x=\"\(Self.number(x))\" y=\"\(Self.number(panel.top))\" "
                body += "width=\"\(Self.number(end - x))\" height=\"\(Self.number(panel.bottom - panel.top))\"/>\n"
            }
            segment("restart", x, panel.top, x, panel.bottom)
        }
        guard let panel = panels.first else { return }
        let x = panel.x(max(first, panel.horizontal.from))
        // Near the right edge the label stands to the left of its line.
        let left = x > Panel.right - 270
        text(
            left ? x - 5 : x + 5, panel.top + 15 + 15 * Double(row % 8), label, anchor: left ? "end" : "start",
            style: "restart-label")
    }

    mutating func line(_ panel: Panel, _ values: [(Double, Double)], _ style: String, lost: Bool) {
        let points = values.map { "\(Self.number(panel.x($0.0))),\(Self.number(panel.y($0.1)))" }
        body += "<polyline class=\"\(style)\(lost ? " lost" : "")\" points=\"\(points.joined(separator: " "))\"/>\n"
    }

    mutating func dot(_ panel: Panel, _ x: Double, _ y: Double, _ style: String) {
        body += "<circle class=\"\(style)-dot\" cx=\"\(Self.number(panel.x(x)))\" "
        body += "cy=\"\(Self.number(panel.y(y)))\" r=\"3.5\"/>\n"
    }

    private mutating func segment(_ style: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) {
        body += "<line class=\"\(style)\" x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" "
        body += "x2=\"\(Self.number(x2))\" y2=\"\(Self.number(y2))\"/>\n"
    }

    private static func number(_ value: Double) -> String { Decimal.fixed(value, digits: 1) }

    /// Without zeros at the end: 0.95, 1, 10.
    private static func tick(_ value: Double) -> String {
        var text = Decimal.fixed(value, digits: 4)
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }

    /// Text for XML; control characters, which XML can't carry at all, become spaces.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += " "
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
