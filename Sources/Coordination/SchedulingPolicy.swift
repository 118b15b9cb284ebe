/// Who starts next, and where. A policy is pure: it sees what waits and what is free, and decides one step.
public protocol SchedulingPolicy: Sendable {
    /// The name that a configuration chooses it by.
    static var name: String { get }
}
