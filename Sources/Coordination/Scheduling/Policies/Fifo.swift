/// Submission order, without overtaking: what waits at the head holds back everything behind it until it fits. An
/// array's tasks fill slots one by one; a gang gets all of its slots at once.
public struct Fifo: SchedulingPolicy {
    public static let name = "fifo"

    public init() {}

    public func next(_ waiting: WaitingJobs, _ capacity: Capacity) -> Grant? {
        guard let head = waiting.first else { return nil }
        return capacity.place(units: head.isGang ? head.units : 1, slots: head.slots).map {
            Grant(job: head.job, workers: $0)
        }
    }
}
