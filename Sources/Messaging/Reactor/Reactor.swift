internal import CPlatform
internal import CZeroMQ
public import Logging

/// One thread that owns sockets and file descriptors, and runs actors.
///
/// An actor that names the reactor as its executor lives on that thread: messages, timers and descriptors call it back
/// without a hop between threads, and calls from other tasks reach it through the reactor's queue.
///
///     actor Service {
///         let reactor: Reactor
///         nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }
///         private var server: ServerSocket?
///
///         func start() throws {
///             server = try reactor.listen(at: "tcp://127.0.0.1:7777") { batch in self.received(batch) } lost: { _ in }
///         }
///     }
///
/// Everything that a reactor makes belongs to its thread. The reactor keeps sockets and watches until they are closed (and
/// timers while they are armed), whether or not anybody else holds them; `shutdown()` closes all that are left, and so ends
/// the cycles of references that their handlers make.
public final class Reactor: SerialExecutor, @unchecked Sendable {
    // All state is in the loop, which is confined to its thread but for its inbox.
    private let loop: ReactorLoop

    /// Starts the thread.
    /// - Parameters:
    ///   - name: the thread's name.
    ///   - context: that of its sockets; by default one of its own.
    ///   - busyPolling: how long the thread stays awake at most after `expectAnswer`.
    ///   - logger: is told of refused messages, failed handshakes and messages dropped, the more seldom the more there are.
    public init(
        name: String = "reactor", context: MessagingContext? = nil, busyPolling: Duration = .zero,
        logger: Logger = Logger(label: "banquet.messaging")
    ) throws {
        loop = try ReactorLoop(
            name: name, context: context ?? MessagingContext(), busyPolling: BusyPolling(longest: busyPolling),
            logger: logger)
        loop.executor = asUnownedSerialExecutor()
        try loop.start()
    }

    deinit { loop.stop() }

    /// Runs `body` on the reactor's thread, after all that was asked for before it.
    public func perform(_ body: @escaping @Sendable () -> Void) { loop.post(.closure(body)) }

    /// Closes every socket, timer and watch, and returns when what was sent has left, or the linger time has passed.
    /// The thread goes on to run actors until the reactor is released.
    public func shutdown() async {
        await withCheckedContinuation { continuation in
            perform { [loop] in
                loop.closeAll()
                continuation.resume()
            }
        }
    }

    // MARK: Making (on the reactor's thread)

    /// Binds a server's socket.
    /// - Parameters:
    ///   - endpoint: such as `tcp://127.0.0.1:7777`; `*` as port takes a free one (see `ServerSocket.endpoint`).
    ///   - allows: whether the peer that holds this key may connect; asked at every handshake where connections have keys.
    ///   - received: gets all messages that could be read at once, in the order of each connection; called a few times in a turn
    ///     of the reactor's when more have come meanwhile. The batch is valid only during the call.
    ///   - lost: a connection has ended; called after all of its messages were handed over, and once.
    /// - Throws: `MessagingError.addressInUse`, `.invalidEndpoint`, `.cannotBind`.
    public func listen(
        at endpoint: String, options: SocketOptions = SocketOptions(),
        allows: @escaping (CurvePublicKey) -> Bool = { _ in true },
        received: @escaping (MessageBatch) -> Void, lost: @escaping (_ connection: UInt64) -> Void
    ) throws -> ServerSocket {
        checkIsolated()
        return try ServerSocket(
            endpoint, on: loop, options: options, allows: allows, received: received, lost: lost)
    }

    /// Begins to connect a client's socket, which tries again by itself, with growing waits, until it is closed.
    /// - Parameters:
    ///   - connected: the connection stands (again).
    ///   - disconnected: it was lost, and what was not yet sent with it; called after all of its messages were handed over.
    /// - Throws: `MessagingError.invalidEndpoint`, `.cannotConnect`.
    public func connect(
        to endpoint: String, options: SocketOptions = SocketOptions(), connected: @escaping () -> Void,
        disconnected: @escaping () -> Void, received: @escaping (MessageBatch) -> Void
    ) throws -> ClientSocket {
        checkIsolated()
        return try ClientSocket(
            endpoint, on: loop, options: options, connected: connected, disconnected: disconnected, received: received)
    }

    /// A timer that isn't armed yet.
    public func makeTimer(_ fire: @escaping () -> Void) -> ReactorTimer {
        checkIsolated()
        return ReactorTimer(loop, fire)
    }

    /// Calls `ready` whenever the descriptor can be read (or written), or was hung up; the descriptor stays the caller's,
    /// who closes it after the watch.
    public func watch(
        _ descriptor: Int32, for interest: DescriptorWatch.Interest = .reading, _ ready: @escaping () -> Void
    ) -> DescriptorWatch {
        checkIsolated()
        return DescriptorWatch(descriptor, interest, loop, ready)
    }

    /// Runs `body` once, at the end of what the thread does now, before it waits again: for work that is cheaper for many
    /// events than for each.
    public func atEndOfTurn(_ body: @escaping () -> Void) {
        checkIsolated()
        loop.atEndOfTurn(body)
    }

    /// Somebody was told something that is probably answered at once: where such answers come soon, the thread stays awake for
    /// this one, and others that have something to do on its processor go first.
    public func expectAnswer() {
        checkIsolated()
        loop.expectAnswer()
    }

    // MARK: SerialExecutor

    public func enqueue(_ job: consuming ExecutorJob) { loop.post(.job(UnownedJob(job))) }

    public func checkIsolated() { precondition(loop.isCurrentThread, "called away from the reactor's thread") }

    public func isIsolatingCurrentContext() -> Bool? { loop.isCurrentThread }
}
