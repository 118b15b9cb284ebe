/// What can go wrong, by the names that `--faults` takes.
public enum FaultKind: String, Hashable, Sendable, CaseIterable {
    /// The coordinator is killed at any moment.
    case coordinator
    /// The coordinator is killed before, in or after a write.
    case writes
    case disk
    /// Agents are killed.
    case workers
    /// Agents are stopped in good order.
    case stops
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
    public static func named(_ text: String) -> Set<FaultKind>? {
        switch text {
        case "all": return Set(allCases)
        case "none": return []
        default:
            let kinds = text.split(separator: ",").map { FaultKind(rawValue: String($0)) }
            return kinds.isEmpty || kinds.contains(nil) ? nil : Set(kinds.compactMap(\.self))
        }
    }
}
