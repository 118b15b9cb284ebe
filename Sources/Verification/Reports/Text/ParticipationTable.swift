/// A run split by component: rows are processes, columns are events by their numbers, a dot says who took part.
struct ParticipationTable {
    /// Longer runs are shown without it, and larger systems only with those that took part.
    private static let eventsMax = 200
    private static let processesMax = 40

    private let rows: [(process: String, tookPart: [Bool])]
    private let cycleStart: Int
    private let style: TextStyle

    static func isOfUse(to run: CounterexampleReport) -> Bool {
        let count = run.events.count + run.cycle.count
        return run.processes.count > 1 && (1...eventsMax).contains(count)
            && (run.processes.count <= processesMax || active(run).count <= processesMax)
    }

    private static func active(_ run: CounterexampleReport) -> Set<String> {
        Set((run.events + run.cycle).flatMap(\.processes))
    }

    init?(_ run: CounterexampleReport, _ style: TextStyle) {
        guard Self.isOfUse(to: run) else { return nil }
        let all = run.events + run.cycle
        let active = Self.active(run)
        let shown = run.processes.count <= Self.processesMax ? run.processes : run.processes.filter(active.contains)
        rows = shown.map { process in (process, all.map { $0.processes.contains(process) }) }
        cycleStart = run.cycle.isEmpty ? all.count : run.events.count
        self.style = style
    }

    /// As many blocks of columns as the width asks for; before and after them an empty line.
    func lines(margin: Int) -> [String] {
        let count = rows[0].tookPart.count
        let cell = String(count).count + 2
        let names = max(margin - 6, rows.map(\.process.count).max()!)
        let room = max(1, (style.width - 4 - names - 2) / cell)
        var lines = [""]
        for start in stride(from: 0, to: count, by: room) {
            let columns = start..<min(start + room, count)
            let numbers = columns.map { label($0).padded(to: cell, left: true) }.joined()
            lines.append("    " + "who".padded(to: names) + numbers)
            for row in rows {
                let cells = columns.map { (row.tookPart[$0] ? "●" : "·").padded(to: cell, left: true) }
                lines.append("    " + row.process.padded(to: names) + style.faintDots(cells.joined()))
            }
            lines.append("")
        }
        return lines
    }

    /// The number of the event; the cycle begins with a bar.
    private func label(_ column: Int) -> String { (column == cycleStart ? "┃" : "") + String(column + 1) }
}

extension TextStyle {
    fileprivate func faintDots(_ cells: String) -> String {
        coloured ? cells.replacing("·", with: faint("·")) : cells
    }
}
