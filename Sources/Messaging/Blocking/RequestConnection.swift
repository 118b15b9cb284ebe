import CZeroMQ

/// A connection to a server for a program with one thread, such as the command line: it sends requests and waits for
/// answers, each with a deadline, and notices at once when the server isn't there or goes away.
public final class RequestConnection {
    public let endpoint: String

    private let socket: RawSocket
    private let monitor: SocketMonitor
    private let buffer = BatchBuffer()
    private var isConnected = false

    /// Connects, and returns when the connection stands.
    /// - Parameter waitsForServer: keep trying until the deadline when nobody listens yet; else that is an error at once.
    /// - Throws: `MessagingError.refused` (nobody listens), `.handshakeFailed` (somebody else does), `.timedOut`,
    ///   `.invalidEndpoint`.
    public init(
        to endpoint: String, in context: MessagingContext, options: SocketOptions = SocketOptions(),
        waitsForServer: Bool = false, deadline: ContinuousClock.Instant
    ) throws {
        self.endpoint = endpoint
        socket = try RawSocket(ZMQ_DEALER, in: context, options: options)
        monitor = try SocketMonitor(of: socket)
        try socket.connect(endpoint)
        while !isConnected {
            try wait("connecting to \(endpoint)", for: [monitor.pointer!], until: deadline)
            while let event = monitor.next(), !isConnected {
                switch event {
                case .established: isConnected = true
                // libzmq doesn't name every reason, and gives up for some: an end before the beginning says enough.
                case .handshakeFailed(let status): throw MessagingError.refusal(endpoint, status: status)
                case .disconnected: throw MessagingError.handshakeFailed(endpoint)
                case .retrying where !waitsForServer: throw MessagingError.refused(endpoint)
                default: break
                }
            }
        }
    }

    public func close() {
        monitor.close()
        socket.close()
    }

    /// Queues one message; it leaves by itself.
    /// - Throws: `MessagingError.disconnected`, or `.timedOut` when too much is waiting for the server.
    public func send(_ bytes: UnsafeRawBufferPointer, deadline: ContinuousClock.Instant) throws {
        while true {
            try readEvents()
            guard let pointer = socket.pointer else { throw MessagingError.closed }
            if zmq_send(pointer, bytes.baseAddress, bytes.count, ZMQ_DONTWAIT) >= 0 { return }
            guard zmq_errno() == EAGAIN || zmq_errno() == EINTR else { throw MessagingError.last("zmq_send") }
            try wait("sending to \(endpoint)", for: [monitor.pointer!], writing: pointer, until: deadline)
        }
    }

    public func send(_ bytes: [UInt8], deadline: ContinuousClock.Instant) throws {
        try bytes.withUnsafeBytes { try send($0, deadline: deadline) }
    }

    /// Waits for the next message and lends its bytes to `body`.
    /// - Throws: `MessagingError.timedOut`; `.disconnected` once the connection was lost and all that came by it was
    ///   received; `.unexpectedFrames`; what `body` throws.
    public func withMessage<Result>(
        deadline: ContinuousClock.Instant, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        while true {
            guard let pointer = socket.pointer, let monitored = monitor.pointer else { throw MessagingError.closed }
            if buffer.receive(pointer) {
                if buffer.receivedHasMore {
                    throw MessagingError.unexpectedFrames(expected: 1, found: buffer.refuse(pointer))
                }
                buffer.append(from: 0)
                defer { buffer.clear() }
                return try body(buffer.batch[0].bytes)
            }
            guard zmq_errno() == EAGAIN || zmq_errno() == EINTR else { throw MessagingError.last("zmq_msg_recv") }
            if !isConnected { throw MessagingError.disconnected(endpoint) }
            do {
                try readEvents()
            } catch MessagingError.disconnected {
                // What arrived before the end is read first.
                continue
            }
            try wait("waiting for an answer from \(endpoint)", for: [pointer, monitored], until: deadline)
        }
    }

    public func receive(deadline: ContinuousClock.Instant) throws -> [UInt8] {
        try withMessage(deadline: deadline) { [UInt8]($0) }
    }

    /// A connection that was made again by libzmq is another one to the server: this object's life ends with the first.
    private func readEvents() throws {
        while let event = monitor.next() {
            if case .disconnected = event { isConnected = false }
        }
        if !isConnected { throw MessagingError.disconnected(endpoint) }
    }

    private func wait(
        _ operation: String, for readers: [UnsafeMutableRawPointer], writing: UnsafeMutableRawPointer? = nil,
        until deadline: ContinuousClock.Instant
    ) throws {
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { throw MessagingError.timedOut(operation: operation) }
        var items = readers.map { zmq_pollitem_t(socket: $0, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0) }
        if let writing { items.append(zmq_pollitem_t(socket: writing, fd: 0, events: Int16(ZMQ_POLLOUT), revents: 0)) }
        if zmq_poll(&items, Int32(items.count), left.pollMilliseconds) < 0 && zmq_errno() != EINTR {
            throw MessagingError.last("zmq_poll")
        }
    }
}
