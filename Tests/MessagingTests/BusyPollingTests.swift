import Glibc
import Synchronization
import Testing

@testable import Messaging

struct BusyPollingTests {
    let start = ContinuousClock.now
    func at(_ microseconds: Int64) -> ContinuousClock.Instant { start.advanced(by: .microseconds(microseconds)) }

    @Test func itLooksForAsLongAsWasSaid() {
        var polling = BusyPolling(longest: .microseconds(100))
        #expect(polling.end(at: at(0)) == nil, "nobody expects anything")
        polling.expectAnswer(at: at(10))
        #expect(polling.end(at: at(10)) == at(110))
        #expect(polling.end(at: at(110)) == nil)
        // Something else came; the answer may still come.
        polling.came(at: at(50))
        #expect(polling.end(at: at(60)) == at(110))
    }

    @Test func whereNothingComesInTimeItSleeps() {
        var polling = BusyPolling(longest: .microseconds(100))
        polling.expectAnswer(at: at(0))
        polling.came(at: at(5000))
        polling.expectAnswer(at: at(5000))
        #expect(polling.end(at: at(5001)) == nil, "the last time was for nothing")
        // It would have been worth it.
        polling.came(at: at(5050))
        polling.expectAnswer(at: at(5060))
        #expect(polling.end(at: at(5061)) == at(5160))
        // Nothing has come at all, and it is expected again.
        polling.expectAnswer(at: at(9000))
        #expect(polling.end(at: at(9001)) == nil)
        // What came in time stays a success, whatever happens before the next time.
        polling.came(at: at(9010))
        polling.came(at: at(20_000))
        polling.expectAnswer(at: at(30_000))
        #expect(polling.end(at: at(30_001)) == at(30_100))
    }

    @Test func withoutATimeItNeverLooks() {
        var polling = BusyPolling(longest: .zero)
        polling.expectAnswer(at: at(0))
        polling.came(at: at(0))
        #expect(polling.end(at: at(0)) == nil)
    }

    /// A thread that looks serves whatever comes: a descriptor, what others ask of it, and a timer.
    @Test(.timeLimit(.minutes(5))) func whoLooksServesAll() async throws {
        let reactor = try Reactor(busyPolling: .seconds(3600))
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        defer { for end in [reading, writing] { close(end) } }
        let seen = Mutex<[String]>([])
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        reactor.perform {
            reactor.expectAnswer()
            let watch = reactor.watch(reading) {
                var byte: UInt8 = 0
                _ = read(reading, &byte, 1)
                seen.withLock { $0.append("descriptor") }
                continuation.yield()
            }
            _ = watch
        }
        _ = write(writing, "x", 1)
        var turns = stream.makeAsyncIterator()
        await turns.next()
        reactor.perform {
            seen.withLock { $0.append("asked") }
            let timer = reactor.makeTimer {
                seen.withLock { $0.append("timer") }
                continuation.yield()
            }
            timer.arm(after: .milliseconds(20))
            reactor.expectAnswer()
        }
        await turns.next()
        #expect(seen.withLock { $0 } == ["descriptor", "asked", "timer"])
        await reactor.shutdown()
    }
}
