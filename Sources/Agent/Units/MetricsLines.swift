import Foundation

/// Cuts what a unit writes to its metrics descriptor into lines, and reads each.
struct MetricsLines {
    enum Line: Equatable {
        /// One JSON object, as it was written.
        case metrics(String)
        /// `{"checkpoint": PATH, "step": N}`: rank 0 wrote a checkpoint.
        case checkpoint(path: String, step: UInt64)
        case unreadable(reason: String)
    }

    static let longest = 64 << 10

    private var partial: [UInt8] = []
    /// In a line that is too long already; its rest is dropped.
    private var isSkipping = false

    /// Adds bytes as they came, and calls `body` with every line that is whole.
    mutating func append(_ bytes: some Sequence<UInt8>, _ body: (Line) -> Void) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if !isSkipping, !partial.isEmpty { body(Self.read(partial)) }
                partial.removeAll(keepingCapacity: true)
                isSkipping = false
            } else if !isSkipping {
                partial.append(byte)
                if partial.count > Self.longest {
                    isSkipping = true
                    body(.unreadable(reason: "a line of metrics is longer than \(Self.longest) bytes"))
                }
            }
        }
    }

    /// The unit ended: a last line without a line feed counts too.
    mutating func end(_ body: (Line) -> Void) { append(CollectionOfOne(UInt8(ascii: "\n")), body) }

    private static func read(_ line: [UInt8]) -> Line {
        guard let text = String(validating: line, as: UTF8.self),
            let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
        else {
            return .unreadable(
                reason: "a line of metrics is not a JSON object: \(String(decoding: line.prefix(80), as: UTF8.self))")
        }
        guard let checkpoint = object["checkpoint"] else { return .metrics(text) }
        guard let path = checkpoint as? String, !path.isEmpty, let number = object["step"] as? NSNumber,
            let step = UInt64(exactly: number)
        else {
            return .unreadable(
                reason: "a checkpoint's line must read {\"checkpoint\": \"PATH\", \"step\": N}: \(text.prefix(120))")
        }
        return .checkpoint(path: path, step: step)
    }
}
