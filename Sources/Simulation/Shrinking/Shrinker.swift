/// Makes a failing schedule as small as it goes while it still breaks the same promise: delta debugging over what the
/// schedule does (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE TSE 2002).
public struct Shrinker {
    /// The smallest failing run so far.
    public private(set) var best: Simulation
    /// Runs that were tried.
    public private(set) var runs = 0
    private let signature: String
    private let mayGoOn: () -> Bool

    /// - Parameters:
    ///   - failure: a run that broke a promise.
    ///   - mayGoOn: asked before each run; false ends the search with what was found.
    public init(_ failure: Simulation, mayGoOn: @escaping () -> Bool) {
        best = failure
        signature = failure.violation.map(Self.signature) ?? ""
        self.mayGoOn = mayGoOn
    }

    /// What broke, without its numbers, and without the list behind a colon: one job that never ends is as bad as two.
    private static func signature(of violation: Violation) -> String {
        violation.what.prefix { $0 != ":" }.filter { !$0.isNumber }
    }

    public mutating func shrink() {
        nameMessageFaults()
        cutOff()
        var size = -1
        while size != best.schedule.incidents.count, mayGoOn() {
            size = best.schedule.incidents.count
            removeIncidents()
            simplifySubmissions()
            simplifyCluster()
            cutOff()
        }
    }

    /// Takes the schedule if it fails in the same way.
    private mutating func attempt(_ schedule: Schedule) -> Bool {
        guard schedule != best.schedule, mayGoOn() else { return false }
        let run = Simulation(schedule, policy: best.policy)
        runs += 1
        guard let violation = run.violation, Self.signature(of: violation) == signature else { return false }
        best = run
        return true
    }

    /// Says of each message what happened to it, in place of the weather that brought it.
    private mutating func nameMessageFaults() {
        var schedule = best.schedule
        schedule.incidents.removeAll { if case .weather = $0.action { true } else { false } }
        let order = (schedule.incidents + best.messageFaults).enumerated().sorted {
            ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
        }
        schedule.incidents = order.map(\.element)
        _ = attempt(schedule)
    }

    /// What comes after the failure has no part in it; and the faults may stop sooner.
    private mutating func cutOff() {
        guard let violation = best.violation else { return }
        var schedule = best.schedule
        schedule.incidents.removeAll { $0.time > violation.time }
        _ = attempt(schedule)
        for end in [best.schedule.incidents.last?.time ?? 0, violation.time] where end < best.schedule.horizon {
            schedule = best.schedule
            schedule.horizon = end + 1
            if attempt(schedule) { break }
        }
    }

    private mutating func removeIncidents() {
        var parts = 2
        while best.schedule.incidents.count > 0, mayGoOn() {
            let count = best.schedule.incidents.count
            let size = max(1, (count + parts - 1) / parts)
            var start = count
            var isSmaller = false
            // From the end: what is late leans on what is early.
            while start > 0 {
                start = max(0, start - size)
                var schedule = best.schedule
                schedule.incidents.removeSubrange(start..<min(start + size, schedule.incidents.count))
                if attempt(schedule) { isSmaller = true }
            }
            if size == 1, !isSmaller { break }
            parts = isSmaller && size > 1 ? max(2, parts - 1) : parts * 2
        }
    }

    private mutating func simplifySubmissions() {
        for place in best.schedule.incidents.indices {
            for change in Self.simplifications {
                while mayGoOn(), case .submit(var submission) = best.schedule.incidents[place].action {
                    let before = submission
                    change(&submission)
                    guard submission != before else { break }
                    var schedule = best.schedule
                    schedule.incidents[place].action = .submit(submission)
                    guard attempt(schedule) else { break }
                }
            }
        }
    }

    private static let simplifications: [@Sendable (inout Submission) -> Void] = [
        { $0.count = ($0.count + 1) / 2 },
        { $0.count = max(1, $0.count - 1) },
        { $0.units = ($0.units + 1) / 2 },
        { $0.units = max(1, $0.units - 1) },
        { $0.slots = 1 },
        { $0.retries = 0 },
        { $0.failing = 0 },
        { $0.hanging = 0 },
        { if $0.hanging == 0 { $0.timeLimit = nil } },
        { $0.minimumRanks = nil },
        { $0.concurrency = nil },
        { $0.retryDelay = Submission.usualRetryDelay },
        { $0.priority = 0 },
        { $0.after = [] },
        { $0.gpus = 0 },
        { $0.site = nil },
        { $0.preferredSite = nil },
    ]

    private mutating func simplifyCluster() {
        var schedule = best.schedule
        schedule.cluster.drift = schedule.cluster.drift.map { _ in 0 }
        _ = attempt(schedule)
        schedule = best.schedule
        schedule.cluster.disk = .blocking
        _ = attempt(schedule)
        let simpler: [(inout Schedule.Cluster) -> Void] = [
            { $0.tenants = [:] }, { $0.preemption = nil },
            { cluster in for index in cluster.offers.indices { cluster.offers[index].credit = 0 } },
            { cluster in for index in cluster.offers.indices { cluster.offers[index].speed = 100 } },
            { cluster in for index in cluster.offers.indices { cluster.offers[index] = Schedule.Offer() } },
        ]
        for change in simpler {
            schedule = best.schedule
            change(&schedule.cluster)
            _ = attempt(schedule)
        }
        while best.schedule.cluster.workers.count > 1 {
            schedule = best.schedule
            let last = schedule.cluster.workers.count - 1
            if schedule.incidents.contains(where: { $0.worker == last }) { break }
            schedule.cluster.workers.removeLast()
            schedule.cluster.drift.removeLast()
            schedule.cluster.offers.removeLast()
            if !attempt(schedule) { break }
        }
    }
}
