internal import Foundation
internal import Yams

/// A YAML file read strictly: each mapping says which keys it knows, and any other key is an error with its place.
struct Document {
    let file: String
    /// What it was read from.
    var text = ""

    /// Larger files are no configuration.
    static let byteLimit = 1 << 20

    /// Aliases of aliases stand for ever more: with so few, what they stand for stays small.
    static let aliasLimit = 16

    /// How many words of the text could be aliases: `*name` where a value may begin.
    private static func aliasCount(_ text: String) -> Int {
        var count = 0
        var before = UInt8(ascii: "\n")
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "*"), " \n\t[{,".utf8.contains(before), index + 1 < bytes.count,
                !" \n\t\r*./,]}\"'".utf8.contains(bytes[index + 1])
            {
                count += 1
            }
            before = byte
        }
        return count
    }

    /// The file's top-level mapping.
    static func read(file: String, keys: [String]?) throws(InputError) -> Mapping {
        let attributes = try? FileManager.default.attributesOfItem(atPath: file)
        if let size = attributes?[.size] as? Int, size > byteLimit {
            throw InputError(file: file, message: "the file has \(size) bytes; at most \(byteLimit) are read")
        }
        guard let data = FileManager.default.contents(atPath: file) else {
            throw InputError(file: file, message: attributes == nil ? "no such file" : "can't be read")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw InputError(file: file, message: "the file is not UTF-8 text")
        }
        return try parse(text, file: file, keys: keys)
    }

    static func parse(_ text: String, file: String, keys: [String]?) throws(InputError) -> Mapping {
        let aliases = aliasCount(text)
        guard aliases <= aliasLimit else {
            throw InputError(
                file: file,
                message:
                    "the file has \(aliases) aliases (`*name`), and \(aliasLimit) are read: write out what they stand for"
            )
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw InputError(yaml: error, file: file)
        } catch {
            throw InputError(file: file, message: "\(error)")
        }
        guard let root else { throw InputError(file: file, line: 1, column: 1, message: "the file is empty") }
        return try Mapping(root, in: Document(file: file, text: text), what: "the file", keys: keys)
    }

    func error(at mark: Mark?, _ message: String) -> InputError {
        InputError(file: file, line: mark?.line, column: mark?.column, message: message)
    }
}

extension InputError {
    fileprivate init(yaml error: YamlError, file: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(file: file, line: mark.line, column: mark.column, message: "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "'\($0)'" }.joined(separator: ", ")
            self.init(
                file: file, line: context.mark.line, column: context.mark.column, message: "written twice: \(names)")
        default:
            self.init(file: file, message: "not YAML: \("\(error)".split(separator: "\n").first ?? "unreadable")")
        }
    }
}

/// One mapping of a document.
struct Mapping {
    let document: Document
    let mark: Mark?
    private let entries: [(key: String, mark: Mark?, value: Node)]

    /// `keys` are all that may stand in it; nil where the keys are the user's own.
    init(_ node: Node, in document: Document, what: String, keys: [String]?) throws(InputError) {
        guard case .mapping(let mapping) = node else {
            throw document.error(at: node.mark, "\(what) must be a mapping, `key: value` on each line")
        }
        var entries: [(key: String, mark: Mark?, value: Node)] = []
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                throw document.error(at: key.mark, "a key must be a plain word")
            }
            if let keys, !keys.contains(scalar.string) {
                throw document.error(
                    at: scalar.mark, "unknown key '\(scalar.string)'; \(Self.hint(for: scalar.string, among: keys))")
            }
            entries.append((scalar.string, scalar.mark, value))
        }
        self.document = document
        self.mark = node.mark
        self.entries = entries
    }

    private static func hint(for key: String, among keys: [String]) -> String {
        if let nearest = keys.min(by: { distance($0, key) < distance($1, key) }), distance(nearest, key) <= 2 {
            "did you mean '\(nearest)'?"
        } else {
            "known keys: \(keys.joined(separator: ", "))"
        }
    }

    func value(_ key: String) -> Value? {
        entries.first { $0.key == key }.map { Value(node: $0.value, key: key, document: document) }
    }

    /// The text of one key and its value, in the lines that it stands in; nil where the key is not at the start of a line of its own.
    func text(of key: String) -> String? {
        guard let entry = entries.first(where: { $0.key == key }), let mark = entry.mark, mark.column == 1 else {
            return nil
        }
        let next = entries.compactMap { $0.mark?.line }.filter { $0 > mark.line }.min()
        let lines = document.text.split(separator: "\n", omittingEmptySubsequences: false)
        let end = next.map { $0 - 1 } ?? lines.count
        guard mark.line <= end, end <= lines.count else { return nil }
        return String(repeating: "\n", count: mark.line - 1) + lines[(mark.line - 1)..<end].joined(separator: "\n")
            + "\n"
    }

    var values: [Value] { entries.map { Value(node: $0.value, key: $0.key, document: document) } }
}

