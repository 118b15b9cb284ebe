public import Coordination
import Foundation

/// The time that a report is about.
public struct ReportPeriod: Hashable, Sendable {
    public var from: Timestamp
    public var to: Timestamp

    /// - Precondition: `from` isn't after `to`.
    public init(from: Timestamp, to: Timestamp) {
        precondition(from <= to)
        self.from = from
        self.to = to
    }

    public var milliseconds: Int64 { to - from }

    /// How much of the time from `start` to `end` lies in it. Milliseconds.
    func overlap(_ start: Timestamp, _ end: Timestamp) -> Int64 {
        max(0, min(end.milliseconds, to.milliseconds) - max(start.milliseconds, from.milliseconds))
    }

    func contains(_ time: Timestamp) -> Bool { from <= time && time <= to }

    /// What a moment may be written as, for messages.
    public static let forms =
        "an age such as 90m, 12h, 7d or 2w, a day such as 2026-11-21, a time such as 2026-11-21T14:00:00Z, or all"

    /// Reads a moment: how long before `now` it was, or when; days and times are in UTC. `all` is before everything.
    /// - Returns: nil for what is none.
    public static func moment(_ text: String, now: Timestamp) -> Timestamp? {
        if text == "all" { return Timestamp(milliseconds: 0) }
        let units: [Character: Int64] = ["m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000]
        if let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()),
            (0...1_000_000).contains(count),
            text.first?.isNumber == true
        {
            return Timestamp(milliseconds: max(0, now.milliseconds - count * unit))
        }
        let whole = text.count == 10 ? "\(text)T00:00:00Z" : text
        guard let date = try? Date.ISO8601FormatStyle().parse(whole), date.timeIntervalSince1970 >= 0,
            // The parser takes the 31st of February for a day of March.
            date.formatted(Date.ISO8601FormatStyle()) == whole
        else { return nil }
        return Timestamp(milliseconds: Int64(date.timeIntervalSince1970 * 1000))
    }
}

extension Timestamp {
    /// `2026-11-21 14:00 UTC`
    var minute: String {
        let text = Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(.iso8601)
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }
}
