import ConfigurationFiles
import Coordination
import Deployment

/// What the cluster's coordinator says, asked as an operator.
struct ClusterConnection {
    let options: ConnectionOptions

    /// - Throws: `CommandFailure`, `CoordinatorLost`.
    func workers() throws -> [WorkerName: WorkerSummary] {
        guard case .workers(let workers) = try CoordinatorClient(options).ask(.workers) else {
            throw CommandFailure.unexpectedReply
        }
        return Dictionary(workers.map { ($0.name, $0) }) { $1 }
    }

    func answers() -> Bool { (try? CoordinatorClient(options).ask(.status)) != nil }

    func drain(_ worker: WorkerName) throws { _ = try CoordinatorClient(options).ask(.drain(worker, now: false)) }
    func stopUnits(of worker: WorkerName) throws { _ = try CoordinatorClient(options).ask(.drain(worker, now: true)) }
    func undrain(_ worker: WorkerName) throws { _ = try CoordinatorClient(options).ask(.undrain(worker)) }

    /// Waits until none of these holds anything.
    /// - Returns: those that still do after so many seconds.
    func waitUntilIdle(_ names: Set<WorkerName>, seconds: Double) async throws -> [WorkerName] {
        let limit = ContinuousClock.now.advanced(by: .seconds(seconds))
        while true {
            let all = try workers()
            let busy = names.filter { all[$0].map { $0.state != .gone && !$0.holding.isEmpty } ?? false }
            if busy.isEmpty { return [] }
            if ContinuousClock.now > limit { return busy.sorted { $0.description < $1.description } }
            try await Task.sleep(for: .milliseconds(300))
        }
    }
}

/// The sentence of an error.
func sentence(_ error: any Error) -> String {
    if let failure = error as? CommandFailure {
        return failure.message.hasPrefix("banquet: ") ? String(failure.message.dropFirst(9)) : failure.message
    }
    return "\(error)"
}
