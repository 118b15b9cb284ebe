/// How fast something goes, and how long the rest takes: the mean of the last readings, later ones counting more.
public struct Pace: Sendable {
    private var last: (done: Double, seconds: Double)?
    private var rate: Double?
    /// After so many seconds without a reading the past counts half.
    private static let halfLife = 5.0

    public init() {}

    /// - Parameters:
    ///   - done: how much is done, in whatever unit. Less than before means that something else began.
    ///   - seconds: when, on any clock that doesn't run backwards.
    public mutating func note(_ done: Double, at seconds: Double) {
        guard let last, done >= last.done else {
            self.last = (done, seconds)
            rate = nil
            return
        }
        guard seconds > last.seconds else { return }
        let elapsed = seconds - last.seconds
        let now = (done - last.done) / elapsed
        let kept = Self.exponential(elapsed)
        rate = rate.map { $0 * kept + now * (1 - kept) } ?? now
        self.last = (done, seconds)
    }

    private static func exponential(_ seconds: Double) -> Double {
        // One half to the power of seconds / halfLife, without a library of functions: by its first terms is not exact enough
        // for long gaps, so whole halvings are taken off first.
        let x = seconds / halfLife
        let whole = Int(min(x, 60))
        let rest = (x - Double(whole)) * 0.6931471805599453
        let series = 1 - rest + rest * rest / 2 - rest * rest * rest / 6 + rest * rest * rest * rest / 24
        return (0..<whole).reduce(max(0, series)) { value, _ in value / 2 }
    }

    /// Of the unit, a second; nil before two readings.
    public var perSecond: Double? { rate }

    /// Seconds until `total`; nil where that can't be said.
    public func secondsLeft(of total: Double) -> Double? {
        guard let rate, let last, rate > 0 else { return nil }
        return max(0, total - last.done) / rate
    }
}

/// One line about long work: what it is, a bar where its end is known, and the time that is left.
public struct Progress: Sendable {
    public var subject: String
    /// What is counted: `seeds`, `tasks`.
    public var unit: String
    public var done: Double
    /// Nil: nobody knows.
    public var total: Double?
    public var perSecond: Double?
    public var secondsLeft: Double?
    public var secondsElapsed: Double

    public init(
        subject: String, unit: String, done: Double, total: Double?, perSecond: Double? = nil,
        secondsLeft: Double? = nil,
        secondsElapsed: Double
    ) {
        self.subject = subject
        self.unit = unit
        self.done = done
        self.total = total
        self.perSecond = perSecond
        self.secondsLeft = secondsLeft
        self.secondsElapsed = secondsElapsed
    }

    /// Shorter than `width`, so that a terminal does not wrap it. What matters least gives way first: the bar, the rate, the subject.
    public func line(width: Int) -> String {
        let room = max(0, width - 1)
        var figures = total.map { "\(Self.amount(done, unit)) of \(Self.amount($0, unit))" } ?? Self.amount(done, unit)
        figures += unit == Self.bytes ? "" : " \(unit)"
        var time = Self.time(secondsElapsed)
        if let total, total > 0 {
            time =
                done >= total
                ? "done" : secondsLeft.map { "\(Self.time($0)) left" } ?? "\(Self.time(secondsElapsed)) so far"
        }
        let rate = perSecond.map { "\(Self.amount($0, unit))/s" }
        let percent = total.map { $0 > 0 ? "\(Int(100 * min(1, max(0, done / $0)))) %" : "0 %" }
        for parts in [[percent, figures, rate, time], [percent, figures, time], [percent, time]] {
            let text = parts.compactMap(\.self).joined(separator: "  ")
            let left = room - text.columns - subject.columns - 2
            guard left >= 0 else { continue }
            guard let total, total > 0, left >= 12 else { return "\(subject)  \(text)" }
            return "\(subject)  \(Self.bar(done / total, width: min(30, left - 2)))  \(text)"
        }
        return "\(subject)  \(percent ?? figures)".fitted(to: room)
    }

    /// Amounts that are bytes.
    public static let bytes = "bytes"

    private static let eighths = Array(" ▏▎▍▌▋▊▉█")

    /// A bar of exactly so many columns, an eighth of a column exact.
    public static func bar(_ share: Double, width: Int) -> String {
        let share = share.isNaN ? 0 : min(1, max(0, share))
        let filled = Int((share * Double(width * 8)).rounded(.down))
        return (0..<width).map { String(eighths[min(8, max(0, filled - $0 * 8))]) }.joined()
    }

    /// `5 s`, `3 min 20 s`, `2 h 05 min`, `3 d 4 h`
    public static func time(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "long" }
        let whole = Int(seconds.rounded(.up))
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        switch whole {
        case ..<60: return "\(whole) s"
        case ..<3600: return "\(whole / 60) min \(two(whole % 60)) s"
        case ..<86_400: return "\(whole / 3600) h \(two(whole / 60 % 60)) min"
        default: return "\(whole / 86_400) d \(whole / 3600 % 24) h"
        }
    }

    static func amount(_ value: Double, _ unit: String) -> String {
        guard unit == bytes else {
            return value < 10 && value != value.rounded()
                ? "\((value * 10).rounded() / 10)" : grouped(Int(min(value, 1e15).rounded()))
        }
        for (size, name) in [(1_073_741_824.0, "GiB"), (1_048_576, "MiB"), (1024, "KiB")] where value >= size {
            return "\((value / size * 10).rounded() / 10) \(name)"
        }
        return "\(Int(value)) B"
    }

    /// `12,345,678`
    public static func grouped(_ number: Int) -> String {
        let digits = Array("\(abs(number))")
        let groups = digits.indices.reduce(into: "") { text, place in
            if place > 0, (digits.count - place) % 3 == 0 { text.append(",") }
            text.append(digits[place])
        }
        return number < 0 ? "-" + groups : groups
    }
}
