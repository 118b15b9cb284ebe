import CZeroMQ

/// A socket for code that has a thread of its own and likes to wait, such as the ranks of a gang: every call takes a
/// deadline. Used by one thread at a time, away from the reactor.
public final class BlockingSocket {
    /// ZeroMQ's socket types (RFC 28 and 29, https://rfc.zeromq.org).
    public enum Kind: Sendable {
        /// Sends only, in turn to its peers; waits while no peer is connected.
        case push
        /// Receives only, from all peers.
        case pull
        /// One peer, both ways.
        case pair
        /// Both ways, asynchronously; a client of a `router`.
        case dealer
        /// Both ways; the first frame of each message is the routing id of the peer it comes from or goes to.
        case router
    }

    private let socket: RawSocket

    /// - Parameter context: when the last reference to it goes, what was sent is still delivered, up to the linger time.
    public init(_ kind: Kind, in context: MessagingContext, options: SocketOptions = SocketOptions()) throws {
        let type =
            switch kind {
            case .push: ZMQ_PUSH
            case .pull: ZMQ_PULL
            case .pair: ZMQ_PAIR
            case .dealer: ZMQ_DEALER
            case .router: ZMQ_ROUTER
            }
        socket = try RawSocket(type, in: context, options: options)
        // A message to a peer that has gone is an error to the sender, not silence.
        if kind == .router { try socket.set(ZMQ_ROUTER_MANDATORY, 1) }
    }

    /// Listens; `*` as port takes a free one.
    /// - Returns: the endpoint with the real port, which others can connect to.
    /// - Throws: `MessagingError.addressInUse`, `.invalidEndpoint` or `.cannotBind`.
    @discardableResult
    public func bind(_ endpoint: String) throws -> String { try socket.bind(endpoint) }

    /// Begins to connect, and returns at once: the peer may come later. A lost connection is tried again by itself.
    public func connect(_ endpoint: String) throws { try socket.connect(endpoint) }

    /// Closes the socket; what was sent is still delivered, for at most the linger time. Also done when it is released.
    public func close() { socket.close() }

    // MARK: Sending

    /// Sends one frame; the bytes are copied.
    /// - Parameter more: further frames of the same message follow.
    /// - Throws: `MessagingError.timedOut` when no peer is connected or all are full until `deadline`.
    public func send(_ bytes: UnsafeRawBufferPointer, more: Bool = false, deadline: ContinuousClock.Instant) throws {
        let flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)
        try retry("send", until: deadline, event: ZMQ_POLLOUT) { pointer in
            zmq_send(pointer, bytes.baseAddress, bytes.count, flags)
        }
    }

    public func send(_ bytes: [UInt8], more: Bool = false, deadline: ContinuousClock.Instant) throws {
        try bytes.withUnsafeBytes { try send($0, more: more, deadline: deadline) }
    }

    /// Sends a message of several frames.
    public func send(frames: [[UInt8]], deadline: ContinuousClock.Instant) throws {
        for (index, frame) in frames.enumerated() {
            try send(frame, more: index + 1 < frames.count, deadline: deadline)
        }
    }

    // MARK: Receiving

    /// Waits for the next frame and lends its bytes to `body`, without a copy; they are valid only inside it.
    /// - Parameter body: gets the bytes, and whether more frames of the same message follow.
    /// - Throws: `MessagingError.timedOut`, or what `body` throws.
    public func withFrame<Result>(
        deadline: ContinuousClock.Instant, _ body: (_ bytes: UnsafeRawBufferPointer, _ more: Bool) throws -> Result
    ) throws -> Result {
        var message = zmq_msg_t()
        zmq_msg_init(&message)
        defer { zmq_msg_close(&message) }
        try retry("receive", until: deadline, event: ZMQ_POLLIN) { pointer in
            zmq_msg_recv(&message, pointer, ZMQ_DONTWAIT)
        }
        return try withUnsafeMutablePointer(to: &message) { message in
            let bytes = UnsafeRawBufferPointer(start: zmq_msg_data(message), count: zmq_msg_size(message))
            return try body(bytes, zmq_msg_more(message) != 0)
        }
    }

    /// A message of one frame.
    /// - Throws: `MessagingError.timedOut`; `.unexpectedFrames` when it has more (they are all taken off the socket).
    public func receive(deadline: ContinuousClock.Instant) throws -> [UInt8] {
        let frames = try receiveFrames(deadline: deadline)
        guard frames.count == 1 else { throw MessagingError.unexpectedFrames(expected: 1, found: frames.count) }
        return frames[0]
    }

    /// A message of one frame, into memory of the caller's.
    /// - Returns: its size.
    /// - Throws: `MessagingError.oversized` when it doesn't fit (and is lost); otherwise as `receive(deadline:)`.
    public func receive(into buffer: UnsafeMutableRawBufferPointer, deadline: ContinuousClock.Instant) throws -> Int {
        let (size, isLast) = try withFrame(deadline: deadline) { bytes, more in
            if bytes.count <= buffer.count { buffer.copyMemory(from: bytes) }
            return (bytes.count, !more)
        }
        if !isLast { throw MessagingError.unexpectedFrames(expected: 1, found: 1 + (try dropRest(deadline: deadline))) }
        guard size <= buffer.count else { throw MessagingError.oversized(size: size, limit: buffer.count) }
        return size
    }

    /// All frames of the next message.
    public func receiveFrames(deadline: ContinuousClock.Instant) throws -> [[UInt8]] {
        var frames: [[UInt8]] = []
        while true {
            let more = try withFrame(deadline: deadline) { bytes, more in
                frames.append([UInt8](bytes))
                return more
            }
            if !more { return frames }
        }
    }

    private func dropRest(deadline: ContinuousClock.Instant) throws -> Int {
        var dropped = 1
        while try withFrame(deadline: deadline, { _, more in more }) { dropped += 1 }
        return dropped
    }

    // MARK: Waiting

    /// Runs a call that doesn't wait until it succeeds, waiting in between for the socket to become ready.
    private func retry(
        _ operation: String, until deadline: ContinuousClock.Instant, event: Int32,
        _ call: (UnsafeMutableRawPointer) -> Int32
    ) throws {
        while true {
            guard let pointer = socket.pointer else { throw MessagingError.closed }
            if call(pointer) >= 0 { return }
            let code = zmq_errno()
            guard code == EAGAIN || code == EINTR else {
                throw code == EHOSTUNREACH
                    ? MessagingError.disconnected("the peer of this routing id")
                    : MessagingError.last("zmq \(operation)")
            }
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw MessagingError.timedOut(operation: operation) }
            var item = zmq_pollitem_t(socket: pointer, fd: 0, events: Int16(event), revents: 0)
            if zmq_poll(&item, 1, left.pollMilliseconds) < 0 && zmq_errno() != EINTR {
                throw MessagingError.last("zmq_poll")
            }
        }
    }
}

extension Duration {
    /// Whole milliseconds for `zmq_poll`, rounded up, so that a wait never ends before its time.
    var pollMilliseconds: Int {
        guard self > .zero else { return 0 }
        let (seconds, attoseconds) = components
        let milliseconds = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return seconds > 86_400 ? 86_400_000 : Int(seconds * 1000 + milliseconds)
    }
}
