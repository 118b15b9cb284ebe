import Coordination
import Foundation
import Testing

@testable import Agent

/// What a worker measures of itself.
struct MeasuringTests {
    @Test func aCoreHasASpeed() {
        #expect(CoreSpeed.percent(for: .milliseconds(20)) >= 1)
    }

    @Test func aLinkIsMeasured() async throws {
        let (ports, port) = AsyncStream<UInt16>.makeStream()
        Thread.detachNewThread {
            try? LinkProbe.serve("127.0.0.1", port: 0) { port.yield($0) }
            port.finish()
        }
        var listening = ports.makeAsyncIterator()
        let link = try LinkProbe.measure("127.0.0.1:\(try #require(await listening.next()))")
        #expect(link.bytesPerSecond > 1_000_000)
        #expect(link.latencyMicroseconds < 1_000_000)
    }

    @Test func whatCantBeMeasuredSaysWhy() {
        #expect(throws: LinkProbe.Failure(description: "'bonn' must read HOST:PORT")) { try LinkProbe.measure("bonn") }
        #expect(throws: LinkProbe.Failure.self) { try LinkProbe.measure("127.0.0.1:1") }
    }
}
