import ArgumentParser
import Coordination
import Foundation

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how the coordinator is: what was proved of it, and whether its journal keeps to the protocol.",
        discussion:
            "Exit code 0: all is well. 1: entries of the journal are not what the protocol allows, or it is unverified."
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: FormatOption

    func run() throws {
        guard case .status(let status) = try CoordinatorClient(connection).ask(.status) else {
            throw CommandFailure.unexpectedReply
        }
        switch output.format {
        case .json: print(try JSON.line(status))
        case .text: print(status.rendered)
        }
        if status.alertCount > 0 || !status.isVerified { throw ExitCode(1) }
    }
}

struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Have the coordinator take its changed configuration, once that is checked.",
        discussion: """
            The coordinator reads the file that it was started with and makes its preflight. What passes is in force when this returns: the \
            policy, tenants, limits, preemption. Where it lists other keys as changed, those take a restart. Exit code 1: the changed \
            configuration was refused, with the error or the counterexample, and the one before stays in force. SIGHUP does the same.
            """)

    @OptionGroup var connection: ConnectionOptions

    func run() throws {
        var options = connection
        // A preflight may take as long as its own limit allows.
        options.timeout = max(options.timeout, 600)
        do {
            guard case .reloaded(let text) = try CoordinatorClient(options).ask(.reload) else {
                throw CommandFailure.unexpectedReply
            }
            print(text)
        } catch let failure as CommandFailure {
            throw CommandFailure(message: failure.message, exitCode: 1)
        }
    }
}

extension ClusterStatus {
    var rendered: String {
        var lines = [
            "policy     \(policy)\(isVerified ? "" : "  UNVERIFIED")", "proved     \(preflight)",
            "journal    \(lastEntry) entries; \(entriesHeld) held against the protocol, \(alertCount) refused",
            "cluster    \(activeJobs) job\(activeJobs == 1 ? "" : "s") not ended, \(members) worker\(members == 1 ? "" : "s")",
        ]
        if reloads > 0 { lines.append("reloads    \(reloads)") }
        if let refusedReload { lines.append("REFUSED    \(refusedReload)") }
        for alert in alerts { lines.append("ALERT      \(alert.text)") }
        return lines.joined(separator: "\n")
    }
}
