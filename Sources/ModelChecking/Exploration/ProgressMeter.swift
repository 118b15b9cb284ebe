import Synchronization

/// How far a check has come, for whoever looks from another thread.
public final class ProgressMeter: Sendable {
    public struct Reading: Sendable, Equatable {
        /// States found so far by what is under way.
        public var states: Int
        /// States that were found and not yet looked at; 0 where the work has no such thing.
        public var frontier: Int
        /// What states and tables take.
        public var bytes: Int
    }

    private let states = Atomic(0)
    private let frontier = Atomic(0)
    private let bytes = Atomic(0)

    public init() {}

    public var reading: Reading {
        Reading(
            states: states.load(ordering: .relaxed), frontier: frontier.load(ordering: .relaxed),
            bytes: bytes.load(ordering: .relaxed))
    }

    /// Back to nothing, for the next piece of work.
    public func reset() { record(states: 0, frontier: 0, bytes: 0) }

    func record(states: Int, frontier: Int, bytes: Int) {
        self.states.store(states, ordering: .relaxed)
        self.frontier.store(frontier, ordering: .relaxed)
        self.bytes.store(bytes, ordering: .relaxed)
    }
}
