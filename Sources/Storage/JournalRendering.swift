public import Coordination
import Foundation

/// A journal's entry for reading, with the names of the vocabulary.
public enum JournalRendering {
    /// `     12  2026-11-24T01:02:03.456Z  assign      task=j1.0 epoch=1 worker=w1 attempt=1`
    public static func text(_ entry: JournalEntry) throws -> String {
        let sequence = "\(entry.sequence)"
        let number = String(repeating: " ", count: max(0, 8 - sequence.count)) + sequence
        let event = entry.event.name.padding(toLength: 11, withPad: " ", startingAt: 0)
        let fields = try fields(of: entry.event).map { "\($0)=\(try brief($1))" }.joined(separator: " ")
        return "\(number)  \(time(entry.time))  \(event) \(fields)\(entry.isUnverified ? " UNVERIFIED" : "")"
    }

    /// One object on one line: `sequence`, `time`, `event`, and its fields.
    public static func json(_ entry: JournalEntry) throws -> String {
        var object: [String: Any] = [
            "sequence": entry.sequence, "time": entry.time.milliseconds, "event": entry.event.name,
        ]
        if entry.isUnverified { object["unverified"] = true }
        for (name, value) in try fields(of: entry.event) { object[name] = value }
        return String(
            decoding: try JSONSerialization.data(
                withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes]), as: UTF8.self)
    }

    /// The event's fields, in the vocabulary's order, as values of JSON.
    private static func fields(of event: ProtocolEvent) throws -> [(name: String, value: Any)] {
        let encoded = try JSONSerialization.jsonObject(with: JSONEncoder().encode(event)) as? [String: Any]
        guard let values = encoded?[event.name] as? [String: Any] else { return [] }
        var words = (Vocabulary.words.first { $0.name == event.name }?.fields ?? []).map(\.name)
        var fields: [(name: String, value: Any)] = []
        // Fields without a label are `_0`, `_1` …; a lease stands for two words.
        for number in 0... {
            guard let value = values["_\(number)"] else { break }
            if let lease = value as? [String: Any], let task = lease["task"] as? [String: Any],
                let epoch = lease["epoch"]
            {
                fields.append(("task", "\(plain(task["job"] ?? ""))" + ".\(task["index"] ?? "")"))
                fields.append(("epoch", plain(epoch)))
                words.removeAll { $0 == "task" || $0 == "epoch" }
            } else {
                fields.append((words.isEmpty ? "_\(number)" : words.removeFirst(), plain(value)))
            }
        }
        for (name, value) in values.sorted(by: { $0.key < $1.key }) where !name.hasPrefix("_") {
            fields.append((name, plain(value)))
        }
        return fields
    }

    /// Numbers that have a type of their own are encoded as an object around them.
    private static func plain(_ value: Any) -> Any {
        guard let object = value as? [String: Any], object.count == 1 else { return value }
        return object["number"] ?? object["milliseconds"] ?? value
    }

    private static func brief(_ value: Any) throws -> String {
        if let text = value as? String { return text }
        if let number = value as? NSNumber { return "\(number)" }
        let data = try JSONSerialization.data(
            withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed])
        return String(decoding: data, as: UTF8.self)
    }

    private static func time(_ time: Timestamp) -> String {
        Date(timeIntervalSince1970: Double(time.milliseconds) / 1000)
            .formatted(
                .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }
}
