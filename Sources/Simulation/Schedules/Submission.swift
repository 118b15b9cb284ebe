import Coordination

/// Jobs that a tenant submits one after the other, all alike.
public struct Submission: Hashable, Sendable {
    /// Tells it from the others of its schedule; from 1.
    public var number: Int
    public var tenant: String
    /// Ranks of a gang, or tasks of an array.
    public var isGang: Bool
    public var units: UInt32
    public var slots: UInt32
    public var retries: UInt32
    public var crashLimit: UInt32
    /// How long a unit runs on a worker of full speed, in milliseconds.
    public var duration: Int64
    /// How many percent of a unit's attempts fail, and how many would never end by themselves (it has a time limit then).
    public var failing: Int
    public var hanging = 0
    /// How many jobs, and the milliseconds between two of them.
    public var count: Int
    public var interval: Int64
    /// With how many ranks an elastic gang starts.
    public var minimumRanks: UInt32?
    public var concurrency: UInt32?
    /// Milliseconds.
    public var timeLimit: Int64?
    public var retryDelay: Int64 = Self.usualRetryDelay
    public var priority: Int32 = 0
    /// Submissions whose first jobs it comes after.
    public var after: [Int] = []
    /// Devices that each unit holds.
    public var gpus: UInt32 = 0
    /// Where its units must run, and where they would rather.
    public var site: String?
    public var preferredSite: String?

    static let usualRetryDelay: Int64 = 1000

    public init(
        number: Int, tenant: String, isGang: Bool, units: UInt32, slots: UInt32 = 1, retries: UInt32 = 0,
        crashLimit: UInt32 = 5, duration: Int64, failing: Int = 0, count: Int = 1, interval: Int64 = 0
    ) {
        self.number = number
        self.tenant = tenant
        self.isGang = isGang
        self.units = units
        self.slots = slots
        self.retries = retries
        self.crashLimit = crashLimit
        self.duration = duration
        self.failing = failing
        self.count = count
        self.interval = interval
    }

    /// - Parameter after: the jobs that it comes after.
    func specification(after: [JobID]) -> JobSpecification {
        var requirements = Requirements()
        if gpus > 0 { requirements.devices = ["gpu": gpus] }
        if let site { requirements.labels = ["site": site] }
        if let preferredSite { requirements.preferredLabels = ["site": preferredSite] }
        return JobSpecification(
            name: "s\(number)", tenant: tenant, shape: isGang ? .gang(ranks: units) : .array(tasks: units),
            program: .command(["work"]), slots: slots, retries: retries, crashLimit: crashLimit,
            timeLimitMilliseconds: timeLimit, retryDelayMilliseconds: UInt32(clamping: retryDelay),
            concurrency: concurrency, minimumRanks: minimumRanks, priority: priority, after: after,
            requirements: requirements)
    }
}

extension Submission {
    /// As `key=value` words of a schedule; what is as usual is left out.
    var fields: [(String, String)] {
        var fields = [
            ("number", String(number)), ("tenant", tenant), (isGang ? "gang" : "array", String(units)),
            ("slots", String(slots)), ("runs", Schedule.seconds(duration)), ("retries", String(retries)),
            ("crash-limit", String(crashLimit)), ("failing", String(failing)),
        ]
        if hanging > 0 { fields.append(("hanging", String(hanging))) }
        if let minimumRanks { fields.append(("min", String(minimumRanks))) }
        if let concurrency { fields.append(("concurrency", String(concurrency))) }
        if let timeLimit { fields.append(("time-limit", Schedule.seconds(timeLimit))) }
        if retryDelay != Self.usualRetryDelay { fields.append(("retry-delay", Schedule.seconds(retryDelay))) }
        if priority != 0 { fields.append(("priority", String(priority))) }
        if !after.isEmpty { fields.append(("after", after.map(String.init).joined(separator: ","))) }
        if gpus > 0 { fields.append(("gpus", String(gpus))) }
        if let site { fields.append(("site", site)) }
        if let preferredSite { fields.append(("prefers", preferredSite)) }
        if count > 1 { fields += [("count", String(count)), ("every", Schedule.seconds(interval))] }
        return fields
    }
}
