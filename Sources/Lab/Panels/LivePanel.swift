/// The live cluster as a column of a lesson: who waits and for how long, and the last events, in the words of the model.
public struct LivePanel {
    private let scenario: Scenario
    private let screen: Screen
    private let words: Phrases

    public init(_ scenario: Scenario, _ screen: Screen, _ language: Language) {
        self.scenario = scenario
        self.screen = screen
        words = language.phrases
    }

    /// - Parameters:
    ///   - start, now: seconds since the record began; what happened in between is shown.
    ///   - rows: how many lines at most.
    public func lines(_ record: LiveRecord, _ outcome: PhaseOutcome, setting: String, rows: Int) -> [String] {
        let seconds = (outcome.end - outcome.start).tenths
        var lines = [screen.paint(words.live, .bold) + "  " + setting + "  " + seconds + " " + words.second, ""]
        for group in outcome.groups { lines += summary(group) }
        if outcome.lateWrites > 0 {
            lines.append(screen.paint(words.lateWrites.filled(["n": String(outcome.lateWrites)]), .red))
        }
        if outcome.refusedWrites > 0 {
            lines.append(screen.paint(words.refusedWrites.filled(["n": String(outcome.refusedWrites)]), .green))
        }
        lines.append("")
        let events = record.events.filter { (outcome.start...outcome.end).contains($0.time) }
        let room = max(4, rows - lines.count)
        return lines + events.suffix(room).map { event(from: outcome.start, $0) }
    }

    private func summary(_ group: GroupWaiting) -> [String] {
        let isVictim = scenario.victims.contains(group.group)
        var parts: [String] = []
        if let median = group.median {
            parts.append(
                words.served.filled([
                    "n": String(group.served.count), "median": median.tenths, "longest": group.served.last!.tenths,
                ]))
        }
        if isVictim, let waiting = group.waiting.max() {
            parts.append(words.stillWaits.filled(["seconds": waiting.tenths]))
        }
        if isVictim, group.overtaken > 0 { parts.append(words.overtaken.filled(["n": String(group.overtaken)])) }
        guard !parts.isEmpty else { return [] }
        let text = Screen.wrapped(parts.joined(separator: words.semicolon), to: screen.column - 9)
        let isWaiting = isVictim && !group.waiting.isEmpty
        return text.enumerated().map { index, line in
            screen.paint(index == 0 ? group.group.padded(9) : "".padded(9), .bold)
                + (isVictim ? screen.paint(line, isWaiting ? .red : .green) : line)
        }
    }

    private func event(from start: Double, _ event: LiveRecord.Event) -> String {
        let head = "\((event.time - start).tenths.padded(5, left: true)) s  \(event.text.padded(16))"
        let note =
            event.overtakes.map { words.overtakes.filled(["who": $0]) } ?? (event.isLate ? words.lateWrite : "")
        return note.isEmpty
            ? head.trimmed : head + "  " + screen.paint(screen.cut(note, to: screen.column - head.count - 2), .yellow)
    }
}
