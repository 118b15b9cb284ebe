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
        let report = try cluster.preflight(cluster.configuration())
        switch output.format {
        case .json: for file in report.files { print(file.jsonLine) }
        case .text: print(report.rendered(Terminal.style))
        }
        for diagnostic in report.diagnostics { Terminal.complain(diagnostic) }
        if report.verdict != .holds { throw ExitCode(report.verdict.exitCode) }
    }
}
