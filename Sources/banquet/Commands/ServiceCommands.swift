import Access
import Agent
import ArgumentParser
import CSP
import ConfigurationFiles
import Console
import Coordination
import Daemon
import Foundation
import Logging
import Messaging
import Metrics
import Verification

struct LoggingOptions: ParsableArguments {
    @Option(help: "How much to log: trace, debug, info, notice, warning, error, critical.") var logLevel: String =
        "notice"

    func validate() throws {
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError(
                "--log-level is '\(logLevel)'; it must be one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
    }

    func logger(_ label: String) -> Logger {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var logger = Logger(label: label)
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .notice
        return logger
    }
}

struct CoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator", abstract: "Check the protocol, then serve workers and clients.",
        discussion: """
            Starts only when every assertion of its specs holds; a counterexample is shown, and the exit code is 1. Stopping it stops no \
            work: workers keep their leases, and find it again when it comes back on the same state folder.
            """)

    @OptionGroup var cluster: ClusterOptions
    @Option(help: ArgumentHelp("The state folder (default: the configuration's `state`).", valueName: "dir")) var state:
        String?
    @Option(
        help: ArgumentHelp(
            "Where to listen (default: the configuration's `listen`); `*` as the port takes a free one.",
            valueName: "endpoint"))
    var listen: String?
    @OptionGroup var console: ConsoleOptions
    @Flag(help: "Start although the preflight does not pass. Everything that this coordinator shows then says so.")
    var unverified = false
    @OptionGroup var keys: KeyOptions
    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        let configuration = try cluster.configuration()
        guard let state = state ?? configuration.state else {
            throw CommandFailure(
                message: "banquet: no state folder: give --state DIR, or `state:` in the configuration")
        }
        let endpoint = listen ?? configuration.listen
        guard ClusterConfiguration.isEndpoint(endpoint) else {
            throw CommandFailure(
                message:
                    "banquet: --listen is '\(endpoint)'; it must read tcp://ADDRESS:PORT, such as tcp://127.0.0.1:7447")
        }
        var settings = CoordinatorService.Settings(
            endpoint: endpoint, stateFolder: state, cluster: configuration.coordinator,
            policy: Policies.named(configuration.policy) ?? Fair(), runs: configuration.runs,
            keys: try keys.coordinatorKeys(at: endpoint), rate: configuration.rate)
        let console = try console.settings(configuration)
        let report = try passedPreflight(configuration)
        settings.cluster.isUnverified = report.verdict != .holds
        settings.proof = try report.proof
        settings.rules = try JournalProtocol.shipped()
        settings.reload = reload(configuration)
        settings.report = { JournalReport(since: $0, until: $1).answer(state) }
        try await serve(settings, console)
    }

    /// - Throws: where not everything was proved, unless the operator starts the coordinator all the same.
    private func passedPreflight(_ configuration: ClusterConfiguration) throws -> ClusterPreflight {
        let report = cluster.preflight(configuration, style: Terminal.style)
        for diagnostic in report.diagnostics { Terminal.complain(diagnostic) }
        Terminal.write(report.text + "\n")
        guard report.verdict != .holds else { return report }
        guard unverified else {
            throw CommandFailure(
                message:
                    "banquet: the coordinator does not start: its preflight did not pass (--unverified starts it all the same)",
                exitCode: report.verdict.exitCode)
        }
        Terminal.complain(
            "banquet: UNVERIFIED: the preflight did not pass, and the operator starts the coordinator all the same")
        return report
    }

    /// How the coordinator reads its configuration again: what holds is taken, and anything else is said and changes nothing.
    private func reload(_ running: ClusterConfiguration) -> CoordinatorService.Reload? {
        guard cluster.config != nil else { return nil }
        let cluster = cluster
        return {
            do {
                let changed = try cluster.configuration()
                let report = cluster.preflight(changed, shows: false)
                guard report.verdict == .holds else {
                    let reason = "the changed configuration does not pass its preflight, and the one before stays in force"
                    return .failure(
                        .init(
                            reason: ([reason + ":"] + report.diagnostics + [report.text]).joined(separator: "\n"),
                            summary: "\(reason): \(report.objection ?? "")"))
                }
                return .success(
                    .init(
                        cluster: changed.coordinator, policy: Policies.named(changed.policy) ?? Fair(),
                        runs: changed.runs, proof: try report.proof,
                        remarks: running.needingRestart(against: changed)))
            } catch let failure as CommandFailure {
                return .failure(.init(reason: failure.message))
            } catch {
                return .failure(.init(reason: "\(error)"))
            }
        }
    }

    private func serve(_ settings: CoordinatorService.Settings, _ console: ConsoleServer.Settings?) async throws {
        let registry = PrometheusRegistry()
        if console != nil { MetricsSystem.bootstrap(registry) }
        do {
            let log = logging.logger("coordinator")
            let service = try CoordinatorService(settings, log: log)
            let start = try await service.start()
            let recovered =
                start.recoveredEntries == 0
                ? "" : ", \(start.activeJobs) unfinished job\(start.activeJobs == 1 ? "" : "s") taken up"
            let unverified = settings.cluster.isUnverified ? " UNVERIFIED" : ""
            Terminal.write(
                "coordinator\(unverified): listening on \(start.endpoint), state in \(settings.stateFolder)\(recovered)\(keys.remark)\n"
            )
            Interruption.handle([SIGINT, SIGTERM]) { Task { await service.stop() } }
            Interruption.handle([SIGHUP]) { Task { await service.reload() } }
            let page = console.map { settings in
                Task { try await ConsoleCommand.serve(settings, service, registry, log) }
            }
            defer { page?.cancel() }
            try await service.run()
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure(message: "banquet: the coordinator can't go on: \(error)")
        }
    }
}

