// How verdicts read: for a class on a projector, and for a reviewer in a log.

extension AssertionReport {
    /// Several lines, without a line end after the last.
    public func rendered(coloured: Bool = false) -> String {
        let style = TextStyle(coloured: coloured)
        var lines = ["\(style.bold)\(file):\(line)\(style.plain)  \(text)"]
        var second = "  \(style.colour(of: self))\(verdict.rawValue)\(style.plain)"
        if let summary { second += ": \(summary)" }
        if let fairness { second += "   \(fairness)" }
        lines.append(second)
        if verdict != .unknown || states > 0 {
            lines.append(
                "  \(states.grouped) states, \(transitions.grouped) transitions, \(seconds.shortSeconds)"
                    + (verdict != .unknown && explanation != nil ? "   \(explanation!)" : ""))
        }
        if let counterexample {
            lines.append("")
            lines += counterexample.lines(style)
            lines.append("")
        }
        return lines.joined(separator: "\n")
    }

    /// What the verdict line says after the verdict.
    private var summary: String? {
        if verdict == .unknown { return explanation }
        return counterexample?.summary
    }
}

extension CounterexampleReport {
    /// A few words.
    var summary: String {
        switch kind {
        case .deadlock: "deadlock after \(Self.steps(events.count))"
        case .event: "\(events.last?.event ?? "") is not allowed after \(Self.steps(events.count - 1))"
        case .refusal: "a refusal that the specification does not have, after \(Self.steps(events.count))"
        case .divergence: "divergence after \(Self.steps(events.count))"
        case .nondeterminism: "not deterministic after \(Self.steps(events.count))"
        case .trace: "a run shows it"
        case .lasso: "a run that never gets there"
        }
    }

    private static func steps(_ count: Int) -> String { count == 1 ? "1 step" : "\(count.grouped) steps" }

    /// The run, one event a line, and what holds at its end.
    func lines(_ style: TextStyle) -> [String] {
        var lines: [String] = []
        let width = min(40, (events + cycle).map { $0.shown.count }.max() ?? 0)
        let digits = String(events.count + cycle.count).count
        func row(_ head: String, _ mark: String, _ number: Int, _ event: Event) -> String {
            let name = event.shown.padded(to: width)
            let note = event.note ?? event.processes.joined(separator: ", ")
            let text = "    \(head.padded(to: 8))\(mark) \(String(number).padded(to: digits, left: true))  \(name)"
            return note.isEmpty ? text : text + "  " + style.faint + note + style.plain
        }
        for (index, event) in events.enumerated() {
            lines.append(row(index == 0 ? (cycle.isEmpty ? "trace" : "stem") : "", " ", index + 1, event))
        }
        if events.isEmpty && cycle.isEmpty { lines.append("    trace     (before the first event)") }
        for (index, event) in cycle.enumerated() {
            let mark = cycle.count == 1 ? "↻" : index == 0 ? "┌" : index == cycle.count - 1 ? "└" : "│"
            lines.append(row(index == 0 ? "cycle" : "", mark, events.count + index + 1, event))
        }
        lines.append("    why       \(reason)")
        for component in components where kind == .deadlock || kind == .refusal || kind == .lasso {
            lines.append("              \(component.sentence)")
        }
        return lines
    }
}

extension CounterexampleReport.Event {
    /// The event, in brackets where nobody sees it.
    var shown: String { hidden && event != "τ" ? "τ (\(event))" : event }
}

extension CounterexampleReport.ComponentState {
    var sentence: String {
        let shown = offers.prefix(6).joined(separator: ", ") + (offers.count > 6 ? ", …" : "")
        let offer = offers.isEmpty ? "offers nothing" : "offers \(shown)"
        return waitsFor.isEmpty
            ? "\(process) \(offer)" : "\(process) \(offer), and waits for \(waitsFor.joined(separator: ", "))"
    }
}

/// The escape sequences of a terminal, or nothing.
struct TextStyle {
    let coloured: Bool
    var bold: String { coloured ? "\u{1B}[1m" : "" }
    var faint: String { coloured ? "\u{1B}[2m" : "" }
    var plain: String { coloured ? "\u{1B}[0m" : "" }

    func colour(of report: AssertionReport) -> String {
        guard coloured else { return "" }
        return switch report.verdict {
        case .holds: "\u{1B}[1;32m"
        case .fails: "\u{1B}[1;31m"
        case .unknown: "\u{1B}[1;33m"
        }
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
}
