public import Coordination
import Foundation

/// What the workers' devices have used of energy: `DIR/energy.jsonl`, a line for every ten minutes or so with the joules of each worker
/// that tells its power. Whoever reports on a time (`banquet report`) adds up the lines of it: `EnergyLedger.spans(in:since:)`.
///
/// It is no part of what must not be lost: a crash takes the minutes that were not written, and lines older than ninety days go
/// when a coordinator starts.
public struct EnergyLedger {
    /// One line.
    public struct Span: Hashable, Codable, Sendable {
        /// Milliseconds since the Unix epoch.
        public var from: Int64
        public var to: Int64
        /// By worker.
        public var joules: [String: Double]
    }

    private let path: String
    private var open: Span?

    private static let length: Int64 = 600_000
    private static let kept: Int64 = 90 * 86_400_000
    private static let name = "energy.jsonl"

    /// - Parameter now: what is too old by then is removed.
    public init(folder: String, now: Timestamp) {
        path = "\(folder)/\(Self.name)"
        let spans = Self.spans(in: folder)
        guard let first = spans.first, now.milliseconds - first.to > Self.kept else { return }
        let rest = spans.filter { now.milliseconds - $0.to <= Self.kept }
        try? rest.map { Self.line($0) }.joined().write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// Energy that a worker has used until now.
    public mutating func add(_ joules: Double, of worker: WorkerName, at time: Timestamp) throws {
        var span = open ?? Span(from: time.milliseconds, to: time.milliseconds, joules: [:])
        span.joules[worker.description, default: 0] += joules
        span.to = max(span.to, time.milliseconds)
        open = span
        if span.to - span.from >= Self.length { try flush() }
    }

    /// Writes what has not been written.
    public mutating func flush() throws {
        guard var span = open else { return }
        open = nil
        span.joules = span.joules.mapValues { ($0 * 10).rounded() / 10 }
        var line = Self.line(span)
        try line.withUTF8 { try Files.append(path, UnsafeRawBufferPointer($0)) }
    }

    /// The spans of a state folder that end after `since`, oldest first; a torn line is passed over. None where no device told its power.
    public static func spans(in folder: String, since: Int64 = .min) -> [Span] {
        guard let bytes = try? Files.readWhole("\(folder)/\(name)") else { return [] }
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap {
            try? JSONDecoder().decode(Span.self, from: Data($0))
        }.filter { $0.to > since }
    }

    private static func line(_ span: Span) -> String { ((try? JSONLine.text(span)) ?? "") + "\n" }
}
