public import Coordination

/// Something that an operator should look at, from when it was noticed to when it was over.
public struct Alert: Hashable, Codable, Sendable {
    public enum Kind: String, Hashable, Codable, CaseIterable, Sendable {
        /// A job waits for too long, or was overtaken too often.
        case starvation
        /// A gang runs, and none of its ranks has said anything for long.
        case stuck
        /// A worker that is lost again and again.
        case flapping
        /// Little room is left where the state folder lies.
        case disk
        /// A device is too hot, or slower than it could be.
        case heat
        /// The journal departs from the protocol. It is over when somebody has taken note of it.
        case violation
    }

    /// Counts from 1 over the life of the state folder.
    public var id: Int
    public var kind: Kind
    /// What it is about: a job, a tenant, a worker, a folder. One alert is open for each kind and subject.
    public var subject: String
    /// For people: one line, with what to do.
    public var message: String
    public var since: Timestamp
    public var cleared: Timestamp?
    public var acknowledged: Timestamp?
}

/// When there is an alert.
public struct AlertRules: Hashable, Sendable {
    /// How long a job may wait, in milliseconds.
    public var waitMilliseconds: Int64 = 3_600_000
    /// How many units of others may start while a tenant's first job waits; nil: the policy's bound, see `AlertBook.bound`.
    public var overtaken: UInt64?
    /// How long a running gang may say nothing, in milliseconds.
    public var stuckMilliseconds: Int64 = 600_000
    /// How many times a worker may be lost within an hour.
    public var losses = 3
    /// Bytes that should be free for the state folder.
    public var freeBytes: UInt64 = 1 << 30
    /// Degrees Celsius from which on a device is too hot.
    public var celsius = 90.0

    public init() {}
}
