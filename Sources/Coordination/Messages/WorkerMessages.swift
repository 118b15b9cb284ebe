/// From a worker to the coordinator. Messages may be lost, doubled and late; each is safe to repeat.
public enum WorkerMessage: Hashable, Sendable {
    /// The first message of every connection: who this is, what it offers, and what it still holds.
    case join(Join)
    case heartbeat(Heartbeat)
    /// The worker took the lease. For rank 0 of a gang it names a port that is free on this host, where the ranks will
    /// meet; otherwise the port is 0.
    case accept(Lease, port: UInt16)
    /// The unit ended. Repeated until the coordinator answers `settle`.
    case finish(Lease, Outcome)
    /// One JSON object that the unit wrote to its metrics file descriptor (progress of a training run).
    case metrics(Lease, json: String)
    /// A piece of what the unit printed; `offset` counts the bytes before it on this stream, so a repeated piece is recognised.
    case log(Lease, LogStream, offset: UInt64, bytes: [UInt8])
    /// Rank 0 wrote a checkpoint; `step` grows within a job.
    case checkpoint(Lease, step: UInt64, bytes: [UInt8])
    /// The worker goes away in good order: it holds nothing any more.
    case leave
}

public struct Join: Hashable, Sendable {
    public var worker: WorkerName
    public var incarnation: Incarnation
    /// Counted together with the heartbeats; `welcome` names it.
    public var sequence: UInt64
    public var slots: UInt32
    /// The address at which the other workers' hosts reach this one (for a gang's rendezvous), such as `127.0.0.1`.
    public var host: String
    public var held: [HeldLease]
    /// What it has besides slots.
    public var offer: WorkerOffer
    /// It hands a gang's key to its ranks; workers before version 1.2 of the wire know of none. The shell says so.
    public var takesGangKeys = false

    public init(
        worker: WorkerName, incarnation: Incarnation, sequence: UInt64, slots: UInt32, host: String, held: [HeldLease],
        offer: WorkerOffer = WorkerOffer()
    ) {
        self.worker = worker
        self.incarnation = incarnation
        self.sequence = sequence
        self.slots = slots
        self.host = host
        self.held = held
        self.offer = offer
    }
}

/// Says "I live", and what the worker holds, so that the two sides agree again after any loss of messages.
public struct Heartbeat: Hashable, Sendable {
    public var incarnation: Incarnation
    /// Grows by one with every join and heartbeat of an agent; the coordinator's `renew` names it.
    public var sequence: UInt64
    public var held: [HeldLease]
    /// What the worker's devices say of themselves, in some of the heartbeats; the shell puts it there.
    public var devices: [DeviceState]

    public init(incarnation: Incarnation, sequence: UInt64, held: [HeldLease], devices: [DeviceState] = []) {
        self.incarnation = incarnation
        self.sequence = sequence
        self.held = held
        self.devices = devices
    }
}

public struct HeldLease: Hashable, Sendable {
    public enum Phase: Hashable, Sendable {
        /// It waits here for a slot, and isn't accepted yet.
        case queued
        /// Accepted; waits for `start`.
        case accepted(port: UInt16)
        case running
        /// Ended here, not yet settled by the coordinator.
        case finished(Outcome)
    }

    public var lease: Lease
    public var phase: Phase

    public init(_ lease: Lease, _ phase: Phase) {
        self.lease = lease
        self.phase = phase
    }
}

/// How a unit ended.
public enum Outcome: Hashable, Codable, Sendable {
    case exited(code: Int32)
    case signalled(signal: Int32)
    /// It was told to stop (cancel, or the rest of its gang failed), and did.
    case stopped
    /// It could not be started: the program is not there, the folder can't be made.
    case notStarted(reason: String)

    public var isSuccess: Bool { self == .exited(code: 0) }
}

public enum LogStream: String, Hashable, Codable, Sendable {
    case output, error
}

