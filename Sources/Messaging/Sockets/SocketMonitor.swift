import CZeroMQ
internal import Synchronization

/// Reports what happens to a socket's connections, in order: libzmq's socket monitor.
final class SocketMonitor {
    enum Event: Equatable {
        /// A peer connected to a listening socket, on this descriptor.
        case accepted(descriptor: Int32)
        /// The handshake is done; messages flow.
        case established(descriptor: Int32)
        /// `status` is what the other side's gate answered (`ConnectionGate.Verdict`), where it came so far.
        case handshakeFailed(status: Int32?)
        case disconnected(descriptor: Int32)
        /// A connecting socket found nobody, and will try again.
        case retrying
    }

    private let watched: RawSocket
    private let socket: RawSocket

    private static let number = Atomic<UInt64>(0)
    private static let handshakeFailures =
        ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH
    private static let watched =
        ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | handshakeFailures | ZMQ_EVENT_DISCONNECTED
        | ZMQ_EVENT_CONNECT_RETRIED

    /// - Precondition: `watched` is neither bound nor connected yet, so that no event is missed.
    init(of watched: RawSocket) throws {
        guard let context = watched.context, let pointer = watched.pointer else { throw MessagingError.closed }
        let endpoint = "inproc://monitor-\(Self.number.add(1, ordering: .relaxed).newValue)"
        guard zmq_socket_monitor(pointer, endpoint, Self.watched) == 0 else {
            throw MessagingError.last("zmq_socket_monitor")
        }
        var options = SocketOptions()
        options.lingerMilliseconds = 0
        options.heartbeatMilliseconds = 0
        // Without a limit: a full monitor would hold back libzmq's input/output thread, and every connection with it.
        options.receiveQueue = 0
        self.watched = watched
        socket = try RawSocket(ZMQ_PAIR, in: context, options: options)
        try socket.connect(endpoint)
    }

    deinit { close() }

    var pointer: UnsafeMutableRawPointer? { socket.pointer }

    /// libzmq's input/output thread waits for ever with an event that nobody can receive, and every connection of the context with
    /// it: so the events end before their receiver does.
    func close() {
        if let pointer = watched.pointer { zmq_socket_monitor(pointer, nil, 0) }
        socket.close()
    }

    /// The next event, or nil when none is there now.
    func next() -> Event? {
        while let (event, value) = nextRaw() {
            switch event {
            case ZMQ_EVENT_ACCEPTED: return .accepted(descriptor: value)
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return .established(descriptor: value)
            case ZMQ_EVENT_DISCONNECTED: return .disconnected(descriptor: value)
            case ZMQ_EVENT_CONNECT_RETRIED: return .retrying
            case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: return .handshakeFailed(status: value)
            case _ where event & Self.handshakeFailures != 0: return .handshakeFailed(status: nil)
            default: continue
            }
        }
        return nil
    }

    /// An event is two frames: its number (16 bits) with its value (32 bits), and the endpoint.
    private func nextRaw() -> (event: Int32, value: Int32)? {
        guard let pointer = socket.pointer else { return nil }
        var frame = [UInt8](repeating: 0, count: 6)
        guard zmq_recv(pointer, &frame, frame.count, ZMQ_DONTWAIT) == frame.count else { return nil }
        let numbers = frame.withUnsafeBytes {
            (Int32($0.loadUnaligned(as: UInt16.self)), $0.loadUnaligned(fromByteOffset: 2, as: Int32.self))
        }
        // Both frames of an event are there together.
        zmq_recv(pointer, nil, 0, ZMQ_DONTWAIT)
        return numbers
    }
}
