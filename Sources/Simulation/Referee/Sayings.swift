import Coordination

/// What the coordinator says and shows must be so on disk.
extension Referee {
    /// A lease may have ended while the message waited for the disk; it can't be one that isn't there yet.
    func faultOfSaying(_ message: CoordinatorMessage, to name: WorkerName) -> String? {
        switch message {
        case .assign(let assignment):
            guard assignment.lease.epoch <= lastEpoch else {
                return "\(name) is told of \(assignment.lease), which isn't on disk"
            }
            if let record = live[assignment.lease.epoch], record.worker != name {
                return "\(name) is told of \(assignment.lease), which is \(record.worker)'s"
            }
        case .start(let lease, _):
            guard live[lease.epoch] == nil || jobs[lease.task.job]?.isRunning == true else {
                return "\(name) is told to start \(lease), whose gang hasn't started on disk"
            }
        case .settle(let lease):
            if let record = live[lease.epoch], record.task == lease.task, record.worker == name {
                return "\(name) is told to forget \(lease), whose end isn't on disk"
            }
        case .welcome, .refuse, .stop, .renew, .fence, .probe: break
        }
        return nil
    }

    /// - Parameter key: of the tenant's submission.
    func faultOfSaying(_ reply: ClientReply, key: String) -> String? {
        switch reply {
        case .submitted(let id):
            guard jobs[id]?.key == key else { return "\(id) is acknowledged to \(key), and isn't on disk" }
        case .cancelled(let id):
            guard jobs[id]?.isCancelled == true else { return "the cancel of \(id) is acknowledged, and isn't on disk" }
        default: break
        }
        return nil
    }

    /// Of which jobs the books are compared.
    enum Scope {
        /// Those of which something happened since the last time.
        case touched
        /// Those that haven't ended, too.
        case active
        case all
    }

    /// What the coordinator shows against what is on disk.
    mutating func difference(from core: Coordinator, _ scope: Scope) -> String? {
        let looked: [JobID] =
            switch scope {
            case .touched: Array(touched)
            case .active: Array(touched.union(active))
            case .all: Array(jobs.keys)
            }
        touched = []
        let details = core.details(of: looked, explained: scope == .touched).reduce(into: [:]) {
            $0[$1.summary.id] = $1
        }
        for job in looked.compactMap({ jobs[$0] }) {
            guard let shown = details[job.id] else {
                if job.hasEnded { continue }
                return "the coordinator has forgotten \(job.id)"
            }
            guard shown.summary.state.isFinal == job.hasEnded else {
                return "\(job.id) is shown as \(shown.summary.state.rawValue), which it isn't"
            }
            let placements = shown.placements.reduce(into: [UInt32: Epoch]()) { $0[$1.index] = $1.epoch }
            if placements != job.live || shown.placements.contains(where: { live[$0.epoch]?.worker != $0.worker }) {
                return "\(job.id) is shown with other leases than it has"
            }
            let hasBegun = !job.isGang || job.granted > 0
            if hasBegun, shown.summary.unitsSucceeded != job.succeeded {
                return "\(job.id) is shown with \(shown.summary.unitsSucceeded) results, and has \(job.succeeded)"
            }
            if shown.checkpointStep != job.checkpoint { return "\(job.id) is shown with another checkpoint" }
        }
        for shown in core.workers(at: time) {
            guard let worker = workers[shown.name], worker.isMember == (shown.state != .gone) else {
                return "\(shown.name) is shown as \(shown.state.rawValue), which it isn't"
            }
            if worker.isMember, shown.slotsUsed != worker.used || shown.holding.count != worker.leases {
                return "\(shown.name) is shown with \(shown.slotsUsed) slots in use, and has \(worker.used)"
            }
        }
        return nil
    }
}
