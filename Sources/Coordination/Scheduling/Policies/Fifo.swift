/// Submission order, without overtaking: what waits at the head holds back everything behind it until it fits. An
/// array's tasks fill slots one by one; a gang gets all of its slots at once.
public struct Fifo: SchedulingPolicy {
    public static let name = "fifo"

    public init() {}

    public func next(_ view: SchedulingView) -> Decision {
        guard let head = view.waiting.first else { return Decision() }
        return Decision(grant: view.place(head) ?? view.placeAhead(head))
    }
}
