/// From a client (the command line) to the coordinator. Each is answered by one `ClientReply`, save `watch`.
public enum ClientRequest: Hashable, Sendable {
    /// `key` is drawn by the client: the same key again is the same job, so that a request can be repeated after a lost answer.
    case submit(JobSpecification, key: String)
    /// A job that failed is submitted once more, as another job: the gang, or the array's tasks that haven't succeeded.
    case retry(JobID, key: String)
    case cancel(JobID)
    /// The next page of the jobs that the coordinator knows, those after `after`, newest last; an empty page is the end.
    case jobs(after: JobID)
    case show(JobID)
    /// So many of the jobs that the filter lets through, from `offset` on, and how many there are in all.
    case page(JobFilter, JobOrder, offset: UInt32, limit: UInt32)
    /// The cluster at a glance.
    case overview
    case workers
    /// The worker gets no new leases, and what it runs may end; with `now` it is stopped, with the grace, and tried elsewhere.
    case drain(WorkerName, now: Bool)
    /// How the coordinator itself is: what it was checked by, and whether its journal keeps to the protocol.
    case status
    /// The coordinator reads its configuration again, checks it, and takes what can change while it runs.
    case reload
    /// What the cluster did in a period, in the words of `banquet report --since` and `--until`.
    case report(since: String, until: String?)
    /// The alerts, newest first; where one is named, somebody has taken note of it.
    case alerts(acknowledging: UInt64?)
    /// A drained worker gets leases again.
    case undrain(WorkerName)
    /// The job's `show` now, and then an `update` for every change of its state, until it has ended; with `events` also one
    /// for each of its protocol events, with `output` also an `output` for each piece that its units print from now on.
    case watch(JobID, events: Bool, output: Bool)
    /// Answered by `ended`, once the job has ended: all that a program wants to know which submits many.
    case wait(JobID)
    /// The same for the job that was submitted with this key; it may be sent right behind the `submit`.
    case waitFor(key: String)
    /// At most `limit` bytes from `offset` of what a unit printed, all of its attempts one after the other.
    case log(TaskID, LogStream, offset: UInt64, limit: UInt32)
}

public enum ClientReply: Hashable, Sendable {
    case submitted(JobID)
    case cancelled(JobID)
    /// Nothing was changed, and why: one line, for people.
    case refused(reason: String)
    /// The same, because of a bound that has no room for it now: it may be asked again after so many milliseconds.
    case busy(reason: String, retryMilliseconds: Int64)
    case jobs([JobSummary])
    case page(JobPage)
    case overview(ClusterOverview)
    case job(JobDetail)
    /// All workers; or, after `drain` and `undrain`, the one.
    case workers([WorkerSummary])
    case status(ClusterStatus)
    /// The new configuration was checked and taken: what changed, for people.
    case reloaded(String)
    /// The figures, as a JSON document.
    case report(json: [UInt8])
    case alerts([Alert])
    case update(JobUpdate)
    case ended(JobID, JobEnd)
    /// A piece of what a unit printed, as it arrived; `offset` counts the bytes before it. A slow reader may miss one, and
    /// then asks for `log` from where it stands.
    case output(TaskID, LogStream, offset: UInt64, bytes: [UInt8])
    /// `ended`: nothing more will ever come after these bytes.
    case log(bytes: [UInt8], offset: UInt64, ended: Bool)
}

public enum JobState: String, Hashable, Codable, Sendable {
    case queued
    /// Leases are granted, not all ranks have accepted.
    case starting
    case running
    /// A rank failed or was lost, or the job was cancelled: the rest is being stopped.
    case stopping
    case succeeded, failed, cancelled

    public var isFinal: Bool { self == .succeeded || self == .failed || self == .cancelled }
}

public struct JobSummary: Hashable, Codable, Sendable {
    public var id: JobID
    public var name: String
    public var tenant: String
    /// `gang` or `array`.
    public var shape: String
    public var units: UInt32
    public var slotsPerUnit: UInt32
    public var state: JobState
    public var submitted: Timestamp
    public var started: Timestamp?
    public var ended: Timestamp?
    public var unitsRunning: UInt32
    public var unitsSucceeded: UInt32
    public var unitsFailed: UInt32
    /// Attempts of a gang so far; the largest of its tasks' for an array.
    public var attempts: UInt32
    public var exitCode: Int32?
    /// Why it waits, or why it failed: one line, for people.
    public var reason: String?

