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
    private let codec: WireCodec
    private let logger: Logger

    /// - Throws: `MessagingError` for what can't be an endpoint.
    init(to endpoint: String, on reactor: Reactor, logger: Logger, handlers: Handlers) throws {
        let codec = WireCodec()
        self.codec = codec
        self.logger = logger
        socket = try reactor.connect(
            to: endpoint, connected: handlers.connected, disconnected: handlers.disconnected,
            received: { batch in
                for message in batch {
                    do {
                        guard case .toWorker(let message, let checkpoint) = try codec.decode(message.bytes) else {
                            logger.warning("refused a message that is not for a worker")
                            continue
                        }
                        handlers.received(message, checkpoint)
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
        guard socket.isConnected else { return false }
        do {
            return socket.send(try codec.encode(.fromWorker(message))) == .queued
        } catch {
            logger.warning("can't send a message: \(error)")
            return true
        }
    }

    func close() { socket.close() }
}
