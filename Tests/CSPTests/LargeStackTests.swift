import Testing

@testable import CSP

@Suite struct LargeStackTests {
    private func depth(_ count: Int) -> Int { count == 0 ? 0 : 1 + depth(count - 1) }

    @Test func runsDeepRecursion() {
        #expect(LargeStack.run(bytes: 512 << 20) { depth(500_000) } == 500_000)
    }

    @Test func throwsWhatTheWorkThrows() {
        struct Fault: Error, Equatable {}
        #expect(throws: Fault()) { try LargeStack.run(bytes: 1 << 20) { () throws(Fault) -> Int in throw Fault() } }
    }

    /// The bound is reached before the stack ends.
    @Test func theBoundStopsEndlessRecursion() {
        func descend(_ bound: StackBound, _ count: Int) -> Int {
            bound.isReached ? count : descend(bound, count + 1) + 0
        }
        let (small, large) = (
            LargeStack.run(bytes: 4 << 20) { descend(.current, 0) },
            LargeStack.run(bytes: 64 << 20) { descend(.current, 0) }
        )
        #expect(small > 100)
        #expect(large > small * 4)
    }
}
