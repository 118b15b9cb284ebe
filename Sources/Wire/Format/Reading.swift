internal import CProtobufC

/// Reads protobuf-c's structures into Swift's values, and trusts nothing in them. `field` is the path that errors name.
struct Reading {
    let limits: WireLimits

    /// Unpacks a frame's body.
    /// - Parameter initialise: protobuf-c's own function that sets up such a message; it knows the descriptor.
    /// - Returns: the message, in the arena.
    func unpack<Message>(
        _ body: UnsafeRawBufferPointer, _ initialise: (UnsafeMutablePointer<Message>?) -> Void, in arena: Arena
    ) throws(WireError) -> UnsafeMutablePointer<Message> {
        let model = arena.make(initialise)
        let descriptor = UnsafeRawPointer(model).load(as: ProtobufCMessage.self).descriptor
        let unpacked = arena.withAllocator { allocator in
            protobuf_c_message_unpack(
                descriptor, allocator, body.count, body.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
        guard let unpacked else {
            if arena.isExhausted { throw .garbage(field: "frame", reason: "it unpacks to far more than its size") }
            throw .garbage(field: "frame", reason: "its body is no protobuf message of this kind")
        }
        return UnsafeMutableRawPointer(unpacked).assumingMemoryBound(to: Message.self)
    }

    /// A message inside another, which has to be there.
    func required<Message>(
        _ message: UnsafeMutablePointer<Message>?, _ field: @autoclosure () -> String
    ) throws(WireError) -> Message {
        guard let message else { throw .garbage(field: field(), reason: "missing") }
        return message.pointee
    }

    /// UTF-8 of a bounded length.
    func text(
        _ data: ProtobufCBinaryData, _ field: @autoclosure () -> String, limit: Int? = nil
    ) throws(WireError) -> String {
        let limit = limit ?? limits.text
        guard data.len <= limit else { throw .oversized(what: field(), size: data.len, limit: limit) }
        guard let text = String(validating: UnsafeBufferPointer(start: data.data, count: data.len), as: UTF8.self)
        else {
            throw .garbage(field: field(), reason: "not UTF-8")
        }
        return text
    }

    /// Text that ends up as an argument, a variable or a path, where the system ends it at a zero byte.
    func systemText(
        _ data: ProtobufCBinaryData, _ field: @autoclosure () -> String, limit: Int? = nil
    ) throws(WireError) -> String {
        let text = try text(data, field(), limit: limit)
        guard !text.utf8.contains(0) else { throw .garbage(field: field(), reason: "it holds a zero byte") }
        return text
    }

    func host(_ data: ProtobufCBinaryData, _ field: @autoclosure () -> String) throws(WireError) -> String {
        let host = try text(data, field(), limit: limits.host)
        guard !host.isEmpty, host.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .garbage(field: field(), reason: "not a host's name or address")
        }
        return host
    }

    func port(_ number: UInt32, _ field: @autoclosure () -> String) throws(WireError) -> UInt16 {
        guard let port = UInt16(exactly: number) else {
            throw .garbage(field: field(), reason: "\(number) is no port")
        }
        return port
    }

    /// Bounded by the frame.
    func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
        [UInt8](UnsafeBufferPointer(start: data.data, count: data.len))
    }

    /// The elements of a repeated field.
    func list<Element>(
        _ elements: UnsafeMutablePointer<Element>?, _ count: Int, _ field: @autoclosure () -> String, limit: Int
    ) throws(WireError) -> UnsafeBufferPointer<Element> {
        guard count <= limit else { throw .oversized(what: field(), size: count, limit: limit) }
        return UnsafeBufferPointer(start: elements, count: count)
    }
}
