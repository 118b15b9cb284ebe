import Glibc
import Messaging
import Testing

@Suite(.timeLimit(.minutes(30))) struct ClientTests {
    let server: Witness
    let client: Witness
    let context: MessagingContext

    init() throws {
        server = Witness(try Reactor(name: "server"))
        client = Witness(try Reactor(name: "client"))
        context = try MessagingContext()
    }

    private func end() async {
        await client.reactor.shutdown()
        await server.reactor.shutdown()
    }

    @Test func clientConnectsEchoesAndSeesTheServerGoAndComeBack() async throws {
        let endpoint = try await server.listen(echoes: true)
        var options = SocketOptions()
        options.reconnectMilliseconds = 5
        try await client.connect(endpoint, options: options)
        await client.wait { $0.contains(.connected) }
        #expect(await client.send([1]) == .queued)
        await client.wait { $0.last == .message(1, [1]) }

        await server.closeServer()
        await client.wait { $0.last == .disconnected }
        #expect(await client.send([2]) == .gone)

        let again = Witness(server.reactor)
        try await again.listenWhenFree(endpoint)
        await client.wait { $0.last == .connected }
        #expect(await client.send([3]) == .queued)
        await client.wait { $0.last == .message(2, [3]) }
        // Nothing of the time without a connection arrived.
        #expect(await again.events.messages.map(\.bytes) == [[3]])
        await end()
    }

    @Test func nothingIsQueuedBeforeTheHandshake() async throws {
        // A listener that accepts and never reads: not a ZeroMQ socket, so the handshake never ends and nothing is sent.
        let silent = try SilentListener()
        defer { silent.close() }
        try await client.connect(silent.endpoint)
        #expect(await client.send([1]) == .gone)
        await end()
    }

    /// One that is given up in the midst of its attempts: what libzmq still had to tell of it went to nobody, and its thread stood still.
    @Test func whatIsGivenUpHoldsNoOtherConnectionUp() async throws {
        let endpoint = try await server.listen(echoes: true)
        let gone = Witness(server.reactor)
        let nobody = try await gone.listen()
        await gone.closeServer()
        var hasty = SocketOptions()
        hasty.reconnectMilliseconds = 1
        hasty.reconnectLimitMilliseconds = 1
        for _ in 0..<500 {
            #expect(throws: MessagingError.self) {
                try RequestConnection(
                    to: nobody, in: context, options: hasty, waitsForServer: true,
                    deadline: .now.advanced(by: .milliseconds(2)))
            }
        }
        let connection = try RequestConnection(to: endpoint, in: context, deadline: soon())
        try connection.send([1], deadline: soon())
        #expect(try connection.receive(deadline: soon()) == [1])
        connection.close()
        await end()
    }

    @Test func requestConnectionAnswersAndMeetsDeadlines() async throws {
        let endpoint = try await server.listen(echoes: true)
        let connection = try RequestConnection(to: endpoint, in: context, deadline: soon())
        for size in [0, 1, 100, 1 << 20] {
            let bytes = [UInt8](repeating: 3, count: size)
            try connection.send(bytes, deadline: soon())
            #expect(try connection.receive(deadline: soon()) == bytes)
        }
        #expect(throws: MessagingError.timedOut(operation: "waiting for an answer from \(endpoint)")) {
            try connection.receive(deadline: .now.advanced(by: .milliseconds(5)))
        }
        await end()
    }

    @Test func absentServerIsKnownAtOnce() throws {
        let endpoint = try unusedEndpoint()
        let start = ContinuousClock.now
        #expect(throws: MessagingError.refused(endpoint)) {
            _ = try RequestConnection(to: endpoint, in: context, deadline: start.advanced(by: .seconds(3600)))
        }
        // No assertion on the time: an hour's deadline would run into the suite's limit.
        #expect(throws: MessagingError.timedOut(operation: "connecting to \(endpoint)")) {
            _ = try RequestConnection(
                to: endpoint, in: context, waitsForServer: true, deadline: .now.advanced(by: .milliseconds(50)))
        }
    }

    @Test func serverThatSpeaksAnotherProtocolIsNamed() throws {
        let listener = try SilentListener(answer: Array("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".utf8))
        defer { listener.close() }
        #expect(throws: MessagingError.handshakeFailed(listener.endpoint)) {
            _ = try RequestConnection(to: listener.endpoint, in: context, deadline: soon())
        }
    }

    /// A socket of ZeroMQ's, but not of the kind that talks to ours: libzmq gives such a connection up for good.
    @Test func anotherKindOfSocketIsNamedAndOutlived() async throws {
        let foreign = try BlockingSocket(.pull, in: context)
        let endpoint = try foreign.bind("tcp://127.0.0.1:*")
        #expect(throws: MessagingError.handshakeFailed(endpoint)) {
            _ = try RequestConnection(to: endpoint, in: context, deadline: soon())
        }
        var options = SocketOptions()
        options.reconnectMilliseconds = 5
        options.reconnectLimitMilliseconds = 20
        try await client.connect(endpoint, options: options)
        // A second client's failure stands for the first one's, which isn't reported: they go the same way.
        #expect(throws: MessagingError.handshakeFailed(endpoint)) {
            _ = try RequestConnection(to: endpoint, in: context, deadline: soon())
        }
        #expect(await client.events.isEmpty)
        foreign.close()
        try await server.listenWhenFree(endpoint)
        await client.wait { $0.contains(.connected) }
        #expect(await client.send([1]) == .queued)
        await client.wait { $0.last == .message(1, [1]) }
        await end()
    }

    @Test func serverThatGoesAwayEndsTheWait() async throws {
        let endpoint = try await server.listen()
        let connection = try RequestConnection(to: endpoint, in: context, deadline: soon())
        try connection.send([1], deadline: soon())
        await server.wait { !$0.isEmpty }
        #expect(await server.send([2], to: 1) == .queued)
        await server.reactor.shutdown()
        // What was sent before the end is still received.
        #expect(try connection.receive(deadline: soon()) == [2])
        #expect(throws: MessagingError.disconnected(endpoint)) { try connection.receive(deadline: soon()) }
        #expect(throws: MessagingError.disconnected(endpoint)) { try connection.send([3], deadline: soon()) }
        await client.reactor.shutdown()
    }

    @Test func connectionWaitsForAServerThatComesLater() async throws {
        let endpoint = try unusedEndpoint()
        let (server, context) = (server, context)
        async let answer: [UInt8] = Task.detached {
            let connection = try RequestConnection(to: endpoint, in: context, waitsForServer: true, deadline: soon())
            try connection.send([4], deadline: soon())
            return try connection.receive(deadline: soon())
        }.value
        try await server.listenWhenFree(endpoint)
        #expect(try await answer == [4])
        await end()
    }
}

