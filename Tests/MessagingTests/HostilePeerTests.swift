import Glibc
import Messaging
import Testing

/// Peers that are no ZeroMQ library: bytes on a TCP connection.
@Suite(.timeLimit(.minutes(30))) struct HostilePeerTests {
    let witness: Witness
    let context: MessagingContext

    init() throws {
        witness = Witness(try Reactor())
        context = try MessagingContext()
    }

    /// A TCP connection that says what it likes.
    private final class RawPeer {
        private let descriptor: Int32

        init(_ endpoint: String) throws {
            let port = try #require(UInt16(endpoint.split(separator: ":").last ?? ""))
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            address.sin_port = port.bigEndian
            let isConnected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            try #require(isConnected)
            var limit = timeval(tv_sec: 20, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }

        /// Must be said at the place where the connection shall end: a system that closes a connection with bytes unread
        /// (here the server's greeting) may throw away what was sent last, too.
        func end() { close(descriptor) }

        func say(_ bytes: [UInt8]) {
            _ = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        }

        /// Waits for this many bytes of the other side's, or its end.
        private func hear(_ count: Int) {
            var buffer = [UInt8](repeating: 0, count: count)
            var heard = 0
            while heard < count {
                let more = recv(descriptor, &buffer, count - heard, 0)
                if more <= 0 { return }
                heard += more
            }
        }

        /// The first half of the greeting, and no more.
        func sayGreeting() { say([0xff] + [UInt8](repeating: 0, count: 7) + [1, 0x7f, 3]) }

        /// The greeting and READY of ZMTP 3.0 (RFC 23), as a DEALER; returns when the other side has answered both.
        func greet(identity: String = "") {
            let null = Array("NULL".utf8) + [UInt8](repeating: 0, count: 16)
            let signature = [0xff] + [UInt8](repeating: 0, count: 7) + [1, 0x7f]
            say(signature + [3, 0] + null + [UInt8](repeating: 0, count: 32))
            hear(64)
            func property(_ name: String, _ value: String) -> [UInt8] {
                [UInt8(name.utf8.count)] + Array(name.utf8) + [0, 0, 0, UInt8(value.utf8.count)] + Array(value.utf8)
            }
            let ready = [5] + Array("READY".utf8) + property("Socket-Type", "DEALER") + property("Identity", identity)
            say([4, UInt8(ready.count)] + ready)
            hear(2 + 6 + 22 + 13)
        }

        func message(_ bytes: [UInt8]) { say([0, UInt8(bytes.count)] + bytes) }
    }

    private func serves(_ endpoint: String) throws -> Bool {
        let connection = try RequestConnection(to: endpoint, in: context, deadline: soon())
        try connection.send([42], deadline: soon())
        return try connection.receive(deadline: soon()) == [42]
    }

    /// Peers that connect and do nothing: they get no more places than there are, and one that leaves frees its own.
    @Test func connectionsAreBounded() async throws {
        var options = SocketOptions()
        options.largestConnections = 2
        let endpoint = try await witness.listen(options: options, echoes: true)
        let first = try RequestConnection(to: endpoint, in: context, deadline: soon())
        let idle = try RawPeer(endpoint)
        idle.greet()
        #expect(throws: (any Error).self) { try serves(endpoint) }
        // Those who are in are served on.
        try first.send([1], deadline: soon())
        #expect(try first.receive(deadline: soon()) == [1])
        idle.end()
        let end = soon()
        var isServed = false
        while !isServed, ContinuousClock.now < end { isServed = (try? serves(endpoint)) ?? false }
        #expect(isServed)
        first.close()
    }

    /// Two thousand connections, a third of which greet, none of which ever speaks, against a server with room for far fewer:
    /// they push each other out, and those who have something to say are served meanwhile.
    @Test func aFloodOfConnectionsShutsNobodyOut() async throws {
        var options = SocketOptions()
        options.largestConnections = 400
        options.largestSilentConnections = 100
        let endpoint = try await witness.listen(options: options, echoes: true)
        let honest = try RequestConnection(to: endpoint, in: context, deadline: soon())
        try honest.send([1], deadline: soon())
        #expect(try honest.receive(deadline: soon()) == [1])
        var peers: [RawPeer] = []
        for number in 0..<2000 {
            let peer = try RawPeer(endpoint)
            if number % 3 == 0 { peer.sayGreeting() }
            peers.append(peer)
            if number % 500 == 250 { #expect(try serves(endpoint)) }
        }
        // The one who was there before is there still.
        try honest.send([2], deadline: soon())
        #expect(try honest.receive(deadline: soon()) == [2])
        try await eventually { await witness.openConnections <= 110 }
        #expect(await witness.counters.cut >= 1800)
        #expect(try serves(endpoint))
        for peer in peers { peer.end() }
        await witness.reactor.shutdown()
    }

    /// Who connects and never says anything has to go in the end.
    @Test func silenceEnds() async throws {
        var options = SocketOptions()
        options.silenceMilliseconds = 50
        let endpoint = try await witness.listen(options: options, echoes: true)
        let speaker = try RequestConnection(to: endpoint, in: context, deadline: soon())
        try speaker.send([1], deadline: soon())
        #expect(try speaker.receive(deadline: soon()) == [1])
        let silent = try (0..<20).map { _ in try RawPeer(endpoint) }
        for peer in silent.prefix(10) { peer.greet() }
        try await eventually { await witness.openConnections == 1 }
        try speaker.send([2], deadline: soon())
        #expect(try speaker.receive(deadline: soon()) == [2])
        for peer in silent { peer.end() }
        await witness.reactor.shutdown()
    }

    @Test func handMadePeerIsServedAndLost() async throws {
        let endpoint = try await witness.listen()
        do {
            let peer = try RawPeer(endpoint)
            peer.greet()
            peer.message([1, 2, 3])
            await witness.wait { !$0.isEmpty }
            peer.end()
        }
        await witness.wait { $0.contains(.lost(1)) }
        #expect(await witness.events == [.message(1, [1, 2, 3]), .lost(1)])
        await witness.reactor.shutdown()
    }

    /// A peer may name itself on the wire. Ours never do, and a name could be another one's.
    @Test func peerThatNamesItselfIsRefused() async throws {
        let endpoint = try await witness.listen(echoes: true)
        for (before, identity) in ["w1", "abcde", String(repeating: "x", count: 200)].enumerated() {
            let peer = try RawPeer(endpoint)
            peer.greet(identity: identity)
            peer.message([1])
            try await eventually { await witness.counters.refused == before + 1 }
            peer.end()
        }
        #expect(await witness.events.isEmpty)
        #expect(try serves(endpoint))
        await witness.reactor.shutdown()
    }

    @Test func otherProtocolsAreCountedAndOthersServed() async throws {
        let endpoint = try await witness.listen(echoes: true)
        let noise: [[UInt8]] = [
            Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8), [UInt8](repeating: 0, count: 500),
            [UInt8](repeating: 0xff, count: 500),
            [0xff] + [UInt8](repeating: 0, count: 7) + [1, 0x7f, 3, 0] + Array("CURVE".utf8),
        ]
        for bytes in noise {
            let peer = try RawPeer(endpoint)
            peer.say(bytes)
            peer.end()
        }
        try await eventually { await witness.counters.disconnected == noise.count }
        #expect(await witness.counters.failedHandshakes > 0)
        #expect(try serves(endpoint))
        #expect(await witness.events.messages.map(\.bytes) == [[42]])
        await witness.reactor.shutdown()
    }

    @Test func silentConnectionsHoldNobodyUp() async throws {
        let endpoint = try await witness.listen(echoes: true)
        let silent = try (0..<200).map { _ in try RawPeer(endpoint) }
        try await eventually { await witness.openConnections == silent.count }
        #expect(try serves(endpoint))
        for peer in silent { peer.end() }
        await witness.reactor.shutdown()
    }
}

extension Witness {
    var openConnections: Int { server?.openConnections ?? 0 }
}
