import ArgumentParser
import Communication
import ConfigurationFiles
import Coordination
import Foundation

enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

/// How a client reaches the coordinator.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the coordinator listens (default: $BANQUET_COORDINATOR, or tcp://127.0.0.1:7447).",
            valueName: "endpoint"))
    var coordinator: String?

    @Option(help: "Seconds to wait for an answer.")
    var timeout: Double = 10

    @OptionGroup var keys: ClientKeyOptions

    var endpoint: String {
        coordinator ?? ProcessInfo.processInfo.environment["BANQUET_COORDINATOR"] ?? ClusterConfiguration().listen
    }

    func validate() throws {
        guard ClusterConfiguration.isEndpoint(endpoint) else {
            throw ValidationError(
                "the coordinator's endpoint is '\(endpoint)'; it must read tcp://ADDRESS:PORT, such as tcp://127.0.0.1:7447"
            )
        }
        guard timeout > 0, timeout <= 86_400 else { throw ValidationError("--timeout must be from 0 to 86400 seconds") }
    }
}

struct FormatOption: ParsableArguments {
    @Option(help: "How to print: text, or json (one document a line).") var format: OutputFormat = .text
}

/// A job as flags, or as a file that flags may override.
struct JobOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp("A job file (YAML); without one, give a command after `--`.", valueName: "job.yaml"),
        completion: Completions.yaml)
    var file: String?

    @Option(help: "Ranks that start together, or not at all.") var gang: UInt32?
    @Option(help: "Tasks that run each on its own.") var array: UInt32?
    @Option(help: "The job's name (default: the program's).") var name: String?
    @Option(help: "Whose job it is.", completion: Completions.tenants) var tenant: String?
    @Option(help: "Slots that each rank or task holds.") var slots: UInt32?
    @Option(help: "How many times more a unit is tried after its program failed.") var retries: UInt32?
    @Option(help: "How many times a unit may lose its worker before the job fails.") var crashLimit: UInt32?
    @OptionGroup var scheduling: SchedulingOptions
    @Option(help: ArgumentHelp("A variable for the program's environment; may be repeated.", valueName: "KEY=VALUE"))
    var env: [String] = []
    @Option(help: "An absolute path on the workers to run in (default: a fresh folder).") var directory: String?
    @Option(
        help: "A program that every worker carries, in place of a command: digits, noop.",
        completion: .list(["digits", "noop"]))
    var builtin: String?
    @Option(help: ArgumentHelp("A parameter of the builtin; may be repeated.", valueName: "KEY=VALUE")) var parameter:
        [String] = []
    @Flag(help: "Submit it although its `communication` is not checked, or fails; the journal says so.") var noCheck =
        false
    @Argument(parsing: .postTerminator, help: ArgumentHelp("The program and its arguments.", valueName: "command"))
    var command: [String] = []

    func validate() throws {
        switch [file != nil, builtin != nil, !command.isEmpty].count(where: { $0 }) {
        case 0: throw ValidationError("nothing to run: give a job file, --builtin, or a command after `--`")
        case 1: break
        default: throw ValidationError("give one of a job file, --builtin, and a command after `--`")
        }
        if gang != nil, array != nil { throw ValidationError("give --gang or --array, not both") }
        if let directory, !directory.hasPrefix("/") {
            throw ValidationError("--directory must be an absolute path on the workers")
        }
        _ = try Self.pairs(env, flag: "--env")
        _ = try Self.pairs(parameter, flag: "--parameter")
        for (flag, value) in [("gang", gang), ("array", array), ("slots", slots)] where value == 0 {
            throw ValidationError("--\(flag) must be at least 1")
        }
    }

    func specification() throws -> JobSpecification {
        var job: JobSpecification
        if let file {
            do { job = try JobFile.read(file) } catch { throw CommandFailure(message: "\(error)") }
        } else {
            let program =
                if let builtin { JobSpecification.Program.builtin(builtin, parameters: [:]) } else {
                    JobSpecification.Program.command(command)
                }
            job = JobSpecification(name: JobFile.defaultName(of: program), shape: .array(tasks: 1), program: program)
        }
        if let gang { job.shape = .gang(ranks: gang) }
        if let array { job.shape = .array(tasks: array) }
        if let name { job.name = name }
        if let tenant { job.tenant = tenant }
        if let slots { job.slots = slots }
        if let retries { job.retries = retries }
        if let crashLimit { job.crashLimit = crashLimit }
        if let directory { job.workingDirectory = directory }
        try scheduling.apply(to: &job)
        job.environment.merge(try Self.pairs(env, flag: "--env")) { $1 }
        if !parameter.isEmpty {
            guard case .builtin(let name, var parameters) = job.program else {
                throw ValidationError("--parameter belongs to a builtin; a command takes its arguments after `--`")
            }
            parameters.merge(try Self.pairs(parameter, flag: "--parameter")) { $1 }
            job.program = .builtin(name, parameters: parameters)
        }
        try checkCommunication(of: &job)
        return job
    }

    /// The coordinator checks it, too; here the whole report can be shown, with the lines of the file.
    private func checkCommunication(of job: inout JobSpecification) throws {
        guard job.communication != nil, let file else { return }
        guard !noCheck else {
            job.communication?.isUnchecked = true
            return
        }
        let report: PlanReport?
        do { report = try JobPlan.check(job, file: file) } catch { throw CommandFailure(message: "\(error)") }
        guard let report, report.verdict != .holds else { return }
        let advice =
            "banquet: not submitted; `banquet check-plan \(file)` shows this again, --no-check submits it all the same"
        throw CommandFailure(message: "\(report.rendered(file: file))\n\(advice)", exitCode: report.exitCode)
    }

    static func pairs(_ texts: [String], flag: String) throws -> [String: String] {
        var result: [String: String] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw ValidationError("\(flag) takes KEY=VALUE, not '\(text)'")
            }
            result[String(parts[0])] = String(parts[1])
        }
        return result
    }
}
