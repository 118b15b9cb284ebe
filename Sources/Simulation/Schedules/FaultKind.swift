/// What can go wrong, by the names that `--faults` takes.
public enum FaultKind: String, Hashable, Sendable, CaseIterable {
    /// The coordinator is killed at any moment.
    case coordinator
    /// The coordinator is killed before, in or after a write.
    case writes
    case disk
    /// The operator changes the terms of leases over a restart.
    case terms
    /// Agents are killed.
    case workers
    /// Agents are stopped in good order.
    case stops
    /// Workers are taken out of service for a while.
    case drains
    case freezes
    case hangs
    case partitions
    case connections
    /// Loss, doubling, delay, reordering.
    case messages
    case lies
    /// Tenants: a flood of small jobs; jobs that sit on every slot; gangs that can't fit; cancelled jobs.
    case floods, squatters, misfits, cancels

    /// Reads `all`, `none`, or names with commas between them.
    public static func named(_ text: String) -> Set<FaultKind>? { named(text, of: allCases) }
}
