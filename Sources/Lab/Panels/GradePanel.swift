internal import Verification

/// A grade as text: what is required and whether it is met, and for what is not, a hint and the run that shows it.
public struct GradePanel {
    private let screen: Screen
    private let language: Language

    public init(_ screen: Screen, _ language: Language) {
        // One column: a run has room to the right.
        self.screen = Screen(width: min(screen.width, Screen.widthOfTwo - 1), isColoured: screen.isColoured)
        self.language = language
    }

    public func lines(_ grade: Grade) -> [String] {
        let words = language.phrases
        var lines = grade.requirements.flatMap(requirement)
        if !lines.isEmpty { lines.append("") }
        let met = String(grade.requirements.count { $0.isMet == true })
        let all = String(grade.requirements.count)
        switch grade.verdict {
        case .passed: lines.append(screen.paint(words.gradePassed.filled(["n": all]), .green))
        case .failed: lines.append(screen.paint(words.gradeFailed.filled(["n": met, "of": all]), .red))
        case .unreadable: lines.append(screen.paint(words.gradeUnreadable, .red))
        case .limit: lines.append(screen.paint(words.gradeLimit, .yellow))
        }
        return lines
    }

    private func requirement(_ requirement: Grade.Requirement) -> [String] {
        let mark =
            switch requirement.isMet {
            case true?: screen.paint("✓", .green)
            case false?: screen.paint("✗", .red)
            case nil: screen.paint("?", .yellow)
            }
        var lines = ["\(mark) \(requirement.text)"]
        guard let hint = requirement.hint else { return lines }
        let head = "  " + language.phrases.gradeHint + "  "
        for (index, line) in Screen.wrapped(hint, to: screen.width - head.count).enumerated() {
            lines.append((index == 0 ? head : "".padded(head.count)) + line)
        }
        if requirement.isMet == nil, let reason = requirement.report.explanation { lines.append("  " + reason) }
        lines += ModelPanel(Screen(width: screen.width - 2, isColoured: screen.isColoured), language)
            .evidence(requirement.report).map { $0.isEmpty ? "" : "  " + $0 }
        return lines + [""]
    }
}
