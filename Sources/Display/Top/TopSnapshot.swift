public import Coordination

/// What `banquet top` shows, as the coordinator said it last.
public struct TopSnapshot: Sendable {
    public var endpoint: String
    public var overview: ClusterOverview
    /// Nil where the key isn't one that may ask for it.
    public var status: ClusterStatus?
    public var workers: [WorkerSummary]
    public var page: JobPage
    /// The job that is looked at, as lines.
    public var detail: [String]?
    /// Leases granted and journal entries written a second, over the last seconds.
    public var startsPerSecond: Double?
    public var entriesPerSecond: Double?

    public init(
        endpoint: String, overview: ClusterOverview, status: ClusterStatus?, workers: [WorkerSummary], page: JobPage,
        detail: [String]? = nil, startsPerSecond: Double? = nil, entriesPerSecond: Double? = nil
    ) {
        self.endpoint = endpoint
        self.overview = overview
        self.status = status
        self.workers = workers
        self.page = page
        self.detail = detail
        self.startsPerSecond = startsPerSecond
        self.entriesPerSecond = entriesPerSecond
    }
}

/// A piece of a line, with its look.
struct Span {
    var text: String
    var style: CellStyle = .plain
}

extension TopSnapshot {
    /// The lines about the cluster as a whole.
    /// - Parameter barWidth: of the bar of slots.
    func head(barWidth: Int) -> [[Span]] {
        let queued = overview.tenants.reduce(0) { $0 + $1.queuedUnits }
        var slots = [Span(text: "slots   ")]
        if overview.slots > 0 {
            slots.append(Span(text: Progress.bar(share, width: barWidth), style: CellStyle(.green)))
            slots.append(
                Span(text: " \(Self.count(overview.slotsUsed)) of \(Self.count(overview.slots))", style: .bold))
        } else {
            slots.append(Span(text: "none: no worker is connected", style: CellStyle(.yellow)))
        }
        if let startsPerSecond { slots.append(Span(text: "   \(Self.rate(startsPerSecond)) starts/s")) }
        if let entriesPerSecond { slots.append(Span(text: "   \(Self.rate(entriesPerSecond)) entries/s", style: .dim)) }

        var queue = [Span(text: "queue   "), Span(text: Self.count(queued), style: .bold)]
        queue.append(Span(text: " unit\(queued == 1 ? "" : "s") wait\(queued == 1 ? "s" : "")"))
        let jobs = ["running", "starting", "stopping", "queued", "failed"].compactMap { state in
            overview.jobs[state].map { (state, $0) }
        }
        for (place, (state, number)) in jobs.enumerated() {
            queue.append(
                Span(
                    text: "\(place == 0 ? "   jobs: " : ", ")\(Self.count(UInt64(number))) \(state)",
                    style: state == "failed" ? CellStyle(.red) : .plain))
        }
        return [slots, queue, workersLine, verificationLine]
    }

    var share: Double { overview.slots > 0 ? Double(overview.slotsUsed) / Double(overview.slots) : 0 }

    private var workersLine: [Span] {
        var line = [Span(text: "workers ")]
        for (place, state) in ["connected", "suspect", "gone"].filter({ overview.workers[$0] != nil }).enumerated() {
            line.append(
                Span(
                    text: "\(place == 0 ? "" : ", ")\(overview.workers[state] ?? 0) \(state)",
                    style: state == "suspect" ? CellStyle(.yellow) : state == "gone" ? .dim : .plain))
        }
        if overview.workers.isEmpty { line.append(Span(text: "none", style: .dim)) }
        line.append(Span(text: "   policy \(overview.policy)"))
        return line
    }

    private var verificationLine: [Span] {
        var line = [Span(text: "monitor ")]
        if overview.isUnverified { line.append(Span(text: "UNVERIFIED  ", style: CellStyle(.red, bold: true))) }
        guard let status else {
            line.append(Span(text: "not for this key", style: .dim))
            return line
        }
        if status.alertCount > 0 {
            line.append(
                Span(
                    text:
                        "\(Self.count(status.alertCount)) entries REFUSED, the last: \(status.alerts.last?.text ?? "")",
                    style: CellStyle(.red, bold: true)))
            return line
        }
        line.append(
            Span(text: "\(Self.count(status.entriesHeld)) entries held, none refused", style: CellStyle(.green)))
        line.append(
            Span(text: "   proved: \(status.preflight)", style: overview.isUnverified ? CellStyle(.red) : .plain))
        return line
    }

    static func count(_ number: UInt64) -> String { Progress.grouped(Int(clamping: number)) }

    static func rate(_ value: Double) -> String {
        value < 10 ? "\((value * 10).rounded() / 10)" : Progress.grouped(Int(value.rounded()))
    }
}
