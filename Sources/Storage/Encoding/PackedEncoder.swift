import Coordination

/// Writes any `Encodable` value in few bytes and little time, so that what the core adds to its types is stored without a line
/// here. A document is the table of the keys that occur in it and one value; a value is a tag and
///
///     0 nothing   1 false   2 true   3 a number   4 minus 1 minus a number   5 a double (8 bytes)   6 a text
///     7 a list: its length in bytes (4 bytes), its values   8 a record: the same, with a key's number before each value
///     9 a job's specification that is plain: its length, and what `PlainSubmission` says
///
/// A reader finds a field by its key and skips others; a field that is missing reads as zero or empty, as in protobuf.
struct PackedEncoder {
    enum Tag: UInt8 {
        case null, no, yes, positive, negative, double, text, list, record, plainJob
    }

    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let sink = PackedSink()
        try sink.value(value, path: [])
        sink.closeContainers(above: 0)
        var document = ByteWriter()
        document.reserve(sink.writer.bytes.count + 256)
        document.number(UInt64(sink.keys.count))
        for key in sink.keys { document.text(key) }
        return document.bytes + sink.writer.bytes
    }
}

/// Where all containers of one document write to. They are open one inside the other: writing to an outer one closes those inside.
private final class PackedSink {
    var writer = ByteWriter()
    private(set) var keys: [String] = []
    private var numbers: [String: UInt64] = [:]
    /// Where the lengths of the containers that are open stand.
    private var open: [Int] = []

    func begin(_ tag: PackedEncoder.Tag) -> Int {
        writer.byte(tag.rawValue)
        open.append(writer.bytes.count)
        writer.fixed32(0)
        return open.count
    }

    func closeContainers(above depth: Int) {
        while open.count > depth {
            let place = open.removeLast()
            writer.replace32(at: place, with: UInt32(writer.bytes.count - place - 4))
        }
    }

    func key(_ key: String) {
        if let number = numbers[key] { return writer.number(number) }
        let number = UInt64(keys.count)
        numbers[key] = number
        keys.append(key)
        writer.number(number)
    }

    func tag(_ tag: PackedEncoder.Tag) { writer.byte(tag.rawValue) }

    func integer(_ value: some BinaryInteger) {
        let isNegative = value < 0
        tag(isNegative ? .negative : .positive)
        writer.number(isNegative ? ~UInt64(truncatingIfNeeded: value) : UInt64(truncatingIfNeeded: value))
    }

    func text(_ value: String) {
        tag(.text)
        writer.text(value)
    }

    func double(_ value: Double) {
        tag(.double)
        writer.fixed64(value.bitPattern)
    }

    func value<Value: Encodable>(_ value: Value, path: [any CodingKey]) throws {
        if Value.self == String.self { return text(value as! String) }
        if Value.self == UInt64.self { return integer(value as! UInt64) }
        if Value.self == UInt32.self { return integer(value as! UInt32) }
        if Value.self == JobSpecification.self, PlainSubmission.holds(value as! JobSpecification) {
            tag(.plainJob)
            var content = ByteWriter()
            PlainSubmission.write(value as! JobSpecification, to: &content)
            return writer.block(content.bytes)
        }
        let depth = open.count
        let start = writer.bytes.count
        try value.encode(to: PackedValueEncoder(sink: self, codingPath: path))
        // A value without a field opens no container.
        if writer.bytes.count == start { _ = begin(.record) }
        closeContainers(above: depth)
    }
}

