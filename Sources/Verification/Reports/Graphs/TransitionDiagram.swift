/// A small transition system as a picture: states in columns by their distance from the start, arrows with labels.
struct TransitionDiagram {
    private static let radius = 15.0
    private static let rowHeight = 104.0
    private static let margin = 60.0

    private struct Arrow {
        var from: Int
        var to: Int
        var labels: [String]
        var isSilent: Bool
    }

    private let graph: TransitionGraph
    private let summary: String
    private let arrows: [Arrow]
    private var place: [(x: Double, y: Double)]
    /// The height that arrows go round above or below.
    private var middle = 0.0
    private let columnWidth: Double
    private var canvas: SVGCanvas
    /// What labels must not cover: states, and other labels.
    private var taken: [Box] = []

    private struct Box {
        var left: Double
        var right: Double
        var top: Double
        var bottom: Double

        func overlaps(_ other: Box) -> Bool {
            left < other.right && other.left < right && top < other.bottom && other.top < bottom
        }
    }

    init(_ graph: TransitionGraph, summary: String) {
        self.graph = graph
        self.summary = summary
        var grouped: [[Int]: Arrow] = [:]
        for edge in graph.edges {
            let key = [edge.from, edge.to, edge.label.isSilent ? 1 : 0]
            grouped[key, default: Arrow(from: edge.from, to: edge.to, labels: [], isSilent: edge.label.isSilent)].labels
                .append(edge.label.text)
        }
        arrows = grouped.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
        let longest = arrows.map { Self.text($0).count }.max() ?? 0
        columnWidth = max(110, min(280, SVGCanvas.width(of: String(repeating: " ", count: longest), size: 12) + 84))
        place = Array(repeating: (0, 0), count: graph.stateCount)
        canvas = SVGCanvas(
            title: graph.name, description: "\(graph.stateCount) states, \(graph.edges.count) transitions. \(summary)")
    }

    func svg() -> String {
        var copy = self
        return copy.draw()
    }

    private static func text(_ arrow: Arrow) -> String {
        arrow.labels.prefix(3).joined(separator: ", ") + (arrow.labels.count > 3 ? ", …" : "")
    }

    private mutating func draw() -> String {
        var size = layOut()
        makeRoom(&size.height)
        let title = graph.name.count > 70 ? graph.name.prefix(69) + "…" : graph.name
        canvas.text(String(title), x: 20, y: 30, "title", size: 15)
        canvas.text(summary, x: 20, y: 52, "faint", size: 12)
        let start = place[graph.initial]
        canvas.path(
            "M\((start.x - 44).short),\(start.y.short) L\((start.x - Self.radius - 2).short),\(start.y.short)", "edge",
            arrow: true)
        for arrow in arrows { draw(arrow) }
        let deadlocks = graph.deadlocks
        for state in 0..<graph.stateCount {
            let (x, y) = place[state]
            canvas.circle(x, y, radius: Self.radius, deadlocks.contains(state) ? "state-dead" : "state")
            if state == graph.terminated { canvas.circle(x, y, radius: Self.radius - 3.5, "ring") }
            canvas.text(
                state == graph.terminated ? "✓" : String(state), x: x, y: y + 4, "event", anchor: "middle", size: 11)
        }
        taken = place.map {
            Box(
                left: $0.x - Self.radius, right: $0.x + Self.radius, top: $0.y - Self.radius, bottom: $0.y + Self.radius
            )
        }
        for arrow in arrows { label(arrow) }
        return canvas.document(
            width: max(size.width, 20 + SVGCanvas.width(of: String(title), size: 15) + 20), height: size.height)
    }

