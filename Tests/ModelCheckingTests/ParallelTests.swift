import Dispatch
import Synchronization
import Testing

@testable import ModelChecking

@Suite("Work shared out to threads")
struct ParallelTests {
    /// Which worker had which part, by part; -1 for none.
    private func workers(_ count: Int, threads: Int) -> [Int] {
        let taken = UnsafeMutablePointer<Int>.allocate(capacity: count)
        taken.initialize(repeating: -1, count: count)
        defer { taken.deallocate() }
        nonisolated(unsafe) let places = taken
        Parallel.forEach(count, threads: threads) { part, worker in
            // Twice the same part would show.
            places[part] = places[part] == -1 ? worker : -2
        }
        return (0..<count).map { taken[$0] }
    }

    @Test("Every part is done once, by one of the threads, whether the helpers wait or sleep", arguments: [1, 2, 3, 8])
    func everyPart(threads: Int) {
        var sum: UInt64 = 0
        for round in 0..<2000 {
            let count = 1 + round % 300
            let workers = workers(count, threads: threads)
            #expect(workers.allSatisfy { (0..<threads).contains($0) })
            // Something to do between two rounds, of any length: at some the helpers have just gone to sleep.
            for step in 0..<UInt64(round * 16 % 40_000) { sum = sum &* 31 &+ step }
        }
        #expect(sum != 1)
    }

    @Test("What the threads wrote is there when the call ends")
    func visibility() {
        let cells = UnsafeMutablePointer<Int>.allocate(capacity: 256)
        cells.initialize(repeating: 0, count: 256)
        defer { cells.deallocate() }
        nonisolated(unsafe) let places = cells
        for round in 1...5000 {
            Parallel.forEach(256, threads: 4) { part, _ in places[part] += part ^ round }
        }
        for part in 0..<256 { #expect(cells[part] == (1...5000).reduce(0) { $0 + (part ^ $1) }) }
    }

    @Test("A thread's parts ascend")
    func ascending() {
        let last = Mutex([Int](repeating: -1, count: 4))
        let isAscending = Atomic(true)
        for _ in 0..<200 {
            last.withLock { $0 = [Int](repeating: -1, count: 4) }
            Parallel.forEach(64, threads: 4) { part, worker in
                last.withLock { last in
                    if last[worker] >= part { isAscending.store(false, ordering: .relaxed) }
                    last[worker] = part
                }
            }
        }
        let wasAscending = isAscending.load(ordering: .relaxed)
        #expect(wasAscending)
    }

    @Test("Several callers at one time, and a call from within a part: all is done")
    func atOnce() {
        let done = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 6) { _ in
            for _ in 0..<300 {
                Parallel.forEach(10, threads: 2) { _, _ in
                    Parallel.forEach(3, threads: 2) { _, _ in done.add(1, ordering: .relaxed) }
                }
            }
        }
        let count = done.load(ordering: .relaxed)
        #expect(count == 6 * 300 * 10 * 3)
    }
}
