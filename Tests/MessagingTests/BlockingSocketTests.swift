import Messaging
import Testing

/// A deadline that no passing test reaches.
func soon(_ duration: Duration = .seconds(20)) -> ContinuousClock.Instant { .now.advanced(by: duration) }

@Suite struct BlockingSocketTests {
    let context: MessagingContext

    init() throws { context = try MessagingContext() }

    @Test func pushReachesPullWithEverySize() throws {
        let pull = try BlockingSocket(.pull, in: context)
        let endpoint = try pull.bind("tcp://127.0.0.1:*")
        #expect(endpoint.hasPrefix("tcp://127.0.0.1:") && !endpoint.hasSuffix("*"))
        let push = try BlockingSocket(.push, in: context)
        try push.connect(endpoint)
        for size in [0, 1, 29, 30, 33, 34, 255, 256, 8192, 1 << 20] {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try push.send(bytes, deadline: soon())
            #expect(try pull.receive(deadline: soon()) == bytes)
        }
    }

    @Test func connectMayComeBeforeBind() throws {
        let endpoint = try unusedEndpoint()
        let push = try BlockingSocket(.push, in: context)
        try push.connect(endpoint)
        let pull = try BlockingSocket(.pull, in: context)
        try pull.bind(endpoint)
        try push.send([7], deadline: soon())
        #expect(try pull.receive(deadline: soon()) == [7])
    }

    @Test func sendWithoutPeerMeetsItsDeadline() throws {
        let push = try BlockingSocket(.push, in: context)
        try push.bind("tcp://127.0.0.1:*")
        #expect(throws: MessagingError.timedOut(operation: "send")) {
            try push.send([1], deadline: .now.advanced(by: .milliseconds(5)))
        }
    }

    @Test func receiveMeetsItsDeadline() throws {
        let pull = try BlockingSocket(.pull, in: context)
        try pull.bind("tcp://127.0.0.1:*")
        let start = ContinuousClock.now
        #expect(throws: MessagingError.timedOut(operation: "receive")) {
            try pull.receive(deadline: start.advanced(by: .milliseconds(5)))
        }
        #expect(ContinuousClock.now - start >= .milliseconds(5))
        #expect(throws: MessagingError.timedOut(operation: "receive")) { try pull.receive(deadline: start) }
    }

    @Test func secondBindOfAPortNamesTheEndpoint() throws {
        let first = try BlockingSocket(.pull, in: context)
        let endpoint = try first.bind("tcp://127.0.0.1:*")
        let second = try BlockingSocket(.pull, in: context)
        #expect(throws: MessagingError.addressInUse(endpoint)) { try second.bind(endpoint) }
    }

    @Test(arguments: ["", "tcp://", "127.0.0.1:5", "smoke://127.0.0.1:5", "tcp://127.0.0.1:99999", "tcp://127.0.0.1:x"])
    func nonsenseEndpointsAreRefused(_ endpoint: String) throws {
        let socket = try BlockingSocket(.dealer, in: context)
        #expect(throws: MessagingError.invalidEndpoint(endpoint)) { try socket.bind(endpoint) }
        #expect(throws: MessagingError.invalidEndpoint(endpoint)) { try socket.connect(endpoint) }
    }

    @Test func routerTellsDealersApartAndNamesOneThatLeft() throws {
        let router = try BlockingSocket(.router, in: context)
        let endpoint = try router.bind("tcp://127.0.0.1:*")
        let dealers = try (0..<3).map { _ in try BlockingSocket(.dealer, in: context) }
        for (number, dealer) in dealers.enumerated() {
            try dealer.connect(endpoint)
            try dealer.send([UInt8(number)], deadline: soon())
        }
        for _ in dealers {
            let frames = try router.receiveFrames(deadline: soon())
            #expect(frames.count == 2)
            try router.send(frames: [frames[0], [frames[1][0] + 100]], deadline: soon())
        }
        for (number, dealer) in dealers.enumerated() {
            #expect(try dealer.receive(deadline: soon()) == [UInt8(number) + 100])
        }
        #expect(throws: MessagingError.disconnected("the peer of this routing id")) {
            try router.send(frames: [[0, 9, 9, 9, 9], [1]], deadline: soon())
        }
    }

    @Test func receiveIntoChecksSizeAndFrames() throws {
        let pull = try BlockingSocket(.pull, in: context)
        let push = try BlockingSocket(.push, in: context)
        try push.connect(try pull.bind("tcp://127.0.0.1:*"))
        try push.send([1, 2, 3], deadline: soon())
        try push.send([1, 2, 3, 4, 5], deadline: soon())
        try push.send(frames: [[1], [2], [3]], deadline: soon())
        try push.send([9], deadline: soon())
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 4)
        defer { buffer.deallocate() }
        #expect(try pull.receive(into: buffer, deadline: soon()) == 3)
        #expect(buffer[..<3].elementsEqual([1, 2, 3]))
        #expect(throws: MessagingError.oversized(size: 5, limit: 4)) {
            try pull.receive(into: buffer, deadline: soon())
        }
        #expect(throws: MessagingError.unexpectedFrames(expected: 1, found: 3)) {
            try pull.receive(into: buffer, deadline: soon())
        }
        #expect(try pull.receive(into: buffer, deadline: soon()) == 1)
        #expect(buffer[0] == 9)
    }

    @Test func closedSocketSaysSo() throws {
        let pull = try BlockingSocket(.pull, in: context)
        pull.close()
        #expect(throws: MessagingError.closed) { try pull.receive(deadline: soon()) }
        #expect(throws: MessagingError.closed) { try pull.bind("tcp://127.0.0.1:*") }
    }

    @Test func whatWasSentArrivesAfterTheSenderIsGone() throws {
        let pull = try BlockingSocket(.pull, in: context)
        let endpoint = try pull.bind("tcp://127.0.0.1:*")
        let large = [UInt8](repeating: 5, count: 1 << 22)
        do {
            // A context of its own, as a process would have: its end waits for delivery.
            let push = try BlockingSocket(.push, in: MessagingContext())
            try push.connect(endpoint)
            try push.send(large, deadline: soon())
        }
        #expect(try pull.receive(deadline: soon()) == large)
    }

    @Test func messageOverTheLimitIsNotReceived() throws {
        var options = SocketOptions()
        options.largestMessage = 1000
        let pull = try BlockingSocket(.pull, in: context, options: options)
        let endpoint = try pull.bind("tcp://127.0.0.1:*")
        let hostile = try BlockingSocket(.push, in: context)
        try hostile.connect(endpoint)
        try hostile.send([UInt8](repeating: 1, count: 1001), deadline: soon())
        let honest = try BlockingSocket(.push, in: context)
        try honest.connect(endpoint)
        try honest.send([UInt8](repeating: 2, count: 1000), deadline: soon())
        #expect(try pull.receive(deadline: soon()).first == 2)
    }
}
