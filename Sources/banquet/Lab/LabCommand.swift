public import ArgumentParser
import Foundation
public import Lab

extension Language: ExpressibleByArgument {}

/// The language of a lesson.
struct LanguageOption: ParsableArguments {
    @Option(help: ArgumentHelp("The language: en or fr (default: the locale's).", valueName: "language")) var lang:
        Language?

    var language: Language { lang ?? Language.of(ProcessInfo.processInfo.environment) }
}

struct LabCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab", abstract: "Lessons on starvation and deadlock: a model and a live cluster, side by side.",
        subcommands: [Play.self, ExerciseCommand.self, GradeCommand.self], defaultSubcommand: Play.self)

    struct Play: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the scenarios, or play one.",
            discussion: """
                A scenario is an attack on a rule: first the checker finds in the model what the rule allows, and real processes on this machine \
                do it; then the countermeasure is turned on, and both recover. The cluster lives in a temporary folder on 127.0.0.1 and is gone \
                at the end. Exit code 0: it went as the lesson says. 1: it did not. 3: Ctrl-C came first.
                """)

        @Argument(
            help: ArgumentHelp("A scenario; without one, the list.", valueName: "scenario"),
            completion: Completions.scenarios)
        var name: String?
        @Flag(help: "Play all of them, one after the other.") var all = false
        @Flag(help: "The short form: a few seconds each.") var quick = false
        @Flag(help: "Wait for the Enter key at each stage.") var step = false
        @Option(
            help: ArgumentHelp("Draw how long each tenant waited, before and after.", valueName: "file.svg"))
        var plot: String?
        @OptionGroup var language: LanguageOption
        @OptionGroup var output: FormatOption

        func validate() throws {
            if let name, Scenario.named(name) == nil {
                let names = Scenario.all.map(\.name).joined(separator: ", ")
                throw ValidationError("there is no scenario '\(name)'; there are: \(names)")
            }
            if name != nil, all { throw ValidationError("give a scenario or --all, not both") }
            guard name == nil else {
                if step, isatty(STDIN_FILENO) != 1 {
                    throw ValidationError("--step needs a terminal to wait for a key at")
                }
                if step, output.format == .json { throw ValidationError("--step is for text") }
                if let plot { try Self.check(plot: plot) }
                return
            }
            if plot != nil { throw ValidationError("--plot draws one scenario: name it") }
            if step { throw ValidationError("--step is for one scenario: name it") }
            if quick, !all { throw ValidationError("--quick needs a scenario, or --all") }
        }

        func run() throws {
            guard name != nil || all else { return try list() }
            Interruption.requestsEnd()
            let scenarios = name.flatMap { Scenario.named($0) }.map { [$0] } ?? Scenario.all
            var isAsTold = true
            for scenario in scenarios {
                let lesson = Lesson(
                    scenario: scenario, language: language.language, isQuick: quick, isStepped: step,
                    screen: LabScreen(isShown: output.format == .text))
                let report = try lesson.give()
                if output.format == .json { Terminal.write(try JSON.line(report) + "\n") }
                if let plot { try write(lesson.plot(report).svg(), to: plot) }
                if !report.isAsTold { isAsTold = false }
            }
            if !isAsTold { throw ExitCode(1) }
        }

        /// Better now than when the lesson is over.
        private static func check(plot: String) throws {
            guard plot.hasSuffix(".svg") else { throw ValidationError("--plot writes an .svg file, not '\(plot)'") }
            let folder = URL(fileURLWithPath: plot).deletingLastPathComponent().path
            guard FileManager.default.isWritableFile(atPath: folder) else {
                throw ValidationError("--plot can't write \(plot): \(folder) is no folder that can be written to")
            }
        }

        private func write(_ text: String, to path: String) throws {
            do { try text.write(toFile: path, atomically: true, encoding: .utf8) } catch {
                throw CommandFailure(message: "\(path): error: can't be written: \(error.localizedDescription)")
            }
        }

        private struct Entry: Encodable { let scenario, title, summary, spec: String }

        private func list() throws {
            let lessons = Scenario.all.map { ($0, language.language.lesson($0.name)!) }
            guard output.format == .text else {
                for (scenario, text) in lessons {
                    let entry = Entry(
                        scenario: scenario.name, title: text.title, summary: text.summary, spec: scenario.specName)
                    Terminal.write(try JSON.line(entry) + "\n")
                }
                return
            }
            for (scenario, text) in lessons {
                let name = scenario.name.padding(toLength: 18, withPad: " ", startingAt: 0)
                Terminal.write(
                    Terminal.styled(name, .bold) + text.title + "\n" + "                  " + text.summary + "\n")
            }
            Terminal.write("\n" + language.language.phrases.listHint + "\n")
        }
    }
}
