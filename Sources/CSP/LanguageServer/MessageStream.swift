/// Splits a stream of bytes into the messages of the Language Server Protocol: `Content-Length: n`, an empty line, n bytes.
public struct MessageStream {
    /// A message that claims to be larger is refused.
    public static let sizeMax = 256 << 20
    private static let headerMax = 8 << 10

    private var bytes: [UInt8] = []
    private var offset = 0

    public init() {}

    public mutating func append(_ more: some Collection<UInt8>) {
        if offset > 1 << 20 || offset == bytes.count {
            bytes.removeFirst(offset)
            offset = 0
        }
        bytes += more
    }

    /// The stream cannot be followed any further.
    public struct Fault: Error, Equatable, CustomStringConvertible {
        public var description: String
    }

    /// The body of the next message; nil until it is complete.
    public mutating func next() throws(Fault) -> ArraySlice<UInt8>? {
        guard let end = headerEnd() else {
            guard bytes.count - offset <= Self.headerMax else { throw Fault(description: "a header has no end") }
            return nil
        }
        let header = String(decoding: bytes[offset..<end], as: UTF8.self)
        var length: Int?
        for line in header.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-length" else { continue }
            length = Int(parts[1].drop { $0 == " " })
        }
        guard let length, length >= 0, length <= Self.sizeMax else {
            throw Fault(description: "a header has no valid Content-Length")
        }
        let start = end + 4
        guard bytes.count - start >= length else { return nil }
        offset = start + length
        return bytes[start..<start + length]
    }

    /// Where the empty line after a header begins.
    private func headerEnd() -> Int? {
        var index = offset
        while index + 3 < bytes.count {
            if bytes[index] == 13, bytes[index + 1] == 10, bytes[index + 2] == 13, bytes[index + 3] == 10 {
                return index
            }
            index += 1
            guard index - offset <= Self.headerMax else { return nil }
        }
        return nil
    }

    /// A message with its header.
    public static func frame(_ message: JSONValue) -> [UInt8] {
        let body = Array(message.description.utf8)
        return Array("Content-Length: \(body.count)\r\n\r\n".utf8) + body
    }
}
