import Communication
import Simulation

/// A model's run on the real core, as a part of a lesson: its steps, and what came of them.
public struct CodePanel {
    private let screen: Screen
    private let words: Phrases

    public init(_ screen: Screen, _ language: Language) {
        self.screen = screen
        words = language.phrases
    }

    /// What the core makes of the run with the naive setting.
    public func naive(_ code: LessonCode) -> [String] { lines(code.naive, length: code.length) }

    /// The same with the countermeasure, and what the check of the job's own communication says; empty where there is nothing to say.
    public func repaired(_ code: LessonCode) -> [String] {
        var lines = code.repaired.map { self.lines($0, length: code.length) } ?? []
        if let ring = code.naivePlan?.fault?.ring, let room = code.naivePlan?.smallestBuffer {
            let ranks = ring.map { String($0.site.rank) }.joined(separator: ", ")
            lines += screen.sentence(words.planFails.filled(["ranks": ranks, "n": String(room)]), .green)
        }
        if code.repairedPlan?.verdict == .holds { lines += screen.sentence(words.planHolds, .green) }
        return lines
    }

    private func lines(_ replay: ModelReplay, length: Int) -> [String] {
        let setting = words.policy.filled(["name": replay.policy])
        var lines = screen.sentence(words.code + ", " + setting, .bold)
        for step in replay.steps where step.number <= length {
            let number = step.number > 0 ? String(step.number) : ""
            let who = step.isOfCore ? screen.paint(words.core.padded(whoWidth), .yellow) : words.world.padded(whoWidth)
            lines.append("  \(number.padded(3, left: true))  \(who)  \(step.event)")
        }
        return lines + verdict(replay)
    }

    private var whoWidth: Int { max(words.core.count, words.world.count) }

    private func verdict(_ replay: ModelReplay) -> [String] {
        let step = [
            "n": String(replay.refusedStep?.number ?? 0), "event": replay.refusedStep?.event ?? "",
            "instead": replay.insteadEvent ?? "", "rounds": String(replay.rounds),
        ]
        switch replay.verdict {
        case .reproduced:
            return screen.sentence((replay.rounds > 0 ? words.codeGoesRound : words.codeStands).filled(step), .red)
        case .goesOn: return screen.sentence(words.codeGoesOn.filled(step), .green)
        case .refused:
            var text = words.codeRefuses.filled(step)
            if replay.insteadEvent != nil {
                text += words.codeInstead.filled(step)
            } else if let reason = replay.refusals.first {
                text += words.codeBecause.filled(["reason": Self.short(reason)])
            }
            return screen.sentence(text, .green)
        case .unknown: return screen.sentence(words.codeUnknown, .yellow)
        }
    }

    /// `staleEpochRefused` of a reason that ends so, in parentheses: a name, the same in every language.
    private static func short(_ reason: String) -> String {
        guard reason.last == ")", let start = reason.lastIndex(of: "(") else { return reason }
        return String(reason[reason.index(after: start)...].dropLast())
    }
}
