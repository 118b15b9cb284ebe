/// How long each tenant waited, before and after, as an SVG picture: a dot for each that was served, a ring with an arrow for one that
/// still waited at the end.
public struct WaitingPlot {
    private let title: String
    private let halves: [(heading: String, outcome: PhaseOutcome)]
    private let words: Phrases

    public init(
        title: String, before: (setting: String, outcome: PhaseOutcome),
        after: (setting: String, outcome: PhaseOutcome),
        _ language: Language
    ) {
        words = language.phrases
        self.title = words.plotTitle.filled(["title": title])
        halves = [
            (words.plotBefore.filled(["setting": before.setting]), before.outcome),
            (words.plotAfter.filled(["setting": after.setting]), after.outcome),
        ]
    }

    private static let width = 860, left = 90, right = 60, row = 46, head = 60, gap = 54
    private static let colours = ["#c0392b", "#2c6e9b", "#7d6608", "#1e8449", "#6c3483", "#566573"]

    public func svg() -> String {
        let groups = halves.flatMap { $0.outcome.groups.map(\.group) }.reduce(into: [String]()) {
            if !$0.contains($1) { $0.append($1) }
        }
        let longest = halves.flatMap { $0.outcome.groups.map(\.longest) }.max() ?? 1
        let axis = Axis(longest: longest, from: Self.left, to: Self.width - Self.right)
        var body: [String] = []
        var y = Self.head
        for half in halves {
            body.append(text(20, y, half.heading, size: 14, weight: "bold"))
            y += 14
            let shown = groups.filter { name in half.outcome.groups.contains { $0.group == name } }
            let bottom = y + max(1, shown.count) * Self.row
            for tick in axis.ticks {
                let x = axis.x(tick)
                body.append("<line x1=\"\(x)\" y1=\"\(y)\" x2=\"\(x)\" y2=\"\(bottom)\" stroke=\"#ddd\"/>")
                body.append(text(x, bottom + 16, axis.label(tick), anchor: "middle", colour: "#666"))
            }
            body.append(text(Self.width - 10, bottom + 30, words.plotSeconds, anchor: "end", colour: "#666"))
            for name in shown {
                let colour = Self.colours[groups.firstIndex(of: name)! % Self.colours.count]
                body += lane(half.outcome.groups.first { $0.group == name }!, at: y + Self.row / 2, colour, axis)
                y += Self.row
            }
            y = bottom + Self.gap
        }
        body.append(text(20, 28, title, size: 17, weight: "bold"))
        body.append("<circle cx=\"26\" cy=\"\(y - 4)\" r=\"5\" fill=\"#555\"/>" + text(38, y, words.plotServed))
        body.append(ring(x: 140, y: y - 4, "#555") + text(166, y, words.plotWaiting))
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(Self.width)" height="\(y + 20)" \
            viewBox="0 0 \(Self.width) \(y + 20)" font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="white"/>
            \(body.joined(separator: "\n"))
            </svg>

            """
    }

    /// A tenant's waits: a bar to the longest, and a mark for each, those close together one above the other.
    private func lane(_ group: GroupWaiting, at y: Int, _ colour: String, _ axis: Axis) -> [String] {
        var parts = [
            text(Self.left - 10, y + 4, group.group, anchor: "end", weight: "bold", colour: colour),
            "<rect x=\"\(Self.left)\" y=\"\(y - 9)\" width=\"\(axis.x(group.longest) - Self.left)\" height=\"18\" "
                + "fill=\"\(colour)\" opacity=\"0.15\"/>",
        ]
        for (index, wait) in group.served.enumerated() {
            let shift = [0, -5, 5, -2, 3][index % 5]
            parts.append(
                "<circle cx=\"\(axis.x(wait))\" cy=\"\(y + shift)\" r=\"4\" fill=\"\(colour)\" opacity=\"0.7\"/>")
        }
        for wait in group.waiting { parts.append(ring(x: axis.x(wait), y: y, colour)) }
        return parts
    }

    private func ring(x: Int, y: Int, _ colour: String) -> String {
        "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"5\" fill=\"white\" stroke=\"\(colour)\" stroke-width=\"2\"/>"
            + "<path d=\"M\(x + 6) \(y) h12 m-4 -4 l4 4 l-4 4\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"/>"
    }

    private func text(
        _ x: Int, _ y: Int, _ content: String, anchor: String = "start", size: Int = 12, weight: String = "normal",
        colour: String = "#222"
    ) -> String {
        let escaped = content.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        return "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\" font-size=\"\(size)\" font-weight=\"\(weight)\" "
            + "fill=\"\(colour)\">\(escaped)</text>"
    }

    /// Seconds to pixels, from zero to a round number.
    private struct Axis {
        let step, most: Double
        let from, to: Int

        init(longest: Double, from: Int, to: Int) {
            let steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]
            let step = steps.first { longest / $0 <= 8 } ?? 1000
            self.step = step
            most = max(step, (longest / step).rounded(.up) * step)
            self.from = from
            self.to = to
        }

        var ticks: [Double] { (0...Int((most / step).rounded())).map { Double($0) * step } }
        func x(_ seconds: Double) -> Int { from + Int(Double(to - from) * min(seconds, most) / most) }
        func label(_ tick: Double) -> String { step >= 1 ? String(Int(tick.rounded())) : tick.tenths }
    }
}