/// The cluster's configuration, and the specs that it is checked by.
struct ClusterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The cluster's configuration (YAML), such as cluster/local.yaml.", valueName: "file"))
    var config: String?
    @Option(
        help: ArgumentHelp(
            "A CSPm file to check in place of the configuration's; may be repeated.", valueName: "file.csp"))
    var spec: [String] = []
    @Flag(help: "Prove everything anew, also what was proved before and hasn't changed.") var fresh = false

    func configuration() throws -> ClusterConfiguration {
        guard let config else { return ClusterConfiguration() }
        do { return try ClusterConfiguration.read(config) } catch { throw CommandFailure(message: "\(error)") }
    }

    func specifications(_ configuration: ClusterConfiguration) -> [String] {
        guard spec.isEmpty else { return spec }
        // Shown as people would type them.
        let here = FileManager.default.currentDirectoryPath + "/"
        return configuration.preflight.specifications.map { $0.hasPrefix(here) ? String($0.dropFirst(here.count)) : $0 }
    }

    func preflight(
        _ configuration: ClusterConfiguration, shows: Bool = true, style: TextStyle = TextStyle()
    ) -> ClusterPreflight {
        ClusterPreflight.run(
            configuration, specifications: specifications(configuration), isFresh: fresh, shows: shows, style: style)
    }
}

extension ClusterConfiguration {
    /// What a running coordinator can't take from a changed configuration: one line for each.
    func needingRestart(against changed: ClusterConfiguration) -> [String] {
        var names: [String] = []
        if changed.listen != listen { names.append("listen") }
        if changed.state != state { names.append("state") }
        if changed.lease != lease { names.append("lease") }
        if changed.connections != connections { names.append("connections") }
        if changed.runs != runs { names.append("limits of logs and metrics") }
        if changed.console != console { names.append("console") }
        if changed.alerts != alerts { names.append("alerts") }
        return names.map { "\($0) has changed too, and takes a restart of the coordinator" }
    }
}

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Run jobs on this host for a coordinator.",
        discussion:
            "It tries for ever to reach the coordinator. Ctrl-C (or SIGTERM) stops what it runs and takes leave.")

    @Option(
        help:
            "This worker's name, unlike all others in the cluster (default: its key's; without keys, the host's name)."
    ) var name: String?
    @Option(
        help: ArgumentHelp(
            "Where the coordinator listens (default: $BANQUET_COORDINATOR, or tcp://127.0.0.1:7447).",
            valueName: "endpoint"))
    var coordinator: String?
    @Option(help: "Slots that it offers (default: the host's cores).") var slots: Int?
    @OptionGroup var offer: OfferOptions
    @Option(help: "The address at which other workers' hosts reach this one.") var host: String = "127.0.0.1"
    @Option(
        help: ArgumentHelp("A folder for the jobs' files (default: a fresh one for temporary files).", valueName: "dir")
    ) var work: String?
    @Option(
        help: ArgumentHelp(
            "Where the host's /proc and /sys lie, for a worker in a container that has them elsewhere (default: /).",
            valueName: "dir")
    ) var hostRoot: String?
    @OptionGroup var keys: ClientKeyOptions
    @OptionGroup var confinement: ConfinementOptions
    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        let configuration = try agentConfiguration()
        do {
            let agent = try Agent(configuration, logger: logging.logger("worker"))
            Terminal.write(
                "worker: \(configuration.name), \(configuration.slots) slots, for the coordinator at \(configuration.coordinator)\n"
            )
            switch try await agent.run() {
            case .stopped: break
            case .refused(let reason):
                throw CommandFailure(
                    message: "banquet: the coordinator refuses worker \(configuration.name): \(reason)")
            case .interrupted: throw ExitCode(130)
            }
        } catch let error as AgentError {
            throw CommandFailure(message: "banquet: \(error)")
        } catch let error as MessagingError {
            throw CommandFailure(message: "banquet: \(error)")
        }
    }

    private func agentConfiguration() throws -> Agent.Configuration {
        let key = try keys.workerKey(named: name)
        let text = key?.principal.name ?? name ?? ProcessInfo.processInfo.hostName
        guard let name = WorkerName(text) else {
            throw CommandFailure(
                message:
                    "banquet: the worker's name is '\(text)'; it must be 1 to 64 letters, digits, dots, dashes and underscores"
            )
        }
        let endpoint =
            coordinator ?? ProcessInfo.processInfo.environment["BANQUET_COORDINATOR"] ?? ClusterConfiguration().listen
        guard ClusterConfiguration.isEndpoint(endpoint) else {
            throw CommandFailure(
                message: "banquet: the coordinator's endpoint is '\(endpoint)'; it must read tcp://ADDRESS:PORT")
        }
        try keys.checkPlain(endpoint)
        let slots = slots ?? ProcessInfo.processInfo.activeProcessorCount
        guard (1...1_000_000).contains(slots) else {
            throw CommandFailure(message: "banquet: --slots is \(slots); it must be from 1 to 1000000")
        }
        var configuration = Agent.Configuration(
            coordinator: endpoint, name: name, slots: UInt32(slots), host: host, offer: try offer.offer(),
            workFolder: work,
            executable: Bundle.main.executablePath ?? CommandLine.arguments[0])
        configuration.security = key?.security ?? .plain
        configuration.hostRoot = hostRoot ?? ""
        try confinement.apply(to: &configuration)
        return configuration
    }
}
