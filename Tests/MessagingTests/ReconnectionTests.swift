import Testing

@testable import Messaging

/// Many peers whose server comes back: they must not all come in one moment.
@Suite(.timeLimit(.minutes(30))) struct ReconnectionTests {
    /// Five hundred, each with a key, on a server that was gone for long enough that all wait at their longest. The spread is a
    /// share of the whole, so that it doesn't depend on the machine's speed: no tenth of the time sees more than half of them.
    @Test func fiveHundredComeBackSpreadOut() async throws {
        let count = 500
        let context = try MessagingContext(sockets: 4096)
        let server = try CurveKeyPair.generate()
        let keys = try CurveKeyPair.generate()
        let first = Witness(try Reactor(name: "server"))
        var options = SocketOptions()
        options.security = .server(keys: server)
        let endpoint = try await first.listen(options: options)
        let clients = Crowd(try Reactor(name: "clients", context: context))
        var mine = SocketOptions()
        mine.security = .client(keys: keys, server: server.publicKey)
        try await clients.connect(count, to: endpoint, options: mine)
        try await eventually { await clients.connected.count == count }
        await first.closeServer()
        try await eventually { await clients.lost == count }
        // By the fifth attempt (50, 100, 200, 400, 800 ms and more) each waits for as long as it ever does.
        try await eventually { await clients.leastAttempts >= 5 }
        await clients.forget()
        let second = Witness(try Reactor(name: "server"))
        try await second.listenWhenFree(endpoint, options: options)
        try await eventually { await clients.connected.count == count }
        let times = await clients.connected.sorted()
        let span = times[count - 1] - times[0]
        let busiest =
            (0..<10).map { tenth in
                times.count { $0 - times[0] >= span / 10 * tenth && $0 - times[0] <= span / 10 * (tenth + 1) }
            }.max() ?? count
        #expect(busiest <= count / 2, "\(busiest) of \(count) came within a tenth of \(span)")
        await clients.end()
        for witness in [first, second] { await witness.reactor.shutdown() }
    }
}

@Suite(.timeLimit(.minutes(30))) struct OpeningTests {
    /// Peers that try all the time are let in by a server that has a gate, at the moment in which it opens: nobody finds the port open and no
    /// one at the gate.
    @Test func whoComesAsItOpensIsLetIn() async throws {
        let count = 16
        let clients = Crowd(try Reactor(name: "clients", context: MessagingContext(sockets: 256)))
        let first = Witness(try Reactor(name: "server"))
        let endpoint = try await first.listen()
        await first.reactor.shutdown()
        var eager = SocketOptions()
        eager.reconnectMilliseconds = 1
        eager.reconnectLimitMilliseconds = 1
        try await clients.connect(count, to: endpoint, options: eager)
        var gated = SocketOptions()
        gated.largestConnections = 100
        for round in 0..<10 {
            let server = Witness(try Reactor(name: "server"))
            try await server.listenWhenFree(endpoint, options: gated)
            try await eventually { await clients.connected.count == count }
            #expect(await server.counters.failedHandshakes == 0, "round \(round)")
            await clients.forget()
            await server.reactor.shutdown()
            try await eventually { await clients.lost == count * (round + 1) }
        }
        await clients.end()
    }
}

/// Client sockets that note when they are connected.
private actor Crowd {
    let reactor: Reactor
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }
    private(set) var connected: [ContinuousClock.Instant] = []
    private(set) var lost = 0
    private var sockets: [ClientSocket] = []

    init(_ reactor: Reactor) { self.reactor = reactor }

    func connect(_ count: Int, to endpoint: String, options: SocketOptions) throws {
        for _ in 0..<count {
            sockets.append(
                try reactor.connect(
                    to: endpoint, options: options, connected: { self.connected.append(.now) },
                    disconnected: { self.lost += 1 }, received: { _ in }))
        }
    }

    /// The attempts of the one who has tried least since its connection was lost.
    var leastAttempts: Int { sockets.map(\.attempts).min() ?? 0 }

    func forget() { connected = [] }

    func end() async {
        for socket in sockets { socket.close() }
        sockets = []
        await reactor.shutdown()
    }
}
