public import Coordination

/// One run of a schedule, and what came of it.
public struct Simulation: Sendable {
    public let schedule: Schedule
    /// The first promise that was broken; nil if all held.
    public let violation: Violation?
    /// Milliseconds of true time from the beginning to the end.
    public let duration: Int64
    /// How many things happened.
    public let steps: Int
    public let statistics: Statistics
    /// The protocol's events in order, as the coordinator's disk holds them.
    public let journal: [JournalEntry]
    let policy: any SchedulingPolicy
    /// What the weather did to single messages, as incidents of their own.
    let messageFaults: [Incident]

    /// Runs a schedule with the real coordinator and the real workers.
    /// - Returns: nil if there is no such policy.
    public init?(_ schedule: Schedule) {
        guard let policy = Policies.named(schedule.cluster.policy) else { return nil }
        self.init(schedule, policy: policy)
    }

    /// Runs a schedule with a policy of the caller's own, whatever the schedule says.
    public init(_ schedule: Schedule, policy: any SchedulingPolicy) {
        let world = World(schedule, policy: policy)
        world.run()
        self.schedule = schedule
        self.policy = policy
        violation = world.violation
        duration = world.now / 1000
        steps = world.steps
        statistics = world.statistics
        journal = world.coordinator.journal
        messageFaults = world.network.suffered.map { suffered in
            Incident(at: suffered.time, .message(suffered.key.link, number: suffered.key.number, suffered.fault))
        }
    }
}
