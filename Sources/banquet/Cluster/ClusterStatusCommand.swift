import ArgumentParser
import ConfigurationFiles
import Coordination
import Deployment

struct ClusterStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show each host's service, its version, and whether it is connected.",
        discussion: "Exit code 0: everything runs and is connected. 1: something doesn't, or a host can't be reached.")

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
        do {
            let workers = try connection.workers()
            rows[0].connection = "answers"
            for index in rows.indices.dropFirst() {
                let worker = WorkerName(rows[index].name).flatMap { workers[$0] }
                rows[index].connection =
                    worker.map { $0.state.rawValue + ($0.isDraining == true ? ", drained" : "") } ?? "unknown"
                if worker?.state != .connected { isWell = false }
            }
        } catch {
            rows[0].connection = "no answer"
            if rows[0].problem == nil, rows[0].state == "running" { rows[0].problem = sentence(error) }
            isWell = false
        }
        try ClusterRow.write(rows, options.output)
        if !isWell { throw ExitCode(1) }
    }
}