private struct PackedValueEncoder: Encoder {
    let sink: PackedSink
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(PackedRecord<Key>(sink: sink, depth: sink.begin(.record), codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        PackedList(sink: sink, depth: sink.begin(.list), codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { PackedSingle(sink: sink, codingPath: codingPath) }
}

private struct PackedRecord<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let sink: PackedSink
    let depth: Int
    let codingPath: [any CodingKey]

    private func at(_ key: some CodingKey) -> PackedSink {
        sink.closeContainers(above: depth)
        sink.key(key.stringValue)
        return sink
    }

    func encodeNil(forKey key: Key) { at(key).tag(.null) }
    func encode(_ value: Bool, forKey key: Key) { at(key).tag(value ? .yes : .no) }
    func encode(_ value: String, forKey key: Key) { at(key).text(value) }
    func encode(_ value: Double, forKey key: Key) { at(key).double(value) }
    func encode(_ value: Float, forKey key: Key) { at(key).double(Double(value)) }
    func encode(_ value: Int, forKey key: Key) { at(key).integer(value) }
    func encode(_ value: Int8, forKey key: Key) { at(key).integer(value) }
    func encode(_ value: Int16, forKey key: Key) { at(key).integer(value) }
    func encode(_ value: Int32, forKey key: Key) { at(key).integer(value) }
    func encode(_ value: Int64, forKey key: Key) { at(key).integer(value) }
    func encode(_ value: UInt, forKey key: Key) { at(key).integer(value) }
    func encode(_ value: UInt8, forKey key: Key) { at(key).integer(value) }
    func encode(_ value: UInt16, forKey key: Key) { at(key).integer(value) }
    func encode(_ value: UInt32, forKey key: Key) { at(key).integer(value) }
    func encode(_ value: UInt64, forKey key: Key) { at(key).integer(value) }
    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        try at(key).value(value, path: codingPath)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        let sink = at(key)
        return KeyedEncodingContainer(
            PackedRecord<Nested>(sink: sink, depth: sink.begin(.record), codingPath: codingPath + [key]))
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        let sink = at(key)
        return PackedList(sink: sink, depth: sink.begin(.list), codingPath: codingPath + [key])
    }

    func superEncoder() -> any Encoder { fatalError("no type of ours is a class") }
    func superEncoder(forKey key: Key) -> any Encoder { fatalError("no type of ours is a class") }
}

private struct PackedList: UnkeyedEncodingContainer {
    let sink: PackedSink
    let depth: Int
    let codingPath: [any CodingKey]
    var count = 0

    private mutating func next() -> PackedSink {
        sink.closeContainers(above: depth)
        count += 1
        return sink
    }

    mutating func encodeNil() { next().tag(.null) }
    mutating func encode(_ value: Bool) { next().tag(value ? .yes : .no) }
    mutating func encode(_ value: String) { next().text(value) }
    mutating func encode(_ value: Double) { next().double(value) }
    mutating func encode(_ value: Float) { next().double(Double(value)) }
    mutating func encode(_ value: Int) { next().integer(value) }
    mutating func encode(_ value: Int8) { next().integer(value) }
    mutating func encode(_ value: Int16) { next().integer(value) }
    mutating func encode(_ value: Int32) { next().integer(value) }
    mutating func encode(_ value: Int64) { next().integer(value) }
    mutating func encode(_ value: UInt) { next().integer(value) }
    mutating func encode(_ value: UInt8) { next().integer(value) }
    mutating func encode(_ value: UInt16) { next().integer(value) }
    mutating func encode(_ value: UInt32) { next().integer(value) }
    mutating func encode(_ value: UInt64) { next().integer(value) }
    mutating func encode<Value: Encodable>(_ value: Value) throws { try next().value(value, path: codingPath) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy: Nested.Type) -> KeyedEncodingContainer<Nested> {
        let sink = next()
        return KeyedEncodingContainer(
            PackedRecord<Nested>(sink: sink, depth: sink.begin(.record), codingPath: codingPath))
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        let sink = next()
        return PackedList(sink: sink, depth: sink.begin(.list), codingPath: codingPath)
    }

    mutating func superEncoder() -> any Encoder { fatalError("no type of ours is a class") }
}

private struct PackedSingle: SingleValueEncodingContainer {
    let sink: PackedSink
    let codingPath: [any CodingKey]

    func encodeNil() { sink.tag(.null) }
    func encode(_ value: Bool) { sink.tag(value ? .yes : .no) }
    func encode(_ value: String) { sink.text(value) }
    func encode(_ value: Double) { sink.double(value) }
    func encode(_ value: Float) { sink.double(Double(value)) }
    func encode(_ value: Int) { sink.integer(value) }
    func encode(_ value: Int8) { sink.integer(value) }
    func encode(_ value: Int16) { sink.integer(value) }
    func encode(_ value: Int32) { sink.integer(value) }
    func encode(_ value: Int64) { sink.integer(value) }
    func encode(_ value: UInt) { sink.integer(value) }
    func encode(_ value: UInt8) { sink.integer(value) }
    func encode(_ value: UInt16) { sink.integer(value) }
    func encode(_ value: UInt32) { sink.integer(value) }
    func encode(_ value: UInt64) { sink.integer(value) }
    func encode<Value: Encodable>(_ value: Value) throws { try sink.value(value, path: codingPath) }
}
