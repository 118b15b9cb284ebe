internal import CZeroMQ

/// Calls its handler while a file descriptor is ready. Belongs to its reactor's thread; cancel it before closing the descriptor.
public final class DescriptorWatch {
    public enum Interest: Sendable {
        case reading, writing
    }

    private let loop: ReactorLoop
    private var source: PollSource?

    init(_ descriptor: Int32, _ interest: Interest, _ loop: ReactorLoop, _ ready: @escaping () -> Void) {
        self.loop = loop
        let events = interest == .reading ? ZMQ_POLLIN | ZMQ_POLLERR : ZMQ_POLLOUT | ZMQ_POLLERR
        let source = PollSource(
            zmq_pollitem_t(socket: nil, fd: descriptor, events: Int16(events), revents: 0), ready: ready)
        self.source = source
        loop.add(source)
    }

    /// The handler is not called until `resume()`; what is there to read stays in the kernel.
    public func pause() {
        if let source { loop.remove(source) }
    }

    public func resume() {
        if let source { loop.add(source) }
    }

    /// For good; the handler is released.
    public func cancel() {
        if let source { loop.remove(source) }
        source = nil
    }
}
