import CZeroMQ

/// Decides who may connect, before a peer can send anything: libzmq asks it about every handshake (ZAP, ZeroMQ RFC 27). It bounds
/// how many connections a server has, so that peers which connect and do nothing can't use up the process's file descriptors.
///
/// A context has one gate at most; who comes without a place is told so, and may try again.
final class ConnectionGate {
    /// What a server's socket is set to, so that libzmq asks.
    static let domain = "banquet"
    private static let endpoint = "inproc://zeromq.zap.01"

    private let socket: RawSocket
    private let loop: ReactorLoop
    private var source: PollSource?
    private let hasRoom: () -> Bool
    private(set) var refused: UInt64 = 0

    /// - Parameter hasRoom: whether the connection that has just been accepted may stay.
    init(on loop: ReactorLoop, in context: MessagingContext, hasRoom: @escaping () -> Bool) throws {
        self.loop = loop
        self.hasRoom = hasRoom
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
            let mayStay = hasRoom()
            if !mayStay {
                refused += 1
                loop.warn(refused, "a connection was refused: there are as many as this process can have")
            }
            // Version and request id are repeated; then status, its text, a user's name, and more about that user.
            let answer: [[UInt8]] = [
                request[0], request.count > 1 ? request[1] : [], Array((mayStay ? "200" : "400").utf8),
                Array((mayStay ? "" : "too many connections").utf8), [], [],
            ]
            for (index, frame) in answer.enumerated() {
                zmq_send(pointer, frame, frame.count, index + 1 < answer.count ? ZMQ_SNDMORE : 0)
            }
        }
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
