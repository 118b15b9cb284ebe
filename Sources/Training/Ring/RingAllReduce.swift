import Messaging

/// Sums a vector over all ranks of a gang (Patarasuk and Yuan, "Bandwidth optimal all-reduce algorithms for clusters of
/// workstations", 2009).
///
/// The ranks stand in a ring; each sends to its right neighbour and receives from its left one. The vector is cut into
/// as many chunks as there are ranks. In n − 1 exchanges every chunk travels once around and is added up on its way
/// (reduce-scatter); in n − 1 more, the finished chunks travel around again (all-gather). A rank sends 2 (n − 1) / n of
/// the vector, which is the least possible, however many ranks there are.
///
/// Each chunk is added up by one chain of ranks and then copied, so all ranks end with the same bits, and the same gang
/// on the same input always ends with the same.
///
/// Used by one thread.
final class RingAllReduce {
    let member: GangMember
    private let left: BlockingSocket
    private let right: BlockingSocket
    /// How long a neighbour may be silent.
    private let patience: Duration
    private var collective: UInt64 = 0
    private var outgoing: [UInt8] = []
    /// Frames that were dropped because they are not of this gang and generation.
    private(set) var strayFrames = 0

    /// - Parameters:
    ///   - left: a `pull` socket that the left neighbour is connected to.
    ///   - right: a `push` socket that is connected to the right neighbour.
    init(member: GangMember, left: BlockingSocket, right: BlockingSocket, patience: Duration) {
        precondition(member.worldSize > 1)
        self.member = member
        self.left = left
        self.right = right
        self.patience = patience
    }

    /// Replaces `values` by their sum over all ranks. All ranks call it with vectors of the same length.
    /// - Throws: `TrainingError.ring`, when a neighbour is silent for too long or sends what does not fit.
    func sum(_ values: UnsafeMutableBufferPointer<Float>) throws {
        let size = member.worldSize
        let rank = member.rank
        var hop: UInt32 = 0
        for exchange in 0..<(size - 1) {
            try send(chunk: (rank - exchange + size) % size, of: values, hop: hop)
            try receive(chunk: (rank - exchange - 1 + size) % size, of: values, hop: hop) { target, source, count in
                addUnaligned(source, to: target, count: count)
            }
            hop += 1
        }
        for exchange in 0..<(size - 1) {
            try send(chunk: (rank - exchange + 1 + size) % size, of: values, hop: hop)
            try receive(chunk: (rank - exchange + size) % size, of: values, hop: hop) { target, source, count in
                UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: count * MemoryLayout<Float>.size)
            }
            hop += 1
        }
        collective += 1
    }

    /// Which values chunk number `chunk` has: lengths differ by at most one, and may be 0.
    static func range(chunk: Int, of count: Int, worldSize: Int) -> Range<Int> {
        (chunk * count / worldSize)..<((chunk + 1) * count / worldSize)
    }

    private func send(chunk: Int, of values: UnsafeMutableBufferPointer<Float>, hop: UInt32) throws {
        let range = Self.range(chunk: chunk, of: values.count, worldSize: member.worldSize)
        let payload = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: values[range]))
        let frame = RingFrame(
            generation: member.generation, jobKey: member.jobKey, collective: collective, hop: hop,
            chunk: UInt32(chunk), sender: UInt32(member.rank), count: UInt32(range.count))
        let length = RingFrame.size + payload.count
        if outgoing.count < length { outgoing = [UInt8](repeating: 0, count: length) }
        do {
            try outgoing.withUnsafeMutableBytes { buffer in
                guard let base = buffer.baseAddress else { return }
                frame.write(to: base)
                if let source = payload.baseAddress {
                    (base + RingFrame.size).copyMemory(from: source, byteCount: payload.count)
                }
                try right.send(
                    UnsafeRawBufferPointer(rebasing: buffer[..<length]), deadline: ContinuousClock.now + patience)
            }
        } catch MessagingError.timedOut {
            throw TrainingError.ring("rank \(member.right) has taken nothing for \(patience); it seems lost")
        }
    }

    private func receive(
        chunk: Int, of values: UnsafeMutableBufferPointer<Float>, hop: UInt32,
        _ combine: (UnsafeMutablePointer<Float>, UnsafeRawPointer, Int) -> Void
    ) throws {
        let range = Self.range(chunk: chunk, of: values.count, worldSize: member.worldSize)
        let expected = RingFrame(
            generation: member.generation, jobKey: member.jobKey, collective: collective, hop: hop,
            chunk: UInt32(chunk), sender: UInt32(member.left), count: UInt32(range.count))
        let deadline = ContinuousClock.now + patience
        do {
            var isDone = false
            while !isDone {
                isDone = try left.withFrame(deadline: deadline) { bytes, more in
                    guard !more, let frame = RingFrame(bytes), isOurs(frame) else {
                        strayFrames += 1
                        return false
                    }
                    guard frame == expected else { throw TrainingError.ring(mismatch(frame, expected)) }
                    if let target = values.baseAddress, let source = bytes.baseAddress {
                        combine(target + range.lowerBound, source + RingFrame.size, range.count)
                    }
                    return true
                }
            }
        } catch MessagingError.timedOut {
            throw TrainingError.ring(
                "rank \(member.left) has sent nothing for \(patience); it seems lost"
                    + (strayFrames > 0 ? " (\(strayFrames) frames of other gangs were dropped)" : ""))
        }
    }

    /// A frame of another job or an older generation is somebody's who has not noticed yet that this port has a new
    /// owner. It is dropped; the right frame may still come.
    private func isOurs(_ frame: RingFrame) -> Bool {
        frame.generation == member.generation && frame.jobKey == member.jobKey
    }

    private func mismatch(_ found: RingFrame, _ expected: RingFrame) -> String {
        func text(_ frame: RingFrame) -> String {
            "all-reduce \(frame.collective), hop \(frame.hop), chunk \(frame.chunk) with \(frame.count) values from rank "
                + "\(frame.sender)"
        }
        return "out of step: got \(text(found)); expected \(text(expected))"
    }
}

/// `target += source`, where `source` lies at any address.
private func addUnaligned(_ source: UnsafeRawPointer, to target: UnsafeMutablePointer<Float>, count: Int) {
    var index = 0
    while index < count {
        let bits = source.loadUnaligned(fromByteOffset: index &* MemoryLayout<UInt32>.size, as: UInt32.self)
        target[index] += Float(bitPattern: UInt32(littleEndian: bits))
        index &+= 1
    }
}
