public import Coordination

/// A journal's entries, in order, as often as they are asked for.
public protocol JournalSource {
    /// Hands over the entries from the first on, until `body` says false.
    func forEach(_ body: (JournalEntry) throws -> Bool) throws
}

/// What holding a journal against the protocol found.
public struct ConformanceReport: Sendable {
    /// Processes of one kind that are in the same state.
    public struct Population: Sendable, Encodable {
        public let process: String
        public let state: String
        public let count: Int
    }

    public internal(set) var entries: UInt64 = 0
    public internal(set) var first: UInt64 = 0
    public internal(set) var last: UInt64 = 0
    public internal(set) var jobs: Int = 0
    public internal(set) var workers: Int = 0
    /// The first refused entry.
    public internal(set) var refusal: Refusal?
    /// An entry that doesn't follow the one before it by one: the journal has a hole there.
    public internal(set) var gap: (after: UInt64, next: UInt64)?
    public internal(set) var repair: Repair?
    public internal(set) var repairText: String?
    /// Refused entries after the first.
    public internal(set) var more: Int = 0
    /// All processes there are before the refused entry, or at the end.
    public internal(set) var population: [Population] = []
    public internal(set) var seconds = 0.0

    public var conforms: Bool { refusal == nil && gap == nil }
    /// The journal begins after a snapshot: what was before isn't known, and nothing is refused for it.
    public var hasPast: Bool { first > 1 }
}

/// Holds whole journals against the protocol.
public enum Conformance {
    /// Entries before and after a refused one that a repair is tried on.
    private static let entriesBefore = 48
    private static let entriesAfter = 200

    /// - Parameter repairs: whether to look for the shortest repair of the first refused entry.
    public static func check(
        _ source: some JournalSource, _ rules: JournalProtocol, repairs: Bool = true
    ) throws -> ConformanceReport {
        let start = ContinuousClock.now
        var report = ConformanceReport()
        var monitor: JournalMonitor?
        var population: [ConformanceReport.Population]?
        var jobs: Set<UInt64> = []
        try source.forEach { entry in
            if monitor == nil {
                monitor = JournalMonitor(rules, hasPast: entry.sequence > 1)
                report.first = entry.sequence
            } else if entry.sequence != report.last &+ 1 {
                report.gap = (report.last, entry.sequence)
                return false
            }
            report.entries += 1
            report.last = entry.sequence
            if case .submit(let id, _, _) = entry.event { jobs.insert(id.number) }
            let counted = report.refusal == nil ? monitor : nil
            if let refusal = monitor!.observe(entry) {
                if report.refusal == nil {
                    report.refusal = refusal
                    population = counted?.population
                } else {
                    report.more += 1
                }
            }
            return true
        }
        report.jobs = jobs.count
        report.workers = monitor?.workers.count ?? 0
        report.population = population ?? monitor?.population ?? []
        if repairs, let refusal = report.refusal {
            try repair(refusal.entry.sequence, source, rules, &report)
        }
        report.seconds = (ContinuousClock.now - start).inSeconds
        return report
    }

    private static func repair(
        _ sequence: UInt64, _ source: some JournalSource, _ rules: JournalProtocol, _ report: inout ConformanceReport
    ) throws {
        let begin =
            sequence - report.first > UInt64(entriesBefore) ? sequence - UInt64(entriesBefore) : report.first
        var monitor = JournalMonitor(rules, hasPast: report.hasPast)
        var window: [JournalEntry] = []
        try source.forEach { entry in
            if entry.sequence < begin {
                _ = monitor.step(entry.event)
            } else {
                window.append(entry)
            }
            return entry.sequence < sequence || entry.sequence - sequence < UInt64(entriesAfter)
        }
        guard let fault = window.firstIndex(where: { $0.sequence == sequence }) else { return }
        report.repair = RepairSearch(monitor: monitor, entries: window, fault: fault).shortest()
        report.repairText = report.repair?.text(of: window)
    }
}

extension JournalMonitor {
    /// How many processes there are in which state.
    var population: [ConformanceReport.Population] {
        var counts: [String: [String: Int]] = [:]
        func count(_ state: ObjectState, _ process: ObjectProcess, _ number: Int = 1) {
            guard number > 0 else { return }
            let states = possible(state, process)
            let name = states.count == 1 ? process.stateNames[Int(states[0])] : "one of \(states.count) states"
            counts[process.kind.rawValue, default: [:]][name, default: 0] += number
        }
        count(cluster, rules.cluster)
        for track in tracks where track.id != .max {
            count(track.job, rules.job)
            for task in track.tasks where task >= 0 { count(task, rules.task) }
            for task in track.far.values { count(task, rules.task) }
            if let units = track.units, track.hasUntouched {
                count(track.untouched, rules.task, Int(units - track.touched))
            }
        }
        for lease in leases.values { count(lease.lease, rules.lease) }
        for worker in workers { count(worker.worker, rules.worker) }
        return counts.sorted { $0.key < $1.key }.flatMap { process, states in
            states.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                .map { ConformanceReport.Population(process: process, state: $0.key, count: $0.value) }
        }
    }
}
