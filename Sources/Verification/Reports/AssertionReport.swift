import CSP
import ModelChecking

/// The verdict on one assertion as it is written, and what it cost; a line of `banquet check --format json` holds these.
public struct AssertionReport: Encodable, Sendable {
    public enum Verdict: String, Codable, Sendable {
        case holds, fails
        /// A limit was reached, or the checker refuses the assertion: `explanation` says which.
        case unknown
    }

    public var file: String
    public var line: Int
    public var column: Int
    public var text: String
    /// What kind of property it is about: `deadlock-free`, `refinement` …; nil where that was not found out.
    public var property: String?
    public var verdict: Verdict
    /// What was found, in a few words, whichever way the assertion is put: `deadlock after 2 steps`, `nobody starves`.
    public var summary: String?
    /// What was explored. Where the verdict is unknown: what had been found by then.
    public var states: Int
    public var transitions: Int
    public var seconds: Double
    /// The ladder of a liveness check.
    public var fairness: FairnessLadder?
    /// The exact bound on overtaking, of a check of starvation or of overtaking.
    public var overtaking: OvertakingReport?
    /// A run that violates the property. There is one where `assert` fails, and where `assert not` holds.
    public var counterexample: CounterexampleReport?
    /// A run that shows what the property says is there: the trace of `has trace`, the run that reaches a bound on overtaking.
    public var witness: CounterexampleReport?
    /// Why the verdict is unknown.
    public var explanation: String?
    /// What else should be known: that an assertion holds vacuously, above all.
    public var notes: [String]
    /// The reductions of the state space that were applied, each sound for this assertion.
    public var reductions: [String]
    /// The checker does not carry out what the assertion asks for, or the process is at fault: not a matter of limits.
    public var isRefused: Bool
    /// What is wrong with the script, where an evaluation came upon it; not in the JSON, which has it among the file's errors.
    var fault: EvaluationError?

    private enum CodingKeys: String, CodingKey {
        case file, line, column, text, property, verdict, summary, states, transitions, seconds, fairness, overtaking
        case counterexample, witness, explanation, notes, reductions
        case isRefused = "refused"
    }

    /// Nothing is known yet.
    init(_ site: AssertionSite) {
        file = site.file
        line = site.line
        column = site.column
        text = site.text
        verdict = .unknown
        states = 0
        transitions = 0
        seconds = 0
        notes = []
        reductions = []
        isRefused = false
    }

    /// For an assertion that an interruption left out.
    init(notBegun site: AssertionSite) {
        self.init(site)
        explanation = "not begun: interrupted"
    }

    mutating func record(_ outcome: Decision.Outcome, negated: Bool) {
        states = outcome.result.states
        transitions = outcome.result.transitions
        summary = outcome.summary
        switch outcome.result.verdict {
        case .holds: verdict = negated ? .fails : .holds
        case .fails: verdict = negated ? .holds : .fails
        case .unknown(let limit):
            verdict = .unknown
            summary = nil
            explanation = limit.description
        }
        fairness = outcome.fairness
        overtaking = outcome.overtaking
        counterexample = outcome.counterexample
        witness = outcome.witness
        notes = outcome.notes
        reductions = outcome.reductions
    }
}

/// How often others are served while somebody waits.
public struct OvertakingReport: Codable, Sendable, Equatable {
    /// Nil where there is no bound.
    public var bound: Int?
    /// The cycle that can be gone round for ever, where there is no bound: events with who takes part.
    public var cycle: [String]

    /// A few words.
    public var briefly: String {
        guard let bound else { return "without bound" }
        return bound == 0 ? "never" : bound == 1 ? "at most once" : "at most \(bound) times"
    }

    /// With the cycle that makes it infinite.
    public var text: String {
        bound == nil ? "\(briefly), by going round \(cycle.joined(separator: ", "))" : briefly
    }
}

extension EvaluatedAssertion.Property {
    /// The kind of property, as reports name it.
    var kind: String {
        switch self {
        case .refinement: "refinement"
        case .deadlockFree: "deadlock-free"
        case .divergenceFree: "divergence-free"
        case .deterministic: "deterministic"
        case .hasTrace: "has-trace"
        case .linearTemporal: "temporal"
        case .starvationFree: "starvation-free"
        case .overtakingBounded: "overtaking-bounded"
        }
    }
}
