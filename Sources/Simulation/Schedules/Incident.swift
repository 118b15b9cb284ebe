/// Something that the world does to the cluster at a moment: work that comes, or a fault.
public struct Incident: Hashable, Sendable {
    /// Milliseconds of true time since the world began.
    public var time: Int64
    public var action: Action

    public init(at time: Int64, _ action: Action) {
        self.time = time
        self.action = action
    }

    /// Durations in milliseconds of true time; workers by number, from 0.
    public enum Action: Hashable, Sendable {
        case submit(Submission)
        /// The tenant of this submission asks for its end.
        case cancel(submission: Int)

        /// `kill -9` of the coordinator, and a start on the same state folder.
        case crashCoordinator(downtime: Int64)
        /// The same; the operator has changed the terms of leases meanwhile.
        case reconfigure(heartbeat: Int64, lease: Int64, downtime: Int64)
        /// The same with the old ones, at the next write to its disk.
        case crashAtWrite(WritePoint, downtime: Int64)
        /// Every commit takes this long.
        case slowDisk(latency: Int64, duration: Int64)

        /// `kill -9` of the agent, and of its units with it. Whether the coordinator sees the connection break, or only hears
        /// nothing any more (a host that lost its power).
        case crashWorker(Int, downtime: Int64, isNoticed: Bool)
        /// The operator stops the agent, and starts it again.
        case shutDownWorker(Int, downtime: Int64)
        /// The operator takes the worker out of service, perhaps at once, and puts it back later.
        case drain(Int, isNow: Bool, duration: Int64)
        /// The whole host stands still: a virtual machine that is moved.
        case freeze(Int, duration: Int64)
        /// Heartbeats without progress: the units get nowhere.
        case hang(Int, duration: Int64)

        /// A partition, perhaps of one direction only.
        case cut(Int, Direction, Cut, duration: Int64)
        case breakConnection(Int, isNoticed: Bool)
        /// The messages of one end are lost, doubled and late at random.
        case weather(End, Weather, duration: Int64)
        /// The worker claims results of leases that it doesn't hold.
        case lie(Int)
        /// What happens to one message, by its number on its link, whenever it is sent.
        case message(Link, number: Int, MessageFault)
    }

    /// How far the coordinator's shell gets with a commit before it is killed.
    public enum WritePoint: Hashable, Sendable {
        case beforeDurable
        /// All is on disk, and nothing was said.
        case afterDurable
        /// All is on disk, and this many messages were sent.
        case afterMessages(Int)
    }

    public enum Direction: String, Hashable, Sendable, CaseIterable {
        /// From the worker to the coordinator.
        case up
        case down, both

        func covers(isUp: Bool) -> Bool { self == .both || (self == .up) == isUp }
    }

    public enum Cut: String, Hashable, Sendable, CaseIterable {
        /// Messages wait, and arrive when the cut is over: TCP sends again.
        case holds
        case drops
        /// Only heartbeats, joins and their answers are lost.
        case dropsHeartbeats = "drops-heartbeats"
    }

    /// Percentages of messages.
    public struct Weather: Hashable, Sendable {
        public var loss: Int
        public var doubling: Int
        public var lateness: Int
        /// How late messages and second copies are at most, in milliseconds.
        public var lateBy: Int64

        public init(loss: Int, doubling: Int, lateness: Int, lateBy: Int64) {
            self.loss = loss
            self.doubling = doubling
            self.lateness = lateness
            self.lateBy = lateBy
        }
    }

    public enum MessageFault: Hashable, Sendable {
        case lose
        /// A second copy arrives so many milliseconds later.
        case double(Int64)
        /// It arrives so much later, and what was sent after it before it.
        case late(Int64)
    }

    /// Who speaks with the coordinator.
    public enum End: Hashable, Sendable {
        case worker(Int)
        /// The tenant who made this submission; each has a connection of its own.
        case tenant(submission: Int)
        /// All tenants; only for weather.
        case tenants
    }

    public struct Link: Hashable, Sendable {
        public var end: End
        public var isUp: Bool

        public init(_ end: End, isUp: Bool) {
            self.end = end
            self.isUp = isUp
        }
    }
}
