import Coordination
import Display
import Foundation
import Storage
import Verification

/// A journal to be read: a state folder's, or a file of JSON lines.
struct JournalInput: JournalSource {
    private enum Origin {
        case folder(JournalInspection)
        case file(String, Data)
    }

    private let origin: Origin
    /// How far it is read, for a line of progress.
    let counter: WorkCounter
    /// It is told of so many entries at once.
    private static let entriesALook = 4096

    /// - Throws: `StorageError`; `CommandFailure` for a file that can't be read.
    init(_ path: String) throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            let journal = try JournalInspection(folder: path)
            origin = .folder(journal)
            counter = WorkCounter("reading \(path)", unit: "entries", total: try journal.bounds().map { Int($0.count) })
            return
        }
        do {
            let data =
                path == "-"
                ? FileHandle.standardInput.readDataToEndOfFile()
                : try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
            origin = .file(path, data)
            counter = WorkCounter("reading \(path)", unit: Progress.bytes, total: data.count)
        } catch {
            throw CommandFailure(message: "\(path): error: neither a state folder nor a file that can be read")
        }
    }

    // MARK: What is known besides the entries

    /// Where its entries begin, and when they were written.
    struct Extent {
        var firstSequence: UInt64
        var first: Timestamp
        var last: Timestamp
    }

    /// Nil for a journal without entries and without a past. A file is read whole for it.
    func extent() throws -> Extent? {
        guard case .folder(let journal) = origin else {
            var extent: Extent?
            try forEach { entry in
                extent = extent ?? Extent(firstSequence: entry.sequence, first: entry.time, last: entry.time)
                extent?.last = entry.time
                return true
            }
            return extent
        }
        let past = try journal.past()
        guard let bounds = try journal.bounds() else {
            return past.map { Extent(firstSequence: $0.sequence + 1, first: $0.time, last: $0.time) }
        }
        guard let first = try journal.entries(from: bounds.lowerBound, limit: 1).first,
            let last = try journal.entries(from: bounds.upperBound, limit: 1).first
        else { return nil }
        return Extent(firstSequence: first.sequence, first: first.time, last: last.time)
    }

    /// The state before the entries; nil where they begin with the first, or nothing is known.
    func past() throws -> ClusterSnapshot? {
        if case .folder(let journal) = origin { try journal.past() } else { nil }
    }

    /// Jobs that the coordinator has forgotten.
    func archive() throws -> [JobDetail] {
        var jobs: [JobDetail] = []
        if case .folder(let journal) = origin { try journal.archive { jobs.append($0) } }
        return jobs
    }

    /// Whether a coordinator runs on the folder.
    var isOwned: Bool { if case .folder(let journal) = origin { journal.isOwned } else { false } }

    /// What devices that tell their power have used; nil where none did. A span that lies half in the period counts half.
    func kilowattHours(from: Timestamp, to: Timestamp) -> Double? {
        guard case .folder(let journal) = origin else { return nil }
        let spans = EnergyLedger.spans(in: journal.folder, since: from.milliseconds).filter {
            $0.from < to.milliseconds
        }
        guard !spans.isEmpty else { return nil }
        let joules = spans.reduce(0.0) { (sum: Double, span: EnergyLedger.Span) -> Double in
            let inside = min(span.to, to.milliseconds) - max(span.from, from.milliseconds)
            let share = span.to > span.from ? Double(inside) / Double(span.to - span.from) : 1
            return sum + span.joules.values.reduce(0, +) * share
        }
        return joules / 3_600_000
    }

    private struct Enough: Error {}

    func forEach(_ body: (JournalEntry) throws -> Bool) throws {
        switch origin {
        case .folder(let journal):
            do {
                var read = 0
                try journal.forEach { entry in
                    read += 1
                    if read % Self.entriesALook == 0 { counter.set(read) }
                    if try !body(entry) { throw Enough() }
                }
            } catch is Enough {}
        case .file(let path, let data): try forEachLine(of: data, path, body)
        }
    }

    private func forEachLine(of data: Data, _ path: String, _ body: (JournalEntry) throws -> Bool) throws {
        let decoder = JSONDecoder()
        let isEmpty = !data.contains { !$0.isBlank }
        guard !isEmpty else {
            throw CommandFailure(message: "\(path): error: there are no journal entries in it")
        }
        try data.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) in
            var start = 0
            var line = 0
            while start < bytes.count {
                line += 1
                let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
                if line % Self.entriesALook == 0 { counter.set(start) }
                defer { start = end + 1 }
                let text = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                guard text.contains(where: { !$0.isBlank }) else { continue }
                let entry: JournalEntry
                do {
                    entry = try JournalLine.entry(text, decoder)
                } catch {
                    throw CommandFailure(
                        message: "\(path):\(line):1: error: this line is no journal entry: \(Self.explain(error))")
                }
                guard entry.sequence > 0 else {
                    throw CommandFailure(message: "\(path):\(line):1: error: entries are counted from 1, and this is 0")
                }
                guard try body(entry) else { return }
            }
        }
    }

    private static func explain(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "it lacks \"\(key.stringValue)\""
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "\(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)"
        case DecodingError.dataCorrupted(let context):
            context.codingPath.isEmpty ? "it is not JSON" : context.debugDescription
        case let error as JournalLine.Fault: error.reason
        default: (error as NSError).domain == NSCocoaErrorDomain ? "it is not JSON" : "\(error)"
        }
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool {
        self == UInt8(ascii: " ") || self == UInt8(ascii: "\r") || self == UInt8(ascii: "\n")
    }
}

