/// The head of every message between neighbours in the ring; `count` Float32 values follow. All little-endian.
///
///     offset  0  magic "BQRG"              UInt32
///             4  generation                UInt32   which attempt of the gang
///             8  job                       UInt64   FNV-1a of its name
///            16  collective                UInt64   which all-reduce of this generation, from 0
///            24  hop                       UInt32   which exchange within it, from 0
///            28  chunk                     UInt32   which part of the vector
///            32  sender                    UInt32   its rank
///            36  count                     UInt32   values that follow
struct RingFrame: Hashable {
    static let size = 40
    static let magic: UInt32 = 0x4752_5142  // "BQRG" as it lies in the frame

    var generation: UInt32
    var jobKey: UInt64
    var collective: UInt64
    var hop: UInt32
    var chunk: UInt32
    var sender: UInt32
    var count: UInt32

    /// `target` has room for `size` bytes.
    func write(to target: UnsafeMutableRawPointer) {
        target.storeBytes(of: Self.magic.littleEndian, toByteOffset: 0, as: UInt32.self)
        target.storeBytes(of: generation.littleEndian, toByteOffset: 4, as: UInt32.self)
        target.storeBytes(of: jobKey.littleEndian, toByteOffset: 8, as: UInt64.self)
        target.storeBytes(of: collective.littleEndian, toByteOffset: 16, as: UInt64.self)
        target.storeBytes(of: hop.littleEndian, toByteOffset: 24, as: UInt32.self)
        target.storeBytes(of: chunk.littleEndian, toByteOffset: 28, as: UInt32.self)
        target.storeBytes(of: sender.littleEndian, toByteOffset: 32, as: UInt32.self)
        target.storeBytes(of: count.littleEndian, toByteOffset: 36, as: UInt32.self)
    }

    /// Nil when the bytes are no frame of a ring: too short, other magic, or another length than the head says.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.size else { return nil }
        func word(_ offset: Int) -> UInt32 {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        func double(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        guard word(0) == Self.magic else { return nil }
        generation = word(4)
        jobKey = double(8)
        collective = double(16)
        hop = word(24)
        chunk = word(28)
        sender = word(32)
        count = word(36)
        guard bytes.count == Self.size + Int(count) * MemoryLayout<Float>.size else { return nil }
    }

    init(
        generation: UInt32, jobKey: UInt64, collective: UInt64, hop: UInt32, chunk: UInt32, sender: UInt32,
        count: UInt32
    ) {
        self.generation = generation
        self.jobKey = jobKey
        self.collective = collective
        self.hop = hop
        self.chunk = chunk
        self.sender = sender
        self.count = count
    }
}
