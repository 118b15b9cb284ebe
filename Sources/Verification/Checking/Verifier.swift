public import CSP
import ModelChecking

/// Limits and switches of a run of the checker.
public struct VerificationOptions: Sendable {
    /// States of one exploration.
    public var maximumStates: Int?
    /// Bytes of one exploration.
    public var maximumBytes: Int?
    /// For each assertion.
    public var timeout: Duration?
    /// Asked now and then; true makes what is left unknown.
    public var isCancelled: (@Sendable () -> Bool)?

    public init(
        maximumStates: Int? = nil, maximumBytes: Int? = nil, timeout: Duration? = nil,
        isCancelled: (@Sendable () -> Bool)? = nil
    ) {
        self.maximumStates = maximumStates
        self.maximumBytes = maximumBytes
        self.timeout = timeout
        self.isCancelled = isCancelled
    }

    func limits() -> Limits {
        Limits(
            maximumStates: maximumStates, maximumBytes: maximumBytes,
            deadline: timeout.map { ContinuousClock.now + $0 },
            isCancelled: isCancelled)
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
    private static let stackBytes = 512 << 20

    /// The verdict on one assertion, `not` applied. Whatever keeps it from being decided is in the report.
    public func check(_ assertion: EvaluatedAssertion) -> AssertionReport {
        let start = ContinuousClock.now
        var report = LargeStack.run(bytes: Self.stackBytes) { decide(assertion) }
        report.seconds = (ContinuousClock.now - start).inSeconds
        return report
    }

    private func decide(_ assertion: EvaluatedAssertion) -> AssertionReport {
        var report = AssertionReport(assertion.site)
        let limits = options.limits()
        do {
            let decision = try Decision(assertion: assertion, store: store, limits: limits).run()
            report.record(decision, negated: assertion.site.isNegated)
        } catch let limit as LimitReached {
            report.explanation = limit.description
        } catch let error as EvaluationError {
            report.explanation = error.description
            report.isRefused = error.cause != .limit
        } catch {
            report.explanation = "\(error)"
            report.isRefused = true
        }
        return report
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
