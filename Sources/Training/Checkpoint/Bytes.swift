/// Writes little-endian fields one after the other: for checkpoints and for what the ranks tell each other.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    init(reserving capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    mutating func write<Number: FixedWidthInteger>(_ value: Number) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func write(_ value: Float) { write(value.bitPattern) }

    mutating func write(_ values: some Sequence<Float>) {
        for value in values { write(value) }
    }

    /// UTF-8 after its length in 16 bits. The caller has checked that it is shorter than 64 KiB.
    mutating func write(_ text: String) {
        write(UInt16(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func write(raw: some Sequence<UInt8>) { bytes.append(contentsOf: raw) }
}

/// Reads what `ByteWriter` wrote, from bytes that may be anything: each read is nil past the end.
struct ByteReader {
    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var remaining: Int { bytes.count - position }

    mutating func read<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
        let size = MemoryLayout<Number>.size
        guard remaining >= size else { return nil }
        let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: Number.self) }
        position += size
        return Number(littleEndian: value)
    }

    mutating func readFloat() -> Float? { read(UInt32.self).map(Float.init(bitPattern:)) }

    mutating func readFloats(_ count: Int) -> [Float]? {
        guard count >= 0, remaining / MemoryLayout<Float>.size >= count else { return nil }
        return (0..<count).compactMap { _ in readFloat() }
    }

    mutating func readRaw(_ count: Int) -> [UInt8]? {
        guard count >= 0, remaining >= count else { return nil }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// A string of at most `limit` bytes of valid UTF-8.
    mutating func readText(limit: Int) -> String? {
        guard let count = read(UInt16.self), Int(count) <= limit, let raw = readRaw(Int(count)) else { return nil }
        return String(validating: raw, as: UTF8.self)
    }
}

/// CRC-32 as in ISO 3309 (zlib, PNG): finds every damage of up to 32 bits in a row.
func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var remainder: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
        remainder = crcTable[Int((remainder ^ UInt32(byte)) & 0xFF)] ^ (remainder >> 8)
    }
    return remainder ^ 0xFFFF_FFFF
}

private let crcTable: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 0 ? value >> 1 : (value >> 1) ^ 0xEDB8_8320 }
}

/// FNV-1a with 64 bits: a short name for a longer thing among parties that trust each other.
func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
}
