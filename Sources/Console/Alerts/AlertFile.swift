import Coordination
import Foundation
import Storage

/// The alerts' time line on disk: a line for each change, the last one of a number counts.
struct AlertFile {
    let path: String

    /// Alerts of earlier lives, oldest first; lines that can't be read (a torn end) are passed over.
    func read() -> [Alert] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        var alerts: [Int: Alert] = [:]
        for line in text.split(separator: "\n") {
            guard let alert = try? JSONDecoder().decode(Alert.self, from: Data(line.utf8)) else { continue }
            alerts[alert.id] = alert
        }
        return alerts.values.sorted { $0.id < $1.id }
    }

    /// Writes the file anew with these, so that it doesn't grow for ever.
    func rewrite(_ alerts: [Alert]) throws {
        let lines = try alerts.map { try Self.line($0) }.joined()
        try lines.write(toFile: path, atomically: true, encoding: .utf8)
    }

    func append(_ alerts: [Alert]) throws {
        guard let handle = FileHandle(forWritingAtPath: path) else { return try rewrite(alerts) }
        defer { try? handle.close() }
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(try alerts.map { try Self.line($0) }.joined().utf8))
    }

    private static func line(_ alert: Alert) throws -> String {
        try JSONLine.text(alert) + "\n"
    }
}
