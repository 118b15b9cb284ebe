internal import Coordination

extension WireCodec {
    /// What a peer is told whose version is not spoken here, in the frame that every version of this major one reads and that
    /// another major one at least sees the version of; nil where it can't be known who asks.
    /// - Parameter bytes: its frame.
    public func answer(to bytes: UnsafeRawBufferPointer, because error: WireError) -> [UInt8]? {
        guard bytes.count >= FrameHeader.size, case .unknownVersion(let have, let supported) = error else { return nil }
        let reason =
            "wire version \(have) is not spoken here: this coordinator speaks \(supported), and one minor version before it; "
            + "use a `banquet` of the coordinator's version"
        switch FrameHeader.Kind(rawValue: bytes[6]) {
        case .fromWorker: return try? encode(.toWorker(.refuse(reason: reason)))
        case .clientRequest:
            // The request's number is the first field in every version.
            return try? encode(.reply(.refused(reason: reason), number: Self.requestNumber(bytes) ?? 0))
        case .toWorker, .clientReply, nil: return nil
        }
    }

    private static func requestNumber(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
        var body = bytes[FrameHeader.size...]
        guard body.popFirst() == 0x08 else { return nil }
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = body.popFirst() else { return nil }
            number |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return number }
        }
        return nil
    }
}
