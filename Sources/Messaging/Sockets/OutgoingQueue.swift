import CZeroMQ
internal import Glibc
internal import Synchronization

/// What became of a message that was given to a socket. None of the three waits.
public enum SendResult: Hashable, Sendable {
    /// It is queued for the peer. It may still be lost with the connection.
    case queued
    /// The peer reads too slowly and its queue is full: the message was dropped.
    case full
    /// There is no such connection any more, or none yet.
    case gone
}

/// Counts the bytes that wait for one peer, which libzmq's own limit (a number of messages) doesn't bound.
final class OutgoingQueue: Sendable {
    private let waiting = Atomic<Int>(0)

    /// Bytes that were queued and have not left for the kernel yet.
    var bytes: Int { waiting.load(ordering: .relaxed) }

    /// Hands a copy of `bytes` to libzmq as one frame, counted until it has left or was dropped.
    func send(_ bytes: UnsafeRawBufferPointer, to socket: UnsafeMutableRawPointer) -> Bool {
        // The block begins with its size, for the release by libzmq's input/output thread.
        guard let block = malloc(Self.header + bytes.count) else { return false }
        block.storeBytes(of: bytes.count, as: Int.self)
        let content = block + Self.header
        if let source = bytes.baseAddress { content.copyMemory(from: source, byteCount: bytes.count) }
        var message = zmq_msg_t()
        let itself = Unmanaged.passRetained(self)
        guard zmq_msg_init_data(&message, content, bytes.count, releaseOutgoing, itself.toOpaque()) == 0 else {
            itself.release()
            free(block)
            return false
        }
        waiting.add(bytes.count, ordering: .relaxed)
        if zmq_msg_send(&message, socket, ZMQ_DONTWAIT) >= 0 { return true }
        zmq_msg_close(&message)
        return false
    }

    fileprivate func left(_ size: Int) { waiting.subtract(size, ordering: .relaxed) }

    fileprivate static let header = 16
}

/// libzmq is done with a frame of an `OutgoingQueue`; called on its input/output thread.
private func releaseOutgoing(_ content: UnsafeMutableRawPointer?, _ queue: UnsafeMutableRawPointer?) {
    guard let content, let queue else { return }
    let block = content - OutgoingQueue.header
    let size = block.load(as: Int.self)
    free(block)
    Unmanaged<OutgoingQueue>.fromOpaque(queue).takeRetainedValue().left(size)
}
