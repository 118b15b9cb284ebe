/// What is on disk can't be read: it contradicts its own format.
struct Unreadable: Error {
    var reason: String
}

/// Bytes under construction. Numbers are LEB128: seven bits a byte, the lowest first.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }
    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func number(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: value))
    }

    mutating func text(_ value: String) {
        number(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    mutating func block(_ value: [UInt8]) {
        number(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func fixed32(_ value: UInt32) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
    mutating func fixed64(_ value: UInt64) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }

    mutating func replace32(at place: Int, with value: UInt32) {
        withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(place..<place + 4, with: $0) }
    }
}

/// Reads what a `ByteWriter` wrote, and trusts nothing.
struct ByteReader {
    let bytes: UnsafeRawBufferPointer
    var place: Int
    let end: Int

    init(_ bytes: UnsafeRawBufferPointer) { self.init(bytes, from: 0, to: bytes.count) }

    init(_ bytes: UnsafeRawBufferPointer, from place: Int, to end: Int) {
        self.bytes = bytes
        self.place = place
        self.end = end
    }

    var isAtEnd: Bool { place == end }

    mutating func byte() throws(Unreadable) -> UInt8 {
        guard place < end else { throw Unreadable(reason: "it ends too early") }
        defer { place += 1 }
        return bytes[place]
    }

    mutating func number() throws(Unreadable) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte()
            guard shift < 63 || byte <= 1 else { throw Unreadable(reason: "a number is too large") }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    mutating func small<Value: FixedWidthInteger>(_ what: String) throws(Unreadable) -> Value {
        let value = try number()
        guard let small = Value(exactly: value) else { throw Unreadable(reason: "\(what) is \(value)") }
        return small
    }

    mutating func block() throws(Unreadable) -> UnsafeRawBufferPointer {
        let count = try number()
        guard count <= UInt64(end - place) else { throw Unreadable(reason: "it ends too early") }
        defer { place += Int(count) }
        return UnsafeRawBufferPointer(rebasing: bytes[place..<place + Int(count)])
    }

    mutating func text() throws(Unreadable) -> String {
        let block = try block()
        guard let text = String(validating: block, as: UTF8.self) else {
            throw Unreadable(reason: "a text is not UTF-8")
        }
        return text
    }

    mutating func fixed32() throws(Unreadable) -> UInt32 {
        guard end - place >= 4 else { throw Unreadable(reason: "it ends too early") }
        defer { place += 4 }
        return UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }

    mutating func fixed64() throws(Unreadable) -> UInt64 {
        guard end - place >= 8 else { throw Unreadable(reason: "it ends too early") }
        defer { place += 8 }
        return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }
}
