/// A run as a message-sequence chart: processes are life lines, events are bars between those who take part, time goes down; the cycle of a
/// lasso is framed, and at the end each life line says what its process waits for.
struct SequenceChart {
    private static let rowHeight = 34.0
    private static let top = 74.0
    private static let headHeight = 26.0
    private static let left = 88.0
    private static let size = 12.0
    /// More events than this make no picture.
    static let eventsMax = 400
    private static let processesMax = 24

    private let run: CounterexampleReport
    private let title: String
    private let processes: [String]
    private let column: [String: Int]
    private let columnWidth: Double
    private var canvas: SVGCanvas

    /// - Throws: `GraphFault` where the run has too many events or processes for a picture.
    init(_ run: CounterexampleReport, title: String) throws(GraphFault) {
        let all = run.events + run.cycle
        guard all.count <= Self.eventsMax else {
            throw GraphFault(
                description:
                    "the run has \(all.count) events, more than a chart's \(Self.eventsMax): read it as text or JSON")
        }
        let active = Set(all.flatMap(\.processes)).union(run.refused.flatMap { $0.ready + $0.refusing })
        let shown = run.processes.count <= 8 ? run.processes : run.processes.filter(active.contains)
        guard shown.count <= Self.processesMax else {
            throw GraphFault(
                description:
                    "\(shown.count) processes take part, more than a chart's \(Self.processesMax): read the run as text or JSON"
            )
        }
        self.run = run
        self.title = title
        processes = shown
        column = Dictionary(uniqueKeysWithValues: shown.enumerated().map { ($0.element, $0.offset) })
        let longest = max(
            shown.map(\.count).max() ?? 0, all.map(\.shown.count).max() ?? 0,
            run.components.flatMap(\.wishes).map(\.count).max() ?? 0)
        columnWidth = max(
            92, min(230, SVGCanvas.width(of: String(repeating: " ", count: longest), size: Self.size) + 24))
        canvas = SVGCanvas(title: title, description: "\(run.summary). \(run.reason).")
    }

    private func x(_ index: Int) -> Double { Self.left + columnWidth * (Double(index) + 0.5) }
    private func y(_ row: Int) -> Double { Self.top + Self.headHeight + Self.rowHeight * (Double(row) + 0.85) }

    /// The picture.
    func svg() -> String {
        var copy = self
        return copy.draw()
    }

    private mutating func draw() -> String {
        let all = run.events + run.cycle
        let right = Self.left + columnWidth * Double(max(1, processes.count))
        let notes = all.compactMap(\.note).map { SVGCanvas.width(of: $0, size: 11) }.max() ?? 0
        let width = max(right + (notes > 0 ? notes + 28 : 20), 420)
        drawTitle(width)
        let bottom = y(all.count - 1) + Self.rowHeight * 0.55
        drawCycle(right)
        for (index, process) in processes.enumerated() { drawLife(index, process, to: bottom) }
        for (row, event) in all.enumerated() { drawEvent(event, row, right) }
        let end = drawEnds(at: bottom)
        let height = drawReason(from: end, width)
        return canvas.document(width: width, height: height)
    }

    private mutating func drawTitle(_ width: Double) {
        let room = Int((width - 40) / (SVGCanvas.characterWidth * 15))
        canvas.text(
            title.count > room ? title.prefix(max(1, room - 1)) + "…" : title, x: 20, y: 30, "title", size: 15)
        canvas.text(run.summary, x: 20, y: 52, "wrong", size: 13)
    }

    private mutating func drawLife(_ index: Int, _ process: String, to bottom: Double) {
        canvas.line(x(index), Self.top + Self.headHeight, x(index), bottom, "life")
        canvas.rectangle(
            x: x(index) - columnWidth / 2 + 5, y: Self.top, width: columnWidth - 10, height: Self.headHeight, "head",
            radius: 5)
        canvas.text(
            Self.cut(process, to: columnWidth - 16), x: x(index), y: Self.top + 17.5, "title", anchor: "middle",
            size: Self.size)
    }

