import Foundation
import Lab
import Verification

/// One scenario from the first page to the last: the model and the live cluster, before and after.
struct Lesson {
    let scenario: Scenario
    let language: Language
    let isQuick: Bool
    let isStepped: Bool
    let screen: LabScreen

    private var text: LessonText { language.lesson(scenario.name)! }
    private var words: Phrases { language.phrases }

    /// - Throws: `CommandFailure` with exit code 3 when it was interrupted. Whatever happens, nothing of the cluster is left.
    func give() throws -> LessonReport {
        let cluster = try LabCluster()
        defer { cluster.close() }
        let page = screen.screen
        screen.say([page.rule(text.title), ""] + page.paragraph(words.story, text.story) + [""])
        try pause()
        screen.say(page.paragraph(words.attack, text.attack) + [""] + page.paragraph(words.watch, text.watch) + [""])
        let spec = cluster.folder + "/\(scenario.name).csp"
        try scenario.specText.write(toFile: spec, atomically: true, encoding: .utf8)
        let verdicts = FileCheck.run(
            path: spec,
            options: VerificationOptions(
                maximumStates: 100_000, timeout: .seconds(60), isCancelled: { Interruption.isRequested }))
        let checks = LessonChecks(verdicts, of: scenario)
        let code = try replayed(verdicts, checks)
        try pause()
        let stage = LabStage(scenario, cluster)
        let model = ModelPanel(page, language)

        let isNaiveCoordinator = scenario.before.settings != scenario.after.settings
        screen.say([page.paint(words.startsCluster.filled(["n": String(scenario.workers.count)]), .faint)])
        try stage.prepare(scenario.before, spec: isNaiveCoordinator ? nil : spec)
        screen.say(["", page.rule(words.before + words.colon + words.naiveSetting), ""])
        let before = try play(scenario.before, on: stage, beside: checks.fault.map(model.fault) ?? [])
        say(before: before, checks)
        if let code {
            try pause()
            let panel = CodePanel(page, language)
            screen.say(page.paragraph(words.codeStory, text.code) + [""] + panel.naive(code) + [""])
            if !code.isAsTold { screen.say(page.sentence(words.codeUnexpected, .red) + [""]) }
        }

        try pause()
        screen.say(page.paragraph(words.countermeasure, text.countermeasure) + [""])
        try stage.prepare(scenario.after, spec: spec)
        screen.say([page.rule(words.after + words.colon + words.repairedSetting), ""])
        let after = try play(scenario.after, on: stage, beside: model.proofs(checks.proofs))
        let report = LessonReport(scenario, model: checks, code: code, before: before, after: after)
        say(after: report)
        if let code, case let lines = CodePanel(page, language).repaired(code), !lines.isEmpty {
            screen.say(lines + [""])
        }
        try pause()
        screen.say(page.paragraph(words.lesson, text.lesson) + [""] + page.paragraph(words.question, text.question))
        cluster.close()
        screen.say(["", page.paint(words.stopped, .faint)])
        return report
    }

    private func replayed(_ verdicts: FileReport, _ checks: LessonChecks) throws -> LessonCode? {
        do { return try LessonCode(verdicts, checks, of: scenario) } catch {
            throw CommandFailure(message: "banquet: the lab's own files make no sense: \(error)")
        }
    }

    private func pause() throws {
        if isStepped { screen.waitForKey(words.goOn) }
        if Interruption.isRequested { throw CommandFailure(message: "", exitCode: 3) }
    }

    private func play(_ phase: Phase, on stage: LabStage, beside model: [String]) throws -> PhaseOutcome {
        let live = LivePanel(scenario, screen.screen, language)
        let setting = words.policy.filled(["name": phase.settings.policy])
        var last: [String] = []
        let outcome = try stage.play(
            phase, isQuick: isQuick, mayEnd: { !isStepped || screen.isEntered() }
        ) { record, outcome in
            let rows =
                screen.screen.isWide ? min(screen.room, max(model.count, 20)) : max(10, screen.room - model.count - 2)
            last = screen.screen.beside(model, live.lines(record, outcome, setting: setting, rows: rows))
            screen.draw(last, isFinal: false)
        }
        screen.draw(last, isFinal: true)
        screen.say([""])
        return outcome
    }

    private func say(before outcome: PhaseOutcome, _ checks: LessonChecks) {
        let page = screen.screen
        var lines = checks.surprises.flatMap { page.sentence(words.modelUnexpected.filled(["text": $0]), .red) }
        if scenario.isFaultSeen(in: outcome) {
            let victims = outcome.groups.filter { scenario.victims.contains($0.group) }.map { group in
                var said = group.group
                if let waiting = group.waiting.max() {
                    said += " " + words.stillWaits.filled(["seconds": Self.tenths(waiting)])
                }
                if group.overtaken > 0 { said += ", " + words.overtaken.filled(["n": String(group.overtaken)]) }
                return said
            }
            let late = outcome.lateWrites > 0 ? [words.lateWrites.filled(["n": String(outcome.lateWrites)])] : []
            let seen = late.isEmpty ? victims : late
            lines += page.sentence(words.faultSeen.filled(["who": seen.joined(separator: words.semicolon)]), .red)
        } else {
            lines += page.sentence(words.faultNotSeen, .yellow)
        }
        screen.say(lines + [""])
    }

    private func say(after report: LessonReport) {
        let page = screen.screen
        guard report.isRecovered else {
            let seconds = Self.tenths(report.after.end - report.after.start)
            return screen.say(page.sentence(words.notRecovered.filled(["n": seconds]), .yellow) + [""])
        }
        let victims = report.after.groups.filter { scenario.victims.contains($0.group) && !$0.served.isEmpty }.map {
            group in
            group.group + words.colon
                + words.served.filled([
                    "n": String(group.served.count), "median": Self.tenths(group.median ?? 0),
                    "longest": Self.tenths(group.served.last ?? 0),
                ])
        }
        screen.say(
            page.sentence(words.recovered.filled(["who": victims.joined(separator: words.semicolon)]), .green) + [""])
    }

    private static func tenths(_ seconds: Double) -> String { String(format: "%.1f", seconds) }

    /// What the two phases are called in a plot.
    func plot(_ report: LessonReport) -> WaitingPlot {
        func setting(_ phase: Phase, _ name: String) -> String {
            scenario.before.settings.policy == scenario.after.settings.policy ? name : phase.settings.policy
        }
        return WaitingPlot(
            title: text.title, before: (setting(scenario.before, words.naiveSetting), report.before),
            after: (setting(scenario.after, words.repairedSetting), report.after), language)
    }
}
