import Coordination

// What the referee writes down of jobs, leases and workers.

extension Referee {
    /// Looked up and changed at every step, so it is not copied.
    final class Job {
        let id: JobID
        let key: String
        let specification: JobSpecification
        let submitted: Timestamp
        var hasStarted = false
        var hasEnded = false
        var hasSucceeded = false
        var isCancelled = false
        var checkpoint: UInt64?
        /// The leases of its units, by index.
        var live: [UInt32: Epoch] = [:]
        /// How its units' last leases ended; a gang's are forgotten when a generation begins.
        var last: [UInt32: End] = [:]
        /// When they did.
        var lastTime: [UInt32: Timestamp] = [:]
        /// Attempts in vain, by a task's index; a gang's under 0.
        var failures: [UInt32: UInt32] = [:]
        var losses: [UInt32: UInt32] = [:]
        var preemptions: [UInt32: UInt32] = [:]
        /// Units that were told to stop, and why; a gang's under 0.
        var halts: [UInt32: Halt] = [:]
        /// For gangs: the ranks of this generation, those granted, those that have accepted, and whether they were told to run.
        var size: UInt32
        var granted: UInt32 = 0
        var accepted: UInt32 = 0
        var isRunning = false
        /// Units that hold no lease and may be granted one, whatever else is in the way.
        var waiting: UInt32
        /// When its units should begin to stop: it was cancelled, or a rank was lost.
        var stopping: Timestamp?

        init(id: JobID, key: String, specification: JobSpecification, submitted: Timestamp) {
            self.id = id
            self.key = key
            self.specification = specification
            self.submitted = submitted
            size = specification.units
            waiting = specification.units
        }

        var isGang: Bool { specification.isGang }
        var succeeded: UInt32 { UInt32(last.values.count { $0 == .succeeded }) }

        /// Gangs are counted as one unit.
        func unit(_ index: UInt32) -> UInt32 { isGang ? 0 : index }

        func attempts(of index: UInt32) -> UInt32 {
            let unit = unit(index)
            return failures[unit, default: 0] + losses[unit, default: 0] + preemptions[unit, default: 0]
        }
    }

    enum End: Hashable { case succeeded, failed, stopped, lost, preempted }
    enum Halt: Hashable { case expired, preempted }

    struct Live {
        let task: TaskID
        let worker: WorkerName
        var isAccepted = false
        /// When it began to run.
        var started: Timestamp?
    }

    struct Worker {
        var incarnation: Incarnation
        var slots: UInt32
        var offer: WorkerOffer
        var isMember: Bool
        var isCordoned = false
        var used: UInt32 = 0
        var gpus: UInt32 = 0
        var leases = 0

        init(_ incarnation: Incarnation, slots: UInt32, offer: WorkerOffer) {
            self.incarnation = incarnation
            self.slots = slots
            self.offer = offer
            isMember = true
        }
    }

    /// What a tenant's jobs hold, and how fast it submits.
    struct Tenant {
        var slots: UInt32 = 0
        var activeJobs = 0
        /// Units of all jobs that it ever submitted: no more of them can wait.
        var submittedUnits: UInt64 = 0
        /// Submissions beyond its rate, as they leak away by it; in thousandths.
        var level: Int64 = 0
        var levelTime = Timestamp(milliseconds: 0)
    }
}

extension Referee.Job {
    /// A rank of this generation ended in another way than well.
    var isBroken: Bool { last.values.contains { $0 != .succeeded } }

    /// Why a gang's generation ended in vain.
    var cause: Referee.End {
        switch halts[0] {
        case .expired: .failed
        case .preempted: .preempted
        case nil: last.values.contains(.lost) ? .lost : .failed
        }
    }

    /// Whether a unit has no attempts left.
    var hasExhausted: Bool {
        func isExhausted(_ end: Referee.End, _ unit: UInt32) -> Bool {
            switch end {
            case .succeeded: true
            case .lost: losses[unit, default: 0] == specification.crashLimit
            case .failed: failures[unit, default: 0] == specification.retries
            case .stopped, .preempted: false
            }
        }
        return isGang ? isExhausted(cause, 0) : last.allSatisfy { isExhausted($1, $0) }
    }

    /// Whether the next unit could be granted, as far as the job itself is concerned.
    func isWilling(_ jobs: [JobID: Referee.Job]) -> Bool {
        guard !hasEnded, !isCancelled, waiting > 0 else { return false }
        if isGang, isBroken || !halts.isEmpty { return false }
        if let limit = specification.concurrency, live.count >= Int(limit) { return false }
        return specification.after.allSatisfy { jobs[$0]?.hasSucceeded ?? true }
    }
}
