/// A connection of the coordinator's socket. The shell numbers them from 1 in the order in which they were opened, and
/// never uses a number again.
public struct ConnectionID: Hashable, Comparable, Sendable {
    public let number: UInt64
    public init(_ number: UInt64) { self.number = number }
    public static func < (a: ConnectionID, b: ConnectionID) -> Bool { a.number < b.number }
}

/// What can happen to the coordinator.
public enum CoordinatorInput: Hashable, Sendable {
    case worker(WorkerMessage, ConnectionID)
    /// `submit` and `cancel`; the shell answers requests that only read from `Coordinator`'s read model.
    case client(ClientRequest, ConnectionID, request: UInt64)
    case connectionLost(ConnectionID)
    /// Time passed; sent when a `wake` is due.
    case clock
}

/// What the coordinator asks of its shell. Effects are carried out in order, with two laws:
/// - **a send or a reply is carried out only after every `record` before it is durable**;
/// - the records of one `handle` become durable together or not at all (a gang is granted by several of them).
///
/// The shell may therefore commit the records of many inputs at once (group commit).
public enum CoordinatorEffect: Hashable, Sendable {
    case record(JournalEntry)
    case send(CoordinatorMessage, ConnectionID)
    case reply(ClientReply, ConnectionID, request: UInt64)
    /// Call `handle(.clock)` at this time or soon after; replaces the `wake` before it.
    case wake(Timestamp)
    /// Something that an operator wants counted: a refused message, an old epoch.
    case count(Counter)
}

public enum Counter: String, Hashable, CaseIterable, Sendable {
    case staleEpochRefused, unknownWorkerRefused, submissionsRefused, duplicateSubmissions
    /// Workers that were late, and those of them that were heard again before their leases lapsed.
    case suspicions, suspicionsRefuted
}

/// What can happen to a worker.
public enum WorkerInput: Hashable, Sendable {
    /// The connection to the coordinator stands (again): say `join`.
    case connected
    case disconnected
    case message(CoordinatorMessage)
    /// The shell found a free port for a rank's rendezvous, as `reservePort` asked.
    case portReserved(Lease, UInt16)
    /// The unit's process is gone; or the shell can't do what the unit needs (no free port, no such program), and says so
    /// by `notStarted`. Said again, it makes the machine repeat its `finish`.
    case processEnded(Lease, Outcome)
    /// Time passed; sent when a `wake` is due.
    case clock
    /// The operator asked the agent to stop.
    case shutdown
}

/// What a worker asks of its shell, in order.
public enum WorkerEffect: Hashable, Sendable {
    case send(WorkerMessage)
    case reservePort(Lease)
    case spawn(Assignment, Rendezvous?)
    /// SIGTERM to the unit's process group, SIGKILL once the grace is over; `processEnded` follows.
    case kill(Lease, graceMilliseconds: UInt32)
    case wake(Timestamp)
    /// All is stopped and said: the agent may exit.
    case exit(reason: String)
}
