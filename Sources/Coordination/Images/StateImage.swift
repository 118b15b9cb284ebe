/// A coordinator's state as far as its future goes.
package struct CoordinatorImage: Hashable, Sendable {
    let state: ClusterState
    let ages: [String: UInt64]
    let sessions: [WorkerName: Session]
    /// After how much silence each is late.
    let suspicions: [WorkerName: Int64]
    let bindings: [ConnectionID: WorkerName]
    let dispatches: [Epoch: Dispatch]
    let agenda: [Agenda.Item]
    let leader: JobID?
    let preemptionDue: Timestamp?
    let armed: Timestamp?
    let needsScheduling: Bool
}

extension Coordinator {
    package func image(_ names: Renamer) -> CoordinatorImage {
        CoordinatorImage(
            state: state.renamed(names),
            ages: state.tenants.mapValues { min(state.age(of: $0), names.horizons.ages) },
            sessions: renamed(sessions) { $1.renamed(names, of: $0) },
            suspicions: sessions.mapValues(suspicionMilliseconds),
            bindings: Dictionary(uniqueKeysWithValues: bindings.map { (names.connection($0), $1) }),
            dispatches: recentDispatches(names),
            agenda: agenda.items.map { Agenda.Item(time: names.future($0.time), matter: $0.matter.renamed(names)) },
            leader: leader.map(names.job), preemptionDue: preemptionDue.map(names.future),
            armed: armed.map(names.future), needsScheduling: needsScheduling)
    }

    /// What was said longer ago than a heartbeat may be said again, as if it never was.
    private func recentDispatches(_ names: Renamer) -> [Epoch: Dispatch] {
        let recent = dispatches.filter {
            names.now - $0.value.time < Int64(configuration.terms.heartbeatMilliseconds)
        }
        return Dictionary(
            uniqueKeysWithValues: recent.map {
                (names.epoch($0), Dispatch(kind: $1.kind, time: names.past($1.time, Int64.max / 2)))
            })
    }
}

private func renamed<Key: Hashable, Value>(_ table: [Key: Value], _ body: (Key, Value) -> Value) -> [Key: Value] {
    var table = table
    for (key, value) in table { table[key] = body(key, value) }
    return table
}

extension Session {
    fileprivate func renamed(_ names: Renamer, of worker: WorkerName) -> Session {
        var session = self
        session.connection = connection.map(names.connection)
        session.lastHeard = names.past(lastHeard, names.configuration.lapseMilliseconds)
        // Once it ends no later than the silence that is allowed anyway, it never does again.
        session.holdsUntil = holdsUntil.flatMap {
            $0 <= lastHeard + names.configuration.lapseMilliseconds ? nil : names.future($0)
        }
        // How late is late follows from the rhythm, and counts, not what it was.
        session.rhythm = HeartbeatRhythm()
        session.probed = probed.map { names.past($0, Int64(names.configuration.terms.heartbeatMilliseconds)) }
        session.sequence = names.sequence(sequence, of: worker)
        session.settled = Set(settled.map(names.epoch))
        session.challenge = challenge.map {
            var challenge = Challenge(
                connection: names.connection($0.connection),
                since: names.past(
                    $0.since,
                    3 * Int64(heartbeatMilliseconds ?? names.configuration.terms.heartbeatMilliseconds)))
            challenge.lifeSigns = $0.lifeSigns
            return challenge
        }
        return session
    }
}

extension Agenda.Matter {
    fileprivate func renamed(_ names: Renamer) -> Agenda.Matter {
        switch self {
        case .retry(let job, let index): .retry(names.job(job), index: index)
        case .expiry(let lease): .expiry(names.lease(lease))
        case .preemption: .preemption
        }
    }
}

extension ClusterState {
    fileprivate func renamed(_ names: Renamer) -> ClusterState {
        var image = self
        image.sequence = min(sequence, 1)
        image.time = Timestamp(milliseconds: 0)
        image.lastJob = names.job(lastJob)
        image.lastEpoch = names.epoch(lastEpoch)
        image.jobs = JobTable(jobs.values.map { $0.renamed(names) })
        image.submissions = submissions.mapValues(names.job)
        image.ended = EndedJobs(ended.jobs.map(names.job))
        image.queue = queue.renamed(names)
        image.levels = levels.mapValues { $0.mapValues { $0.renamed(names) } }
        let order = Set(tenants.values.map(\.waitingSince)).sorted()
        image.tenants = tenants.mapValues { tenant in
            var tenant = tenant
            tenant.queue = tenant.queue.renamed(names)
            // Among each other they are compared; how old they are stands beside the state.
            tenant.waitingSince = Epoch(UInt64(order.firstIndex(of: tenant.waitingSince) ?? 0))
            return tenant
        }
        image.dependents = Dictionary(uniqueKeysWithValues: dependents.map { (names.job($0), $1.map(names.job)) })
        image.workers = Coordination.renamed(workers) { name, worker in
            var worker = worker
            worker.incarnation = names.incarnation(worker.incarnation, of: name)
            worker.leases = worker.leases.map(names.epoch)
            return worker
        }
        image.leases = Dictionary(
            uniqueKeysWithValues: leases.map { (names.lease(Lease($1.task, $0)).epoch, $1.renamed(names)) })
        return image
    }
}

extension JobQueue {
    fileprivate func renamed(_ names: Renamer) -> JobQueue {
        var queue = JobQueue()
        for job in jobs { queue.insert(names.job(job)) }
        return queue
    }
}

extension LeaseRecord {
    fileprivate func renamed(_ names: Renamer) -> LeaseRecord {
        var lease = self
        lease.task = names.task(task)
        lease.granted = names.past(granted, names.horizons.runs)
        lease.started = started.map { names.past($0, names.horizons.runs) }
        return lease
    }
}

extension JobRecord {
    fileprivate func renamed(_ names: Renamer) -> JobRecord {
        var job = self
        job.id = names.job(id)
        job.specification.after = specification.after.map(names.job)
        job.submitted = names.past(submitted, names.horizons.waits)
        // Whether there is one counts; when it was is only shown.
        job.started = started.map { _ in Timestamp(milliseconds: 0) }
        job.ended = ended.map { _ in Timestamp(milliseconds: 0) }
        job.checkpointed = checkpointed.map { _ in Timestamp(milliseconds: 0) }
        job.failedBlocker = failedBlocker.map(names.job)
        if let gang {
            job.gang?.ranks = gang.ranks.map {
                if case .holds(let epoch) = $0 { .holds(names.epoch(epoch)) } else { $0 }
            }
            job.gang?.lastRelease = gang.lastRelease.map { names.past($0, names.horizons.pauses) }
        }
        if let array {
            job.array?.live = array.live.mapValues(names.epoch)
            job.array?.failed = array.failed.mapValues {
                FailedTask(
                    reason: $0.reason, time: names.past($0.time, names.horizons.pauses), isTriedAgain: $0.isTriedAgain,
                    ending: $0.ending)
            }
        }
        return job
    }
}
