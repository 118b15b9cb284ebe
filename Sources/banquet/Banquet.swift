import ArgumentParser
import Foundation
import Verification

/// The command line. Exit codes everywhere: 0 yes, 1 no, 2 bad usage or bad input, 3 a limit was reached and nothing is known.
@main struct Banquet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "banquet",
        abstract:
            "Runs distributed work on your own servers, by a protocol that is model-checked before the coordinator starts.",
        version: BanquetVersion.current,
        groupedSubcommands: [
            CommandGroup(
                name: "Checking:",
                subcommands: [
                    Check.self, CheckPlan.self, Replay.self, PreflightCommand.self, ConformCommand.self,
                    Evaluate.self, Format.self, LSP.self,
                ]),
            CommandGroup(
                name: "Services:",
                subcommands: [
                    CoordinatorCommand.self, WorkerCommand.self, StatusCommand.self, AlertsCommand.self,
                    TopCommand.self,
                    ReloadCommand.self, KeysCommand.self, DoctorCommand.self, ClusterCommand.self,
                ]),
            CommandGroup(
                name: "Jobs:",
                subcommands: [
                    Run.self, Submit.self, Jobs.self, Retry.self, Probe.self, Show.self, Logs.self, Cancel.self,
                    Wait.self, Workers.self, JournalCommand.self, ReportCommand.self, Drain.self,
                ]),
            CommandGroup(name: "Teaching:", subcommands: [LabCommand.self]),
            CommandGroup(name: "Measuring:", subcommands: [Bench.self, Simulate.self]),
            CommandGroup(name: "Manual:", subcommands: [ManCommand.self]),
            CommandGroup(name: "Inside:", subcommands: [Rank.self]),
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            exit(with: error)
        }
    }

    /// ArgumentParser would exit with 64 for bad usage; here that is 2, like all bad input.
    private static func exit(with error: any Error) -> Never {
        if let failure = error as? CommandFailure {
            if !failure.message.isEmpty { Terminal.complain(failure.message) }
            Foundation.exit(failure.exitCode)
        }
        if let lost = error as? CoordinatorLost {
            Terminal.complain("banquet: \(lost)")
            Foundation.exit(2)
        }
        let code = exitCode(for: error)
        let message = fullMessage(for: error)
        if code.isSuccess {
            if !message.isEmpty { print(Completions.script(message)) }
            Foundation.exit(0)
        }
        if let exit = error as? ExitCode { Foundation.exit(exit.rawValue) }
        if code == .validationFailure {
            Terminal.complain(message)
        } else {
            Terminal.complain("banquet: \(error)")
        }
        Foundation.exit(2)
    }
}

/// Ends the command: `message` goes to stderr, and the process exits with `exitCode`.
struct CommandFailure: Error {
    var message: String
    var exitCode: Int32 = 2
}