extension Witness {
    /// The io thread closes a listener some time after its socket was closed, so a port may need a few tries.
    func listenWhenFree(_ endpoint: String, options: SocketOptions = SocketOptions()) async throws {
        let limit = soon()
        while true {
            do {
                _ = try listen(endpoint, options: options, echoes: true)
                return
            } catch MessagingError.addressInUse where ContinuousClock.now < limit {
                await Task.yield()
            }
        }
    }
}

/// A socket of the system's on a free port of loopback, not listening yet.
private func boundSocket() throws -> (descriptor: Int32, endpoint: String) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
        }
    }
    try #require(isBound)
    return (descriptor, "tcp://127.0.0.1:\(address.sin_port.bigEndian)")
}

/// Where nobody listens, from this moment on: a ZeroMQ socket would be closed only some time later.
func unusedEndpoint() throws -> String {
    let (descriptor, endpoint) = try boundSocket()
    Glibc.close(descriptor)
    return endpoint
}

/// A TCP listener that is no ZeroMQ socket: it accepts one connection in the kernel's queue, or answers it and hangs up.
final class SilentListener: Sendable {
    let endpoint: String
    private let descriptor: Int32

    init(answer: [UInt8]? = nil) throws {
        let (descriptor, endpoint) = try boundSocket()
        try #require(listen(descriptor, 8) == 0)
        self.descriptor = descriptor
        self.endpoint = endpoint
        guard let answer else { return }
        Task.detached {
            let peer = accept(descriptor, nil, nil)
            _ = answer.withUnsafeBytes { write(peer, $0.baseAddress, $0.count) }
            Glibc.close(peer)
        }
    }

    func close() { Glibc.close(descriptor) }
}
