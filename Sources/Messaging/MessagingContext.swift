import CZeroMQ

/// A ZeroMQ context: the input/output threads that its sockets share. It ends when the last socket and the last other
/// reference to it are gone, and then waits until what was sent has left, for at most the sockets' `lingerMilliseconds`.
public final class MessagingContext: @unchecked Sendable {
    // A context is thread-safe by libzmq's own contract, which the compiler can't see: hence `@unchecked`.
    let pointer: UnsafeMutableRawPointer

    /// One input/output thread is enough for about a gigabyte a second.
    /// - Parameter sockets: how many sockets may be open at once.
    public init(inputOutputThreads: Int = 1, sockets: Int = 1024) throws {
        guard let pointer = zmq_ctx_new() else { throw MessagingError.last("zmq_ctx_new") }
        self.pointer = pointer
        guard zmq_ctx_set(pointer, ZMQ_IO_THREADS, Int32(clamping: inputOutputThreads)) == 0,
            zmq_ctx_set(pointer, ZMQ_MAX_SOCKETS, Int32(clamping: sockets)) == 0
        else {
            throw MessagingError.last("zmq_ctx_set")
        }
    }

    deinit {
        while zmq_ctx_term(pointer) != 0 && zmq_errno() == EINTR {}
    }
}
