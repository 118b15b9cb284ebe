import Coordination
import Testing

@testable import Daemon

/// Who is refused is told at once; who goes on all the same is told a little later, a few at a time.
@Suite struct RefusalsTests {
    private let start = ContinuousClock.now
    private let one = ConnectionID(1)
    private let other = ConnectionID(2)

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start.advanced(by: .milliseconds(milliseconds)) }

    @Test func aHundredASecondLeaveAtOnce() {
        var refusals = Refusals()
        // Ten a second for a minute, and a hundred at once.
        let slowly = (0..<600).filter { refusals.keeps([1], for: one, now: at($0 * 100)) }
        #expect(slowly.isEmpty)
        let atOnce = (0..<100).filter { _ in refusals.keeps([1], for: one, now: at(61_000)) }
        #expect(atOnce.isEmpty)
        #expect(refusals.next == nil)
    }

    @Test func theRestLeaveAFewAtATimeInTheirOrder() {
        var refusals = Refusals()
        var sent = (0..<150).filter { !refusals.keeps([UInt8($0)], for: one, now: at(0)) }
        #expect(sent == Array(0..<100))
        let isOthersKept = refusals.keeps([7], for: other, now: at(1))
        #expect(!isOthersKept)
        #expect(refusals.next == start.advanced(by: .microseconds(1250)))
        let early = refusals.take(now: at(1))
        #expect(early.isEmpty)
        // A token is there again, and yet what was held before leaves before.
        let isKept = refusals.keeps([150], for: one, now: at(21))
        #expect(isKept)
        var now = at(21)
        var counts: [Int] = []
        while refusals.next != nil, counts.count < 100 {
            let frames = refusals.take(now: now)
            #expect(frames.allSatisfy { $0.connection == one })
            sent += frames.map { Int($0.bytes[0]) }
            counts.append(frames.count)
            now = refusals.next ?? now
        }
        #expect(counts == [16, 16, 16, 3])
        #expect(now == at(21).advanced(by: .microseconds(3 * 1250)))
        #expect(sent == Array(0...150))
        #expect(refusals.next == nil)
        let late = refusals.take(now: at(1000))
        #expect(late.isEmpty)
        let isKeptLater = refusals.keeps([1], for: one, now: at(1000))
        #expect(!isKeptLater)
    }

    @Test func whoGoesIsForgotten() {
        var refusals = Refusals()
        for _ in 0..<200 { _ = refusals.keeps([1], for: one, now: at(0)) }
        refusals.lost(one)
        let frames = refusals.take(now: at(20))
        #expect(frames.isEmpty)
        #expect(refusals.next == nil)
    }

    @Test func whatIsHeldIsBounded() {
        var refusals = Refusals()
        var (held, most) = (0, 0)
        for _ in 0..<100_000 {
            held += refusals.keeps([1], for: one, now: at(0)) ? 1 : 0
            most = max(most, held)
            held -= refusals.take(now: at(0)).count
        }
        #expect(most == 4096)
    }
}
