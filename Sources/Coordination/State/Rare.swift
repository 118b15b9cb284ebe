/// A part that most records lack. A record that has it keeps it behind a reference, so that the others pay for no more than that,
/// and changes it in place. It is encoded as the part itself, or not at all.
@propertyWrapper
struct Rare<Value: Hashable & Codable & Sendable>: Sendable {
    /// Changed only by the one record that refers to it.
    private final class Box: @unchecked Sendable {
        var value: Value?
        init(_ value: Value?) { self.value = value }
    }

    private var box: Box?

    init(wrappedValue: Value? = nil) { box = wrappedValue.map { Box($0) } }

    var wrappedValue: Value? {
        _read { if let box { yield box.value } else { yield nil } }
        _modify {
            if box == nil { box = Box(nil) } else if !isKnownUniquelyReferenced(&box) { box = Box(box!.value) }
            defer { if box!.value == nil { box = nil } }
            yield &box!.value
        }
    }
}

extension Rare: Hashable {
    static func == (a: Rare, b: Rare) -> Bool { a.box === b.box || a.wrappedValue == b.wrappedValue }
    func hash(into hasher: inout Hasher) { hasher.combine(wrappedValue) }
}

extension Rare: Codable {
    init(from decoder: any Decoder) throws { self.init(wrappedValue: try Value?(from: decoder)) }
    func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
}

// What the compiler writes for a record's `Codable` calls these in place of the general ones: a part that isn't there has no key.
extension KeyedDecodingContainer {
    func decode<Value>(_ type: Rare<Value>.Type, forKey key: Key) throws -> Rare<Value> {
        Rare(wrappedValue: try decodeIfPresent(Value.self, forKey: key))
    }
}

extension KeyedEncodingContainer {
    mutating func encode<Value>(_ part: Rare<Value>, forKey key: Key) throws {
        try encodeIfPresent(part.wrappedValue, forKey: key)
    }
}
