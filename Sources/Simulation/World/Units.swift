import Coordination

/// A unit's process on a worker's host.
struct UnitProcess {
    let token: Int
    let assignment: Assignment
    let submission: Submission
    /// It was asked to stop, or killed.
    var isStopping = false
    var lease: Lease { assignment.lease }
}

/// A generation of a gang, as its processes see it: none gets on before all are there, nor after one has died.
struct GangRun {
    let generation: UInt32
    let rendezvous: Rendezvous
    var members: [(worker: Int, token: Int)] = []
    var isDead = false
}

extension World {
    /// Checkpoints of a whole run.
    static let checkpointSteps: UInt64 = 8

    func spawn(_ assignment: Assignment, _ rendezvous: Rendezvous?, on index: Int) {
        let lease = assignment.lease
        guard let job = referee.jobs[lease.task.job], let submission = client(of: job).map({ clients[$0].submission })
        else {
            return accuse("\(workers[index].name) runs \(lease) of a job that isn't on disk")
        }
        if let fault = referee.faultOfSpawning(assignment, rendezvous, on: workers[index].name) {
            return accuse(fault)
        }
        for other in workers.indices where workers[other].frozenUntil <= now {
            if let twin = workers[other].processes.first(where: { $0.lease.task == lease.task }) {
                return accuse(
                    "two live leases of one task: \(workers[index].name) starts \(lease) while \(twin.lease) runs on "
                        + "\(workers[other].name)")
            }
        }
        let running = workers[index].processes.reduce(assignment.slots) { $0 + $1.assignment.slots }
        if running > workers[index].slots {
            return accuse("\(workers[index].name) runs units of \(running) slots, and has \(workers[index].slots)")
        }
        statistics.spawned += 1
        let token = statistics.spawned
        workers[index].processes.append(UnitProcess(token: token, assignment: assignment, submission: submission))
        if assignment.isGang, let rendezvous {
            join(assignment, rendezvous, on: index, token)
        } else {
            guard !hangs(submission, lease.task.job, Int(lease.epoch.number)) else { return }
            let duration = duration(submission, lease) * 100 / Int64(workers[index].offer.speed)
            queue.add(.worker(index, .unitEnds(token: token)), at: now + duration * 1000)
        }
    }

    func client(of job: Referee.Job) -> Int? {
        let parts = job.key.dropFirst().split(separator: ".").compactMap { Int($0) }
        guard parts.count == 2, let first = firstClients[parts[0]] else { return nil }
        return first + parts[1]
    }

    /// Whether the attempt would never end by itself.
    private func hangs(_ submission: Submission, _ job: JobID, _ attempt: Int) -> Bool {
        submission.timeLimit != nil && noise.chance(submission.hanging, .outcome, Int(job.number), attempt, 9)
    }

    /// Within a tenth of what the submission says.
    private func duration(_ submission: Submission, _ lease: Lease) -> Int64 {
        let most = max(1, submission.duration)
        return most - noise.number(in: 0...most / 10, .duration, submission.number, Int(lease.epoch.number))
    }

    // MARK: Gangs

    private func join(_ assignment: Assignment, _ rendezvous: Rendezvous, on index: Int, _ token: Int) {
        let job = assignment.lease.task.job
        var run =
            gangs[job].flatMap { $0.generation == assignment.attempt ? $0 : nil }
            ?? GangRun(generation: assignment.attempt, rendezvous: rendezvous)
        if run.rendezvous.host != rendezvous.host || run.rendezvous.port != rendezvous.port {
            return accuse("the ranks of \(job), generation \(run.generation), were told to meet at two places")
        }
        if run.rendezvous.checkpointStep != rendezvous.checkpointStep {
            return accuse("the ranks of \(job), generation \(run.generation), go on from different checkpoints")
        }
        run.members.append((index, token))
        gangs[job] = run
        guard run.members.count == Int(assignment.worldSize), !run.isDead else { return }
        let submission = process(index, token)!.submission
        guard !hangs(submission, job, Int(assignment.attempt)) else { return }
        let done = Int64(run.rendezvous.checkpointStep ?? 0)
        // All wait for the slowest.
        let slowest = run.members.map { Int64(workers[$0.worker].offer.speed) }.min() ?? 100
        let whole = max(1, submission.duration * 100 / slowest)
        let steps = Int64(Self.checkpointSteps)
        let rest = max(1, whole * (steps - min(done, steps)) / steps)
        for member in run.members {
            queue.add(.worker(member.worker, .unitEnds(token: member.token)), at: now + rest * 1000)
            guard process(member.worker, member.token)?.lease.task.index == 0, whole >= 2000 else { continue }
            for step in min(done + 1, steps)..<steps {
                let time = now + whole * (step - done) / steps * 1000
                queue.add(.worker(member.worker, .checkpoint(token: member.token, step: UInt64(step))), at: time)
            }
        }
    }

