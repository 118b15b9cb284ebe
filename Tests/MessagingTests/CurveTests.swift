import Testing

@testable import Messaging

/// Connections with keys: who comes in, as whom, and how long they stay.
@Suite(.timeLimit(.minutes(30))) struct CurveTests {
    let witness: Witness
    let context: MessagingContext
    let server: CurveKeyPair
    let ada: CurveKeyPair
    let bob: CurveKeyPair

    init() throws {
        witness = Witness(try Reactor())
        context = try MessagingContext()
        (server, ada, bob) = (try .generate(), try .generate(), try .generate())
    }

    private func listen(allowing keys: [CurveKeyPair], _ adjust: (inout SocketOptions) -> Void = { _ in }) async throws
        -> String
    {
        var options = SocketOptions()
        options.security = .server(keys: server)
        adjust(&options)
        let allowed = Set(keys.map(\.publicKey))
        return try await witness.listen(options: options, echoes: true, allows: { allowed.contains($0) })
    }

    private func connect(
        _ endpoint: String, as keys: CurveKeyPair, to server: CurvePublicKey? = nil
    ) throws -> RequestConnection {
        var options = SocketOptions()
        options.security = .client(keys: keys, server: server ?? self.server.publicKey)
        return try RequestConnection(to: endpoint, in: context, options: options, deadline: soon())
    }

    private func echoes(_ connection: RequestConnection) throws -> Bool {
        try connection.send([1, 2], deadline: soon())
        return try connection.receive(deadline: soon()) == [1, 2]
    }

    @Test func aPeerIsItsKeyOnEveryConnection() async throws {
        let endpoint = try await listen(allowing: [ada, bob])
        let connections = try [ada, bob, ada].map { try connect(endpoint, as: $0) }
        for connection in connections { #expect(try echoes(connection)) }
        let keys = await [1, 2, 3].asyncMap { await witness.key(of: $0) }
        #expect(keys == [ada.publicKey, bob.publicKey, ada.publicKey])
        await witness.reactor.shutdown()
    }

    @Test func whoIsNotAllowedOrDoesNotKnowTheServerStaysOut() async throws {
        let endpoint = try await listen(allowing: [ada])
        #expect(throws: MessagingError.keyRefused(endpoint)) { _ = try connect(endpoint, as: bob) }
        #expect(throws: MessagingError.handshakeFailed(endpoint)) {
            _ = try connect(endpoint, as: ada, to: bob.publicKey)
        }
        // Without keys.
        #expect(throws: MessagingError.handshakeFailed(endpoint)) {
            _ = try RequestConnection(to: endpoint, in: context, deadline: soon())
        }
        #expect(await witness.events.isEmpty)
        #expect(try echoes(connect(endpoint, as: ada)))
        await witness.reactor.shutdown()
    }

    /// A public key is known to many; its secret makes the peer.
    @Test func aKeyWithoutItsSecretIsNobody() async throws {
        let endpoint = try await listen(allowing: [ada])
        let forged = CurveKeyPair(publicKey: ada.publicKey, secretKey: bob.secretKey)
        #expect(throws: MessagingError.self) { _ = try connect(endpoint, as: forged) }
        #expect(await witness.events.isEmpty)
        await witness.reactor.shutdown()
    }

    @Test func aCutConnectionEndsAndTheOthersStay() async throws {
        let endpoint = try await listen(allowing: [ada, bob])
        let first = try connect(endpoint, as: ada)
        let second = try connect(endpoint, as: bob)
        #expect(try echoes(first))
        #expect(try echoes(second))
        await witness.cut(1)
        #expect(throws: MessagingError.disconnected(endpoint)) { try first.receive(deadline: soon()) }
        await witness.wait { $0.contains(.lost(1)) }
        #expect(try echoes(second))
        #expect(await witness.events.lost == [1])
        await witness.reactor.shutdown()
    }

    /// One that says too much is ended before more of it is read; its key stays short of room on the next connection too. Its
    /// socket connects again by itself with what it had queued: how often that is cut too is a matter of time.
    @Test func aLoudPeerIsCutAndOthersAreServed() async throws {
        let endpoint = try await listen(allowing: [ada, bob]) {
            $0.rate = RateLimit(messagesPerSecond: 20, bytesPerSecond: 1e6, burstSeconds: 5)
        }
        let loud = try connect(endpoint, as: ada)
        let quiet = try connect(endpoint, as: bob)
        #expect(try echoes(quiet))
        #expect(throws: MessagingError.disconnected(endpoint)) {
            for _ in 0..<100_000 { try loud.send([7], deadline: soon()) }
        }
        await witness.wait { $0.contains(.lost(2)) }
        #expect(await witness.events.messages.count(where: { $0.bytes == [7] }) <= 1000)
        #expect(await witness.counters.cut >= 1)
        #expect(try echoes(quiet))
        #expect(await !witness.events.lost.contains(1))
        await witness.reactor.shutdown()
    }

    @Test func bytesAreBoundedToo() async throws {
        let endpoint = try await listen(allowing: [ada]) {
            $0.rate = RateLimit(messagesPerSecond: 1e6, bytesPerSecond: 100_000, burstSeconds: 1)
        }
        let loud = try connect(endpoint, as: ada)
        let piece = [UInt8](repeating: 0, count: 60_000)
        #expect(throws: MessagingError.disconnected(endpoint)) {
            for _ in 0..<100_000 { try loud.send(piece, deadline: soon()) }
        }
        #expect(await witness.events.messages.count < 100)
        await witness.reactor.shutdown()
    }

    @Test func keysAreTextAndBack() throws {
        for _ in 0..<100 {
            let pair = try CurveKeyPair.generate()
            #expect(CurvePublicKey(pair.publicKey.description) == pair.publicKey)
            #expect(CurveSecretKey(revealed: pair.secretKey.revealed).flatMap(CurveKeyPair.init) == pair)
        }
        let text = server.publicKey.description
        for bad in ["", String(text.dropLast()), text + "0", text.dropLast() + "\"", text.dropLast() + " "] {
            #expect(CurvePublicKey(String(bad)) == nil)
        }
    }
}

extension Witness {
    func key(of connection: UInt64) -> CurvePublicKey? { server?.key(of: connection) }
    func cut(_ connection: UInt64) { server?.cut(connection, because: "the test says so") }
}

extension Sequence {
    func asyncMap<Result>(_ body: (Element) async -> Result) async -> [Result] {
        var results: [Result] = []
        for element in self { results.append(await body(element)) }
        return results
    }
}
