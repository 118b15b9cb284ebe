public import Coordination

/// What a cluster did in a period: the figures of `banquet report`. Hours are hours of one slot, or of one device.
public struct UsageReport: Codable, Sendable, Hashable {
    /// Hours that there were, and those in which something ran.
    public struct Use: Codable, Sendable, Hashable {
        public var available = 0.0
        public var used = 0.0

        /// From 0 to 1; 0 where there was nothing.
        public var share: Double { available > 0 ? used / available : 0 }
    }

    public struct Worker: Codable, Sendable, Hashable {
        public var name: WorkerName
        public var host: String
        public var slots: Use
        /// Of the available slot-hours: those in which an operator kept it out of service.
        public var drained: Double
        /// How often it joined, and how often it was lost.
        public var joins: Int
        public var crashes: Int
    }

    public struct Device: Codable, Sendable, Hashable {
        public var kind: String
        public var hours: Use
    }

    /// Seconds from submission to the first start, of the jobs that started in the period. A percentile is the smallest wait
    /// that so many percent of the waits don't exceed (nearest rank); all are 0 where nothing started.
    public struct Waits: Codable, Sendable, Hashable {
        public var count = 0
        public var p50 = 0.0
        public var p90 = 0.0
        public var p99 = 0.0
        public var max = 0.0

        init(milliseconds: [Int64]) {
            let sorted = milliseconds.sorted()
            count = sorted.count
            guard let last = sorted.last else { return }
            func rank(_ percent: Int) -> Double { Double(sorted[(sorted.count * percent + 99) / 100 - 1]) / 1000 }
            (p50, p90, p99, max) = (rank(50), rank(90), rank(99), Double(last) / 1000)
        }
    }

    /// Jobs by what became of them in the period.
    public struct Jobs: Codable, Sendable, Hashable {
        public var submitted = 0
        public var started = 0
        public var succeeded = 0
        public var failed = 0
        public var cancelled = 0
        /// Those that had neither started nor ended when the period did, and for how long the longest had waited: seconds.
        public var waiting = 0
        public var longestWaiting = 0.0
    }

    public struct Tenant: Codable, Sendable, Hashable {
        public var name: String
        public var jobs: Jobs
        public var waits: Waits
        public var slotHours: Double
        /// Of all slot-hours that were used.
        public var share: Double
    }

    public struct Failure: Codable, Sendable, Hashable {
        /// Such as `exit code 1`, `signal 9`, `worker lost`, `time limit`, `could not be started`.
        public var cause: String
        /// Attempts of tasks and ranks that ended so.
        public var count: Int
    }

    public struct Retries: Codable, Sendable, Hashable {
        public var failed = 0
        public var lost = 0
        public var preempted = 0
    }

    /// A job that failed, with how many of its tasks (or its one gang) are tried no more.
    public struct DeadLetter: Codable, Sendable, Hashable {
        public var job: JobID
        public var name: String
        public var tenant: String
        public var units: Int
        public var reason: String
    }

    /// A part of the period, all of the same length.
    public struct Slice: Codable, Sendable, Hashable {
        public var from: Timestamp
        /// Slots, on average.
        public var available: Double
        public var used: Double
    }

    public var from: Timestamp
    public var to: Timestamp
    /// What happened before this isn't known event by event; nil where all of the period is.
    public var knownFrom: Timestamp?
    public var entries: Int
    public var slots: Use
    public var workers: [Worker]
    public var devices: [Device]
    public var jobs: Jobs
    public var waits: Waits
    public var tenants: [Tenant]
    /// Most often first.
    public var failures: [Failure]
    public var retries: Retries
    public var preemptions: Int
    public var deadLetters: Int
    /// The last 100 of the jobs that they are of.
    public var deadLetterJobs: [DeadLetter]
    /// How often the coordinator started on a folder that was used before.
    public var restarts: Int
    /// Entries that a coordinator wrote whose preflight had not passed.
    public var unverified: Int
    /// Of all devices, as far as agents report power; nil: not known.
    public var energyKilowattHours: Double?
    public var slices: [Slice]
}
