import CZeroMQ

/// Decides who may connect, before a peer can send anything: libzmq asks it about every handshake (ZAP, ZeroMQ RFC 27), which
/// with CURVE has shown by then that the peer holds the secret of the key that it names.
///
/// A context has one gate at most. Who is refused is told so by a code, which `MessagingError` puts into words.
final class ConnectionGate {
    enum Verdict: Int32 {
        case welcome = 200
        /// Its key is not on the list.
        case unknownKey = 400
        /// It may try again later.
        case noRoom = 500
    }

    /// What a server's socket is set to, so that libzmq asks.
    static let domain = "banquet"
    private static let endpoint = "inproc://zeromq.zap.01"

    private let socket: RawSocket
    private let loop: ReactorLoop
    private var source: PollSource?
    /// Whether the connection that has just been accepted may stay; it gets the peer's key, nil where connections are plain.
    var judge: (CurvePublicKey?) -> Verdict = { _ in .noRoom }
    private(set) var refused: UInt64 = 0

    /// Who comes before the loop goes on waits until then.
    init(on loop: ReactorLoop, in context: MessagingContext) throws {
        self.loop = loop
        var options = SocketOptions()
        options.lingerMilliseconds = 0
        options.heartbeatMilliseconds = 0
        socket = try RawSocket(ZMQ_REP, in: context, options: options)
        _ = try socket.bind(Self.endpoint)
        let source = PollSource(socket: socket.pointer!) { [unowned self] in serve() }
        self.source = source
        loop.add(source)
    }

    func close() {
        if let source { loop.remove(source) }
        source = nil
        socket.close()
    }

    private func serve() {
        while let pointer = socket.pointer, let request = Self.receive(pointer) {
            // Version, request id, domain, address, routing id, mechanism, and what the mechanism knows of the peer.
            let isCurve = request.count > 6 && request[5] == Array("CURVE".utf8)
            let key = isCurve ? CurvePublicKey(bytes: request[6]) : nil
            let verdict = isCurve && key == nil ? .unknownKey : judge(key)
            if verdict != .welcome { refuse(verdict, from: request.count > 3 ? request[3] : [], key) }
            // Version and request id are repeated; then status, its text, a user's name, and more about that user. The name
            // travels with every message of the connection: the peer's identity is its key.
            let answer: [[UInt8]] = [
                request[0], request.count > 1 ? request[1] : [], Array("\(verdict.rawValue)".utf8), [],
                verdict == .welcome ? Array((key?.description ?? "").utf8) : [], [],
            ]
            for (index, frame) in answer.enumerated() {
                zmq_send(pointer, frame, frame.count, index + 1 < answer.count ? ZMQ_SNDMORE : 0)
            }
        }
    }

    private func refuse(_ verdict: Verdict, from address: [UInt8], _ key: CurvePublicKey?) {
        refused += 1
        let place = String(decoding: address, as: UTF8.self)
        let why =
            verdict == .noRoom
            ? "there are as many as this process can have"
            : "nobody here is known by its key \(key.map(\.description) ?? "")"
        loop.warn(refused, "a connection from \(place) was refused: \(why)")
    }

    /// All frames of the next request; nil when there is none.
    private static func receive(_ pointer: UnsafeMutableRawPointer) -> [[UInt8]]? {
        var frames: [[UInt8]] = []
        while true {
            var message = zmq_msg_t()
            zmq_msg_init(&message)
            defer { zmq_msg_close(&message) }
            guard zmq_msg_recv(&message, pointer, ZMQ_DONTWAIT) >= 0 else { return frames.isEmpty ? nil : frames }
            frames.append([UInt8](UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: zmq_msg_size(&message))))
            if zmq_msg_more(&message) == 0 { return frames }
        }
    }
}
