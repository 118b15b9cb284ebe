import Coordination
import Logging
import Verification

/// Holds what the coordinator writes down against the protocol. What it refuses is an alert, and never stops anything: it is on
/// disk, and was said.
struct JournalWatch {
    private var monitor: JournalMonitor
    private let log: Logger
    private(set) var held: UInt64 = 0
    private(set) var count: UInt64 = 0
    /// The last of them, oldest first.
    private(set) var alerts: [ClusterStatus.Alert] = []
    private static let alertsKept = 16

    /// - Parameter hasPast: the journal goes on after a snapshot.
    init(_ rules: JournalProtocol, hasPast: Bool, log: Logger) {
        monitor = JournalMonitor(rules, hasPast: hasPast)
        self.log = log
        // Nobody knows under which policy the coordinator ran before.
        monitor.grantsAtOnce = false
    }

    mutating func observe(_ entry: JournalEntry) {
        held += 1
        guard let refusal = monitor.observe(entry) else { return }
        count += 1
        alerts.append(.init(sequence: entry.sequence, text: refusal.summary))
        if alerts.count > Self.alertsKept { alerts.removeFirst() }
        // Ever more seldom, should every entry be wrong.
        guard count <= 100 || count & (count - 1) == 0 else { return }
        log.error("ALERT \(count): the journal departs from the protocol: \(refusal.summary)")
    }

    /// From here on gangs are granted in one go, or needn't be.
    mutating func follow(grantsAtOnce: Bool) { monitor.grantsAtOnce = grantsAtOnce }
}