/// The value of one key.
struct Value {
    let node: Node
    let key: String
    let document: Document

    func error(_ message: String) -> InputError { document.error(at: node.mark, "'\(key)' \(message)") }

    var isMapping: Bool { if case .mapping = node { true } else { false } }
    var isSequence: Bool { if case .sequence = node { true } else { false } }

    func string() throws(InputError) -> String {
        guard case .scalar(let scalar) = node else { throw error("must be a single value") }
        return scalar.string
    }

    func integer(_ range: ClosedRange<Int>) throws(InputError) -> Int {
        guard case .scalar(let scalar) = node, let value = Int(scalar.string) else {
            throw error("must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        guard range.contains(value) else {
            throw error("is \(value); it must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func boolean() throws(InputError) -> Bool {
        guard case .scalar(let scalar) = node, let value = ["true": true, "false": false][scalar.string] else {
            throw error("must be true or false")
        }
        return value
    }

    /// A list of single values; a single value is a list of one.
    func strings() throws(InputError) -> [String] {
        switch node {
        case .scalar(let scalar): return [scalar.string]
        case .sequence(let sequence):
            var result: [String] = []
            for element in sequence {
                guard case .scalar(let scalar) = element else {
                    throw document.error(at: element.mark, "'\(key)' must hold single values")
                }
                result.append(scalar.string)
            }
            return result
        default: throw error("must be a value or a list")
        }
    }

    func stringMap() throws(InputError) -> [String: String] {
        var result: [String: String] = [:]
        for value in try mapping(keys: nil).values { result[value.key] = try value.string() }
        return result
    }

    /// `512MiB`, `10GB`, `1000`: bytes.
    func bytes() throws(InputError) -> UInt64 {
        let text = try string()
        guard let bytes = Quantity.bytes(text) else {
            throw error("is '\(text)'; it must be a size such as 4096, 512MiB or 10GB, below 16EiB")
        }
        return bytes
    }

    /// Whole numbers by the user's own keys.
    func amounts() throws(InputError) -> [String: UInt32] {
        var result: [String: UInt32] = [:]
        for value in try mapping(keys: nil).values { result[value.key] = UInt32(try value.integer(1...1_000_000)) }
        return result
    }

    func mapping(keys: [String]?) throws(InputError) -> Mapping {
        try Mapping(node, in: document, what: "'\(key)'", keys: keys)
    }

    /// `500ms`, `3s`, `5m`, `2h`, with or without a blank; the result is in milliseconds.
    func duration(_ range: ClosedRange<Int>) throws(InputError) -> Int {
        let text = try string()
        guard let milliseconds = Quantity.milliseconds(text) else {
            throw error("is '\(text)'; it must be a time with a unit, such as 500ms, 3s, 5m or 2h")
        }
        guard range.contains(milliseconds) else {
            throw error("is \(text); it must be from \(range.lowerBound)ms to \(range.upperBound)ms")
        }
        return milliseconds
    }
}

/// Levenshtein's edit distance, for "did you mean".
func distance(_ a: String, _ b: String) -> Int {
    let a = Array(a.utf8), b = Array(b.utf8)
    var row = Array(0...b.count)
    for i in a.indices {
        var diagonal = row[0]
        row[0] = i + 1
        for j in b.indices {
            let substitution = diagonal + (a[i] == b[j] ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[b.count]
}
