import Messaging
import Testing

/// An actor on a reactor, which echoes if told to, writes down what happens, and lets a test wait for it.
actor Witness {
    enum Event: Equatable {
        case message(UInt64, [UInt8])
        case lost(UInt64)
        case connected
        case disconnected
    }

    let reactor: Reactor
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

    private(set) var events: [Event] = []
    private(set) var server: ServerSocket?
    private(set) var client: ClientSocket?
    private var waiters: [(condition: ([Event]) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

    init(_ reactor: Reactor) { self.reactor = reactor }

    func listen(
        _ endpoint: String = "tcp://127.0.0.1:*", options: SocketOptions = SocketOptions(), echoes: Bool = false,
        allows: @escaping @Sendable (CurvePublicKey) -> Bool = { _ in true }
    ) throws -> String {
        let server = try reactor.listen(at: endpoint, options: options, allows: allows) { batch in
            self.reactor.preconditionIsolated()
            for message in batch {
                self.events.append(.message(message.connection, [UInt8](message.bytes)))
                if echoes { self.server?.send(message.bytes, to: message.connection) }
            }
            self.wake()
        } lost: { connection in
            self.note(.lost(connection))
        }
        self.server = server
        return server.endpoint
    }

    func connect(_ endpoint: String, options: SocketOptions = SocketOptions()) throws {
        client = try reactor.connect(to: endpoint, options: options) {
            self.note(.connected)
        } disconnected: {
            self.note(.disconnected)
        } received: { batch in
            for message in batch { self.note(.message(message.connection, [UInt8](message.bytes))) }
        }
    }

    func send(_ bytes: [UInt8], to connection: UInt64) -> SendResult { server?.send(bytes, to: connection) ?? .gone }
    func send(_ bytes: [UInt8]) -> SendResult { client?.send(bytes) ?? .gone }
    func closeServer() { server?.close() }
    func closeClient() { client?.close() }
    var counters: ServerSocket.Counters { server?.counters ?? .init() }
    func setLargestQueue(_ bytes: Int) { server?.largestQueue = bytes }

    func note(_ event: Event) {
        events.append(event)
        wake()
    }

    private func wake() {
        let ready = waiters.filter { $0.condition(events) }
        waiters.removeAll { $0.condition(events) }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Returns when the events so far satisfy the condition; fails the test when they don't for long.
    func wait(
        sourceLocation: SourceLocation = #_sourceLocation, until condition: @escaping @Sendable ([Event]) -> Bool
    ) async {
        if condition(events) { return }
        let timer = reactor.makeTimer {
            Issue.record("in vain; there were \(self.events)", sourceLocation: sourceLocation)
            for waiter in self.waiters { waiter.continuation.resume() }
            self.waiters = []
        }
        timer.arm(at: soon())
        await withCheckedContinuation { waiters.append((condition, $0)) }
        timer.disarm()
    }
}

/// Returns when the condition holds; fails the test when it doesn't for long, nor in a thousand looks: each can take long, too.
func eventually(_ condition: () async -> Bool) async throws {
    let limit = soon()
    var looks = 0
    while !(await condition()) {
        looks += 1
        try #require(ContinuousClock.now < limit || looks < 1000, "in vain")
        await Task.yield()
    }
}

extension Sequence<Witness.Event> {
    var lost: [UInt64] {
        compactMap { event in
            if case .lost(let connection) = event { connection } else { nil }
        }
    }

    var messages: [(connection: UInt64, bytes: [UInt8])] {
        compactMap { event in
            if case .message(let connection, let bytes) = event { (connection, bytes) } else { nil }
        }
    }
}
