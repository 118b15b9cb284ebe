import CZeroMQ

/// A ROUTER socket that listens: one of many connections is named by its number. Belongs to its reactor's thread.
///
/// Nothing that a peer does makes it wait or grow: a message to a peer that reads too slowly is dropped and counted, one
/// that is too large ends its connection before it is read, one of more frames than one is refused.
public final class ServerSocket {
    /// What happened since the socket was made.
    public struct Counters: Hashable, Sendable {
        public var received: UInt64 = 0
        public var receivedBytes: UInt64 = 0
        public var sent: UInt64 = 0
        public var sentBytes: UInt64 = 0
        /// Messages that were dropped because their peer's queue was full.
        public var dropped: UInt64 = 0
        /// Messages to connections that had ended.
        public var gone: UInt64 = 0
        /// Messages refused for their frames: more than one, or from a peer that names itself.
        public var refused: UInt64 = 0
        public var accepted: UInt64 = 0
        public var disconnected: UInt64 = 0
        public var failedHandshakes: UInt64 = 0
        /// Connections that this side ended: too loud, silent for too long, or no longer allowed.
        public var cut: UInt64 = 0

        public init() {}
    }

    /// Where it listens, with the real port.
    public let endpoint: String
    public private(set) var counters = Counters()
    /// Bytes that may wait for one peer; a message beyond them is dropped. (Messages under a kibibyte are bounded by
    /// `SocketOptions.sendQueue` alone.)
    public var largestQueue = 32 << 20

    private let socket: RawSocket
    private let monitor: SocketMonitor
    private let loop: ReactorLoop
    private var sources: [PollSource] = []
    private var received: ((MessageBatch) -> Void)?
    private var lost: ((UInt64) -> Void)?
    private var table = ConnectionTable()
    private let buffer = BatchBuffer(capacity: batch)
    private var reporter: ReactorTimer?
    private var gate: ConnectionGate?
    private let options: SocketOptions
    private let descriptors: PeerDescriptor
    private var silent = SilentConnections()
    /// Connections that were told to end and have not.
    private var shutting: Set<Int32> = []
    private var silenceTimer: ReactorTimer?
    /// Of peers with keys: one meter for all connections of a key.
    private var meters: [CurvePublicKey: Meter] = [:]
    /// Full batches in a row, after which ended connections are reported though more may be there to read.
    private var fullBatches = 0

    private static let smallMessage = 1024

    /// libzmq hands over the messages of several connections in turn, so who sends much delays the others by what one batch takes:
    /// few enough that this is about as long as a commit.
    private static let batch = 32
    /// For how long it looks for more in one turn: about half of a commit. Where a batch takes longer than that, its senders have
    /// something to do sooner when the next one is a turn of its own.
    private static let patience = Duration.microseconds(100)
    private var shares = BatchShares()

    init(
        _ endpoint: String, on loop: ReactorLoop, options: SocketOptions, allows: @escaping (CurvePublicKey) -> Bool,
        received: @escaping (MessageBatch) -> Void, lost: @escaping (UInt64) -> Void
    ) throws {
        guard let context = loop.context else { throw MessagingError.closed }
        self.loop = loop
        self.received = received
        self.lost = lost
        self.options = options
        socket = try RawSocket(ZMQ_ROUTER, in: context, options: options)
        try socket.set(ZMQ_ROUTER_MANDATORY, 1)
        monitor = try SocketMonitor(of: socket)
        let isGated = options.largestConnections != nil || options.security != .plain
        if isGated { try socket.set(ZMQ_ZAP_DOMAIN, ConnectionGate.domain) }
        // The gate first: about whoever comes to an open port before there is one, libzmq asks nobody.
        let gate = isGated ? try ConnectionGate(on: loop, in: context) : nil
        do { self.endpoint = try socket.bind(endpoint) } catch {
            gate?.close()
            throw error
        }
        self.gate = gate
        descriptors = PeerDescriptor(endpoint: self.endpoint)
        for pointer in [socket.pointer!, monitor.pointer!] {
            let source = PollSource(socket: pointer) { self.serve() }
            sources.append(source)
            loop.add(source)
        }
        gate?.judge = { key in
            self.readEvents()
            if let key, !allows(key) { return .unknownKey }
            return self.table.openCount <= options.largestConnections ?? .max ? .welcome : .noRoom
        }
        reporter = ReactorTimer(loop) { self.serve() }
        silenceTimer = ReactorTimer(loop) { self.endSilence() }
        loop.onClose(of: self) { self.close() }
    }

