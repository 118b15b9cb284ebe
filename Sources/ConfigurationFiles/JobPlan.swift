public import Communication
public import Coordination

/// The check of what a job declares of its communication, before it is admitted.
public enum JobPlan {
    /// The same for whoever submits and for the coordinator, so that they find the same.
    public static var limits: PlanLimits {
        var limits = PlanLimits()
        limits.steps = 1_000_000
        limits.states = 50_000
        return limits
    }

    /// Checks the plan for every size that the gang may have; the report is that of the first with which it does not hold.
    /// - Returns: nil if the job declares nothing.
    /// - Throws: `InputError` where the text is no plan, or makes no sense for so many ranks.
    public static func check(
        _ job: JobSpecification, file: String = "communication", limits: PlanLimits = limits
    ) throws(InputError) -> PlanReport? {
        guard let text = job.communication?.text, let plan = try PlanFile.parse(text, file: file) else { return nil }
        return try check(plan, ranks: Int(job.minimumRanks ?? job.units)...Int(job.units), file: file, limits: limits)
    }

    public static func check(
        _ plan: Plan, ranks: ClosedRange<Int>, file: String, limits: PlanLimits = limits
    ) throws(InputError) -> PlanReport {
        var limits = limits
        var last: PlanReport?
        let least = ranks.lowerBound
        for ranks in ranks {
            do throws(PlanError) {
                var report = try PlanCheck.run(plan, ranks: ranks, limits: limits)
                report.fromRanks = least < ranks ? least : nil
                last = report
                guard report.verdict == .holds else { return report }
                limits.steps -= max(report.calls, ranks)
            } catch {
                throw InputError(
                    file: file, line: error.place.line, column: error.place.column, message: error.message)
            }
        }
        return last!
    }

    /// Why the coordinator refuses the job: one line, for people; nil if it declares nothing, asks for no check, or its plan holds.
    public static func refusal(of job: JobSpecification) -> String? {
        guard let communication = job.communication, !communication.isUnchecked else { return nil }
        do throws(InputError) {
            var limits = limits
            limits.findsBuffer = false
            guard let report = try check(job, limits: limits) else {
                return "it declares communication, and no plan is in it"
            }
            switch report.verdict {
            case .holds: return nil
            case .fails:
                let ring = (report.fault?.ring ?? []).prefix(8).map {
                    "rank \($0.site.rank), call \($0.site.call) (line \($0.site.place.line)): \($0.site.text)"
                }
                return
                    "its communication can't come to its end with \(report.ranks) ranks: \(report.fault?.summary ?? "")"
                    + (ring.isEmpty ? "" : "; " + ring.joined(separator: "; "))
            case .unknown:
                return "of its communication nothing is known: \(report.limit ?? "a limit was reached"); "
                    + "submit it with --no-check if it is to run all the same"
            }
        } catch { return "\(error)" }
    }
}
