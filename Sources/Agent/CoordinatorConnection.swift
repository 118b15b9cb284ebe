import Coordination
import Logging
import Messaging
import Wire

/// The connection to the coordinator, in messages. It is made again whenever it is lost. Lives on the reactor's thread.
final class CoordinatorConnection {
    struct Handlers {
        let connected: () -> Void
        let disconnected: () -> Void
        /// `checkpoint` comes beside `start`, where the gang goes on from one.
        let received: (_ message: CoordinatorMessage, _ checkpoint: [UInt8]?) -> Void
    }

    private let socket: ClientSocket
    private let reactor: Reactor
    /// Said in this turn of the reactor or kept from earlier ones, and sent together.
    private var pending: [WorkerMessage] = []
    private static let largestBatch = 1000
    private static let longestWait = Duration.milliseconds(1)
    private var isFlushDue = false
    private var timer: ReactorTimer?
    private let codec: WireCodec
    private let logger: Logger

    /// - Throws: `MessagingError` for what can't be an endpoint.
    init(
        to endpoint: String, on reactor: Reactor, security: SocketSecurity, logger: Logger, handlers: Handlers
    ) throws {
        var options = SocketOptions()
        options.security = security
        let codec = WireCodec()
        self.codec = codec
        self.reactor = reactor
        self.logger = logger
        socket = try reactor.connect(
            to: endpoint, options: options, connected: handlers.connected, disconnected: handlers.disconnected,
            received: { batch in
                for message in batch {
                    do {
                        switch try codec.decode(message.bytes) {
                        case .toWorker(let message, let checkpoint): handlers.received(message, checkpoint)
                        case .toWorkers(let messages): for message in messages { handlers.received(message, nil) }
                        default: logger.warning("refused a message that is not for a worker")
                        }
                    } catch {
                        logger.warning("refused a message: \(error)")
                    }
                }
            })
    }

    var isConnected: Bool { socket.isConnected }
    var unsentBytes: Int { socket.unsentBytes }

    /// - Returns: whether the message was taken; one that could never be is dropped with a warning, and counts as
    ///   taken.
    func send(_ message: WorkerMessage) -> Bool {
        flush()
        return sendAtOnce(.fromWorker(message))
    }

    /// Sends a message at the end of this turn, together with others. Should it be lost, a heartbeat says the same.
    /// - Parameter mayWait: nothing is lost when it leaves a moment later: so a worker with many short tasks costs the coordinator
    ///   a frame and a commit for several of them.
    func sendSoon(_ message: WorkerMessage, mayWait: Bool = false) -> Bool {
        guard socket.isConnected else { return false }
        pending.append(message)
        if pending.count >= Self.largestBatch {
            flush()
        } else if !mayWait, !isFlushDue {
            isFlushDue = true
            reactor.atEndOfTurn { [weak self] in self?.flush() }
        } else if mayWait, timer?.isArmed != true {
            timer = timer ?? reactor.makeTimer { [weak self] in self?.flush() }
            timer?.arm(after: Self.longestWait)
        }
        return true
    }

    private func flush() {
        isFlushDue = false
        timer?.disarm()
        guard !pending.isEmpty else { return }
        defer { pending.removeAll(keepingCapacity: true) }
        // Nobody waits for what a sign of life is answered with.
        if pending.contains(where: { !$0.isSignOfLife }) { reactor.expectAnswer() }
        _ = sendAtOnce(pending.count == 1 ? .fromWorker(pending[0]) : .fromWorkers(pending))
    }

    /// What was said to a connection that is lost is of no use to the next.
    func forgetPending() { pending.removeAll(keepingCapacity: true) }

    private func sendAtOnce(_ message: WireMessage) -> Bool {
        guard socket.isConnected else { return false }
        do {
            return socket.send(try codec.encode(message)) == .queued
        } catch {
            logger.warning("can't send a message: \(error)")
            return true
        }
    }

    func close() {
        flush()
        timer = nil
        socket.close()
    }
}

extension WorkerMessage {
    fileprivate var isSignOfLife: Bool {
        switch self {
        case .join, .heartbeat: true
        default: false
        }
    }
}
