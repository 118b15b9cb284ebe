import Access
import ConfigurationFiles
import Coordination
import Deployment
import Foundation

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

    /// Where workers of the cluster were put.
    func record() throws -> PlacementRecord {
        do { return try PlacementRecord(in: folder.path) } catch { throw CommandFailure(message: "banquet: \(error)") }
    }

    /// Shuts a worker out.
    /// - Returns: whether it had a key.
    func revoke(_ name: String) -> Bool {
        guard let principal = Principal(.worker, name) else { return false }
        return (try? folder.revoke(principal)) != nil
    }

    /// Another key in place of that which a worker has.
    func renew(_ name: String) throws {
        _ = revoke(name)
        do { _ = try folder.add([Principal(.worker, name)]) } catch {
            throw CommandFailure(message: "banquet: \(error)")
        }
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
