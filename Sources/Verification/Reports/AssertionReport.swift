import CSP
import ModelChecking

/// The verdict on one assertion as it is written, and what it cost; a line of `banquet check --format json` holds these.
public struct AssertionReport: Codable, Sendable {
    public enum Verdict: String, Codable, Sendable {
        case holds, fails
        /// A limit was reached, or the checker refuses the assertion: `explanation` says which.
        case unknown
    }

    public var file: String
    public var line: Int
    public var text: String
    public var verdict: Verdict
    public var states: Int
    public var transitions: Int
    public var seconds: Double
    /// The ladder of a liveness check.
    public var fairness: String?
    /// A run that violates the property. There is one where `assert` fails, and where `assert not` holds.
    public var counterexample: CounterexampleReport?
    /// Why the verdict is unknown, or what else should be known.
    public var explanation: String?
    /// The checker does not carry out what the assertion asks for, or the process is at fault: not a matter of limits.
    public var isRefused: Bool

    init(_ site: AssertionSite) {
        file = site.file
        line = site.line
        text = site.text
        verdict = .unknown
        states = 0
        transitions = 0
        seconds = 0
        isRefused = false
    }

    mutating func record(_ outcome: Decision.Outcome, negated: Bool) {
        states = outcome.result.states
        transitions = outcome.result.transitions
        switch outcome.result.verdict {
        case .holds: verdict = negated ? .fails : .holds
        case .fails: verdict = negated ? .holds : .fails
        case .unknown(let limit):
            verdict = .unknown
            explanation = limit.description
        }
        fairness = outcome.fairness
        counterexample = outcome.counterexample ?? outcome.witness
        if !outcome.notes.isEmpty { explanation = outcome.notes.joined(separator: "; ") }
    }
}
