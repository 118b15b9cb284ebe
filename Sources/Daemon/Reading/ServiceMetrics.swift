import Coordination
import Metrics
import Wire

/// What the coordinator counts while it works, for whichever backend of swift-metrics the process has. Names and units are those of
/// Prometheus' conventions (https://prometheus.io/docs/practices/naming/).
struct ServiceMetrics {
    private let events: [String: Metrics.Counter]
    private let commits = Metrics.Timer(label: "banquet_commit_duration_seconds")
    private let refusedFrames: [WireError.Class: Metrics.Counter]
    private let refusals: [Coordination.Counter: Metrics.Counter]

    init() {
        events = Dictionary(
            uniqueKeysWithValues: Vocabulary.words.filter(\.isJournaled).map {
                ($0.name, Metrics.Counter(label: "banquet_events_total", dimensions: [("event", $0.name)]))
            })
        refusedFrames = Dictionary(
            uniqueKeysWithValues: WireError.Class.allCases.map {
                ($0, Metrics.Counter(label: "banquet_refused_frames_total", dimensions: [("reason", $0.rawValue)]))
            })
        refusals = Dictionary(
            uniqueKeysWithValues: Coordination.Counter.allCases.map {
                ($0, Metrics.Counter(label: "banquet_refusals_total", dimensions: [("kind", $0.rawValue)]))
            })
    }

    /// These records became durable in one commit.
    func committed(_ records: [JournalEntry], took duration: Duration) {
        commits.recordNanoseconds(
            duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000)
        for record in records { events[record.event.name]?.increment() }
    }

    func refused(_ kind: WireError.Class) { refusedFrames[kind]?.increment() }

    func counted(_ counter: Coordination.Counter) { refusals[counter]?.increment() }
}
