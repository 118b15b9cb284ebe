/// What is to be looked at when its time comes: a binary heap, earliest first. What it says may be out of date when it is
/// due, so whoever takes it looks again. A restart forgets it, and works it out anew from the state.
struct Agenda: Sendable {
    enum Matter: Hashable, Sendable {
        /// A task's, or (nil) a gang's, next attempt.
        case retry(JobID, index: UInt32?)
        /// The time limit of what holds this lease: a task, or the gang of a rank.
        case expiry(Lease)
        /// A job has waited for so long that others may be preempted for it.
        case preemption
    }

    struct Item: Hashable, Sendable {
        let time: Timestamp
        let matter: Matter
    }

    private var heap: [Item] = []
    /// More than this are worth a look for matters that have settled themselves.
    private var bound = 1024

    var items: [Item] { heap }
    var next: Timestamp? { heap.first?.time }
    var count: Int { heap.count }

    /// Forgets matters that have settled themselves, once there are many: most units end long before their time limit.
    mutating func tidy(_ isOpen: (Matter) -> Bool) {
        guard heap.count > bound else { return }
        let open = heap.filter { isOpen($0.matter) }
        heap = []
        for item in open { add(item.matter, at: item.time) }
        bound = max(1024, 2 * heap.count)
    }

    mutating func add(_ matter: Matter, at time: Timestamp) {
        heap.append(Item(time: time, matter: matter))
        var child = heap.count - 1
        while child > 0, heap[child].time < heap[(child - 1) / 2].time {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the earliest matter, if it is due.
    mutating func take(dueAt now: Timestamp) -> Matter? {
        guard let first = heap.first, first.time <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            let left = 2 * parent + 1
            let right = left + 1
            var least = parent
            if left < heap.count, heap[left].time < heap[least].time { least = left }
            if right < heap.count, heap[right].time < heap[least].time { least = right }
            if least == parent { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return first.matter
    }
}
