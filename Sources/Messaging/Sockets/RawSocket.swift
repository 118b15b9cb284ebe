import CZeroMQ

/// A libzmq socket and its options: what all our sockets are made of. Used by one thread at a time.
final class RawSocket {
    /// Kept while the socket is open: a context must not end before its sockets.
    private(set) var context: MessagingContext?
    private(set) var pointer: UnsafeMutableRawPointer?

    init(_ type: Int32, in context: MessagingContext, options: SocketOptions) throws {
        self.context = context
        guard let pointer = zmq_socket(context.pointer, type) else { throw MessagingError.last("zmq_socket") }
        self.pointer = pointer
        do {
            try apply(options)
        } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    func close() {
        guard let open = pointer else { return }
        pointer = nil
        zmq_close(open)
        context = nil
    }

    private func apply(_ options: SocketOptions) throws {
        try set(ZMQ_LINGER, options.lingerMilliseconds)
        try set(ZMQ_SNDHWM, options.sendQueue)
        try set(ZMQ_RCVHWM, options.receiveQueue)
        try setBytes(ZMQ_MAXMSGSIZE, options.largestMessage)
        try set(ZMQ_IMMEDIATE, options.onlyConnectedPeers ? 1 : 0)
        try set(ZMQ_HANDSHAKE_IVL, options.handshakeMilliseconds)
        try set(ZMQ_BACKLOG, options.backlog)
        if options.heartbeatMilliseconds > 0 {
            try set(ZMQ_HEARTBEAT_IVL, options.heartbeatMilliseconds)
            try set(ZMQ_HEARTBEAT_TIMEOUT, options.heartbeatTimeoutMilliseconds)
        }
        try set(ZMQ_RECONNECT_IVL, Self.drawn(options.reconnectMilliseconds))
        try set(ZMQ_RECONNECT_IVL_MAX, Self.drawn(options.reconnectLimitMilliseconds))
        switch options.security {
        case .plain: break
        case .client(let keys, let server):
            try setKey(ZMQ_CURVE_SERVERKEY, server.bytes)
            try setKey(ZMQ_CURVE_PUBLICKEY, keys.publicKey.bytes)
            try setKey(ZMQ_CURVE_SECRETKEY, keys.secretKey.bytes)
        case .server(let keys):
            try set(ZMQ_CURVE_SERVER, 1)
            try setKey(ZMQ_CURVE_SECRETKEY, keys.secretKey.bytes)
        }
    }

    private func setKey(_ option: Int32, _ key: [UInt8]) throws {
        if zmq_setsockopt(pointer, option, key, key.count) != 0 { throw MessagingError.last("setting a key") }
    }

    /// Between `milliseconds` and twice that.
    private static func drawn(_ milliseconds: Int32) -> Int32 {
        let least = Swift.max(1, Swift.min(milliseconds, Int32.max / 2))
        return Int32.random(in: least...least * 2)
    }

    /// Most options are C `int`s; libzmq refuses a value of another width.
    func set(_ option: Int32, _ value: Int32) throws { try setBytes(option, value) }

    func set(_ option: Int32, _ text: String) throws {
        if zmq_setsockopt(pointer, option, text, text.utf8.count) != 0 {
            throw MessagingError.last("zmq_setsockopt(\(option))")
        }
    }

    private func setBytes(_ option: Int32, _ value: some BitwiseCopyable) throws {
        let result = withUnsafeBytes(of: value) { zmq_setsockopt(pointer, option, $0.baseAddress, $0.count) }
        if result != 0 { throw MessagingError.last("zmq_setsockopt(\(option))") }
    }

    /// Listens at `endpoint`, where the port may be `*`.
    /// - Returns: the endpoint with the real port.
    func bind(_ endpoint: String) throws -> String {
        guard let pointer else { throw MessagingError.closed }
        try Self.checkPort(endpoint, mayBeFree: true)
        guard zmq_bind(pointer, endpoint) == 0 else {
            switch zmq_errno() {
            case EINVAL, EPROTONOSUPPORT, ENOCOMPATPROTO: throw MessagingError.invalidEndpoint(endpoint)
            case EADDRINUSE: throw MessagingError.addressInUse(endpoint)
            case let code: throw MessagingError.cannotBind(endpoint, reason: MessagingError.reason(code))
            }
        }
        return try lastEndpoint()
    }

    /// Begins to connect; the connection stands some time later.
    func connect(_ endpoint: String) throws {
        guard let pointer else { throw MessagingError.closed }
        try Self.checkPort(endpoint, mayBeFree: false)
        guard zmq_connect(pointer, endpoint) == 0 else {
            switch zmq_errno() {
            case EINVAL, EPROTONOSUPPORT, ENOCOMPATPROTO: throw MessagingError.invalidEndpoint(endpoint)
            case let code: throw MessagingError.cannotConnect(endpoint, reason: MessagingError.reason(code))
            }
        }
    }

    /// Takes back a `connect`, if it still stands.
    func disconnect(_ endpoint: String) {
        if let pointer { zmq_disconnect(pointer, endpoint) }
    }

    /// libzmq takes a port modulo 65,536, so `99999` would quietly be another one.
    private static func checkPort(_ endpoint: String, mayBeFree: Bool) throws {
        guard endpoint.hasPrefix("tcp://") else { return }
        let port = endpoint.split(separator: ":", omittingEmptySubsequences: false).last ?? ""
        if mayBeFree && (port == "*" || port == "0") { return }
        guard let number = UInt16(port), number > 0 else { throw MessagingError.invalidEndpoint(endpoint) }
    }

    private func lastEndpoint() throws -> String {
        var length = 256
        let text = try withUnsafeTemporaryAllocation(byteCount: length, alignment: 1) { buffer in
            guard zmq_getsockopt(pointer, ZMQ_LAST_ENDPOINT, buffer.baseAddress, &length) == 0 else {
                throw MessagingError.last("zmq_getsockopt(ZMQ_LAST_ENDPOINT)")
            }
            return String(decoding: buffer[..<max(0, length - 1)], as: UTF8.self)
        }
        return text
    }
}
