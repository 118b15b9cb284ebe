import Coordination

/// Reads what `PackedEncoder` wrote.
enum PackedDecoder {
    /// - Throws: `Unreadable`.
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: UnsafeRawBufferPointer) throws -> Value {
        var reader = ByteReader(bytes)
        let count = try reader.number()
        guard count <= UInt64(bytes.count) else {
            throw Unreadable(reason: "it has \(count) keys in \(bytes.count) bytes")
        }
        var keys: [String] = []
        for _ in 0..<count { keys.append(try reader.text()) }
        let source = PackedSource(bytes: bytes, keys: keys)
        let value: Value
        do {
            value = try source.decode(Value.self, from: &reader)
        } catch let error as DecodingError {
            throw Unreadable(reason: "\(error)")
        }
        guard reader.isAtEnd else { throw Unreadable(reason: "something follows its end") }
        return value
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try bytes.withUnsafeBytes { try decode(type, from: $0) }
    }
}

/// The bytes of a document and its table of keys.
private final class PackedSource {
    let bytes: UnsafeRawBufferPointer
    let keys: [String]

    init(bytes: UnsafeRawBufferPointer, keys: [String]) {
        self.bytes = bytes
        self.keys = keys
    }

    func tag(_ reader: inout ByteReader) throws -> PackedEncoder.Tag {
        let byte = try reader.byte()
        guard let tag = PackedEncoder.Tag(rawValue: byte) else { throw Unreadable(reason: "there is no tag \(byte)") }
        return tag
    }

    func skip(_ reader: inout ByteReader) throws {
        switch try tag(&reader) {
        case .null, .no, .yes: break
        case .positive, .negative: _ = try reader.number()
        case .double: _ = try reader.fixed64()
        case .text, .plainJob: _ = try reader.block()
        case .list, .record: _ = try content(&reader)
        }
    }

    /// The inside of a list or record, past which the reader goes.
    func content(_ reader: inout ByteReader) throws -> ByteReader {
        let length = Int(try reader.fixed32())
        guard length <= reader.end - reader.place else { throw Unreadable(reason: "it ends too early") }
        defer { reader.place += length }
        return ByteReader(bytes, from: reader.place, to: reader.place + length)
    }

    func integer<Value: FixedWidthInteger>(_ reader: inout ByteReader) throws -> Value {
        let isNegative: Bool
        switch try tag(&reader) {
        case .positive: isNegative = false
        case .negative: isNegative = true
        default: throw Unreadable(reason: "a number was expected")
        }
        let number = try reader.number()
        let value = isNegative ? Int64(exactly: number).flatMap { Value(exactly: ~$0) } : Value(exactly: number)
        guard let value else { throw Unreadable(reason: "the number \(number) is out of range") }
        return value
    }

    func text(_ reader: inout ByteReader) throws -> String {
        guard case .text = try tag(&reader) else { throw Unreadable(reason: "a text was expected") }
        return try reader.text()
    }

    func double(_ reader: inout ByteReader) throws -> Double {
        guard case .double = try tag(&reader) else { throw Unreadable(reason: "a double was expected") }
        return Double(bitPattern: try reader.fixed64())
    }

    func bool(_ reader: inout ByteReader) throws -> Bool {
        switch try tag(&reader) {
        case .yes: return true
        case .no: return false
        default: throw Unreadable(reason: "true or false was expected")
        }
    }

    func isNil(_ reader: ByteReader) -> Bool { !reader.isAtEnd && reader.bytes[reader.place] == 0 }

    func decode<Value: Decodable>(_ type: Value.Type, from reader: inout ByteReader) throws -> Value {
        if type == String.self { return try text(&reader) as! Value }
        if type == UInt64.self { return try (integer(&reader) as UInt64) as! Value }
        if type == UInt32.self { return try (integer(&reader) as UInt32) as! Value }
        if type == JobSpecification.self, !reader.isAtEnd,
            reader.bytes[reader.place] == PackedEncoder.Tag.plainJob.rawValue
        {
            _ = try reader.byte()
            var content = ByteReader(try reader.block())
            return try PlainSubmission.read(from: &content) as! Value
        }
        let value = try Value(from: PackedValueDecoder(source: self, reader: reader))
        try skip(&reader)
        return value
    }
}

/// Decodes one value: what the reader, if there is one, stands before; without one, the zero or empty value.
private struct PackedValueDecoder: Decoder {
    let source: PackedSource
    let reader: ByteReader?
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func inside(_ tag: PackedEncoder.Tag) throws -> ByteReader? {
        guard var reader else { return nil }
        guard try source.tag(&reader) == tag else { throw Unreadable(reason: "a \(tag) was expected") }
        return try source.content(&reader)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(try PackedFields<Key>(source, try inside(.record)))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        PackedValues(source: source, reader: try inside(.list))
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { PackedOne(source: source, reader: reader) }
}

private struct PackedFields<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let source: PackedSource
    private var fields: [(key: UInt64, place: Int)] = []
    private var end = 0
    var codingPath: [any CodingKey] { [] }

    init(_ source: PackedSource, _ reader: ByteReader?) throws {
        self.source = source
        guard var reader else { return }
        end = reader.end
        fields.reserveCapacity(16)
        while !reader.isAtEnd {
            let key = try reader.number()
            guard key < UInt64(source.keys.count) else { throw Unreadable(reason: "there is no key \(key)") }
            fields.append((key, reader.place))
            try source.skip(&reader)
        }
    }

