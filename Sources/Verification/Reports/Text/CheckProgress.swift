public import ModelChecking

/// How far a check has come, for one line on a terminal.
public struct CheckProgress: Sendable {
    public var subject: String
    public var reading: ProgressMeter.Reading
    public var statesPerSecond: Double
    public var residentBytes: Int
    public var elapsed: Duration

    public init(
        subject: String, reading: ProgressMeter.Reading, statesPerSecond: Double, residentBytes: Int, elapsed: Duration
    ) {
        self.subject = subject
        self.reading = reading
        self.statesPerSecond = statesPerSecond
        self.residentBytes = residentBytes
        self.elapsed = elapsed
    }

    /// The figures first; what is left of the width is the subject's. Shorter than `width`, so that a terminal does not wrap it.
    public func line(width: Int) -> String {
        var figures = "\(reading.states.grouped) states"
        if reading.frontier > 0 { figures += ", frontier \(reading.frontier.grouped)" }
        if statesPerSecond >= 1 { figures += ", \(Int(statesPerSecond).grouped)/s" }
        figures += ", \((residentBytes >> 20).grouped) MiB, \(elapsed.components.seconds) s"
        let room = width - 1 - figures.count - 2
        if room < 8 { return String(figures.prefix(width - 1)) }
        return figures + "  " + (subject.count <= room ? subject : subject.prefix(room - 1) + "…")
    }
}
