public import Verification

/// What the checker says of a scenario's spec, split as the lesson tells it.
public struct LessonChecks: Sendable, Encodable {
    /// The fault of the naive rule: the first assertion that says that it fails.
    public let fault: AssertionReport?
    /// What holds with the countermeasure.
    public let proofs: [AssertionReport]
    /// What is not as the spec says: errors, and assertions that don't hold.
    public let surprises: [String]

    public init(_ report: FileReport, of scenario: Scenario) {
        fault = report.assertions.first {
            $0.text.contains("not \(scenario.processes.naive)") || $0.text.contains("= \(scenario.processes.naive)")
        }
        proofs = report.assertions.filter {
            $0.text.contains(scenario.processes.repaired) && !$0.text.contains("assert not")
        }
        surprises =
            report.errors.map { "\(scenario.specName):\($0.line): \($0.message)" }
            + report.assertions.filter { $0.verdict != .holds }.map { "\(scenario.specName):\($0.line): \($0.text)" }
    }

    public var isAsTold: Bool { surprises.isEmpty && fault?.counterexample != nil && !proofs.isEmpty }
}

/// A whole lesson as data: what `--format json` prints.
public struct LessonReport: Sendable, Encodable {
    public let schema = 1
    public let scenario: String
    public let model: LessonChecks
    /// The model's run on the real core; nil where the model has none.
    public let code: LessonCode?
    public let before, after: PhaseOutcome
    /// The attack did live what the model says that it can do; and the countermeasure helped.
    public let isFaultSeen, isRecovered: Bool

    public init(
        _ scenario: Scenario, model: LessonChecks, code: LessonCode?, before: PhaseOutcome, after: PhaseOutcome
    ) {
        self.scenario = scenario.name
        self.model = model
        self.code = code
        self.before = before
        self.after = after
        isFaultSeen = scenario.isFaultSeen(in: before)
        isRecovered = scenario.isRecovered(in: after)
    }

    public var isAsTold: Bool { model.isAsTold && code?.isAsTold == true && isFaultSeen && isRecovered }

    private enum CodingKeys: String, CodingKey {
        case schema, scenario, model, code, before, after
        case isFaultSeen = "faultSeen"
        case isRecovered = "recovered"
    }
}
