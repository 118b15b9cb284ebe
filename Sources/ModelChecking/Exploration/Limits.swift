/// When to stop without a verdict.
public struct Limits: Sendable {
    /// States of one exploration.
    public var maximumStates: Int?
    /// Bytes of one exploration's tables and states.
    public var maximumBytes: Int?
    public var deadline: ContinuousClock.Instant?
    /// Asked now and then; true stops the work, as Ctrl-C does.
    public var isCancelled: (@Sendable () -> Bool)?

    public init(
        maximumStates: Int? = nil, maximumBytes: Int? = nil, deadline: ContinuousClock.Instant? = nil,
        isCancelled: (@Sendable () -> Bool)? = nil
    ) {
        self.maximumStates = maximumStates
        self.maximumBytes = maximumBytes
        self.deadline = deadline
        self.isCancelled = isCancelled
    }

    /// More than this many states no table can number.
    static let absoluteMaximumStates = Int(UInt32.max) - 2

    /// - Throws: `LimitReached` when one of the limits is exceeded.
    public func check(states: Int, bytes: Int) throws(LimitReached) {
        if states > min(maximumStates ?? .max, Limits.absoluteMaximumStates) {
            throw .states(maximumStates ?? Limits.absoluteMaximumStates)
        }
        if let maximumBytes, bytes > maximumBytes { throw .memory(maximumBytes) }
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
        case .memory(let limit): "stopped at the limit of \(limit / 1_048_576) MiB"
        case .time: "stopped at the time limit"
        case .cancelled: "cancelled"
        }
    }
}
