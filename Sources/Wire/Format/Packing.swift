internal import CProtobufC

/// Makes protobuf-c's structures out of Swift's values, in an arena.
extension Arena {
    /// A structure that protobuf-c's own function has set up.
    func make<Message>(_ initialise: (UnsafeMutablePointer<Message>?) -> Void) -> UnsafeMutablePointer<Message> {
        let message = reserve(MemoryLayout<Message>.size).bindMemory(to: Message.self, capacity: 1)
        initialise(message)
        return message
    }

    func data(_ text: String) -> ProtobufCBinaryData {
        var text = text
        return text.withUTF8 { data(UnsafeRawBufferPointer($0)) }
    }

    func data(_ bytes: [UInt8]) -> ProtobufCBinaryData { bytes.withUnsafeBytes { data($0) } }

    private func data(_ bytes: UnsafeRawBufferPointer) -> ProtobufCBinaryData {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return ProtobufCBinaryData(len: 0, data: nil) }
        let copy = reserve(bytes.count)
        copy.copyMemory(from: source, byteCount: bytes.count)
        return ProtobufCBinaryData(len: bytes.count, data: copy.assumingMemoryBound(to: UInt8.self))
    }

    /// An array for a repeated field, or nil for none.
    func list<Element>(_ elements: some Collection<Element>) -> UnsafeMutablePointer<Element>? {
        guard !elements.isEmpty else { return nil }
        let list = reserve(MemoryLayout<Element>.stride * elements.count)
            .bindMemory(to: Element.self, capacity: elements.count)
        for (index, element) in elements.enumerated() { (list + index).initialize(to: element) }
        return list
    }

    /// Packing has no budget: what it takes follows from values of our own.
    private func reserve(_ size: Int) -> UnsafeMutableRawPointer {
        guard let memory = allocate(max(size, 1)) else { fatalError("no memory for \(size) bytes") }
        return memory
    }
}

/// A frame of a message that was made in an arena.
func frame<Message>(
    _ kind: FrameHeader.Kind, _ message: UnsafeMutablePointer<Message>, limits: WireLimits
) throws(WireError) -> [UInt8] {
    // Every structure of protobuf-c's begins with its base.
    let base = UnsafeRawPointer(message).assumingMemoryBound(to: ProtobufCMessage.self)
    let size = FrameHeader.size + protobuf_c_message_get_packed_size(base)
    guard size <= limits.frame else { throw .oversized(what: "frame", size: size, limit: limits.frame) }
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        FrameHeader(kind: kind).write(to: buffer)
        count = FrameHeader.size + protobuf_c_message_pack(base, buffer.baseAddress! + FrameHeader.size)
    }
}
