import ArgumentParser
import Verification

struct PreflightCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preflight", abstract: "Make the coordinator's check, and nothing else.",
        discussion: "Exit code 0: a coordinator with this configuration would start.")

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: FormatOption

    func run() throws {
        Interruption.requestsEnd()
        let report = cluster.preflight(try cluster.configuration(), style: Terminal.style)
        switch output.format {
        case .json: for line in report.jsonLines { print(line) }
        case .text: print(report.text)
        }
        for diagnostic in report.diagnostics { Terminal.complain(diagnostic) }
        if report.verdict != .holds { throw ExitCode(report.verdict.exitCode) }
    }
}
