/// What happens next in the world: a binary heap by time, and in the order of planning among those at the same time.
struct EventQueue {
    enum Event {
        case incident(Int)
        case submit(incident: Int, copy: Int)
        case arrival(slot: Int)
        case coordinatorWake(life: Int, number: Int)
        case commit(life: Int)
        case coordinatorStart
        case connectionLost(life: Int, connection: UInt64)
        case worker(Int, OfWorker)
        case tenantAsks(client: Int, attempt: Int)
        case orderIsRepeated(order: Int, attempt: Int)
        case undrain(worker: Int)
        case audit
        case horizon
    }

    /// Those that wait while the worker's host stands still.
    enum OfWorker {
        case wake(number: Int)
        case disconnected(connection: UInt64, life: Int)
        case connect
        case start
        case arrival(slot: Int)
        case unitEnds(token: Int)
        case checkpoint(token: Int, step: UInt64)
        case thaw
        case give(token: Int)
    }

    private struct Entry {
        let time: Int64
        let number: UInt64
        let event: Event

        func isBefore(_ other: Entry) -> Bool { (time, number) < (other.time, other.number) }
    }

    private var heap: [Entry] = []
    private var planned: UInt64 = 0

    mutating func add(_ event: Event, at time: Int64) {
        planned += 1
        heap.append(Entry(time: time, number: planned, event: event))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func next() -> (time: Int64, event: Event)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return (first.time, first.event) }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            let child = 2 * parent + 1
            if child < heap.count, heap[child].isBefore(heap[least]) { least = child }
            if child + 1 < heap.count, heap[child + 1].isBefore(heap[least]) { least = child + 1 }
            if least == parent { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return (first.time, first.event)
    }
}

/// A host's clock: it runs at its own rate, and never backwards.
struct HostClock {
    /// What it showed when the world began, in milliseconds.
    let base: Int64
    /// Parts per million that it is faster than true time.
    let drift: Int64

    /// It never runs backwards, however slow it is: a drift that is rounded to more than the time's own step would.
    func reading(at time: Int64) -> Int64 { base + (time + time * drift / 1_000_000) / 1000 }

    /// A true time, in microseconds, at which it shows at least this, and little more.
    func moment(of reading: Int64) -> Int64 {
        var time = max(0, reading - base) * 1000 * 1_000_000 / (1_000_000 + drift)
        while self.reading(at: time) < reading { time += 100 }
        return time
    }
}
