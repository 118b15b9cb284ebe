/// Gangs: all slots or none, a rendezvous of their own for each generation, and all ranks stop when one is lost.
extension Coordinator {
    mutating func advance(_ job: JobRecord, _ gang: GangRecord) {
        guard !gang.isQueued else {
            if job.isCancelled { record(.end(job.id, .cancelled)) }
            return
        }
        if gang.live > 0 {
            if job.isStopping {
                stopUnits(of: job)
            } else if gang.accepted == gang.size, !gang.isStarted {
                start(job, generation: gang.generation)
            }
            return
        }
        judge(job, gang)
    }

    private mutating func start(_ job: JobRecord, generation: UInt32) {
        record(.start(job.id, attempt: generation))
        for (index, epoch) in job.liveEpochs.enumerated() {
            dispatch(.start, Lease(TaskID(job.id, UInt32(index)), epoch))
        }
    }

    /// The generation holds nothing any more: why it ended, and what follows. Judged only now, because a rank often fails
    /// when its peer's worker died, and the loss is noticed later than the failure.
    private mutating func judge(_ job: JobRecord, _ gang: GangRecord) {
        if job.isCancelled { return record(.end(job.id, .cancelled)) }
        guard let cause = gang.cause else { return record(.end(job.id, .succeeded)) }
        if gang.tries.allowsRetry(after: cause, of: job.specification) {
            record(.retry(job.id, index: nil, reason: cause))
            needsScheduling = true
        } else {
            record(.end(job.id, failure(of: job)))
        }
    }

    /// What a rank needs to meet the others. Rank 0's worker chose the port for this generation alone, so the ranks never
    /// meet the store of the generation before (pytorch#135712).
    func rendezvous(_ lease: Lease, _ job: JobRecord) -> Rendezvous? {
        guard let gang = job.gang, let meeting = gang.meeting else { return nil }
        let rank = Int(lease.task.index)
        let localRank = gang.workers[..<rank].count { $0 == gang.workers[rank] }
        return Rendezvous(
            host: meeting.host, port: meeting.port, localRank: UInt32(localRank), checkpointStep: job.checkpointStep)
    }
}
