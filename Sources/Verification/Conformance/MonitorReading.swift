import Coordination

/// What explanations and repairs ask of a monitor.
extension JournalMonitor {
    func jobTrack(_ id: UInt64) -> JobTrack? { trackOfJob[id].map { tracks[$0] } }
    func workerTrack(_ name: WorkerName) -> WorkerTrack? { workerNumbers[name].map { workers[$0] } }
    /// The job whose ranks are being granted, if one is.
    var grantUnderWay: JobTrack? { urgent.first.map { tracks[$0] } }

    func possible(_ state: ObjectState, _ process: ObjectProcess) -> [Int32] {
        switch process.kind {
        case .lease: ofLease.states(of: state, process)
        case .holding: ofHolding.states(of: state, process)
        case .task: ofTask.states(of: state, process)
        case .job: ofJob.states(of: state, process)
        case .grant: ofGrant.states(of: state, process)
        case .worker: ofWorker.states(of: state, process)
        case .cluster: ofCluster.states(of: state, process)
        }
    }

    func lease(_ lease: Lease) -> LeaseTrack { leaseTrack(lease) }

    /// The letters that the event may be read as, by what is known.
    func letters(of event: ProtocolEvent) -> [Letter] {
        switch event {
        case .submit(let id, let specification, _):
            return [
                Letter(
                    .submit,
                    facts: [
                        order(id.number, after: lastJob), specification.isGang ? 0 : 1,
                        specification.after.isEmpty ? 0 : 1,
                    ])
            ]
        case .assign(let lease, let name, let attempt):
            let place = trackOfJob[lease.task.job.number]
            return Letter.assign(
                order(lease.epoch.number, after: lastEpoch), place.flatMap { placeFact($0, lease.task.index) },
                place.flatMap { attemptFact($0, lease.task.index, attempt) },
                place.flatMap { place in workerNumbers[name].flatMap { rightFact(place, $0) } })
        case .accept: return [Letter(.accept)]
        case .finish: return [Letter(.finish)]
        case .fail(_, let outcome): return [Letter(.fail, outcome == .stopped ? 0 : 1)]
        case .lapse: return [Letter(.lapse)]
        case .form: return [Letter(.form)]
        case .join(let name, let incarnation, _, _, _, _):
            return Letter.letters(
                .join, facts: [workerNumbers[name].map { life($0, incarnation) } ?? (hasPast ? nil : 0)])
        case .crash(let name, let incarnation):
            return Letter.letters(
                .crash, facts: [workerNumbers[name].map { life($0, incarnation) } ?? (hasPast ? nil : 0)])
        case .leave: return [Letter(.leave)]
        case .cordon: return [Letter(.cordon)]
        case .uncordon: return [Letter(.uncordon)]
        case .recover: return [Letter(.recover)]
        case .start, .retry, .expire, .preempt, .checkpoint, .cancel, .end:
            return letters(event, event.job.flatMap { trackOfJob[$0.number] })
        }
    }
}

extension Letter {
    static func assign(_ order: Int, _ place: Int?, _ attempt: Int?, _ right: Int?) -> [Letter] {
        if let place, let attempt, let right {
            return [Letter(.assign, ((order * 3 + place) * 3 + attempt) * 3 + right)]
        }
        return letters(.assign, facts: [order, place, attempt, right])
    }
}

extension ProtocolEvent {
    /// The one task of an array that an event of a job is about.
    var unitIndex: UInt32? {
        switch self {
        case .retry(_, let index, _), .expire(_, let index), .preempt(_, let index): index
        default: nil
        }
    }
}