/// A line of `banquet simulate --trace`, or of `banquet journal --format json`.
enum JournalLine {
    struct Fault: Error { let reason: String }

    static func entry(_ bytes: UnsafeRawBufferPointer, _ decoder: JSONDecoder) throws -> JournalEntry {
        if let entry = FastLine.entry(bytes) { return entry }
        let data = Data(bytes)
        guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw Fault(reason: "it is not a JSON object")
        }
        guard let name = object["event"] as? String else {
            let word = (object["event"] as? [String: Any])?.keys.first
            if let word, !Vocabulary.words.contains(where: { $0.name == word && $0.isJournaled }) {
                throw Fault(reason: "there is no event \"\(word)\"")
            }
            return try decoder.decode(JournalEntry.self, from: data)
        }
        let entry: [String: Any] = [
            "sequence": object["sequence"] ?? 0, "time": ["milliseconds": object["time"] ?? 0],
            "isUnverified": object["unverified"] ?? false, "event": [name: try fields(of: name, object)],
        ]
        return try decoder.decode(JournalEntry.self, from: JSONSerialization.data(withJSONObject: entry))
    }

    /// An event's fields as its `Codable` conformance names them, from the vocabulary's names.
    private static func fields(of name: String, _ object: [String: Any]) throws -> [String: Any] {
        func value(_ field: String) throws -> Any {
            guard let value = object[field] else { throw Fault(reason: "\(name) lacks \"\(field)\"") }
            return value
        }
        func lease() throws -> [String: Any] {
            let parts = (try value("task") as? String)?.split(separator: ".") ?? []
            guard parts.count == 2, let index = Int(parts[1]) else {
                throw Fault(reason: "task is no unit, such as j1.0")
            }
            return ["task": ["job": String(parts[0]), "index": index], "epoch": ["number": try value("epoch")]]
        }
        func named(_ names: String...) -> [String: Any] {
            names.reduce(into: [:]) { fields, name in if let value = object[name] { fields[name] = value } }
        }
        func with(_ first: Any, _ second: Any? = nil, _ rest: [String: Any] = [:]) -> [String: Any] {
            var fields = rest
            fields["_0"] = first
            if let second { fields["_1"] = second }
            return fields
        }
        switch name {
        case "submit": return with(try value("job"), try value("specification"), named("key"))
        case "form": return with(try value("job"), nil, named("ranks"))
        case "assign": return with(try lease(), try value("worker"), named("attempt"))
        case "accept": return with(try lease(), nil, named("port"))
        case "finish", "lapse": return with(try lease())
        case "fail": return with(try lease(), try value("outcome"))
        case "start": return with(try value("job"), nil, named("attempt"))
        case "retry": return with(try value("job"), nil, named("index", "reason"))
        case "expire", "preempt": return with(try value("job"), nil, named("index"))
        case "checkpoint": return with(try value("job"), nil, named("step"))
        case "cancel": return with(try value("job"))
        case "end": return with(try value("job"), try value("end"))
        case "join":
            return with(
                try value("worker"), ["number": try value("incarnation")], named("slots", "host", "offer", "terms"))
        case "crash": return with(try value("worker"), ["number": try value("incarnation")])
        case "leave", "cordon", "uncordon": return with(try value("worker"))
        case "recover": return named("terms")
        default: throw Fault(reason: "there is no event \"\(name)\"")
        }
    }
}
