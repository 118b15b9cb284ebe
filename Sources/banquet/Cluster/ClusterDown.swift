import ArgumentParser
import ConfigurationFiles
import Coordination
import Deployment
import Foundation

struct ClusterDown: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down", abstract: "Stop the cluster in good order: workers are drained first.",
        discussion: """
            Nothing is lost: jobs that wait go on when the cluster is up again. Nothing is removed, either. Exit code 3: a worker still \
            holds work after --timeout; then nothing was stopped, and the workers take work again. --now stops what runs, with a grace for \
            checkpoints; it is tried again when the cluster is up.
            """)

    @OptionGroup var options: InventoryOptions
    @Option(help: "Seconds to wait for the workers' work to end.") var timeout: Double = 600
    @Flag(help: "Don't wait: what runs is stopped.") var now = false

    func validate() throws {
        guard timeout >= 0, timeout <= 604_800 else {
            throw ValidationError("--timeout must be from 0 to 604800 seconds")
        }
    }

    func run() async throws {
        let inventory = try options.inventory()
        let connection = ClusterConnection(options: try options.connection(inventory))
        // Also those that were put somewhere before, and are not in the inventory any more: nobody else would stop them.
        let record = try ClusterKeys(inventory, isDry: true).record()
        let places = inventory.workers + record.orphans(of: inventory)
        let names = Set(places.map(\.name))
        let drained = try await drain(names, connection)

        let endpoint = inventory.coordinator.endpoint
        let sessions = places.map { HostSession($0.host, .worker($0, endpoint: endpoint)) }
        var rows = await inParallel(sessions) { await Self.stop($0) }
        // They hold nothing, and are gone: when they come again, they are to work.
        for name in drained { try? connection.undrain(name) }
        rows.insert(await Self.stop(HostSession(inventory.coordinator.host, .coordinator)), at: 0)
        try ClusterRow.write(rows, options.output)
        guard rows.allSatisfy({ $0.problem == nil }) else { throw ExitCode(1) }
    }

    /// - Returns: those that weren't drained before.
    private func drain(_ names: Set<WorkerName>, _ connection: ClusterConnection) async throws -> [WorkerName] {
        let known: [WorkerName: WorkerSummary]
        do { known = try connection.workers() } catch {
            Terminal.complain("banquet: no worker is drained: \(sentence(error))")
            guard now else {
                throw CommandFailure(
                    message:
                        "banquet: nothing was stopped: start the coordinator, or say --now to stop the workers undrained",
                    exitCode: 1)
            }
            return []
        }
        let mine = names.filter { known[$0] != nil }
        let ours = mine.filter { known[$0]?.isDraining != true }.sorted { $0.description < $1.description }
        for name in ours { try connection.drain(name) }
        if now { for name in mine { try connection.stopUnits(of: name) } }
        let busy = try await connection.waitUntilIdle(mine, seconds: now ? 60 : timeout)
        guard busy.isEmpty || now else {
            for name in ours { try connection.undrain(name) }
            throw CommandFailure(
                message:
                    "banquet: nothing was stopped: \(busy.map(\.description).joined(separator: ", ")) still held work after \(Int(timeout)) s",
                exitCode: 3)
        }
        return ours
    }

    private static func stop(_ session: HostSession) async -> ClusterRow {
        var row = ClusterRow(session)
        do throws(DeploymentError) {
            row.did = [try await session.stop() ? "stopped" : "was stopped"]
            row.state = "stopped"
        } catch {
            row.fail(error.description)
        }
        return row
    }
}
