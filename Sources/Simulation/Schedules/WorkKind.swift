/// What the work of a schedule is like besides gangs and arrays, by the names that `--work` takes.
public enum WorkKind: String, Hashable, Sendable, CaseIterable {
    /// Gangs with a least number of ranks.
    case elastic
    /// Arrays of which few tasks may run at one time.
    case concurrency
    /// Time limits, and units that would never end without one.
    case limits
    /// Other pauses before retries than the usual one.
    case pauses
    case priorities
    /// Jobs that come after others.
    case chains
    /// Workers at two sites, of different speeds, with devices; jobs that ask for some of that.
    case placement
    /// Workers that take tasks ahead of their slots.
    case credit
    /// Weights, quotas and rates of tenants.
    case tenants
    /// Others are stopped for a job that waits for long.
    case preemption

    /// Reads `all`, `none`, or names with commas between them.
    public static func named(_ text: String) -> Set<WorkKind>? { Self.named(text, of: allCases) }
}

extension CaseIterable where Self: RawRepresentable<String> & Hashable {
    /// Reads `all`, `none`, or names with commas between them.
    static func named(_ text: String, of cases: some Collection<Self>) -> Set<Self>? {
        switch text {
        case "all": return Set(cases)
        case "none": return []
        default:
            let found = text.split(separator: ",").map { Self(rawValue: String($0)) }
            return found.isEmpty || found.contains(nil) ? nil : Set(found.compactMap(\.self))
        }
    }
}
