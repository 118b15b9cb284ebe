/// What a check may take: when to stop without a verdict, and how many threads to use.
public struct Limits: Sendable {
    /// States of one exploration.
    public var maximumStates: Int?
    /// Bytes of one exploration's tables and states, and of all that the process came to use since these limits were made.
    public var maximumBytes: Int?
    public var deadline: ContinuousClock.Instant?
    /// Asked now and then; true stops the work, as Ctrl-C does.
    public var isCancelled: (@Sendable () -> Bool)?
    /// Told how far the work has come.
    public var meter: ProgressMeter?
    /// How many threads an exploration may use; nil for as many as there are processors. It makes no difference to what is found.
    public var threads: Int?
    private let residentAtStart: Int

    public init(
        maximumStates: Int? = nil, maximumBytes: Int? = nil, deadline: ContinuousClock.Instant? = nil,
        isCancelled: (@Sendable () -> Bool)? = nil, meter: ProgressMeter? = nil, threads: Int? = nil
    ) {
        self.threads = threads
        self.meter = meter
        residentAtStart = maximumBytes == nil ? 0 : ResidentMemory.bytes()
        self.maximumStates = maximumStates
        self.maximumBytes = maximumBytes
        self.deadline = deadline
        self.isCancelled = isCancelled
    }

    /// More than this many states no table can number.
    static let absoluteMaximumStates = Int(Int32.max) - 2

    /// - Parameters:
    ///   - states: how many the work under way has found.
    ///   - bytes: what it takes for them.
    ///   - frontier: how many of the states it has not looked at yet.
    /// - Throws: `LimitReached` when one of the limits is exceeded.
    public func check(states: Int, bytes: Int, frontier: Int = 0) throws(LimitReached) {
        meter?.record(states: states, frontier: frontier, bytes: bytes)
        if states > min(maximumStates ?? .max, Limits.absoluteMaximumStates) {
            throw .states(maximumStates ?? Limits.absoluteMaximumStates)
        }
        try checkResources(bytes: bytes)
    }

    /// For work that has no states: what memory, time and the user say.
    /// - Throws: `LimitReached`.
    public func checkResources(bytes: Int = 0) throws(LimitReached) {
        if let maximumBytes, bytes > maximumBytes || ResidentMemory.bytes() - residentAtStart > maximumBytes {
            throw .memory(maximumBytes)
        }
        if let deadline, ContinuousClock.now > deadline { throw .time }
        if let isCancelled, isCancelled() { throw .cancelled }
    }
}

/// The limit that ended a check: nothing is known then.
public enum LimitReached: Error, Hashable, Sendable, CustomStringConvertible {
    case states(Int)
    case memory(Int)
    case time
    case cancelled

    public var description: String {
        switch self {
        case .states(let limit): "stopped at the limit of \(limit) states"
        case .memory(let limit): "stopped at the limit of \(limit / 1_048_576) MiB of memory"
        case .time: "stopped at the time limit"
        case .cancelled: "interrupted"
        }
    }
}