    public init(
        id: JobID, name: String, tenant: String, shape: String, units: UInt32, slotsPerUnit: UInt32, state: JobState,
        submitted: Timestamp, started: Timestamp? = nil, ended: Timestamp? = nil, unitsRunning: UInt32 = 0,
        unitsSucceeded: UInt32 = 0,
        unitsFailed: UInt32 = 0, attempts: UInt32 = 0, exitCode: Int32? = nil, reason: String? = nil
    ) {
        self.id = id
        self.name = name
        self.tenant = tenant
        self.shape = shape
        self.units = units
        self.slotsPerUnit = slotsPerUnit
        self.state = state
        self.submitted = submitted
        self.started = started
        self.ended = ended
        self.unitsRunning = unitsRunning
        self.unitsSucceeded = unitsSucceeded
        self.unitsFailed = unitsFailed
        self.attempts = attempts
        self.exitCode = exitCode
        self.reason = reason
    }
}

public struct JobDetail: Hashable, Codable, Sendable {
    public var summary: JobSummary
    public var specification: JobSpecification
    /// The units that hold a lease now.
    public var placements: [Placement]
    public var checkpointStep: UInt64?
    /// When that checkpoint was in the store, and how old it is when this is said, in milliseconds. The shell fills the age in.
    public var checkpointed: Timestamp?
    public var checkpointAgeMilliseconds: Int64?
    /// How its units' places are chosen, or why a worker isn't taken: a line for each, for people.
    public var explanation: [String]?
    /// Tasks that failed for good, and why: the first 100 of them.
    public var deadLetters: [DeadLetter]?
    /// The run's folder on the coordinator's host: logs, metrics, checkpoints, the learning curve. The shell fills it in.
    public var folder: String?

    public init(
        summary: JobSummary, specification: JobSpecification, placements: [Placement], checkpointStep: UInt64? = nil,
        folder: String? = nil
    ) {
        self.summary = summary
        self.specification = specification
        self.placements = placements
        self.checkpointStep = checkpointStep
        self.folder = folder
    }
}

/// A task that isn't tried any more.
public struct DeadLetter: Hashable, Codable, Sendable {
    public var index: UInt32
    /// What it was told as its number, where that isn't its index.
    public var number: UInt32?
    public var attempts: UInt32
    public var reason: String

    public init(index: UInt32, attempts: UInt32, reason: String) {
        self.index = index
        self.attempts = attempts
        self.reason = reason
    }
}

/// Which worker holds which unit.
public struct Placement: Hashable, Codable, Sendable {
    public var index: UInt32
    public var worker: WorkerName
    public var epoch: Epoch
    public var accepted: Bool

    public init(index: UInt32, worker: WorkerName, epoch: Epoch, accepted: Bool) {
        self.index = index
        self.worker = worker
        self.epoch = epoch
        self.accepted = accepted
    }
}

public struct WorkerSummary: Hashable, Codable, Sendable {
    public enum State: String, Hashable, Codable, Sendable {
        case connected
        /// Late by what its heartbeats were like so far, or not connected: it gets no new leases, and those that it has run on.
        case suspect
        /// It left, or lost all that it held.
        case gone
    }

    public var name: WorkerName
    public var state: State
    public var host: String
    public var slots: UInt32
    public var slotsUsed: UInt32
    public var lastHeard: Timestamp?
    /// For a member, in milliseconds: for how long it was not heard, after how long it is suspect (nil while it is not
    /// connected), and after how long its leases lapse.
    public var silentMilliseconds: Int64?
    public var suspectAfterMilliseconds: Int64?
    public var lapsesAfterMilliseconds: Int64?
    public var holding: [Lease]
    /// It gets no new leases: an operator drains it.
    public var isDraining: Bool?
    public var offer: WorkerOffer?
    /// What its devices said of themselves a few seconds ago; nil where they say nothing.
    public var devices: [DeviceState]?

    public init(
        name: WorkerName, state: State, host: String, slots: UInt32, slotsUsed: UInt32, lastHeard: Timestamp?,
        holding: [Lease], isDraining: Bool? = nil, offer: WorkerOffer? = nil
    ) {
        self.name = name
        self.state = state
        self.host = host
        self.slots = slots
        self.slotsUsed = slotsUsed
        self.lastHeard = lastHeard
        self.holding = holding
        self.isDraining = isDraining
        self.offer = offer
    }
}

/// What a watcher of a job is told.
public enum JobUpdate: Hashable, Codable, Sendable {
    /// A protocol event of this job, once it is on disk.
    case event(JournalEntry)
    /// A line that one of its units wrote to the metrics file descriptor.
    case metrics(index: UInt32, json: String)
    /// The job after its state or its placements changed; the last update of a watch is one whose state is final.
    case state(JobDetail)
}
