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
        /// What the workers' devices say of themselves.
        var devices: [WorkerName: [DeviceState]] = [:]
        /// Entries of the journal that the protocol doesn't allow: how many there were, and the last of them.
        var violations: (count: UInt64, last: [ClusterStatus.Alert]) = (0, [])
        /// What the preflight proved of overtaking; nil where it has no number for the policy.
        var proved: OvertakingBound?
        /// By tenant, how often its first job was overtaken by others in their turn since it is aged.
        var overtakenInTurn: [String: UInt64] = [:]
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
    /// An alert about heat is over when the device is cooler by so much.
    private static let cooled = 5.0

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
            if alerts[index].kind == .violation {
                // What was written down stays written: only who looks into it can end this.
                guard alerts[index].acknowledged != nil else { continue }
            } else {
                guard found[Finding(kind: alerts[index].kind, subject: alerts[index].subject)] == nil else { continue }
            }
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
                "\(job) runs, and none of its ranks has said anything for \(Self.span(seen.time - sign)); "
                + "`banquet logs \(job)` shows where they stand"
        }
        for (worker, times) in seen.crashes {
            let recent = times.count { seen.time - $0 <= Self.hour }
            guard recent >= rules.losses else { continue }
            found[Finding(kind: .flapping, subject: worker.description)] =
                "\(worker) was lost \(recent) times within an hour; `banquet drain \(worker)` keeps work away from it"
        }
        for (worker, devices) in seen.devices {
            for device in devices {
                let subject = "\(worker) \(device.label)"
                if let message = heat(device, of: worker, isOpen: isOpen(.heat, subject)) {
                    found[Finding(kind: .heat, subject: subject)] = message
                }
            }
        }
        // One at a time: should every entry be wrong, an alert for each would hide all others.
        if let last = seen.violations.last.last, last.sequence > lastViolation {
            found[Finding(kind: .violation, subject: "entry \(last.sequence)")] =
                "the journal departs from the protocol, \(seen.violations.count) times by now: \(last.text); "
                + "`banquet conform` on the state folder says more"
        }
        if let free = seen.freeBytes, free < rules.freeBytes {
            found[Finding(kind: .disk, subject: "state")] =
                "\(free >> 20) MiB are free for the state folder; a coordinator whose disk is full stops"
        }
        return found
    }

    private static func span(_ milliseconds: Int64) -> String {
        milliseconds < 120_000 ? "\(milliseconds / 1000) seconds" : "\(milliseconds / 60_000) minutes"
    }

    private func isOpen(_ kind: Alert.Kind, _ subject: String) -> Bool {
        alerts.contains { $0.cleared == nil && $0.kind == kind && $0.subject == subject }
    }

    /// The newest entry that there was an alert about.
    private var lastViolation: UInt64 {
        alerts.lazy.filter { $0.kind == .violation }.compactMap { UInt64($0.subject.dropFirst("entry ".count)) }.max()
            ?? 0
    }

    private func heat(_ device: DeviceState, of worker: WorkerName, isOpen: Bool) -> String? {
        let bound = isOpen ? rules.celsius - Self.cooled : rules.celsius
        let isHot = device.celsius.map { $0 >= bound } ?? false
        guard isHot || device.throttle != nil else { return nil }
        let degrees = device.celsius.map { "\($0) °C" }
        let slowed = device.throttle.map { "is slowed down (\($0))" }
        let state = [degrees.map { "has \($0)" }, slowed].compactMap(\.self).joined(separator: " and ")
        return "\(device.label) of \(worker), \(device.name), \(state) (alert from \(rules.celsius) °C); "
            + "look at its cooling, or `banquet drain \(worker)`"
    }

    /// The limit on units where nothing is proved of the policy: twice those after which `fair` lets a job go before all shares, and a
    /// round of the whole cluster for each tenant and the one that leads.
    static func usualLimit(slots: UInt64, tenants: Int) -> UInt64 {
        max(slots, 1) * (2 * UInt64(Fair().patience) + UInt64(tenants) + 1)
    }

    private func starvation(_ tenant: TenantSummary, _ job: JobID, _ seen: Observation) -> String? {
        guard let what = wait(tenant, seen) ?? overtaking(tenant, seen) else { return nil }
        return "\(job) of \(tenant.name) \(what); `banquet show \(job)` says what it waits for"
    }

    private func wait(_ tenant: TenantSummary, _ seen: Observation) -> String? {
        guard let since = tenant.waitsSince, seen.time - since >= rules.waitMilliseconds else { return nil }
        return "has waited for \(Self.span(seen.time - since)) (alert from \(Self.span(rules.waitMilliseconds)))"
    }

    /// By the number that the preflight proved, by the operator's own, and by the usual one where there is neither.
    private func overtaking(_ tenant: TenantSummary, _ seen: Observation) -> String? {
        if let proved = seen.proved {
            let times = seen.overtakenInTurn[tenant.name] ?? 0
            let waiting = seen.overview.tenants.count { $0.firstWaiting != nil }
            let most = proved.most(tenants: waiting)
            if times > most {
                let scope = waiting > proved.tenants ? " with \(waiting) tenants that wait" : ""
                return "was overtaken \(times) times since it is aged; the preflight proved at most \(most)\(scope)"
            }
        }
        let units = "was overtaken by \(tenant.overtaken) units"
        if let limit = rules.overtaken {
            return tenant.overtaken > limit ? "\(units); the configuration's limit is \(limit)" : nil
        }
        guard seen.proved == nil else { return nil }
        let limit = Self.usualLimit(slots: seen.overview.slots, tenants: seen.overview.tenants.count)
        guard tenant.overtaken > limit else { return nil }
        return "\(units); the preflight proved no number for the policy \(seen.overview.policy), "
            + "and the limit is \(limit) for \(seen.overview.slots) slots"
    }
}
