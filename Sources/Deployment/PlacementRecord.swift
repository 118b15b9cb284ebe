public import ConfigurationFiles
import Coordination
import Foundation

/// Where `banquet cluster up` has put workers: a file beside the cluster's keys, by which a worker is found that an inventory names no more.
public struct PlacementRecord: Sendable {
    private struct Entry: Codable, Hashable {
        /// Of the coordinator that it serves: a folder of keys may belong to several.
        var endpoint: String
        var place: ClusterInventory.WorkerPlace

        /// Whether both are the same service: where it is, and not what it was started with.
        func isSame(as other: ClusterInventory.WorkerPlace) -> Bool {
            let (mine, theirs) = (place.host, other.host)
            return place.name == other.name && mine.name == theirs.name && mine.user == theirs.user
                && mine.port == theirs.port && mine.supervision == theirs.supervision && mine.folder == theirs.folder
        }
    }

    public let path: String
    private var entries: [Entry] = []

    /// - Parameter folder: of the cluster's keys. Where there is no record yet, nothing has been put anywhere.
    /// - Throws: where there is one that can't be read.
    public init(in folder: String) throws(DeploymentError) {
        path = "\(folder)/placed.json"
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            entries = try JSONDecoder().decode([Entry].self, from: try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw DeploymentError("\(path): it is no record of where workers were put: \(error.localizedDescription)")
        }
    }

    /// Services of this cluster that were put where the inventory has none any more.
    public func orphans(of inventory: ClusterInventory) -> [ClusterInventory.WorkerPlace] {
        let endpoint = inventory.coordinator.endpoint
        return entries.filter { entry in
            entry.endpoint == endpoint && !inventory.workers.contains { entry.isSame(as: $0) }
        }.map(\.place)
    }

    /// A worker was put in this place.
    public mutating func add(_ place: ClusterInventory.WorkerPlace, endpoint: String) {
        let entry = Entry(endpoint: endpoint, place: place)
        entries.removeAll { $0.isSame(as: place) }
        entries.append(entry)
        entries.sort {
            ($0.place.name.description, $0.place.host.name) < ($1.place.name.description, $1.place.host.name)
        }
    }

    /// There is none in this place any more.
    public mutating func remove(_ place: ClusterInventory.WorkerPlace) {
        entries.removeAll { $0.isSame(as: place) }
    }

    public func write() throws(DeploymentError) {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try encoder.encode(entries).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw DeploymentError("\(path) can't be written: \(error.localizedDescription)")
        }
    }
}
