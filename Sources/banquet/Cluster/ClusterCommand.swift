import ArgumentParser
import ConfigurationFiles
import Coordination
import Deployment
import Display
import Foundation

struct ClusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Install, start, look at and stop a coordinator and its workers on their hosts, over ssh.",
        discussion:
            "docs/deployment.md goes through it step by step; cluster/inventory.yaml is an example with every key.",
        subcommands: [ClusterUp.self, ClusterDown.self, ClusterStatusCommand.self])
}

/// What the three have in common.
struct InventoryOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The inventory (YAML).", valueName: "inventory.yaml")) var file =
        "cluster/inventory.yaml"
    @Option(
        help: ArgumentHelp(
            "The key to ask the coordinator with: a file, or the name of one in the folder of keys (default: the local user's operator's key).",
            valueName: "key"))
    var key: String?
    @OptionGroup var output: FormatOption

    func inventory() throws -> ClusterInventory {
        do { return try ClusterInventory.read(file) } catch { throw CommandFailure(message: "\(error)") }
    }

    /// How the coordinator of this inventory is asked.
    func connection(_ inventory: ClusterInventory, timeout: Double = 10) throws -> ConnectionOptions {
        var arguments = ["--coordinator", inventory.coordinator.endpoint, "--timeout", "\(timeout)"]
        if let keys = inventory.keys { arguments += ["--keys", keys] }
        if let key { arguments += ["--key", key] }
        return try ConnectionOptions.parse(arguments)
    }
}

/// One service of a cluster, and what was seen or done there: a row of what the three commands print.
struct ClusterRow: Encodable {
    var role: String
    var name: String
    var host: String
    /// `systemd`, `process`; nil where nothing is known.
    var service: String?
    /// `running`, `stopped`, `removed`, `unreachable`, `failed`, `not tried`, `unknown`.
    var state: String
    var pid: Int?
    var version: String?
    /// As the coordinator sees a worker; for the coordinator, whether it answers.
    var connection: String?
    var did: [String] = []
    var problem: String?

    init(_ session: HostSession) {
        role = session.service.role
        name = session.service.name
        host = session.host.name
        state = "unknown"
    }

    /// Workers that the coordinator knows of, and the inventory doesn't: somebody else started them, and they are left alone.
    static func strangers(in workers: [WorkerName: WorkerSummary], besides names: [String]) -> [ClusterRow] {
        let known = Set(names)
        return workers.values.filter { $0.state != .gone && !known.contains($0.name.description) }.sorted {
            $0.name < $1.name
        }
        .map { worker in
            var row = ClusterRow(worker)
            row.did = ["not of this inventory, and left alone"]
            return row
        }
    }

    private init(_ worker: WorkerSummary) {
        role = "worker"
        name = worker.name.description
        host = worker.host
        state = "unknown"
        connection = worker.shown
    }

    mutating func take(_ facts: ServiceFacts) {
        service = facts.supervision
        state = facts.pid == nil ? "stopped" : "running"
        pid = facts.pid
        // A release's name ends with twelve digits of its archive.
        version = facts.running.map { String($0.split(separator: "-").dropLast().joined(separator: "-")) }
    }

    mutating func fail(_ reason: String) {
        problem = reason
        state = reason.hasPrefix("can't be reached") ? "unreachable" : "failed"
    }

    static func write(_ rows: [ClusterRow], _ output: FormatOption) throws {
        if output.format == .json {
            for row in rows { print(try JSON.line(row)) }
            return
        }
        let cells = rows.map { row in
            [
                row.role, row.name, row.host, row.service ?? "", row.state, row.version ?? "", row.connection ?? "",
                row.problem ?? row.did.joined(separator: ", "),
            ]
        }
        let columns: [Table.Column] = [
            .init("ROLE", priority: 4), .init("NAME", priority: 9), .init("HOST", priority: 6),
            .init("SERVICE", priority: 5),
            .init("STATE", priority: 8), .init("VERSION", priority: 3), .init("CONNECTION", priority: 4),
            .init("WHAT HAPPENED", priority: 7, minimum: 16),
        ]
        // A column in which nothing stands says nothing.
        let shown = columns.indices.filter { column in column < 3 || cells.contains { !$0[column].isEmpty } }
        print(Table(shown.map { columns[$0] }, rows: cells.map { row in shown.map { row[$0] } }).rendered())
    }
}

extension WorkerSummary {
    /// How the coordinator sees it.
    var shown: String { state.rawValue + (isDraining == true ? ", drained" : "") }
}

/// Does `body` for each, so many at one time, and returns what came of it in the order of `items`.
func inParallel<Item: Sendable, Outcome: Sendable>(
    _ items: [Item], atOnce limit: Int = 16, _ body: @escaping @Sendable (Item) async -> Outcome
) async -> [Outcome] {
    await withTaskGroup(of: (Int, Outcome).self) { group in
        var outcomes = [Outcome?](repeating: nil, count: items.count)
        var next = 0
        while next < min(limit, items.count) {
            let index = next
            group.addTask { (index, await body(items[index])) }
            next += 1
        }
        while let (index, outcome) = await group.next() {
            outcomes[index] = outcome
            if next < items.count {
                let index = next
                group.addTask { (index, await body(items[index])) }
                next += 1
            }
        }
        return outcomes.compactMap { $0 }
    }
}