    var allKeys: [Key] { fields.compactMap { Key(stringValue: source.keys[Int($0.key)]) } }

    private func reader(_ key: some CodingKey) -> ByteReader? {
        // A record has few fields: to look through them is cheaper than to hash the name.
        let name = key.stringValue
        guard let field = fields.first(where: { source.keys[Int($0.key)] == name }) else { return nil }
        return ByteReader(source.bytes, from: field.place, to: end)
    }

    func contains(_ key: Key) -> Bool { reader(key) != nil }
    func decodeNil(forKey key: Key) -> Bool { reader(key).map { source.isNil($0) } ?? true }

    private func one(_ key: Key) -> PackedOne { PackedOne(source: source, reader: reader(key)) }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try one(key).decode(type) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try one(key).decode(type) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try one(key).decode(type) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try one(key).decode(type) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try one(key).decode(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try one(key).decode(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try one(key).decode(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try one(key).decode(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try one(key).decode(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try one(key).decode(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try one(key).decode(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try one(key).decode(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try one(key).decode(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try one(key).decode(type) }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try one(key).decode(type) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try PackedValueDecoder(source: source, reader: reader(key)).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try PackedValueDecoder(source: source, reader: reader(key)).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { throw Unreadable(reason: "no type of ours is a class") }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw Unreadable(reason: "no type of ours is a class") }
}

private struct PackedValues: UnkeyedDecodingContainer {
    let source: PackedSource
    var reader: ByteReader?
    var codingPath: [any CodingKey] { [] }
    var currentIndex = 0

    init(source: PackedSource, reader: ByteReader?) {
        self.source = source
        self.reader = reader
    }

    /// Counted only when asked: types of ours read until `isAtEnd`.
    var count: Int? { nil }
    var isAtEnd: Bool { reader?.isAtEnd ?? true }

    private mutating func next<Value>(_ body: (PackedSource, inout ByteReader) throws -> Value) throws -> Value {
        guard var reader, !reader.isAtEnd else { throw Unreadable(reason: "a list ends too early") }
        let value = try body(source, &reader)
        self.reader = reader
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard let reader, source.isNil(reader) else { return false }
        return try next {
            _ = try $0.tag(&$1); return true
        }
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try next { try $0.bool(&$1) } }
    mutating func decode(_ type: String.Type) throws -> String { try next { try $0.text(&$1) } }
    mutating func decode(_ type: Double.Type) throws -> Double { try next { try $0.double(&$1) } }
    mutating func decode(_ type: Float.Type) throws -> Float { try next { Float(try $0.double(&$1)) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try next { try $0.integer(&$1) } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try next { try $0.integer(&$1) } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try next { try $0.integer(&$1) } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try next { try $0.integer(&$1) } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try next { try $0.integer(&$1) } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try next { try $0.integer(&$1) } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next { try $0.integer(&$1) } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next { try $0.integer(&$1) } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next { try $0.integer(&$1) } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next { try $0.integer(&$1) } }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try next { try $0.decode(type, from: &$1) }
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next { source, reader in
            let decoder = PackedValueDecoder(source: source, reader: reader)
            try source.skip(&reader)
            return try decoder.container(keyedBy: type)
        }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next { source, reader in
            let decoder = PackedValueDecoder(source: source, reader: reader)
            try source.skip(&reader)
            return try decoder.unkeyedContainer()
        }
    }

    mutating func superDecoder() throws -> any Decoder { throw Unreadable(reason: "no type of ours is a class") }
}

/// One value, or the zero or empty one where it is missing.
private struct PackedOne: SingleValueDecodingContainer {
    let source: PackedSource
    let reader: ByteReader?
    var codingPath: [any CodingKey] { [] }

    private func read<Value>(_ zero: Value, _ body: (inout ByteReader) throws -> Value) throws -> Value {
        guard var reader else { return zero }
        return try body(&reader)
    }

    func decodeNil() -> Bool { reader.map { source.isNil($0) } ?? true }
    func decode(_ type: Bool.Type) throws -> Bool { try read(false) { try source.bool(&$0) } }
    func decode(_ type: String.Type) throws -> String { try read("") { try source.text(&$0) } }
    func decode(_ type: Double.Type) throws -> Double { try read(0) { try source.double(&$0) } }
    func decode(_ type: Float.Type) throws -> Float { try read(0) { Float(try source.double(&$0)) } }
    func decode(_ type: Int.Type) throws -> Int { try read(0) { try source.integer(&$0) } }
    func decode(_ type: Int8.Type) throws -> Int8 { try read(0) { try source.integer(&$0) } }
    func decode(_ type: Int16.Type) throws -> Int16 { try read(0) { try source.integer(&$0) } }
    func decode(_ type: Int32.Type) throws -> Int32 { try read(0) { try source.integer(&$0) } }
    func decode(_ type: Int64.Type) throws -> Int64 { try read(0) { try source.integer(&$0) } }
    func decode(_ type: UInt.Type) throws -> UInt { try read(0) { try source.integer(&$0) } }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try read(0) { try source.integer(&$0) } }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try read(0) { try source.integer(&$0) } }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try read(0) { try source.integer(&$0) } }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try read(0) { try source.integer(&$0) } }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        guard var reader else { return try Value(from: PackedValueDecoder(source: source, reader: nil)) }
        return try source.decode(type, from: &reader)
    }
}
