/// The largest priority first, and within one priority submission order. What waits in front holds back everything
/// behind it. It starves: as long as jobs of a higher priority come in, one of a lower never starts.
public struct StrictPriority: SchedulingPolicy {
    public static let name = "strict-priority"

    public init() {}

    public func next(_ view: SchedulingView) -> Decision {
        for level in view.state.levels.keys.sorted(by: >) {
            guard let head = view.waiting(at: level).first else { continue }
            return Decision(grant: view.place(head) ?? view.placeAhead(head))
        }
        return Decision()
    }
}
