// A run as text: one event a line, then who took part in what, then how everybody stands at the end.

extension CounterexampleReport {
    /// What stands at the left: `trace`, `cycle`, `why`.
    private static let margin = 14

    private static func head(_ word: String) -> String { "    " + word.padded(to: margin - 4) }

    func lines(_ style: TextStyle) -> [String] {
        let table = ParticipationTable(self, style)
        var lines = run(style, namesProcesses: table == nil && processes.count > 1)
        if let table { lines += table.lines(margin: Self.margin) }
        lines += style.wrapped(reason, head: Self.head("why"))
        for sentence in because { lines += style.wrapped(sentence, head: Self.head("")) }
        lines += end(style)
        return lines
    }

    /// - Parameter namesProcesses: say who took part; a table says it better.
    private func run(_ style: TextStyle, namesProcesses: Bool) -> [String] {
        if events.isEmpty && cycle.isEmpty { return [Self.head("trace") + "(before the first event)"] }
        let all = events + cycle
        let digits = String(all.count).count
        let width = min(40, all.map(\.shown.count).max() ?? 0)
        return all.enumerated().map { index, event in
            let (word, mark) = headAndMark(of: index)
            let number = String(index + 1).padded(to: digits, left: true)
            let note = event.note ?? (namesProcesses ? event.processes.joined(separator: ", ") : "")
            let line = "    \(word.padded(to: 8))\(mark) \(number)  \(event.shown.padded(to: width))"
            let painted = event.note == nil ? style.faint(note) : note
            return note.isEmpty ? line.trimmingTrailingBlanks : line + "  " + painted
        }
    }

    private func headAndMark(of index: Int) -> (word: String, mark: String) {
        if index < events.count { return (index > 0 ? "" : cycle.isEmpty ? "trace" : "stem", " ") }
        let place = index - events.count
        let mark = cycle.count == 1 ? "↻" : place == 0 ? "┌" : place == cycle.count - 1 ? "└" : "│"
        return (place == 0 ? "cycle" : "", mark)
    }

    /// Who wants what and who refuses it: where nothing can happen any more, or a wanted event does not.
    private func end(_ style: TextStyle) -> [String] {
        var lines: [String] = []
        for (index, event) in refused.enumerated() where kind == .refusal || kind == .nondeterminism {
            lines += style.wrapped(event.sentence, head: Self.head(index == 0 ? "refused" : ""))
        }
        let isOver = kind == .deadlock || kind == .refusal || (kind == .lasso && cycle.isEmpty)
        guard isOver else { return lines }
        let width = min(30, components.map(\.process.count).max() ?? 0)
        for (index, component) in components.enumerated() {
            let head = Self.head(index == 0 ? "end" : "") + component.process.padded(to: width) + "  "
            let state = component.state.map { "is \($0) now: " } ?? ""
            lines += style.wrapped(state + component.sentence, head: head)
        }
        if !circle.isEmpty {
            let links = circle.map { "\($0.process) –\($0.event)→ " }.joined() + circle[0].process
            lines += style.wrapped(links, head: Self.head("circle"))
            lines += style.wrapped("each wants the event on its arrow, which the next refuses", head: Self.head(""))
        }
        return lines
    }
}

extension CounterexampleReport.Event {
    /// The event, in brackets where nobody sees it.
    var shown: String { hidden && event != "τ" ? "τ (\(event))" : event }
}

extension CounterexampleReport.Refused {
    var sentence: String {
        if ready.isEmpty && refusing.isEmpty { return "\(event): the system never performs it" }
        if refusing.isEmpty { return "\(event): nobody holds it up alone; it gives way to another step" }
        let who = "\(event): \(refusing.joined(separator: ", ")) \(refusing.count == 1 ? "refuses" : "refuse") it"
        return ready.isEmpty ? who : who + ", \(ready.joined(separator: ", ")) \(ready.count == 1 ? "is" : "are") ready"
    }
}

extension CounterexampleReport.ComponentState {
    private static let shownMax = 6

    var sentence: String {
        if terminated && blocked.isEmpty { return "has terminated" }
        if offers.isEmpty { return "can do nothing by itself (STOP)" }
        // Events that the same processes refuse, together.
        var groups: [(by: [String], events: [String])] = []
        for wish in blocked {
            if let known = groups.firstIndex(where: { $0.by == wish.refusedBy }) {
                groups[known].events.append(wish.event)
            } else {
                groups.append((wish.refusedBy, [wish.event]))
            }
        }
        var parts = groups.prefix(Self.shownMax).map { group in
            let shown = group.events.prefix(Self.shownMax).joined(separator: ", ")
            let events = shown + (group.events.count > Self.shownMax ? ", …" : "")
            if group.by.isEmpty { return "\(events), in which nobody ever joins" }
            return "\(events), which \(group.by.joined(separator: ", ")) \(group.by.count == 1 ? "refuses" : "refuse")"
        }
        if groups.count > Self.shownMax { parts.append("…") }
        let free = offers.filter { offer in !blocked.contains { $0.event == offer } }
        let head = terminated ? "has terminated; " : ""
        if parts.isEmpty { return head + "offers \(Self.listed(free))" }
        return head + "wants \(parts.joined(separator: "; "))"
            + (free.isEmpty ? "" : "; is free to do \(Self.listed(free))")
    }

    private static func listed(_ events: [String]) -> String {
        events.prefix(shownMax).joined(separator: ", ") + (events.count > shownMax ? ", …" : "")
    }
}