/// From the coordinator to a worker.
public enum CoordinatorMessage: Hashable, Sendable {
    /// The answer to the `join` with this sequence number, or to a heartbeat when the terms have changed. Renews like `renew`.
    case welcome(Terms, sequence: UInt64, floor: Epoch)
    /// The answer to a `join` that can't be taken: an older incarnation, a name in use.
    case refuse(reason: String)
    /// Take this lease. A task of an array starts at once; a rank of a gang waits for `start`.
    case assign(Assignment)
    /// All ranks of the gang have accepted: run.
    case start(Lease, Rendezvous)
    /// End this unit, and say `finish`. The lease may be one that the coordinator no longer knows.
    case stop(Lease, graceMilliseconds: UInt32)
    /// The outcome is on disk (or the lease is an old one): forget it.
    case settle(Lease)
    /// Heartbeat `sequence` arrived: every lease held is good for `Terms.leaseMilliseconds` from when that heartbeat was SENT.
    /// Leases with an epoch below `floor` that this worker doesn't hold are over: an `assign` of one is a late copy, or
    /// was meant for the worker's incarnation before this one.
    case renew(sequence: UInt64, floor: Epoch)
    /// All leases of this incarnation have lapsed: stop what is held at once, forget it, and join as the next incarnation.
    case fence(Incarnation)
    /// The worker was not heard for longer than usual: it is to send a heartbeat now.
    case probe
}

/// The times that both sides keep. Milliseconds.
public struct Terms: Hashable, Codable, Sendable {
    public var heartbeatMilliseconds: UInt32
    /// Without a renewal for this long a worker stops what it holds; the coordinator waits longer before it lets a lease lapse.
    public var leaseMilliseconds: UInt32

    public init(heartbeatMilliseconds: UInt32, leaseMilliseconds: UInt32) {
        self.heartbeatMilliseconds = heartbeatMilliseconds
        self.leaseMilliseconds = leaseMilliseconds
    }
}

/// What a worker needs to run one unit.
public struct Assignment: Hashable, Sendable {
    public var lease: Lease
    public var program: JobSpecification.Program
    public var environment: [String: String]
    public var workingDirectory: String?
    public var slots: UInt32
    public var isGang: Bool
    /// Ranks of the gang; tasks of an array see 1.
    public var worldSize: UInt32
    /// Counts the attempts of the job (gang) or of the task (array) from 1: a gang's generation.
    public var attempt: UInt32
    /// What the unit is told as its number: its index, unless the job says otherwise.
    public var taskNumber: UInt32
    /// Whose job it is: whose secrets on the worker it may have.
    public var tenant: String
    /// Bytes of memory that its job asked for, for each unit; 0: for none in particular.
    public var memory: UInt64
    /// Devices that its job asked for, for each unit, by kind.
    public var devices: [String: UInt32]

    public init(
        lease: Lease, program: JobSpecification.Program, environment: [String: String], workingDirectory: String?,
        slots: UInt32, isGang: Bool, worldSize: UInt32, attempt: UInt32, taskNumber: UInt32? = nil,
        tenant: String = "", memory: UInt64 = 0, devices: [String: UInt32] = [:]
    ) {
        self.tenant = tenant
        self.memory = memory
        self.devices = devices
        self.lease = lease
        self.program = program
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.slots = slots
        self.isGang = isGang
        self.worldSize = worldSize
        self.attempt = attempt
        self.taskNumber = taskNumber ?? lease.task.index
    }
}

/// Where the ranks of one generation of a gang meet, and what they go on from.
public struct Rendezvous: Hashable, Sendable {
    /// Rank 0's host and a port that its worker found free for this generation alone.
    public var host: String
    public var port: UInt16
    /// For each rank, its number among the ranks on the same worker (LOCAL_RANK).
    public var localRank: UInt32
    /// The last checkpoint, if there is one. The core names it; the shell puts the bytes beside it on the wire.
    public var checkpointStep: UInt64?
    /// What the ranks encrypt with what they say to each other; nil: nothing. The core knows of none: the shell puts it here.
    public var gangKey: GangKey?

    public init(
        host: String, port: UInt16, localRank: UInt32, checkpointStep: UInt64?, gangKey: GangKey? = nil
    ) {
        self.host = host
        self.port = port
        self.localRank = localRank
        self.checkpointStep = checkpointStep
        self.gangKey = gangKey
    }
}

/// The secret that the ranks of one generation of a gang have in common, and nobody else has. Its description says nothing of it,
/// so that no log line and no error does either.
public struct GangKey: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// A CURVE secret key: 40 characters of Z85 (ZeroMQ's RFC 32).
    public let revealed: String

    public static let length = 40

    /// Nil for what has another length or other characters.
    public init?(revealed: String) {
        guard revealed.utf8.count == Self.length, revealed.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            return nil
        }
        self.revealed = revealed
    }

    public var description: String { "(a gang's key)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