    /// Stops to listen, ends every connection (without reporting them), releases the handlers.
    public func close() {
        for source in sources { loop.remove(source) }
        sources = []
        reporter?.disarm()
        silenceTimer?.disarm()
        gate?.close()
        gate = nil
        loop.forget(self)
        monitor.close()
        socket.close()
        received = nil
        lost = nil
    }

    /// Connections that are open, those that have not sent anything included.
    public var openConnections: Int { table.openCount }

    /// The key that the peer of this connection has shown; nil where connections are plain, or when it has ended.
    public func key(of connection: UInt64) -> CurvePublicKey? { table.peer(number: connection)?.key }

    // MARK: Ending connections

    /// Ends a connection; what it has sent and was not read yet is not read any more. `lost` follows.
    public func cut(_ connection: UInt64, because reason: String) {
        if let peer = table.peer(number: connection) { cut(peer, reason) }
    }

    private func cut(_ peer: ConnectionTable.Peer, _ reason: String) {
        guard !peer.isCut else { return }
        peer.isCut = true
        counters.cut += 1
        loop.warn(counters.cut, "connection \(peer.number) was ended: \(reason)")
        if let descriptor = peer.descriptor { descriptors.shut(descriptor) }
    }

    /// Makes room for the connection that has just come, at the cost of those that came before and never spoke.
    private func makeRoom() {
        let largest = options.largestConnections ?? Int.max / 2
        let bound = min(options.largestSilentConnections, max(Self.silentAtLeast, largest / 2))
        // Those who are refused at the gate are still open for a moment.
        let open = largest + Self.silentAtLeast
        while silent.count > bound || table.openCount - shutting.count > open, let oldest = silent.takeOldest() {
            shut(oldest)
        }
    }

    private func shut(_ descriptor: Int32) {
        counters.cut += 1
        loop.warn(counters.cut, "a connection was ended that had not said anything")
        shutting.insert(descriptor)
        descriptors.shut(descriptor)
    }

    private func endSilence() {
        let limit = ContinuousClock.now.advanced(by: .milliseconds(-Int(options.silenceMilliseconds)))
        while let descriptor = silent.takeSilent(since: limit) { shut(descriptor) }
        if silent.count > 0 { armSilenceTimer() }
    }

    private func armSilenceTimer() {
        silenceTimer?.arm(at: .now.advanced(by: .milliseconds(Int(options.silenceMilliseconds) / 4 + 1)))
    }

    private static let silentAtLeast = 16

    // MARK: Sending

