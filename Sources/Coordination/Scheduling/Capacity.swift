/// The free slots of the workers that may get leases now.
public struct Capacity: Hashable, Sendable {
    public struct Worker: Hashable, Sendable {
        public let name: WorkerName
        public var free: UInt32

        public init(name: WorkerName, free: UInt32) {
            self.name = name
            self.free = free
        }
    }

    /// By name.
    public private(set) var workers: [Worker]

    public init(_ workers: [Worker]) { self.workers = workers.sorted { $0.name < $1.name } }

    /// Units of this size that could be placed now.
    public func units(of slots: UInt32) -> UInt32 {
        UInt32(clamping: workers.reduce(UInt64(0)) { $0 + UInt64($1.free / slots) })
    }

    /// A worker for each of `units` units of `slots` slots, or nil if they don't all fit. Packs them on the fewest
    /// workers: as long as no worker can take all of the rest, the one that takes most; at the end the one where the rest
    /// fits most tightly. The name decides between equals.
    public func place(units: UInt32, slots: UInt32) -> [WorkerName]? {
        if units > 1, self.units(of: slots) < units { return nil }
        var left = workers
        var rest = units
        var placed: [WorkerName] = []
        while rest > 0 {
            guard let chosen = Self.choice(in: left, rest: rest, slots: slots) else { return nil }
            let taken = min(rest, left[chosen].free / slots)
            placed.append(contentsOf: repeatElement(left[chosen].name, count: Int(taken)))
            left[chosen].free = 0
            rest -= taken
        }
        return placed
    }

    private static func choice(in workers: [Worker], rest: UInt32, slots: UInt32) -> Int? {
        var best: (index: Int, units: UInt32, free: UInt32)?
        for (index, worker) in workers.enumerated() {
            let units = min(worker.free / slots, rest)
            guard units > 0 else { continue }
            if let best, units < best.units || (units == best.units && worker.free >= best.free) { continue }
            best = (index, units, worker.free)
        }
        return best?.index
    }

    mutating func take(_ slots: UInt32, from name: WorkerName) {
        guard let index = workers.firstIndex(where: { $0.name == name }) else { return }
        precondition(workers[index].free >= slots, "\(name) has fewer free slots than were granted")
        workers[index].free -= slots
    }
}
