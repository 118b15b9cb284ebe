import ConfigurationFiles
import Coordination
import Deployment

/// Workers that were put somewhere, and that the inventory doesn't name any more, or names at another place: they are said, and where that is
/// asked for, drained, stopped and shut out.
struct ClusterRemoval {
    let inventory: ClusterInventory
    let keys: ClusterKeys
    /// Nil where no coordinator is asked.
    let connection: ClusterConnection?
    let isAsked: Bool
    let isDry: Bool
    /// Seconds that a worker's work may take to end.
    let timeout: Double
    private(set) var record: PlacementRecord
    private(set) var hasRunOutOfTime = false
    /// A key was revoked: the coordinator is to know.
    private(set) var hasShutOut = false

    init(
        inventory: ClusterInventory, keys: ClusterKeys, connection: ClusterConnection?, isAsked: Bool, isDry: Bool,
        timeout: Double, record: PlacementRecord
    ) {
        self.inventory = inventory
        self.keys = keys
        self.connection = connection
        self.isAsked = isAsked
        self.isDry = isDry
        self.timeout = timeout
        self.record = record
    }

    /// A row for each, without a problem where it runs no more.
    mutating func rows(of places: [ClusterInventory.WorkerPlace]) async -> [ClusterRow] {
        let endpoint = inventory.coordinator.endpoint
        var rows = await inParallel(places) { place in
            let session = HostSession(place.host, .worker(place, endpoint: endpoint))
            var row = ClusterRow(session)
            do throws(DeploymentError) { row.take(try await session.facts()) } catch { row.fail(error.description) }
            return row
        }
        for (index, place) in places.enumerated() {
            let worker = (try? connection?.workers())?[place.name]
            rows[index].connection = worker?.shown
            if isAsked, !isDry {
                await remove(place, &rows[index])
            } else {
                say(place, &rows[index])
            }
        }
        return rows
    }

    private func isMoved(_ place: ClusterInventory.WorkerPlace) -> Bool {
        inventory.workers.contains { $0.name == place.name }
    }

    private func say(_ place: ClusterInventory.WorkerPlace, _ row: inout ClusterRow) {
        let what = isMoved(place) ? "by the inventory it is elsewhere" : "it isn't in the inventory any more"
        switch (row.state, isAsked) {
        case ("stopped", true): row.did = ["would take its key away"]
        case ("stopped", false): row.did = ["\(what), and doesn't run"]
        case (_, true): row.did = ["would drain and stop it, and take its key away"]
        case ("running", false): row.problem = "\(what), and still runs: `up --remove` drains and stops it"
        default: row.problem = "\(what), and can't be looked at: \(row.problem ?? "")"
        }
    }

    private mutating func remove(_ place: ClusterInventory.WorkerPlace, _ row: inout ClusterRow) async {
        let session = HostSession(place.host, .worker(place, endpoint: inventory.coordinator.endpoint))
        do {
            let known = try connection?.workers()[place.name]
            if row.state == "running" {
                let isOurs = known.map { $0.isDraining != true } ?? false
                if let connection, known != nil {
                    if isOurs { try connection.drain(place.name) }
                    Terminal.complain("\(place.name): drained, and stopped when it holds nothing")
                    guard try await connection.waitUntilIdle([place.name], seconds: timeout).isEmpty else {
                        if isOurs { try connection.undrain(place.name) }
                        hasRunOutOfTime = true
                        row.problem = "still holds work after \(Int(timeout)) s, and was left as it was"
                        return
                    }
                    row.did.append("drained")
                }
                try await session.remove()
                row.did.append("stopped")
                // When one of this name comes again, it is to work.
                if isOurs { try connection?.undrain(place.name) }
            } else if row.state == "stopped" {
                try await session.remove()
            } else if let known, known.state != .gone {
                row.problem =
                    "\(row.problem ?? "it failed"); it serves all the same: end it there, or take its entry out of \(record.path)"
                return
            } else {
                // Gone with its host. Should that come back, its key is good for nothing.
                row.problem = nil
                row.did.append("its host can't be reached, and it is forgotten")
            }
            row.state = "removed"
            row.connection = nil
            try forget(place, &row)
        } catch {
            row.fail(sentence(error))
        }
    }

    private mutating func forget(_ place: ClusterInventory.WorkerPlace, _ row: inout ClusterRow) throws {
        let name = place.name.description
        if isMoved(place) {
            if row.service == nil { try keys.renew(name) }
            hasShutOut = hasShutOut || row.service == nil
        } else if keys.revoke(name) {
            row.did.append("its key revoked")
            hasShutOut = true
        }
        record.remove(place)
        try record.write()
    }

    /// These are where the inventory has them.
    mutating func remember(_ places: [ClusterInventory.WorkerPlace]) throws {
        for place in places { record.add(place, endpoint: inventory.coordinator.endpoint) }
        do { try record.write() } catch { throw CommandFailure(message: "banquet: \(error)") }
    }
}
