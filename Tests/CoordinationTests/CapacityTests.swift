import Testing

@testable import Coordination

struct CapacityTests {
    static func capacity(_ free: [UInt32]) -> Capacity {
        Capacity(
            free.enumerated().map {
                Capacity.Worker(name: WorkerName("w\($0.offset)")!, free: Resources(slots: UInt64($0.element)))
            })
    }

    static func gang(_ units: UInt32, slots: UInt32 = 1) -> Demand {
        Demand(
            JobRecord(
                id: JobID(1), specification: .gang(units, slots: slots), submitted: Timestamp(milliseconds: 0), key: "k"
            ))
    }

    /// The fewest workers that hold the units, by trying all sets of workers.
    static func fewest(_ free: [UInt32], units: UInt32, slots: UInt32) -> Int? {
        (0..<(1 << free.count)).filter { set in
            free.indices.reduce(0) { $0 + (set >> $1 & 1 == 1 ? free[$1] / slots : 0) } >= units
        }.map(\.nonzeroBitCount).min()
    }

    @Test func packsOnTheFewestWorkers() {
        var random = SplitMix64(seed: 2)
        for _ in 0..<3000 {
            let free = (0..<Int.random(in: 0...6, using: &random)).map { _ in UInt32.random(in: 0...5, using: &random) }
            let units = UInt32.random(in: 1...8, using: &random)
            let slots = UInt32.random(in: 1...3, using: &random)
            let placed = Self.capacity(free).place(Self.gang(units, slots: slots))
            #expect(placed.map { Set($0).count } == Self.fewest(free, units: units, slots: slots))
            guard let placed else { continue }
            #expect(placed.count == units)
            for (index, free) in free.enumerated() {
                let used = placed.count { $0 == WorkerName("w\(index)")! }
                #expect(UInt32(used) * slots <= free)
            }
        }
    }

    @Test(
        arguments: [
            ([2, 2, 2], 1, ["w0"]),
            ([2, 1, 2], 1, ["w1"]),
            ([1, 3, 2], 2, ["w2", "w2"]),
            ([1, 2, 4, 3], 6, ["w2", "w2", "w2", "w2", "w1", "w1"]),
            ([4, 4], 6, ["w0", "w0", "w0", "w0", "w1", "w1"]),
        ] as [([UInt32], UInt32, [String])])
    func placesTightlyAndByName(free: [UInt32], units: UInt32, expected: [String]) {
        #expect(Self.capacity(free).place(Self.gang(units))?.map(\.description) == expected)
    }

    /// A task that waits on a worker for more slots than are free there waits for those, too.
    @Test func whatGoesAheadTakesWhatIsFree() {
        let name = WorkerName("w1")!
        var capacity = Capacity([
            Capacity.Worker(name: name, free: Resources(slots: 2), credit: 3, slots: 4)
        ])
        capacity.take(Resources(slots: 3), from: name)
        #expect(capacity.workers[0].free.slots == 0)
        #expect(capacity.workers[0].credit == 2)
    }

    @Test func nothingWaitsOnAWorkerThatIsTooSmall() {
        var table = Table(Fair())
        var offer = WorkerOffer()
        offer.credit = 3
        table.join("w0", slots: 1, offer: offer)
        table.submit(.array(1, slots: 2))
        #expect(table.holding == [:])
        table.join("w1", slots: 2, offer: offer)
        table.submit(.array(2, slots: 2))
        #expect(table.core.workers(at: table.time).map(\.slotsUsed) == [0, 4])
    }
}