    /// Queues one message for a connection; never waits. The bytes are copied.
    @discardableResult
    public func send(_ bytes: UnsafeRawBufferPointer, to connection: UInt64) -> SendResult {
        guard let pointer = socket.pointer, let peer = table.peer(number: connection) else {
            counters.gone += 1
            return .gone
        }
        let isSmall = bytes.count < Self.smallMessage
        if !isSmall && peer.outgoing.bytes + bytes.count > largestQueue { return drop(for: peer) }
        let wasRouted = Self.withRoutingID(peer.routingID) { zmq_send(pointer, $0, 5, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0 }
        guard wasRouted else {
            // The only other answer of a mandatory ROUTER is that it has no such peer.
            if zmq_errno() == EAGAIN { return drop(for: peer) }
            endFromSend(peer)
            return .gone
        }
        let wasSent =
            isSmall
            ? zmq_send(pointer, bytes.baseAddress, bytes.count, ZMQ_DONTWAIT) >= 0
            : peer.outgoing.send(bytes, to: pointer)
        guard wasSent else {
            endFromSend(peer)
            return .gone
        }
        counters.sent += 1
        counters.sentBytes += UInt64(bytes.count)
        return .queued
    }

    @discardableResult
    public func send(_ bytes: [UInt8], to connection: UInt64) -> SendResult {
        bytes.withUnsafeBytes { send($0, to: connection) }
    }

    /// Bytes that wait for this connection, in messages of a kibibyte and more.
    public func unsentBytes(of connection: UInt64) -> Int { table.peer(number: connection)?.outgoing.bytes ?? 0 }

    private func drop(for peer: ConnectionTable.Peer) -> SendResult {
        counters.dropped += 1
        loop.warn(counters.dropped, "connection \(peer.number) reads too slowly: a message to it was dropped")
        return .full
    }

    private func endFromSend(_ peer: ConnectionTable.Peer) {
        counters.gone += 1
        table.end(peer)
        // Its end is reported by the loop, never from inside a send.
        reporter?.arm(at: .now)
    }

    /// A routing id that ROUTER gave: a zero byte and 32 bits.
    private static func withRoutingID<Result>(_ id: UInt32, _ body: (UnsafeRawPointer) -> Result) -> Result {
        // Five bytes of the eight, in memory order, whichever way this machine orders them.
        let word = (UInt64(id) << 24).bigEndian
        return withUnsafeBytes(of: word) { body($0.baseAddress!) }
    }

    // MARK: Receiving

    /// Reads what is there, up to a batch, and hands it over, and what has come meanwhile; then reports the connections that have
    /// ended.
    private func serve() {
        readEvents()
        let start = ContinuousClock.now
        var readAll = fillBatch()
        while !buffer.isEmpty {
            received?(buffer.batch)
            buffer.clear()
            guard readAll, ContinuousClock.now - start < Self.patience else { break }
            readAll = fillBatch()
        }
        fullBatches = readAll ? 0 : fullBatches + 1
        guard table.hasEnded, readAll || fullBatches > 8 else { return }
        for connection in table.takeEnded() { lost?(connection) }
    }

    private func readEvents() {
        while let event = monitor.next() {
            switch event {
            case .accepted(let descriptor):
                counters.accepted += 1
                table.accepted(descriptor)
                shutting.remove(descriptor)
                if silent.count == 0 { armSilenceTimer() }
                silent.came(descriptor, at: .now)
                makeRoom()
            case .disconnected(let descriptor):
                counters.disconnected += 1
                shutting.remove(descriptor)
                silent.leave(descriptor)
                table.disconnected(descriptor)
            case .handshakeFailed:
                counters.failedHandshakes += 1
                loop.warn(counters.failedHandshakes, "a handshake at \(endpoint) failed")
            case .established, .retrying: break
            }
        }
    }

    /// - Returns: whether nothing was left to read.
    private func fillBatch() -> Bool {
        let now = ContinuousClock.now
        shares.beginBatch()
        while let pointer = socket.pointer {
            if buffer.isFull { return false }
            guard let routingID = receiveRoutingID(pointer) else { return true }
            guard buffer.receive(pointer) else { return true }
            guard let routingID = routingID.value, !buffer.receivedHasMore else {
                buffer.refuse(pointer)
                counters.refused += 1
                loop.warn(counters.refused, "a message was refused: its frames are not those of a client of ours")
                continue
            }
            let peer = table.peer(routingID: routingID) ?? enter(routingID)
            if let meter = peer.meter, !peer.isCut, !meter.take(buffer.receivedSize, at: now) {
                cut(peer, "it says more than a peer may")
            }
            if peer.isCut {
                buffer.refuse(pointer)
                counters.refused += 1
                continue
            }
            counters.received += 1
            counters.receivedBytes += UInt64(buffer.append(from: peer.number))
            if shares.isOver(after: peer.number, at: now) { return false }
        }
        return true
    }

    private func enter(_ routingID: UInt32) -> ConnectionTable.Peer {
        let descriptor = buffer.receivedDescriptor
        readEvents()
        if let descriptor { silent.leave(descriptor) }
        let peer = table.enter(routingID: routingID, descriptor: descriptor, key: buffer.receivedKey)
        peer.meter = options.rate.map { rate in
            guard let key = peer.key else { return Meter(rate, at: .now) }
            return meters[key] ?? Meter(rate, at: .now)
        }
        if let key = peer.key { meters[key] = peer.meter }
        return peer
    }

    private struct RoutingID {
        /// nil where the peer has named itself, which ours never do.
        var value: UInt32?
    }

    private func receiveRoutingID(_ pointer: UnsafeMutableRawPointer) -> RoutingID? {
        var bytes: (UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0)
        return withUnsafeMutableBytes(of: &bytes) { bytes in
            let size = zmq_recv(pointer, bytes.baseAddress, 5, ZMQ_DONTWAIT)
            guard size >= 0 else { return nil }
            guard size == 5, bytes[0] == 0 else { return RoutingID(value: nil) }
            return RoutingID(value: UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
        }
    }
}
