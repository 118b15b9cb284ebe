import Coordination

extension World {
    /// What the schedule says happens now.
    func begin(_ incident: Incident) {
        guard !isDraining else { return }
        let milliseconds = { (span: Int64) in self.now + span * 1000 }
        switch incident.action {
        case .submit(let submission): submit(submission, incident: schedule.incidents.firstIndex(of: incident)!)
        case .cancel(let number): cancel(submission: number)
        case .crashCoordinator(let downtime): crashCoordinator(downtime: downtime)
        case .reconfigure(let heartbeat, let lease, let downtime):
            reconfigure(heartbeat: heartbeat, lease: lease, downtime: downtime)
        case .drain(let index, let isNow, let duration):
            order(.drain(workers[index].name, now: isNow))
            queue.add(.undrain(worker: index), at: milliseconds(duration))
        case .crashAtWrite(let point, let downtime): coordinator.armedCrash = (point, downtime)
        case .slowDisk(let latency, let duration):
            coordinator.slowUntil = milliseconds(duration)
            coordinator.slowLatency = latency
        case .crashWorker(let index, let downtime, let isNoticed):
            guard workers[index].machine != nil else { break }
            // A host that stands still may lose its power, too.
            workers[index].frozenUntil = min(workers[index].frozenUntil, now)
            workers[index].deferred = []
            killAgent(index, downtime: downtime, isNoticed: isNoticed)
        case .shutDownWorker(let index, let downtime):
            guard workers[index].machine != nil, workers[index].frozenUntil <= now else { break }
            workers[index].restartAfter = milliseconds(downtime)
            give(.shutdown, to: index)
        case .freeze(let index, let duration):
            workers[index].frozenUntil = max(workers[index].frozenUntil, milliseconds(duration))
            queue.add(.worker(index, .thaw), at: workers[index].frozenUntil)
        case .hang(let index, let duration): workers[index].hungUntil = milliseconds(duration)
        case .cut(let index, let direction, let mode, let duration):
            network.cut(index, direction, mode, until: milliseconds(duration))
        case .breakConnection(let index, let isNoticed): breakConnection(index, isNoticed: isNoticed)
        case .weather(let end, let weather, let duration):
            network.begin(weather, at: end, until: milliseconds(duration))
        case .lie(let index): lie(index)
        case .message: break
        }
        statistics.count(incident.action.kind)
    }

    /// The worker claims what isn't so: results and acceptances of leases that others hold, or that are over.
    private func lie(_ index: Int) {
        guard workers[index].connection != nil, let machine = workers[index].machine else { return }
        let name = workers[index].name
        for (epoch, record) in referee.live.sorted(by: { $0.key < $1.key }).prefix(8) {
            let old = Lease(record.task, Epoch(epoch.number - min(epoch.number, 1)))
            if !machine.holds(old) { send(.finish(old, .exited(code: 0)), from: index) }
            guard record.worker != name else { continue }
            let lease = Lease(record.task, epoch)
            switch noise.word(.lie, index, Int(epoch.number)) % 4 {
            case 0: send(.finish(lease, .exited(code: 0)), from: index)
            case 1: send(.accept(lease, port: 1), from: index)
            case 2: send(.checkpoint(lease, step: 1_000_000, bytes: []), from: index)
            default: send(.finish(lease, .exited(code: 9)), from: index)
            }
        }
        let dead = Heartbeat(incarnation: Incarnation(1), sequence: 1_000_000, held: [])
        send(.heartbeat(dead), from: index)
    }
}

extension Incident.Action {
    /// For counting.
    var kind: String {
        switch self {
        case .submit: "submissions"
        case .cancel: "cancels"
        case .crashCoordinator: "coordinator kills"
        case .reconfigure: "other terms"
        case .drain: "drains"
        case .crashAtWrite: "kills at a write"
        case .slowDisk: "slow disks"
        case .crashWorker: "worker kills"
        case .shutDownWorker: "worker stops"
        case .freeze: "freezes"
        case .hang: "hangs"
        case .cut: "partitions"
        case .breakConnection: "broken connections"
        case .weather: "storms"
        case .lie: "lies"
        case .message: "message faults"
        }
    }
}
