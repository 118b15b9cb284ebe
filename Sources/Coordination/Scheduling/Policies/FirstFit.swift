/// Whoever fits starts, in submission order; nothing is kept for anybody. For the starvation lab: a gang fits only when enough
/// slots are free together, and as long as smaller jobs come in, that never comes about (volcano#947).
public struct FirstFit: SchedulingPolicy {
    public static let name = "first-fit"

    public init() {}

    public func next(_ view: SchedulingView) -> Decision {
        for demand in view.waiting {
            if let grant = view.place(demand) { return Decision(grant: grant) }
        }
        return Decision()
    }
}
