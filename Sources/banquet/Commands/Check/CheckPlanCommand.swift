import ArgumentParser
import Communication
import ConfigurationFiles
import Foundation

/// A run's own communication, checked before it starts.
struct CheckPlan: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-plan",
        abstract: "Check a run's own communication: mismatched collectives, pipelines that deadlock.",
        discussion: """
            Reads the `communication` of a job file (docs/plans.md). Exit code 0: every run comes to its end. 1: some run does not; the calls \
            that wait for each other are shown. 2: the file can't be read, or the plan makes no sense. 3: a limit was reached.
            """)

    @Argument(
        help: ArgumentHelp("A job file, or one with `communication` alone.", valueName: "job.yaml"),
        completion: Completions.yaml)
    var file: String
    @Option(help: "How many ranks (default: the file's `gang`).") var ranks: Int?
    @Flag(help: "Print the plan as a CSPm script, of which `banquet check` finds the same.") var csp = false
    @Option(help: ArgumentHelp("Draw who waits for whom, for Graphviz or as a picture.", valueName: "file.dot|.svg"))
    var graph: String?
    @Option(help: "The most orders of arrival to look at, where a plan has `recv: any`.") var maxStates: Int?
    @OptionGroup var output: FormatOption

    func validate() throws {
        if let ranks, !(1...1_000_000).contains(ranks) { throw ValidationError("--ranks must be from 1 to 1000000") }
        if let maxStates, maxStates < 1 { throw ValidationError("--max-states must be at least 1") }
        if let graph, !graph.hasSuffix(".dot"), !graph.hasSuffix(".svg") {
            throw ValidationError("--graph takes a file that ends in .dot or .svg, not '\(graph)'")
        }
        if csp, graph != nil { throw ValidationError("give --csp or --graph, not both") }
    }

    func run() throws {
        Interruption.requestsEnd()
        let report: PlanReport
        do {
            let read = try PlanFile.read(file)
            let declared = read.plan.ranks.map { $0...$0 }
            guard let sizes = ranks.map({ $0...$0 }) ?? read.ranks ?? declared else {
                throw InputError(file: file, message: "it doesn't say for how many ranks; add `gang: N`, or --ranks N")
            }
            if csp { return try printScript(of: read.plan, ranks: sizes.upperBound) }
            var limits = PlanLimits()
            if let maxStates { limits.states = maxStates }
            limits.isCancelled = { Interruption.isRequested }
            report = try JobPlan.check(read.plan, ranks: sizes, file: file, limits: limits)
            try write(report)
        } catch let error as InputError {
            throw CommandFailure(message: "\(error)")
        }
        if report.exitCode != 0 { throw ExitCode(report.exitCode) }
    }

    private func printScript(of plan: Plan, ranks: Int) throws(InputError) {
        do throws(PlanError) {
            guard let text = try PlanScript.text(of: plan, ranks: ranks, title: "\(file), \(ranks) ranks") else {
                throw PlanError("the plan is too long to be printed", at: plan.place)
            }
            Terminal.write(text)
        } catch {
            throw InputError(file: file, line: error.place.line, column: error.place.column, message: error.message)
        }
    }

    private func write(_ report: PlanReport) throws(InputError) {
        if let graph {
            let text = graph.hasSuffix(".dot") ? WaitingDrawing.dot(report) : WaitingDrawing.svg(report)
            do { try text.write(toFile: graph, atomically: true, encoding: .utf8) } catch {
                throw InputError(file: graph, message: "can't be written: \(error.localizedDescription)")
            }
        }
        switch output.format {
        case .text: Terminal.write(report.rendered(file: file) + "\n")
        case .json:
            guard let line = try? JSON.line(PlanDocument(file: file, report: report)) else { return }
            Terminal.write(line + "\n")
        }
    }
}

/// The report with the name of its file.
private struct PlanDocument: Encodable {
    let file: String
    let report: PlanReport

    private enum CodingKeys: String, CodingKey { case file }

    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(file, forKey: .file)
    }
}
