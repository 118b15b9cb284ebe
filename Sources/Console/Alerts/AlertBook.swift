import Coordination

/// Which alerts are open, and which were. Pure: it is shown the cluster now and then, and says what has changed.
struct AlertBook {
    /// What the rules are held against.
    struct Observation {
        var time: Timestamp
        var overview: ClusterOverview
        /// Gangs that run, with when one of their ranks last said something.
        var gangs: [(job: JobID, lastSign: Timestamp)] = []
        var crashes: [WorkerName: [Timestamp]] = [:]
        var freeBytes: UInt64?
    }

    private struct Finding: Hashable {
        let kind: Alert.Kind
        let subject: String
    }

    let rules: AlertRules
    /// Oldest first; those that are over among them, up to `kept`.
    private(set) var alerts: [Alert] = []
    private var next = 1

    static let kept = 1000
    private static let hour: Int64 = 3_600_000

    /// - Parameter alerts: those of an earlier life, oldest first.
    init(rules: AlertRules, alerts: [Alert] = []) {
        self.rules = rules
        self.alerts = alerts.suffix(Self.kept)
        next = (alerts.map(\.id).max() ?? 0) + 1
    }

    var open: [Alert] { alerts.filter { $0.cleared == nil } }

    /// - Returns: the alerts that were opened or that are over now.
    mutating func observe(_ observation: Observation) -> [Alert] {
        let found = findings(observation)
        var changed: [Alert] = []
        for index in alerts.indices where alerts[index].cleared == nil {
            guard found[Finding(kind: alerts[index].kind, subject: alerts[index].subject)] == nil else { continue }
            alerts[index].cleared = observation.time
            changed.append(alerts[index])
        }
        let open = Set(open.map { Finding(kind: $0.kind, subject: $0.subject) })
        for (finding, message) in found.sorted(by: {
            ($0.key.kind.rawValue, $0.key.subject) < ($1.key.kind.rawValue, $1.key.subject)
        })
        where !open.contains(finding) {
            let alert = Alert(
                id: next, kind: finding.kind, subject: finding.subject, message: message, since: observation.time)
            next += 1
            alerts.append(alert)
            changed.append(alert)
        }
        forgetOldest()
        return changed
    }

    /// - Returns: the alert as it is now; nil where there is none of this number.
    mutating func acknowledge(_ id: Int, at time: Timestamp) -> Alert? {
        guard let index = alerts.firstIndex(where: { $0.id == id }) else { return nil }
        if alerts[index].acknowledged == nil { alerts[index].acknowledged = time }
        return alerts[index]
    }

    private mutating func forgetOldest() {
        while alerts.count > Self.kept, let index = alerts.firstIndex(where: { $0.cleared != nil }) {
            alerts.remove(at: index)
        }
    }

    // MARK: The rules

    private func findings(_ seen: Observation) -> [Finding: String] {
        var found: [Finding: String] = [:]
        for tenant in seen.overview.tenants {
            guard let job = tenant.firstWaiting, let message = starvation(tenant, job, seen) else { continue }
            found[Finding(kind: .starvation, subject: job.description)] = message
        }
        for (job, sign) in seen.gangs where seen.time - sign >= rules.stuckMilliseconds {
            found[Finding(kind: .stuck, subject: job.description)] =
                "\(job) runs, and none of its ranks has said anything for \((seen.time - sign) / 60_000) minutes; "
                + "`banquet logs \(job)` shows where they stand"
        }
        for (worker, times) in seen.crashes {
            let recent = times.count { seen.time - $0 <= Self.hour }
            guard recent >= rules.losses else { continue }
            found[Finding(kind: .flapping, subject: worker.description)] =
                "\(worker) was lost \(recent) times within an hour; `banquet drain \(worker)` keeps work away from it"
        }
        if let free = seen.freeBytes, free < rules.freeBytes {
            found[Finding(kind: .disk, subject: "state")] =
                "\(free >> 20) MiB are free for the state folder; a coordinator whose disk is full stops"
        }
        return found
    }

    private func starvation(_ tenant: TenantSummary, _ job: JobID, _ seen: Observation) -> String? {
        let waited = tenant.waitsSince.map { seen.time - $0 } ?? 0
        if waited >= rules.waitMilliseconds {
            return
                "\(job) of \(tenant.name) has waited for \(waited / 60_000) minutes; `banquet show \(job)` says what for"
        }
        let tenants = UInt64(seen.overview.tenants.count)
        let bound = rules.overtaken ?? max(seen.overview.slots, 1) * (2 * UInt64(Fair().patience) + tenants + 1)
        guard tenant.overtaken > bound else { return nil }
        return "\(tenant.overtaken) units were started while \(job) of \(tenant.name) waits (alert above \(bound)); "
            + "`banquet show \(job)` says what for"
    }
}
