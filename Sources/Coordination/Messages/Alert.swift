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

    public init(
        id: Int, kind: Kind, subject: String, message: String, since: Timestamp, cleared: Timestamp? = nil,
        acknowledged: Timestamp? = nil
    ) {
        self.id = id
        self.kind = kind
        self.subject = subject
        self.message = message
        self.since = since
        self.cleared = cleared
        self.acknowledged = acknowledged
    }
}
