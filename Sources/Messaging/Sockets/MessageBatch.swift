import CZeroMQ

/// The messages that could be read at once. Valid only inside the handler that it is handed to: neither it nor the bytes
/// of its messages may be kept.
public struct MessageBatch: RandomAccessCollection {
    public struct Message {
        /// Which connection it came by. A server numbers its connections from 1 and never uses a number again; a client
        /// counts how often its connection was established.
        public let connection: UInt64
        /// The one frame of the message, in libzmq's own memory.
        public let bytes: UnsafeRawBufferPointer
    }

    let messages: UnsafeBufferPointer<Message>

    public var startIndex: Int { 0 }
    public var endIndex: Int { messages.count }
    public subscript(index: Int) -> Message { messages[index] }
}

/// Memory for a batch under construction, used again for every batch.
final class BatchBuffer {
    private let capacity: Int
    // libzmq keeps small messages inside `zmq_msg_t`, so these must stay where they are.
    private let frames: UnsafeMutablePointer<zmq_msg_t>
    private let messages: UnsafeMutablePointer<MessageBatch.Message>
    private(set) var count = 0

    init(capacity: Int = 512) {
        self.capacity = capacity
        frames = .allocate(capacity: capacity)
        messages = .allocate(capacity: capacity)
    }

    deinit {
        clear()
        frames.deallocate()
        messages.deallocate()
    }

    var isFull: Bool { count == capacity }
    var isEmpty: Bool { count == 0 }
    var batch: MessageBatch { MessageBatch(messages: UnsafeBufferPointer(start: messages, count: count)) }

    /// Reads the next frame into the batch's free place; it counts only after `append`.
    /// - Returns: whether there was one.
    func receive(_ socket: UnsafeMutableRawPointer) -> Bool {
        let frame = frames + count
        zmq_msg_init(frame)
        if zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) >= 0 { return true }
        zmq_msg_close(frame)
        return false
    }

    var receivedHasMore: Bool { zmq_msg_more(frames + count) != 0 }

    /// The descriptor of the connection that the received frame came by, where the transport has one.
    var receivedDescriptor: Int32? {
        let descriptor = zmq_msg_get(frames + count, ZMQ_SRCFD)
        return descriptor >= 0 ? descriptor : nil
    }

    var receivedSize: Int { zmq_msg_size(frames + count) }

    /// What the gate said the peer is, where connections are not plain.
    var receivedKey: CurvePublicKey? {
        zmq_msg_gets(frames + count, "User-Id").flatMap { CurvePublicKey(String(cString: $0)) }
    }

    /// - Returns: the message's size in bytes.
    @discardableResult
    func append(from connection: UInt64) -> Int {
        let frame = frames + count
        let bytes = UnsafeRawBufferPointer(start: zmq_msg_data(frame), count: zmq_msg_size(frame))
        (messages + count).initialize(to: MessageBatch.Message(connection: connection, bytes: bytes))
        count += 1
        return bytes.count
    }

    /// Releases the received frame, and those after it in the same message.
    /// - Returns: how many frames there were.
    @discardableResult
    func refuse(_ socket: UnsafeMutableRawPointer) -> Int {
        var refused = 1
        while receivedHasMore {
            zmq_msg_close(frames + count)
            // All frames of a message arrive together.
            guard receive(socket) else { return refused }
            refused += 1
        }
        zmq_msg_close(frames + count)
        return refused
    }

    func clear() {
        for index in 0..<count { zmq_msg_close(frames + index) }
        count = 0
    }
}
