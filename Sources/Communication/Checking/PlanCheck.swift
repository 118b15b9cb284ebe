/// Checks plans: does every run come to its end?
public enum PlanCheck {
    /// - Parameter ranks: the gang's size.
    /// - Throws: `PlanError` where the plan makes no sense for so many ranks.
    public static func run(_ plan: Plan, ranks: Int, limits: PlanLimits = PlanLimits()) throws(PlanError) -> PlanReport
    {
        let start = ContinuousClock.now
        var report = PlanReport(
            ranks: ranks, calls: 0, sends: plan.sends.text, verdict: .holds, fault: nil, smallestBuffer: nil, states: 0)
        let network: Network
        do throws(Unfolder.Failure) {
            network = try Unfolder.network(of: plan, ranks: ranks, limit: limits.steps)
        } catch {
            switch error {
            case .plan(let error): throw error
            case .limit(let steps):
                report.verdict = .unknown
                report.limit = "the plan has more than \(steps) steps"
                return report.timed(since: start)
            }
        }
        report.calls = network.calls
        let search = Search(
            network, capacity: plan.sends.capacity, limit: limits.states, isCancelled: limits.isCancelled)
        report.states = search.states
        if let failure = search.failure {
            report.verdict = .fails
            report.fault = Diagnosis(plan, network, failure.end, taken: failure.taken).fault
        } else if search.isCutShort {
            report.verdict = .unknown
            report.limit = "more than \(limits.states) orders of arrival were looked at, or the check was interrupted"
        }
        if limits.findsBuffer, report.verdict != .unknown, !network.channels.isEmpty {
            report.smallestBuffer = Search.smallestBuffer(
                network, limit: min(limits.states, 100_000), isCancelled: limits.isCancelled)
        }
        return report.timed(since: start)
    }
}

extension PlanReport {
    fileprivate func timed(since start: ContinuousClock.Instant) -> PlanReport {
        var report = self
        report.seconds = (ContinuousClock.now - start).inSeconds
        return report
    }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

extension Plan.Sends {
    /// Of each channel, in messages; nil: without bound.
    var capacity: Int? {
        switch self {
        case .rendezvous: 0
        case .eager(let buffer): buffer
        }
    }

    var text: String {
        switch self {
        case .rendezvous: "rendezvous"
        case .eager(nil): "eager"
        case .eager(let buffer?): "eager, buffer \(buffer)"
        }
    }
}
