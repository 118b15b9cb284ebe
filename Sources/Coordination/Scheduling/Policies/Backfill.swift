/// EASY backfilling: submission order, where the head that doesn't fit has a reservation, and jobs behind it may start
/// meanwhile if they leave that alone (Lifka, "The ANL/IBM SP scheduling system", JSSPP 1995). No ageing, no shares: a
/// tenant that submits much before the others makes them wait for all of it.
public struct Backfill: SchedulingPolicy {
    public static let name = "backfill"

    public init() {}

    public func next(_ view: SchedulingView) -> Decision {
        view.capacity.isExhausted ? Decision() : view.firstThatFits(view.waiting)
    }

    public func reservation(_ view: SchedulingView) -> Reservation? {
        guard let first = view.waiting.first(where: { view.capacity.place($0) == nil }) else { return nil }
        return view.reservation(for: first)
    }
}
