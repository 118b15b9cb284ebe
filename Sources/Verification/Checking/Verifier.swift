public import CSP
public import ModelChecking

/// Limits and switches of a run of the checker.
public struct VerificationOptions: Sendable {
    /// States of one exploration.
    public var maximumStates: Int?
    /// Bytes that checking one assertion may take, evaluation and compilation included.
    public var maximumBytes: Int?
    /// For each assertion.
    public var timeout: Duration?
    /// Asked now and then; true makes what is left unknown.
    public var isCancelled: (@Sendable () -> Bool)?
    /// Told how far the assertion under way has come.
    public var meter: ProgressMeter?
    /// How many threads an exploration may use; nil for as many as there are processors.
    public var threads: Int?
    /// Told which assertion comes next.
    public var beginning: (@Sendable (AssertionSite) -> Void)?

    public init(
        maximumStates: Int? = nil, maximumBytes: Int? = nil, timeout: Duration? = nil,
        isCancelled: (@Sendable () -> Bool)? = nil, meter: ProgressMeter? = nil, threads: Int? = nil
    ) {
        self.threads = threads
        self.maximumStates = maximumStates
        self.maximumBytes = maximumBytes
        self.timeout = timeout
        self.isCancelled = isCancelled
        self.meter = meter
    }
}

/// Decides evaluated assertions over the terms of one store.
public struct Verifier {
    private let store: ProcessStore
    private let options: VerificationOptions

    public init(store: ProcessStore, options: VerificationOptions = VerificationOptions()) {
        self.store = store
        self.options = options
    }

    /// The bytes of stack that deeply nested processes get.
    static let stackBytes = 512 << 20

    /// The verdict on one assertion, `not` applied. Whatever keeps it from being decided is in the report.
    public func check(_ assertion: EvaluatedAssertion) -> AssertionReport {
        check(assertion.site, Budget(options)) { () throws(EvaluationError) in assertion }
    }

    /// The same for an assertion that is still to be evaluated, which counts against its budget.
    func check(
        _ site: AssertionSite, _ budget: Budget, _ evaluate: () throws(EvaluationError) -> EvaluatedAssertion
    ) -> AssertionReport {
        let start = ContinuousClock.now
        var report = AssertionReport(site)
        do {
            let assertion = try evaluate()
            report.property = assertion.property.kind
            let outcome = try LargeStack.run(bytes: Self.stackBytes) {
                try Decision(assertion: assertion, store: store, limits: budget.limits).run()
            }
            report.record(outcome, negated: site.isNegated)
        } catch let limit as LimitReached {
            report.stop(limit.description, budget)
        } catch let error as EvaluationError where error.cause == .limit {
            report.stop(budget.exceeded?.description ?? error.message, budget)
        } catch let error as EvaluationError {
            report.explanation = error.message
            report.isRefused = true
            report.fault = error
        } catch {
            report.explanation = "\(error)"
            report.isRefused = true
        }
        report.seconds = (ContinuousClock.now - start).inSeconds
        return report
    }
}

extension AssertionReport {
    /// Nothing is known, because a limit was reached; what had been found by then is said.
    fileprivate mutating func stop(_ reason: String, _ budget: Budget) {
        explanation = reason
        states = budget.meter.reading.states
    }
}

extension Duration {
    /// To the microsecond.
    var inSeconds: Double {
        let microseconds = components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
        return Double(microseconds) / 1e6
    }
}