    private mutating func drawEvent(_ event: CounterexampleReport.Event, _ row: Int, _ right: Double) {
        let y = y(row)
        canvas.text(String(row + 1), x: Self.left - 6, y: y + 4, "faint", anchor: "end", size: 11)
        let places = event.processes.compactMap { column[$0] }.sorted().map(x)
        let (bar, dot) = event.hidden ? ("hidden-bar", "hidden-dot") : ("bar", "dot")
        if let first = places.first, let last = places.last {
            if first < last { canvas.line(first, y, last, y, bar) }
            for place in places { canvas.circle(place, y, radius: 4.5, dot) }
            let name = Self.cut(event.shown, to: max(columnWidth * 1.6, last - first))
            canvas.label(
                name, x: (first + last) / 2, y: y - 8, event.hidden ? "faint" : "event",
                ground: row < run.events.count ? "ground" : "cycle-ground", size: Self.size)
        } else {
            // Nobody in particular: a step of the whole.
            canvas.line(Self.left, y, right, y, bar)
            canvas.label(event.shown, x: (Self.left + right) / 2, y: y - 8, "event", size: Self.size)
        }
        if let note = event.note { canvas.text(note, x: right + 10, y: y + 4, "note", size: 11) }
    }

    /// A frame round the cycle, and the way back from its last event to its first.
    private mutating func drawCycle(_ right: Double) {
        guard !run.cycle.isEmpty else { return }
        let from = y(run.events.count) - 25
        let to = y(run.events.count + run.cycle.count - 1) + 9
        canvas.rectangle(
            x: Self.left - 32, y: from, width: right - Self.left + 36, height: to - from, "cycle", radius: 8)
        let x = Self.left - 32
        canvas.path(
            "M\(x.short),\((to - 8).short) C\((x - 24).short),\((to - 8).short) \((x - 24).short),\((from + 12).short) \((x - 3).short),\((from + 12).short)",
            "loop", arrow: true)
        canvas.text("∞", x: x - 36, y: (from + to) / 2 + 5, "note", anchor: "middle", size: 17)
    }

    /// What each process waits for, where that is the point.
    private mutating func drawEnds(at top: Double) -> Double {
        let isOver = run.kind == .deadlock || run.kind == .refusal || (run.kind == .lasso && run.cycle.isEmpty)
        guard isOver, !run.components.isEmpty else { return top + 4 }
        let shown = run.components.filter { column[$0.process] != nil }
        let lines = min(5, shown.map(\.wishes.count).max() ?? 0)
        let height = Double(max(1, lines)) * 15 + 10
        for component in shown {
            let x = x(column[component.process]!)
            let isBlocked = !component.blocked.isEmpty
            canvas.rectangle(
                x: x - columnWidth / 2 + 5, y: top, width: columnWidth - 10, height: height,
                isBlocked ? "end-blocked" : "end", radius: 5)
            for (index, wish) in component.wishes.prefix(5).enumerated() {
                canvas.text(
                    Self.cut(wish, to: columnWidth - 16), x: x, y: top + 16 + Double(index) * 15,
                    isBlocked ? (index % 2 == 0 ? "wrong" : "event") : "faint", anchor: "middle", size: 11)
            }
        }
        return top + height + 8
    }

    private mutating func drawReason(from top: Double, _ width: Double) -> Double {
        var y = top + 22
        var sentences = [run.reason] + run.because
        if !run.circle.isEmpty {
            sentences.append(
                "circle: " + run.circle.map { "\($0.process) –\($0.event)→ " }.joined() + run.circle[0].process)
        }
        let style = TextStyle(width: Int((width - 40) / (SVGCanvas.characterWidth * 12)))
        for sentence in sentences {
            for line in style.wrapped(sentence, head: "") {
                canvas.text(line, x: 20, y: y, "faint", size: 12)
                y += 17
            }
        }
        return y + 6
    }

    private static func cut(_ text: String, to width: Double) -> String {
        let room = max(3, Int(width / (SVGCanvas.characterWidth * size)))
        return text.count <= room ? text : text.prefix(room - 1) + "…"
    }
}

extension CounterexampleReport.ComponentState {
    /// For the foot of a life line: what it wants, and who refuses it, in turn.
    fileprivate var wishes: [String] {
        if blocked.isEmpty { return [terminated ? "terminated" : offers.isEmpty ? "STOP" : "can go on"] }
        return blocked.prefix(2).flatMap { wish in
            ["✗ \(wish.event)", wish.refusedBy.isEmpty ? "nobody joins in" : wish.refusedBy.joined(separator: ", ")]
        } + (blocked.count > 2 ? ["…"] : [])
    }
}
