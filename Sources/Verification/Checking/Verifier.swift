public import CSP
public import ModelChecking

/// Limits and switches of a run of the checker.
public struct VerificationOptions: Sendable {
    /// States of one exploration.
    public var maximumStates: Int?
    /// Bytes that checking one assertion may take, evaluation and compilation included; nil for three quarters of the memory that there is.
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
    /// A process below the parallels becomes one component up to so many states; beyond, several components if it has parallels inside.
    public var componentStates = 10_000
    /// Clauses that every `core("…", Events)` of a script has besides its own, such as `late 2`: a larger scope.
    public var coreAdditions: String?
    /// Reductions of the state space, each applied where it is sound; an assertion may ask for more.
    public var reductions: Reductions = []

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

extension VerificationOptions {
    /// Without a limit a check that grows for ever would take the machine with it.
    var bytesAtMost: Int? { maximumBytes ?? MachineMemory.bytes.map { $0 / 4 * 3 } }

    fileprivate func reductions(for assertion: EvaluatedAssertion) -> Reductions {
        var all = reductions
        if assertion.partialOrderReduction != nil { all.insert(.partialOrder) }
        if assertion.reducesSymmetry { all.insert(.symmetry) }
        return all
    }
}

/// Decides evaluated assertions over the terms of one store.
public struct Verifier {
    private let options: VerificationOptions
    /// What one assertion had compiled serves the next ones.
    private let compilers: Compilers
    private let inductions: Inductions

    public init(store: ProcessStore, options: VerificationOptions = VerificationOptions()) {
        self.options = options
        compilers = Compilers(store: store, options: options)
        inductions = Inductions(store: store)
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
            let compiler = compilers.compiler(for: assertion)
            let outcome = try LargeStack.run(bytes: Self.stackBytes) {
                try Decision(
                    assertion: assertion, compiler: compiler, limits: budget.limits,
                    reductions: options.reductions(for: assertion)
                ).run()
            }
            report.record(outcome, negated: site.isNegated)
            if report.verdict == .holds { report.notes += inductions.notes(on: assertion) }
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

/// One compiler for each purpose.
private final class Compilers {
    private let store: ProcessStore
    private let options: VerificationOptions
    private var compilers: [Purpose: NetworkCompiler] = [:]
    private let cores: CoreGraphs

    init(store: ProcessStore, options: VerificationOptions) {
        self.store = store
        self.options = options
        cores = CoreGraphs(additions: options.coreAdditions)
    }

    func compiler(for assertion: EvaluatedAssertion) -> NetworkCompiler {
        let purpose: Purpose =
            switch assertion.property {
            case .linearTemporal, .starvationFree, .overtakingBounded: .liveness
            case .refinement(_, let model, _) where RefusalModel(model) != nil: .refusals
            default: assertion.tauPriority == nil ? .models : .priorities
            }
        // What earlier assertions left behind must not bring the next one to its limit.
        let isHeavy = compilers.values.contains { $0.byteCount > (options.bytesAtMost ?? .max) / 4 }
        if isHeavy { compilers = [:] }
        if let known = compilers[purpose] { return known }
        let made = NetworkCompiler(
            store: store, purpose: purpose, wieldyStates: options.componentStates, cores: cores)
        compilers[purpose] = made
        return made
    }
}

extension Duration {
    /// To the microsecond.
    var inSeconds: Double {
        let microseconds = components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
        return Double(microseconds) / 1e6
    }
}
