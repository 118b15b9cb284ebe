// How verdicts read: for a class on a projector, and for a reviewer in a log.

extension AssertionReport {
    /// Several lines, without a line end after the last.
    public func rendered(_ style: TextStyle = TextStyle()) -> String {
        var lines = ["\(style.bold)\(file):\(line)\(style.plain)  \(text)"]
        lines += verdictLines(style)
        lines += costLines(style)
        for note in notes { lines += style.wrapped(note, head: "  note: ") }
        if let counterexample {
            lines += [""] + counterexample.lines(style)
        } else if let witness {
            lines += [""] + witness.lines(style)
        }
        return lines.joined(separator: "\n")
    }

    /// The verdict, what was found, and the ladder of fairness: on one line if it fits.
    private func verdictLines(_ style: TextStyle) -> [String] {
        let finding = verdict == .unknown ? explanation : summary
        let text = verdict.rawValue + (finding.map { ": " + $0 } ?? "")
        func painted(_ line: String) -> String {
            "  \(style.colour(of: self))\(verdict.rawValue)\(style.plain)" + line.dropFirst(2 + verdict.rawValue.count)
        }
        var lines = style.wrapped(text, head: "  ")
        lines[0] = painted(lines[0])
        guard let ladder = fairness?.text else { return lines }
        if lines.count == 1, 2 + text.count + 6 + ladder.count <= style.width {
            lines[0] += String(repeating: " ", count: max(4, 42 - text.count)) + ladder
        } else {
            lines.append("  " + ladder)
        }
        return lines
    }

    private func costLines(_ style: TextStyle) -> [String] {
        var parts: [String] = []
        if verdict != .unknown || states > 0 {
            let cost = [states.counted("state"), transitions.counted("transition"), seconds.shortSeconds]
            parts.append((verdict == .unknown ? [cost[0] + " so far", cost[2]] : cost).joined(separator: ", "))
        }
        parts += reductions
        var lines = parts.isEmpty ? [] : style.wrapped(parts.joined(separator: "   "), head: "  ")
        if let overtaking {
            // The cycle is shown once: here, or as the counterexample's own.
            let isShown = (counterexample?.cycle ?? []).contains { $0.note?.hasPrefix("overtakes") == true }
            lines += style.wrapped("overtaking: " + (isShown ? overtaking.briefly : overtaking.text), head: "  ")
        }
        return lines
    }
}
