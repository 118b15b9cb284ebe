import Access
import ArgumentParser
import ConfigurationFiles
import Coordination
import Deployment
import Foundation

struct ClusterUp: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Bring the cluster to what the inventory says: installed, running, connected.",
        discussion: """
            Draws the keys that are missing, copies to each host what it needs, and starts or restarts what isn't as it should be; what is, \
            is left alone. The coordinator goes first; a worker that has to be restarted is drained before, one after the other. Exit code \
            0: everything runs and is connected. 1: a host failed, and the table says why. 3: a worker still holds work after --timeout.
            """)

    @OptionGroup var options: InventoryOptions
    @Flag(help: "Say what would be done, and change nothing.") var dryRun = false
    @Option(help: "Seconds to wait for a worker's work to end before it is restarted.") var timeout: Double = 600

    func validate() throws {
        guard timeout >= 0, timeout <= 604_800 else {
            throw ValidationError("--timeout must be from 0 to 604800 seconds")
        }
    }

    func run() async throws {
        let inventory = try options.inventory()
        let configuration = try checkedConfiguration(inventory)
        let release: Release
        do { release = try Release(reading: inventory.package) } catch {
            throw CommandFailure(message: "banquet: \(error)")
        }
        let keys = try ClusterKeys(inventory, isDry: dryRun)
        for remark in keys.remarks { Terminal.complain("keys: \(remark)") }
        let endpoint = inventory.coordinator.endpoint

        let head = HostSession(inventory.coordinator.host, .coordinator)
        let sessions = inventory.workers.map { HostSession($0.host, .worker($0, endpoint: endpoint)) }
        var rollout = ClusterRollout(release: release, isDry: dryRun, timeout: timeout)

        // The coordinator, before anybody looks for it.
        let files = [HostFile(.configuration, configuration)] + (try keys.coordinatorFiles())
        var first = await rollout.bring(head, files)
        var isUp = first.problem == nil
        if isUp, !dryRun {
            rollout.connection = ClusterConnection(options: try options.connection(inventory))
            let quick = ClusterConnection(options: try options.connection(inventory, timeout: 2))
            if let problem = await rollout.problem(of: head, until: { quick.answers() }) {
                first.fail(problem)
                isUp = false
            } else {
                first.connection = "answers"
            }
        }
        var rows = [first]
        if isUp {
            let files = try sessions.map { try keys.workerFiles($0.service.name) }
            rows += await rollout.bring(sessions, files: files)
        } else {
            rows += sessions.map { session in
                var row = ClusterRow(session)
                row.state = "not tried"
                row.problem = "the coordinator isn't up"
                return row
            }
        }
        try ClusterRow.write(rows, options.output)
        guard rows.allSatisfy({ $0.problem == nil }) else { throw ExitCode(rollout.hasRunOutOfTime ? 3 : 1) }
    }

    /// The text of the cluster's configuration, once it is known to be one that can be served from where it goes.
    private func checkedConfiguration(_ inventory: ClusterInventory) throws -> String {
        let path = inventory.coordinator.configuration
        let configuration: ClusterConfiguration
        do { configuration = try ClusterConfiguration.read(path) } catch { throw CommandFailure(message: "\(error)") }
        let endpoint = inventory.coordinator.endpoint
        func refuse(_ reason: String) -> CommandFailure { CommandFailure(message: "\(path): error: \(reason)") }
        if ClusterConfiguration.isLocal(configuration.listen), !ClusterConfiguration.isLocal(endpoint) {
            throw refuse(
                "it listens on \(configuration.listen), where no other host reaches it: say `listen: tcp://0.0.0.0:PORT`"
            )
        }
        guard configuration.listen.split(separator: ":").last == endpoint.split(separator: ":").last else {
            throw refuse("it listens on \(configuration.listen), and the inventory's endpoint is \(endpoint)")
        }
        let place = URL(fileURLWithPath: path).deletingLastPathComponent().deletingLastPathComponent()
            .standardizedFileURL.path
        let specs = place == "/" ? "/Specs/" : "\(place)/Specs/"
        for file in configuration.preflight.specifications where !file.hasPrefix(specs) {
            throw refuse(
                "its spec \(file) is none of the package's: on the coordinator's host, ../Specs is the package's Specs")
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { throw refuse("it can't be read") }
        return text
    }
}

/// The cluster's keys, all of which are drawn and kept on the host from which the cluster is brought up.
struct ClusterKeys {
    private let folder: KeyFolder
    private(set) var remarks: [String] = []
    /// Keys that a real run would draw.
    private var imagined: Set<String> = []

    init(_ inventory: ClusterInventory, isDry: Bool) throws {
        folder = inventory.keys.map { KeyFolder($0) } ?? .standard()
        do {
            var isThere = FileManager.default.fileExists(atPath: folder.clusterPath)
            if !isThere {
                remarks.append(
                    "\(isDry ? "would draw" : "drew") the cluster's, and an operator's for \(NSUserName()), in \(folder.path)"
                )
                if !isDry {
                    _ = try folder.initialize(operator: NSUserName())
                    isThere = true
                }
            }
            let names = inventory.workers.map(\.name.description)
            let missing = names.filter { name in
                Principal(.worker, name).map { !FileManager.default.fileExists(atPath: folder.path(of: $0)) } ?? true
            }
            guard !missing.isEmpty else { return }
            remarks.append("\(isDry ? "would draw" : "drew") those of \(missing.joined(separator: ", "))")
            if isDry { imagined = Set(missing) } else { _ = try folder.add(missing.map { Principal(.worker, $0) }) }
        } catch {
            throw CommandFailure(message: "banquet: \(error)")
        }
    }

    func coordinatorFiles() throws -> [HostFile] {
        guard FileManager.default.fileExists(atPath: folder.clusterPath) else { return [] }
        return [
            HostFile(.key("cluster.key"), try text(folder.clusterPath)),
            HostFile(.key("allowed"), try text(folder.listPath)),
        ]
    }

    /// That worker's key, and nobody else's.
    func workerFiles(_ name: String) throws -> [HostFile] {
        guard !imagined.contains(name), let principal = Principal(.worker, name) else { return [] }
        return [HostFile(.key("worker-\(name).key"), try text(folder.path(of: principal)))]
    }

    /// Read as keys are: a file that others can read is refused.
    private func text(_ path: String) throws -> String {
        do { return try KeyFolder.text(of: path) } catch { throw CommandFailure(message: "banquet: \(error)") }
    }
}
