/// What the workers that may get leases now have free.
public struct Capacity: Hashable, Sendable {
    public struct Worker: Hashable, Sendable {
        public let name: WorkerName
        public var free: Resources
        public let offer: WorkerOffer
        /// Slots' worth of tasks that it would still take to wait there for a slot.
        public var credit: UInt32
        /// All of its slots.
        public let slots: UInt64

        /// - Parameter slots: nil for as many as are free.
        public init(
            name: WorkerName, free: Resources, offer: WorkerOffer = WorkerOffer(), credit: UInt32 = 0,
            slots: UInt64? = nil
        ) {
            self.name = name
            self.free = free
            self.slots = slots ?? free.slots
            self.offer = offer
            self.credit = credit
        }

        /// Whether the constraints allow it, whatever is free.
        func isAllowed(_ demand: Demand) -> Bool {
            demand.requirements.labels.allSatisfy { offer.labels[$0.key] == $0.value }
        }

        /// Units of the demand that could be placed here now.
        func units(of demand: Demand) -> UInt32 {
            guard free.slots > 0, isAllowed(demand) else { return 0 }
            return free.units(of: demand.needs)
        }
    }

    /// By name.
    public internal(set) var workers: [Worker]

    public init(_ workers: [Worker]) { self.workers = workers.sorted { $0.name < $1.name } }

    /// Whether nothing at all could be granted.
    var isExhausted: Bool { workers.allSatisfy { $0.free.slots == 0 && $0.credit == 0 } }

    /// Units of the demand that could be placed now.
    func units(of demand: Demand) -> UInt32 {
        UInt32(clamping: workers.reduce(UInt64(0)) { $0 + UInt64($1.units(of: demand)) })
    }

    mutating func take(_ needs: Resources, from name: WorkerName) {
        guard let index = workers.firstIndex(where: { $0.name == name }) else { return }
        if workers[index].free.contains(needs) {
            workers[index].free.subtract(needs)
        } else {
            // It waits there for the slots that are free, too, so nobody else gets those.
            let ahead = needs.slots - min(needs.slots, workers[index].free.slots)
            precondition(
                UInt64(workers[index].credit) >= ahead, "\(name) has less free, and less credit, than was granted")
            workers[index].credit -= UInt32(ahead)
            workers[index].free.slots = 0
        }
    }
}
