import CZeroMQ

/// A DEALER socket that keeps one connection to a server, and makes it again whenever it is lost. Belongs to its reactor's
/// thread. Nothing is queued while there is no connection.
public final class ClientSocket {
    public let endpoint: String
    /// The connection stands.
    public private(set) var isConnected = false
    /// Bytes that may wait for the server; a message beyond them is dropped.
    public var largestQueue = 32 << 20
    /// Messages of the server that were refused because they had more than one frame.
    public private(set) var refused: UInt64 = 0

    /// Attempts that found nobody since the connection last stood.
    private(set) var attempts = 0
    private var failedHandshakes: UInt64 = 0
    private let socket: RawSocket
    private let monitor: SocketMonitor
    private let loop: ReactorLoop
    private var sources: [PollSource] = []
    private var connected: (() -> Void)?
    private var disconnected: (() -> Void)?
    private var received: ((MessageBatch) -> Void)?
    private let outgoing = OutgoingQueue()
    private let buffer = BatchBuffer()
    private var connections: UInt64 = 0
    /// libzmq gives up for good when the other side breaks the protocol (another service had the port for a while): when it
    /// doesn't announce another attempt, this makes one.
    private var again: ReactorTimer?
    private let patience: Duration

    init(
        _ endpoint: String, on loop: ReactorLoop, options: SocketOptions, connected: @escaping () -> Void,
        disconnected: @escaping () -> Void, received: @escaping (MessageBatch) -> Void
    ) throws {
        guard let context = loop.context else { throw MessagingError.closed }
        self.endpoint = endpoint
        self.loop = loop
        self.connected = connected
        self.disconnected = disconnected
        self.received = received
        patience = .milliseconds(Int(options.reconnectLimitMilliseconds))
        socket = try RawSocket(ZMQ_DEALER, in: context, options: options)
        monitor = try SocketMonitor(of: socket)
        try socket.connect(endpoint)
        for pointer in [socket.pointer!, monitor.pointer!] {
            let source = PollSource(socket: pointer) { self.serve() }
            sources.append(source)
            loop.add(source)
        }
        again = ReactorTimer(loop) { self.connectAgain() }
        loop.onClose(of: self) { self.close() }
    }

    /// Ends the connection (what was queued still leaves, for the linger time) and releases the handlers.
    public func close() {
        for source in sources { loop.remove(source) }
        sources = []
        again?.disarm()
        again = nil
        loop.forget(self)
        monitor.close()
        socket.close()
        isConnected = false
        connected = nil
        disconnected = nil
        received = nil
    }

    /// Bytes that were queued and have not left for the kernel yet.
    public var unsentBytes: Int { outgoing.bytes }

    /// Queues one message; never waits. The bytes are copied.
    @discardableResult
    public func send(_ bytes: UnsafeRawBufferPointer) -> SendResult {
        guard isConnected, let pointer = socket.pointer else { return .gone }
        if outgoing.bytes + bytes.count > largestQueue { return .full }
        return outgoing.send(bytes, to: pointer) ? .queued : .full
    }

    @discardableResult
    public func send(_ bytes: [UInt8]) -> SendResult { bytes.withUnsafeBytes { send($0) } }

    private func serve() {
        // Messages are read before the events that came after them; those that come with a new connection wait a round.
        while let event = monitor.next() {
            switch event {
            case .established:
                again?.disarm()
                connections += 1
                attempts = 0
                isConnected = true
                connected?()
            case .disconnected where isConnected:
                while readBatch() {}
                isConnected = false
                again?.arm(after: patience)
                disconnected?()
            case .handshakeFailed(let status):
                failedHandshakes += 1
                loop.warn(failedHandshakes, "\(MessagingError.refusal(endpoint, status: status))")
                again?.arm(after: patience)
            case .disconnected: again?.arm(after: patience)
            case .retrying:
                attempts += 1
                again?.disarm()
            case .accepted: break
            }
        }
        _ = readBatch()
    }

    private func connectAgain() {
        socket.disconnect(endpoint)
        // The endpoint was good once; should this fail all the same, the next attempt comes as late as this one.
        do { try socket.connect(endpoint) } catch { again?.arm(after: patience) }
    }

    /// - Returns: whether more may be there.
    private func readBatch() -> Bool {
        while let pointer = socket.pointer, !buffer.isFull, buffer.receive(pointer) {
            if buffer.receivedHasMore {
                buffer.refuse(pointer)
                refused += 1
            } else {
                buffer.append(from: connections)
            }
        }
        let wasFull = buffer.isFull
        if !buffer.isEmpty {
            received?(buffer.batch)
            buffer.clear()
        }
        return wasFull
    }
}
