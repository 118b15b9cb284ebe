import ArgumentParser
import ConfigurationFiles
import Coordination
import Deployment

struct ClusterStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show each host's service, its version, and whether it is connected.",
        discussion: """
            Exit code 0: everything runs and is connected. 1: something doesn't, a host can't be reached, or a worker runs that the inventory \
            doesn't name any more.
            """)

    @OptionGroup var options: InventoryOptions

    func run() async throws {
        let inventory = try options.inventory()
        let endpoint = inventory.coordinator.endpoint
        let sessions =
            [HostSession(inventory.coordinator.host, .coordinator)]
            + inventory.workers.map { HostSession($0.host, .worker($0, endpoint: endpoint)) }
        var rows = await inParallel(sessions) { session in
            var row = ClusterRow(session)
            do throws(DeploymentError) { row.take(try await session.facts()) } catch { row.fail(error.description) }
            return row
        }
        let connection = ClusterConnection(options: try options.connection(inventory))
        var isWell = rows.allSatisfy { $0.state == "running" }
        let keys = try ClusterKeys(inventory, isDry: true)
        let record = try keys.record()
        var removal = ClusterRemoval(
            inventory: inventory, keys: keys, connection: connection, isAsked: false, isDry: true, timeout: 0,
            record: record)
        let orphans = await removal.rows(of: record.orphans(of: inventory))
        if orphans.contains(where: { $0.problem != nil }) { isWell = false }
        do {
            let workers = try connection.workers()
            rows[0].connection = "answers"
            for index in rows.indices.dropFirst() {
                let worker = WorkerName(rows[index].name).flatMap { workers[$0] }
                rows[index].connection = worker?.shown ?? "unknown"
                if worker?.state != .connected { isWell = false }
            }
            rows += orphans
            rows += ClusterRow.strangers(in: workers, besides: rows.map(\.name))
        } catch {
            rows[0].connection = "no answer"
            if rows[0].problem == nil, rows[0].state == "running" { rows[0].problem = sentence(error) }
            isWell = false
            rows += orphans
        }
        try ClusterRow.write(rows, options.output)
        if !isWell { throw ExitCode(1) }
    }
}
