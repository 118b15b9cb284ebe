import Foundation
import Simulation

extension ModelReplay {
    func rendered() -> String {
        var lines = ["\(file):\(line)  \(assertion)", "  policy    \(policy)"]
        let shown = steps.count > 40 ? Array(steps.prefix(20)) + Array(steps.suffix(19)) : steps
        for (place, step) in shown.enumerated() {
            if steps.count > 40, place == 20 { lines.append("            … \(steps.count - 39) more steps") }
            let who = step.isOfCore ? "core " : "world"
            lines.append(
                "  \(place == 0 ? "steps     " : "          ")\(step.number > 0 ? String(format: "%4d", step.number) : "    ")  "
                    + "\(String(format: "%7.1f", Double(step.time) / 1000)) s  \(who)  \(step.event)")
        }
        switch verdict {
        case .reproduced where rounds > 0:
            lines.append("  \(Terminal.styled("reproduced", .red)): the core goes round the cycle, \(rounds) times")
        case .reproduced:
            lines.append(
                "  \(Terminal.styled("reproduced", .red)): the core takes every step, and ends in the same fault")
        case .refused:
            lines.append(
                "  \(Terminal.styled("refused", .green)): the core does not take step \(refusedStep?.number ?? 0), \(refusedStep?.event ?? "")"
            )
        case .goesOn:
            lines.append(
                "  \(Terminal.styled("goes on", .green)): the core goes on, where the model's run comes to a stand")
        case .unknown:
            lines.append("  \(Terminal.styled("unknown", .yellow)): the search was cut short after \(tries) tries")
        }
        if let instead { lines.append("  instead   \(instead)") }
        for (place, text) in waiting.enumerated() {
            lines.append("  \(place == 0 ? "waiting   " : "          ")\(text)")
        }
        if !skipped.isEmpty {
            lines.append("  skipped   \(skipped.prefix(8).joined(separator: ", "))\(skipped.count > 8 ? " …" : "")")
        }
        return lines.joined(separator: "\n")
    }
}
