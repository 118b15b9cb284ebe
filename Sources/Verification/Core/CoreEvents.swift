import Coordination

/// What the coordinator records, as the events of the vocabulary.
extension CoreWorld {
    mutating func note(_ event: ProtocolEvent) {
        if case .submit(let job, let specification, _) = event, let place = Int(specification.name.dropFirst(3)) {
            known[place] = job
        }
        if case .assign(let lease, let worker, _) = event { name(lease, on: worker) }
        trace.append(text(of: event))
        if case .cordon(let worker) = event { nodes.firstIndex { $0.name == worker }.map { _ = cordoned.insert($0) } }
        if case .uncordon(let worker) = event { nodes.firstIndex { $0.name == worker }.map { _ = cordoned.remove($0) } }
        if case .end(let job, let end) = event, let place = place(of: job) {
            let how =
                switch end {
                case .succeeded: "Well"
                case .failed: "Badly"
                case .cancelled: "Cancelled"
                }
            trace.append("outcome.\(place).\(how)")
            hasEnded[place] = true
            guard scope.jobs[place].isRepeated else { return }
            clients[place] = .idle
            known[place] = nil
        }
    }

    private mutating func name(_ lease: Lease, on worker: WorkerName) {
        guard let place = place(of: lease.task.job), let worker = nodes.firstIndex(where: { $0.name == worker }),
            grants[place].indices.contains(Int(lease.task.index))
        else { return astray() }
        let number = grants[place][Int(lease.task.index)].number + 1
        grants[place][Int(lease.task.index)] = Grant(number: number, worker: worker)
        leases[lease.epoch] = LeaseName(place: place, index: lease.task.index, number: number, worker: worker)
    }

    private func place(of job: JobID) -> Int? { known.first { $0.value == job }?.key }

    private func text(of event: ProtocolEvent) -> String {
        let name = event.name
        func of(_ job: JobID) -> String { "\(name).\(place(of: job).map(String.init) ?? "none")" }
        func of(_ lease: Lease) -> String { "\(name).\(leases[lease.epoch]?.text ?? "none")" }
        func of(_ worker: WorkerName) -> String {
            "\(name).\(nodes.firstIndex { $0.name == worker }.map(String.init) ?? "none")"
        }
        return switch event {
        case .submit(let job, _, _), .form(let job, _), .start(let job, _), .retry(let job, _, _),
            .expire(let job, _), .preempt(let job, _), .checkpoint(let job, _), .cancel(let job), .end(let job, _):
            of(job)
        case .assign(let lease, let worker, _):
            "\(of(lease)).\(nodes.firstIndex { $0.name == worker }.map(String.init) ?? "none")"
        case .accept(let lease, _), .finish(let lease), .fail(let lease, _), .lapse(let lease): of(lease)
        case .join(let worker, _, _, _, _, _), .leave(let worker), .crash(let worker, _), .cordon(let worker),
            .uncordon(let worker):
            of(worker)
        case .recover: name
        }
    }
}
