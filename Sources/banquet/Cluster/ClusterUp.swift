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
    @Flag(help: "Drain and stop workers that the inventory doesn't name any more, and revoke their keys.")
    var remove = false
    @Option(help: "Seconds to wait for a worker's work to end before it is restarted, or removed.") var timeout:
        Double =
            600

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
        let record = try keys.record()
        let endpoint = inventory.coordinator.endpoint

        let head = HostSession(inventory.coordinator.host, .coordinator)
        var rollout = ClusterRollout(release: release, isDry: dryRun, timeout: timeout)
        // The coordinator, before anybody looks for it.
        let files = [HostFile(.configuration, configuration)] + (try keys.coordinatorFiles())
        let quick = ClusterConnection(options: try options.connection(inventory, timeout: 2))
        let first = await rollout.bringCoordinator(head, files, until: { quick.answers() })
        var rows = [first]
        guard first.problem == nil else {
            rows += inventory.workers.map { place in
                var row = ClusterRow(HostSession(place.host, .worker(place, endpoint: endpoint)))
                row.state = "not tried"
                row.problem = "the coordinator comes first"
                return row
            }
            try ClusterRow.write(rows, options.output)
            throw ExitCode(1)
        }
        if !dryRun { rollout.connection = ClusterConnection(options: try options.connection(inventory)) }

        // Then whoever is to go: the place may be another worker's, and the name may be at another place.
        var removal = ClusterRemoval(
            inventory: inventory, keys: keys, connection: rollout.connection, isAsked: remove, isDry: dryRun,
            timeout: timeout, record: record)
        let orphans = await removal.rows(of: record.orphans(of: inventory))
        if removal.hasShutOut { await rollout.update(head, try keys.coordinatorFiles()) }
        let held = Set(orphans.filter { $0.problem != nil }.map(\.name))
        let free = inventory.workers.filter { !held.contains($0.name.description) }
        let sessions = free.map { HostSession($0.host, .worker($0, endpoint: endpoint)) }
        rows += await rollout.bring(sessions, files: try free.map { try keys.workerFiles($0.name.description) })
        rows += inventory.workers.filter { held.contains($0.name.description) }.map { place in
            var row = ClusterRow(HostSession(place.host, .worker(place, endpoint: endpoint)))
            row.state = "not tried"
            row.problem = "it is to be stopped where it was before"
            return row
        }
        if !dryRun { try removal.remember(free.filter { rollout.placed.contains($0.name.description) }) }
        rows += orphans
        rows += ClusterRow.strangers(
            in: (try? rollout.connection?.workers()) ?? [:], besides: rows.map(\.name))
        try ClusterRow.write(rows, options.output)
        let isLate = rollout.hasRunOutOfTime || removal.hasRunOutOfTime
        guard rows.allSatisfy({ $0.problem == nil }) else { throw ExitCode(isLate ? 3 : 1) }
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