    /// Columns by breadth-first distance; within a column by the mean height of those that lead there.
    private mutating func layOut() -> (width: Double, height: Double) {
        var column = [Int](repeating: -1, count: graph.stateCount)
        column[graph.initial] = 0
        var order = [graph.initial]
        var next = 0
        while next < order.count {
            let state = order[next]
            next += 1
            for arrow in arrows where arrow.from == state && column[arrow.to] < 0 {
                column[arrow.to] = column[state] + 1
                order.append(arrow.to)
            }
        }
        let last = column.max() ?? 0
        let columns = (0...last).map { index in order.filter { column[$0] == index } }
        let rows = Double(columns.map(\.count).max() ?? 1)
        let height = 100 + rows * Self.rowHeight + 50
        middle = 100 + rows * Self.rowHeight / 2
        for (index, states) in columns.enumerated() {
            func mean(_ state: Int) -> Double {
                let above = arrows.filter { $0.to == state && column[$0.from] < index }.map { place[$0.from].y }
                return above.isEmpty ? 0 : above.reduce(0, +) / Double(above.count)
            }
            let sorted = states.map { ($0, mean($0)) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
            let top = 100 + (rows - Double(sorted.count)) * Self.rowHeight / 2
            for (row, state) in sorted.enumerated() {
                place[state] = (
                    Self.margin + 20 + Double(index) * columnWidth, top + (Double(row) + 0.5) * Self.rowHeight
                )
            }
        }
        return (Self.margin * 2 + 20 + Double(last) * columnWidth, height)
    }

    /// Moves everything down by as much as arrows reach above the states, and has the picture end below them.
    private mutating func makeRoom(_ height: inout Double) {
        let turns = arrows.filter { $0.from != $0.to }.map { arrow in
            let (from, bend, to) = curve(arrow)
            return (from.y + 2 * bend.y + to.y) / 4
        }
        let down = max(0, 76 - (turns.min() ?? 76))
        for state in place.indices { place[state].y += down }
        middle += down
        height = max(height, (turns.max() ?? 0) + 30) + down
    }

    /// The curve of an arrow: its ends and control points. Arrows to the right bend a little when there is one in the other direction; arrows back go round above in the
    /// upper half, and else below.
    private func curve(_ arrow: Arrow) -> (
        from: (x: Double, y: Double), bend: (x: Double, y: Double), to: (x: Double, y: Double)
    ) {
        let (a, b) = (place[arrow.from], place[arrow.to])
        let (dx, dy) = (b.x - a.x, b.y - a.y)
        let length = max(1, (dx * dx + dy * dy).squareRoot())
        let isPaired = arrows.contains { $0.from == arrow.to && $0.to == arrow.from }
        let isParallel = arrows.contains { $0.from == arrow.from && $0.to == arrow.to && $0.isSilent != arrow.isSilent }
        // What stands between in the same row would be crossed.
        let isFar = abs(dy) < 1 && abs(dx) > columnWidth * 1.5
        var bend = isPaired ? 24.0 : 0
        let span = abs(dx) / columnWidth
        // Far enough from the first state on the way.
        if isFar || dx < -1 { bend = max(bend, 22 + min(span, 4) * 18 + max(0, span - 4) * 7) }
        if isParallel { bend += arrow.isSilent ? 22 : -14 }
        if abs(dx) < 1 { bend = max(bend, 30) }
        if dx < -1, !isPaired, (a.y + b.y) / 2 < middle - 1 { bend = -bend }
        let turn = (x: (a.x + b.x) / 2 - dy / length * bend * 1.6, y: (a.y + b.y) / 2 + dx / length * bend * -1.6)
        return (Self.rim(a, towards: turn), turn, Self.rim(b, towards: turn))
    }

    private static func rim(_ centre: (x: Double, y: Double), towards: (x: Double, y: Double)) -> (x: Double, y: Double)
    {
        let (dx, dy) = (towards.x - centre.x, towards.y - centre.y)
        let length = max(1, (dx * dx + dy * dy).squareRoot())
        return (centre.x + dx / length * (radius + 2), centre.y + dy / length * (radius + 2))
    }

    private mutating func draw(_ arrow: Arrow) {
        let style = arrow.isSilent ? "hidden-edge" : "edge"
        if arrow.from == arrow.to {
            let (x, y) = place[arrow.from]
            canvas.path(
                "M\((x - 9).short),\((y - 13).short) C\((x - 24).short),\((y - 46).short) \((x + 24).short),\((y - 46).short) \((x + 10).short),\((y - 15).short)",
                style, arrow: true)
            return
        }
        let (from, bend, to) = curve(arrow)
        canvas.path(
            "M\(from.x.short),\(from.y.short) Q\(bend.x.short),\(bend.y.short) \(to.x.short),\(to.y.short)", style,
            arrow: true)
    }

    private mutating func label(_ arrow: Arrow) {
        let text = Self.text(arrow)
        let style = arrow.isSilent ? "faint" : "event"
        if arrow.from == arrow.to {
            let (x, y) = place[arrow.from]
            canvas.label(text, x: x, y: y - 41, style, size: 11)
            return
        }
        let (from, bend, to) = curve(arrow)
        let half = SVGCanvas.width(of: text, size: 11) / 2 + 3
        func box(_ t: Double) -> Box {
            let (a, b, c) = ((1 - t) * (1 - t), 2 * t * (1 - t), t * t)
            let x = a * from.x + b * bend.x + c * to.x
            let y = a * from.y + b * bend.y + c * to.y
            return Box(left: x - half, right: x + half, top: y - 7, bottom: y + 7)
        }
        // Along its arrow, where it covers nothing; in the middle if there is no such place.
        let spots = [0.5, 0.4, 0.6, 0.32, 0.68, 0.25, 0.75].map(box)
        let spot = spots.first { spot in !taken.contains { $0.overlaps(spot) } } ?? spots[0]
        taken.append(spot)
        canvas.label(text, x: (spot.left + spot.right) / 2, y: spot.top + 11, style, size: 11)
    }
}
