internal import CWire
public import Coordination

/// Everything that travels between workers, clients and the coordinator.
public enum WireMessage: Hashable, Sendable {
    case fromWorker(WorkerMessage)
    /// Several that were said at once, in one frame.
    case fromWorkers([WorkerMessage])
    /// `checkpoint` goes with `start`, and only where its rendezvous names a checkpoint; empty is the same as none.
    case toWorker(CoordinatorMessage, checkpoint: [UInt8]? = nil)
    /// Several for one worker in one frame, none with a checkpoint.
    case toWorkers([CoordinatorMessage])
    /// `number` is the client's own; the reply repeats it.
    case request(ClientRequest, number: UInt64)
    case reply(ClientReply, number: UInt64)
}

/// Messages to frames and back. A frame is one ZeroMQ message: a header and a protobuf body, see `banquet.proto`.
///
/// Reading trusts nothing: sizes, counts, numbers and text are checked, what an unpacked frame may take is bounded, and a
/// frame that fails changes nothing and names the field.
public struct WireCodec: Sendable {
    public let limits: WireLimits

    public init(limits: WireLimits = WireLimits()) { self.limits = limits }

    /// - Throws: `WireError.oversized` when the frame would be too large to be read; nothing else.
    public func encode(_ message: WireMessage) throws(WireError) -> [UInt8] {
        let limits = limits
        return try withArena(budget: .max) { arena throws(WireError) in
            switch message {
            case .fromWorker(let message): try frame(.fromWorker, arena.fromWorker(message), limits: limits)
            case .fromWorkers(let messages): try frame(.fromWorker, arena.fromWorkers(messages), limits: limits)
            case .toWorkers(let messages): try frame(.toWorker, arena.toWorkers(messages), limits: limits)
            case .toWorker(let message, let checkpoint):
                try frame(.toWorker, arena.toWorker(message, checkpoint: checkpoint), limits: limits)
            case .request(let request, let number):
                try frame(.clientRequest, arena.request(request, number), limits: limits)
            case .reply(let reply, let number): try frame(.clientReply, try arena.reply(reply, number), limits: limits)
            }
        }
    }

    /// - Parameter bytes: a whole frame; not kept.
    public func decode(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> WireMessage {
        guard bytes.count <= limits.frame else {
            throw .oversized(what: "frame", size: bytes.count, limit: limits.frame)
        }
        let header = try FrameHeader(reading: bytes)
        let body = UnsafeRawBufferPointer(rebasing: bytes[FrameHeader.size...])
        let reading = Reading(limits: limits)
        return try withArena(budget: Self.budget(forBodyOf: body.count)) { arena throws(WireError) in
            switch header.kind {
            case .fromWorker:
                let frame = try reading.unpack(body, wire__from_worker__init, in: arena)
                if frame.pointee.message_case == WIRE__FROM_WORKER__MESSAGE_BATCH {
                    return .fromWorkers(try reading.fromWorkers(try reading.required(frame.pointee.batch, "batch")))
                }
                return .fromWorker(try reading.fromWorker(frame.pointee))
            case .toWorker:
                let frame = try reading.unpack(body, wire__to_worker__init, in: arena)
                if frame.pointee.message_case == WIRE__TO_WORKER__MESSAGE_BATCH {
                    return .toWorkers(try reading.toWorkers(try reading.required(frame.pointee.batch, "batch")))
                }
                let (message, checkpoint) = try reading.toWorker(frame.pointee)
                return .toWorker(message, checkpoint: checkpoint)
            case .clientRequest:
                let frame = try reading.unpack(body, wire__client_request__init, in: arena)
                return .request(try reading.request(frame.pointee), number: frame.pointee.request)
            case .clientReply:
                let frame = try reading.unpack(body, wire__client_reply__init, in: arena)
                return .reply(try reading.reply(frame.pointee), number: frame.pointee.request)
            }
        }
    }

    public func decode(_ bytes: [UInt8]) throws(WireError) -> WireMessage {
        try bytes.withUnsafeBufferPointer { bytes throws(WireError) in try decode(UnsafeRawBufferPointer(bytes)) }
    }

    /// What an honest body of this size unpacks to is far below: a held lease of ten bytes takes about two hundred.
    private static func budget(forBodyOf size: Int) -> Int { min(size * 40, size + (48 << 20)) + (16 << 10) }
}
