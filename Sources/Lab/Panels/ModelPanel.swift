public import Verification

/// A verdict of the checker as a column of a lesson: what was asserted, what was found, and the run that shows it.
public struct ModelPanel {
    private let screen: Screen
    private let words: Phrases
    private var width: Int { screen.column }

    public init(_ screen: Screen, _ language: Language) {
        self.screen = screen
        words = language.phrases
    }

    /// The naive rule: its fault as a run.
    public func fault(_ report: AssertionReport) -> [String] {
        let lines = [screen.paint(words.model, .bold)] + assertion(report)
        return lines + (report.counterexample == nil ? [screen.paint(summary(report), .red)] : evidence(report))
    }

    /// What was found, and the run that shows it; nothing where there is none.
    func evidence(_ report: AssertionReport) -> [String] {
        guard let run = report.counterexample else { return [] }
        var lines = Screen.wrapped(found(run), to: width).map { screen.paint($0, .red) } + [""]
        lines += self.run(run)
        if !run.circle.isEmpty {
            let links = run.circle.map { "\($0.process) –\($0.event)→ " }.joined() + run.circle[0].process
            lines.append("")
            for (index, line) in Screen.wrapped(links, to: width - 9).enumerated() {
                lines.append((index == 0 ? words.circle : "").padded(9) + line)
            }
        }
        return lines
    }

    /// The countermeasure: what holds now, a line or two each.
    public func proofs(_ reports: [AssertionReport]) -> [String] {
        [screen.paint(words.model, .bold)]
            + reports.flatMap { report in
                let mark = report.verdict == .holds ? screen.paint("✓", .green) : screen.paint("✗", .red)
                let text = Screen.wrapped(report.text, to: width - 2)
                return text.enumerated().map { ($0.offset == 0 ? mark + " " : "  ") + $0.element }
                    + ["  " + screen.paint(summary(report), report.verdict == .holds ? .green : .red)]
            }
    }

    private func assertion(_ report: AssertionReport) -> [String] {
        Screen.wrapped(report.text, to: width).map { screen.paint($0, .faint) }
    }

    private func summary(_ report: AssertionReport) -> String {
        let verdict =
            switch report.verdict {
            case .holds: words.holds
            case .fails: words.fails
            case .unknown: words.unknown
            }
        return verdict + "   " + words.states.filled(["n": String(report.states)])
    }

    private func found(_ run: CounterexampleReport) -> String {
        let steps = String(run.events.count)
        return switch run.kind {
        case .lasso: words.starves.filled(["who": String(run.summary.prefix { $0 != " " })])
        case .deadlock: words.deadlock.filled(["n": steps])
        case .event:
            words.forbidden.filled(["event": run.events.last?.event ?? "", "n": String(run.events.count - 1)])
        case .refusal: words.refuses.filled(["n": steps])
        case .divergence: words.diverges.filled(["n": steps])
        default: run.summary
        }
    }

    private func run(_ run: CounterexampleReport) -> [String] {
        let all = run.events + run.cycle
        let name = min(22, all.map(\.event.count).max() ?? 0)
        return all.enumerated().map { index, event in
            let place = index - run.events.count
            let head =
                index == 0
                ? (run.cycle.isEmpty ? words.trace : words.stem) : place == 0 ? words.cycle : ""
            let mark =
                place < 0
                ? " " : run.cycle.count == 1 ? "↻" : place == 0 ? "┌" : place == run.cycle.count - 1 ? "└" : "│"
            let line =
                "\(head.padded(7))\(mark) \(String(index + 1).padded(2, left: true))  \(event.event.padded(name))"
            guard let note = event.note else { return line.trimmed }
            return line + "  " + screen.paint(screen.cut(translated(note), to: max(8, width - line.count - 2)), .yellow)
        }
    }

    /// The notes of a lasso, in the words of this language.
    private func translated(_ note: String) -> String {
        var note = Substring(note)
        var end = ""
        if note.hasSuffix(", and so on for ever") {
            note = note.dropLast(", and so on for ever".count)
            end = words.forEver
        }
        if note.hasPrefix("overtakes ") {
            return words.overtakes.filled(["who": String(note.dropFirst("overtakes ".count))]) + end
        }
        if note.hasSuffix(" is waited for from here") {
            return words.isWaitedFor.filled(["who": String(note.dropLast(" is waited for from here".count))]) + end
        }
        if note.hasSuffix(" begins to wait") {
            return words.beginsToWait.filled(["who": String(note.dropLast(" begins to wait".count))]) + end
        }
        return note == "not allowed here" ? words.notAllowed : note + end
    }
}
