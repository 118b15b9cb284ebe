import ConfigurationFiles
import Coordination

/// Submissions whose declared communication is checked before the core hears of them. The check goes on beside the turns, one at a time.
struct PlanChecks {
    struct Submission: Equatable, Sendable {
        let job: JobSpecification
        let key: String
        let connection: ConnectionID
        let request: UInt64

        /// Takes up to a second, and belongs on another thread.
        func refusal() -> String? { JobPlan.refusal(of: job) }
    }

    private var waiting: [Submission] = []
    private var isChecking = false

    /// So that nobody keeps the others from their turn.
    private static let mostWaiting = 64
    private static let mostWaitingOfATenant = 8

    static func isNeeded(for job: JobSpecification) -> Bool { job.communication?.isUnchecked == false }

    /// Why it can't wait for its check; nil if it does.
    mutating func add(_ submission: Submission) -> String? {
        let own = waiting.count { $0.job.tenant == submission.job.tenant }
        guard waiting.count < Self.mostWaiting, own < Self.mostWaitingOfATenant else {
            return "\(waiting.count) submissions wait for the check of their communication; try again in 5s"
        }
        waiting.append(submission)
        return nil
    }

    /// The next to be checked; nil while another is.
    mutating func next() -> Submission? {
        guard !isChecking, !waiting.isEmpty else { return nil }
        isChecking = true
        return waiting.removeFirst()
    }

    mutating func finished() { isChecking = false }
}
