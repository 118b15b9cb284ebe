/// What happened, in the words that the specs, the core and the journal share. The journal is a sequence of these, and
/// the coordinator's state is what they fold to: `Coordinator.apply` is the only way in which durable state changes.
public enum ProtocolEvent: Hashable, Codable, Sendable {
    /// A job was submitted and admitted. `key` is the client's own, so that a submission sent twice is one job.
    case submit(JobID, JobSpecification, key: String)
    /// The next generation of an elastic gang has this many ranks; their `assign`s follow at once.
    case form(JobID, ranks: UInt32)
    /// A lease was granted; `attempt` counts the task's (array) or the gang's attempts from 1.
    case assign(Lease, WorkerName, attempt: UInt32)
    /// The worker took the lease. A task of an array runs from here on; a rank waits for `start`.
    case accept(Lease, port: UInt16)
    /// All ranks of the gang's generation have accepted, and were told to run.
    case start(JobID, attempt: UInt32)
    /// The unit ended well.
    case finish(Lease)
    /// The unit ended in another way.
    case fail(Lease, Outcome)
    /// The lease is void: its worker was silent for too long, came back as a new incarnation, or left. Every lease ends
    /// by exactly one of `finish`, `fail` and `lapse`.
    case lapse(Lease)
    /// The unit goes back to the queue for another attempt: the index of an array's task, or nil for a whole gang.
    case retry(JobID, index: UInt32?, reason: RetryReason)
    /// Its time limit is over, and it is to stop: a task, or with nil the whole gang. It counts as failed.
    case expire(JobID, index: UInt32?)
    /// Another job needs its place more, and it is to stop: a task, or with nil the whole gang. It is tried again.
    case preempt(JobID, index: UInt32?)
    /// Rank 0's checkpoint is in the store.
    case checkpoint(JobID, step: UInt64)
    /// Somebody asked for the job's end.
    case cancel(JobID)
    /// The job ended; nothing of it is held any more.
    case end(JobID, JobEnd)
    /// `terms` are those by which it holds its leases; nil in journals from before they were written down.
    case join(
        WorkerName, Incarnation, slots: UInt32, host: String, offer: WorkerOffer = WorkerOffer(), terms: Terms? = nil)
    /// The worker went away in good order; it holds no lease.
    case leave(WorkerName)
    /// This incarnation of the worker is over: it was silent for too long, or a newer one came. What it held lapsed before.
    case crash(WorkerName, Incarnation)
    /// An operator took the worker out of service: what it runs may end, and it gets no new leases.
    case cordon(WorkerName)
    case uncordon(WorkerName)
    /// The coordinator started on a state folder that was used before. From here on it renews leases by these terms; members
    /// may still hold some by the terms before.
    case recover(terms: Terms? = nil)
}

public enum RetryReason: String, Hashable, Codable, Sendable {
    /// The program failed, and tries are left.
    case failed
    /// A worker was lost under it.
    case lost
    /// It had to make room for another job. Counts against no limit.
    case preempted
}

/// A job's last state.
public enum JobEnd: Hashable, Codable, Sendable {
    case succeeded
    /// `code` is what `banquet run` exits with.
    case failed(code: Int32, reason: String)
    case cancelled
}

/// One line of the journal.
public struct JournalEntry: Hashable, Codable, Sendable {
    /// Counts from 1 without gaps.
    public var sequence: UInt64
    public var time: Timestamp
    public var event: ProtocolEvent
    /// The coordinator that decided it had been started although its preflight did not pass.
    public var isUnverified: Bool

    public init(sequence: UInt64, time: Timestamp, event: ProtocolEvent, isUnverified: Bool = false) {
        self.sequence = sequence
        self.time = time
        self.event = event
        self.isUnverified = isUnverified
    }
}

extension ProtocolEvent {
    /// The event's word in the vocabulary.
    public var name: String {
        switch self {
        case .submit: "submit"
        case .form: "form"
        case .assign: "assign"
        case .accept: "accept"
        case .start: "start"
        case .finish: "finish"
        case .fail: "fail"
        case .lapse: "lapse"
        case .retry: "retry"
        case .expire: "expire"
        case .preempt: "preempt"
        case .checkpoint: "checkpoint"
        case .cancel: "cancel"
        case .end: "end"
        case .join: "join"
        case .leave: "leave"
        case .crash: "crash"
        case .cordon: "cordon"
        case .uncordon: "uncordon"
        case .recover: "recover"
        }
    }

    /// The job that the event is about; nil for those about a worker or the coordinator.
    public var job: JobID? {
        switch self {
        case .submit(let job, _, _), .start(let job, _), .retry(let job, _, _), .checkpoint(let job, _),
            .cancel(let job), .form(let job, _), .expire(let job, _), .preempt(let job, _), .end(let job, _):
            job
        case .assign(let lease, _, _), .accept(let lease, _), .finish(let lease), .fail(let lease, _),
            .lapse(let lease):
            lease.task.job
        case .join, .leave, .crash, .cordon, .uncordon, .recover: nil
        }
    }
}
