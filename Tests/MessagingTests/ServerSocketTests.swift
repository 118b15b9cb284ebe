import Messaging
import Testing

@Suite(.timeLimit(.minutes(30))) struct ServerSocketTests {
    let witness: Witness
    let context: MessagingContext

    init() throws {
        witness = Witness(try Reactor())
        context = try MessagingContext()
    }

    private func dealer(_ endpoint: String, _ options: SocketOptions = SocketOptions()) throws -> BlockingSocket {
        let dealer = try BlockingSocket(.dealer, in: context, options: options)
        try dealer.connect(endpoint)
        return dealer
    }

    @Test func echoesToEachConnectionItsOwn() async throws {
        let endpoint = try await witness.listen(echoes: true)
        let dealers = try (0..<20).map { _ in try dealer(endpoint) }
        for round in 0..<5 {
            for (number, dealer) in dealers.enumerated() {
                try dealer.send([UInt8(round), UInt8(number)], deadline: soon())
            }
            for (number, dealer) in dealers.enumerated() {
                #expect(try dealer.receive(deadline: soon()) == [UInt8(round), UInt8(number)])
            }
        }
        let byConnection = Dictionary(grouping: await witness.events.messages, by: \.connection)
        #expect(byConnection.keys.sorted() == Array(1...20))
        for messages in byConnection.values {
            #expect(messages.map { $0.bytes[0] } == [0, 1, 2, 3, 4])
            #expect(Set(messages.map { $0.bytes[1] }).count == 1)
        }
        await witness.reactor.shutdown()
    }

    /// Connections that come, speak and go, so that descriptors are used again at once: every message arrives, then the
    /// connection is lost, once, and its number never comes back.
    @Test func everyConnectionIsLostOnceAfterItsMessages() async throws {
        let endpoint = try await witness.listen()
        let lives = 300
        for life in 0..<lives {
            let dealer = try dealer(endpoint)
            for part in 0..<3 {
                try dealer.send([UInt8(life & 0xff), UInt8(life >> 8), UInt8(part)], deadline: soon())
            }
            dealer.close()
        }
        await witness.wait { $0.lost.count >= lives }
        let events = await witness.events
        #expect(Set(events.lost).count == lives)
        #expect(events.lost.count == lives)
        var parts: [UInt64: [[UInt8]]] = [:]
        for event in events {
            switch event {
            case .message(let connection, let bytes): parts[connection, default: []].append(bytes)
            case .lost(let connection):
                let all = parts.removeValue(forKey: connection)
                let messages = try #require(all, "lost before its messages, or twice")
                #expect(messages.map { $0[2] } == [0, 1, 2])
                #expect(Set(messages.map { $0[..<2] }).count == 1)
            default: Issue.record("unexpected \(event)")
            }
        }
        #expect(parts.isEmpty)
        await witness.reactor.shutdown()
    }

    @Test func sendToALostConnectionIsGone() async throws {
        let endpoint = try await witness.listen(echoes: true)
        let dealer = try dealer(endpoint)
        try dealer.send([1], deadline: soon())
        _ = try dealer.receive(deadline: soon())
        #expect(await witness.send([2], to: 1) == .queued)
        #expect(await witness.send([2], to: 2) == .gone)
        dealer.close()
        await witness.wait { $0.contains(.lost(1)) }
        #expect(await witness.send([3], to: 1) == .gone)
        await witness.reactor.shutdown()
    }

    /// One that never reads holds nobody up, and costs a bounded amount of memory.
    @Test(arguments: [16, 100_000]) func slowReaderIsDroppedNotWaitedFor(_ size: Int) async throws {
        var options = SocketOptions()
        options.sendQueue = 100
        // One that reads nothing answers no pings either, and would be cut off for that on a slow machine.
        options.heartbeatMilliseconds = 0
        let endpoint = try await witness.listen(options: options)
        await witness.setLargestQueue(1_000_000)
        var small = options
        small.receiveQueue = 10
        let slow = try dealer(endpoint, small)
        try slow.send([0], deadline: soon())
        await witness.wait { !$0.isEmpty }
        // The kernel's buffers take some megabytes before anything waits here.
        let queued = await witness.sendUntilFull([UInt8](repeating: 7, count: size), to: 1, limit: 1 << 30)
        #expect(queued > 0)
        #expect(await witness.counters.dropped == 1)
        let unsent = await witness.unsentBytes(of: 1)
        #expect(unsent <= 1_000_000)
        // Others are served; and the slow one is too, once it reads.
        let other = try dealer(endpoint)
        try other.send([1], deadline: soon())
        await witness.wait { $0.messages.count == 2 }
        #expect(await witness.send([9], to: 2) == .queued)
        #expect(try other.receive(deadline: soon()) == [9])
        for _ in 0..<queued { #expect(try slow.receive(deadline: soon()).count == size) }
        #expect(await witness.send([8], to: 1) == .queued)
        #expect(try slow.receive(deadline: soon()) == [8])
        await witness.reactor.shutdown()
    }

    @Test func foreignAndHostileMessagesAreRefused() async throws {
        var options = SocketOptions()
        options.largestMessage = 1000
        let endpoint = try await witness.listen(options: options)
        let frames = try dealer(endpoint)
        try frames.send(frames: [[1], [2], [3]], deadline: soon())
        try frames.send([4], deadline: soon())
        await witness.wait { $0.messages.count == 1 }
        #expect(await witness.events.messages.first?.bytes == [4])
        #expect(await witness.counters.refused == 1)
        // Too large: the connection ends before the message is read. What it said before is kept.
        let large = try dealer(endpoint)
        try large.send([5], deadline: soon())
        await witness.wait { $0.messages.count == 2 }
        try large.send([UInt8](repeating: 6, count: 1001), deadline: soon())
        await witness.wait { $0.contains(.lost(2)) }
        #expect(await witness.counters.received == 2)
        await witness.reactor.shutdown()
    }

    @Test func portInUseNamesTheEndpoint() async throws {
        let endpoint = try await witness.listen()
        let other = Witness(witness.reactor)
        await #expect(throws: MessagingError.addressInUse(endpoint)) { try await other.listen(endpoint) }
        await #expect(throws: MessagingError.invalidEndpoint("tcp://127.0.0.1:99999")) {
            try await other.listen("tcp://127.0.0.1:99999")
        }
        await witness.reactor.shutdown()
    }

    @Test func floodOfMessagesArrivesWholeAndInOrder() async throws {
        let endpoint = try await witness.listen()
        let dealer = try dealer(endpoint)
        let count = 20_000
        for number in 0..<count { try dealer.send(withUnsafeBytes(of: number) { [UInt8]($0) }, deadline: soon()) }
        await witness.wait { $0.count == count }
        let numbers = await witness.events.messages.map { $0.bytes.withUnsafeBytes { $0.loadUnaligned(as: Int.self) } }
        #expect(numbers == Array(0..<count))
        #expect(await witness.counters.receivedBytes == UInt64(count * 8))
        await witness.reactor.shutdown()
    }
}

extension Witness {
    /// Sends until a message is not queued; gives up at `limit` bytes.
    /// - Returns: how many were queued.
    func sendUntilFull(_ message: [UInt8], to connection: UInt64, limit: Int) -> Int {
        var queued = 0
        while send(message, to: connection) == .queued {
            queued += 1
            if queued * message.count > limit {
                Issue.record("the queue has no end")
                break
            }
        }
        return queued
    }

    func unsentBytes(of connection: UInt64) -> Int { server?.unsentBytes(of: connection) ?? 0 }
}