    /// The other ranks wait for one that is dead; or their library notices, and they fail.
    func peerDied(_ process: UnitProcess, of index: Int) {
        let job = process.lease.task.job
        guard process.assignment.isGang, gangs[job]?.generation == process.assignment.attempt,
            gangs[job]?.isDead == false
        else { return }
        gangs[job]?.isDead = true
        guard noise.chance(50, .peer, Int(job.number), Int(process.lease.epoch.number)) else { return }
        for member in gangs[job]?.members ?? [] where member.token != process.token {
            queue.add(.worker(member.worker, .unitEnds(token: member.token)), at: now + 1_500_000)
        }
    }

    func checkpoint(_ index: Int, _ token: Int, _ step: UInt64) {
        guard let process = process(index, token), !process.isStopping else { return }
        let job = process.lease.task.job
        guard gangs[job]?.isDead == false else { return }
        referee.written(checkpoint: step, of: process.lease)
        send(.checkpoint(process.lease, step: step, bytes: []), from: index)
    }

    // MARK: Ends

    func process(_ index: Int, _ token: Int) -> UnitProcess? {
        workers[index].processes.first { $0.token == token }
    }

    func unitEnds(_ index: Int, _ token: Int) {
        guard let process = process(index, token) else { return }
        if workers[index].hungUntil > now, !process.isStopping {
            return queue.add(.worker(index, .unitEnds(token: token)), at: workers[index].hungUntil + 1000)
        }
        let lease = process.lease
        let fails = noise.chance(
            process.submission.failing, .outcome, process.submission.number, Int(lease.epoch.number))
        let isDead = process.assignment.isGang && gangs[lease.task.job]?.isDead == true
        end(
            process, on: index,
            process.isStopping
                ? .signalled(signal: 15) : isDead ? .exited(code: 1) : fails ? .exited(code: 3) : .exited(code: 0))
        give(.processEnded(lease, referee.ended[lease.epoch]!), to: index)
    }

    private func end(_ process: UnitProcess, on index: Int, _ outcome: Outcome) {
        workers[index].processes.removeAll { $0.token == process.token }
        referee.ended[process.lease.epoch] = outcome
        if !outcome.isSuccess { peerDied(process, of: index) }
    }

    /// SIGTERM, which most programs obey soon, and SIGKILL when the grace is over, which all do at once.
    func kill(_ lease: Lease, grace: UInt32, on index: Int) {
        guard let place = workers[index].processes.firstIndex(where: { $0.lease == lease }) else { return }
        let process = workers[index].processes[place]
        if grace == 0 {
            end(process, on: index, .signalled(signal: 9))
            // The agent sees the end a little later; what it then holds of the lease may be over.
            pendingEnds[process.token] = lease
            queue.add(.worker(index, .give(token: process.token)), at: now + 500)
            return
        }
        workers[index].processes[place].isStopping = true
        let obeys = noise.chance(80, .stopping, index, Int(lease.epoch.number))
        let after = obeys ? noise.number(in: 1...400, .stopping, index, Int(lease.epoch.number), 1) : Int64(grace)
        queue.add(.worker(index, .unitEnds(token: process.token)), at: now + min(after, Int64(grace)) * 1000)
    }

    func reportEnd(_ token: Int, of index: Int) {
        guard let lease = pendingEnds.removeValue(forKey: token) else { return }
        give(.processEnded(lease, .signalled(signal: 9)), to: index)
    }

    // MARK: What really happened

    /// What is on disk now against what the workers' hosts know.
    func fault(of entry: JournalEntry) -> String? {
        switch entry.event {
        case .finish(let lease):
            guard referee.ended[lease.epoch]?.isSuccess == true else {
                return "a result was counted that no unit had"
            }
        case .fail(let lease, let outcome):
            if outcome != .stopped, referee.ended[lease.epoch] != outcome {
                return "a failure was counted that no unit had"
            }
            return runner(of: lease).map { "the lease is over and yet runs on \($0)" }
        case .lapse(let lease):
            return runner(of: lease).map { "the lease has lapsed and yet runs on \($0)" }
        default: break
        }
        return nil
    }

    /// The worker on which the lease's process gets on.
    private func runner(of lease: Lease) -> WorkerName? {
        workers.first { host in
            host.frozenUntil <= now && host.processes.contains { $0.lease == lease }
        }?.name
    }
}
