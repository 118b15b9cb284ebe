import CSP
import ModelChecking

/// One assertion on its way to a verdict.
struct Decision {
    let assertion: EvaluatedAssertion
    let compiler: NetworkCompiler
    let limits: Limits
    /// What the caller allows; what the assertion itself asks for comes on top.
    var reductions: Reductions = []
    var store: ProcessStore { compiler.store }

    /// The outcome before `not` is applied.
    struct Outcome {
        var result: CheckResult
        var counterexample: CounterexampleReport?
        /// A run that shows why the property holds (`has trace`), or how far it is exhausted (overtaking).
        var witness: CounterexampleReport?
        /// What was found, in a few words.
        var summary: String?
        var notes: [String] = []
        var reductions: [String] = []
        /// The ladder of a liveness check.
        var fairness: FairnessLadder?
        var overtaking: OvertakingReport?
    }

    func run() throws -> Outcome {
        switch assertion.property {
        case .refinement(let specification, let model, let implementation):
            return try refinement(specification, model, implementation)
        case .deadlockFree(let process, let model):
            // In this respect the models with more refusals see what F and FD do.
            let model: ModelChecking.SemanticModel =
                if let finer = RefusalModel(model) {
                    finer.seesDivergence ? .failuresDivergences : .failures
                } else { try Self.supported(model, for: "deadlock free") }
            guard model != .traces else {
                throw CompilationError.unsupported("deadlock free in the model [T], which cannot see deadlocks,")
            }
            return try plain(process, holding: "there is no deadlock") {
                try Check.deadlockFreedom(of: $0, model: model, limits: limits, reductions: reductions)
            }
        case .divergenceFree(let process, _):
            return try plain(process, holding: "nothing diverges") {
                try Check.divergenceFreedom(of: $0, limits: limits, reductions: reductions)
            }
        case .deterministic(let process, let model):
            let model = try Self.supported(model, for: "deterministic")
            guard model != .traces else {
                throw CompilationError.unsupported("deterministic in the model [T], which cannot see refusals,")
            }
            return try plain(process, holding: "it is deterministic") {
                try Check.determinism(of: $0, model: model, limits: limits)
            }
        case .hasTrace(let process, let model, let trace):
            guard model == .traces else { throw CompilationError.unsupported("has trace in another model than [T]") }
            return try hasTrace(process, trace.map { Action($0) })
        case .linearTemporal(let process, let formula): return try temporal(process, formula)
        case .starvationFree(let process, let assumption, let pairs):
            return try starvation(process, assumption, pairs)
        case .overtakingBounded(let process, let bound, let assumption, let pairs):
            return try overtaking(process, by: bound, assumption, pairs)
        }
    }

    private func plain(
        _ process: Process, holding: String, _ check: (Network) throws -> CheckResult
    ) throws -> Outcome {
        let network = try compile(process)
        return outcome(try check(network), network, holding: holding)
    }

    private func refinement(_ specification: Process, _ model: CSP.SemanticModel, _ implementation: Process) throws
        -> Outcome
    {
        if specification == implementation, assertion.tauPriority == nil { return try same(implementation) }
        if let model = RefusalModel(model) {
            let network = try compile(implementation)
            let result = try Check.refinement(
                of: compile(specification).explicitSystem(limits: limits), by: network, model: model, limits: limits)
            return outcome(result, network, holding: "all that it does is allowed")
        }
        let model = try Self.supported(model, for: "refinement")
        let form: NormalForm
        do {
            let system = try compile(specification).explicitSystem(limits: limits)
            form = try NormalForm(system, divergenceStrict: model == .failuresDivergences, limits: limits)
        } catch let error as CompilationError {
            guard case .neverFinite = error, model != .failuresDivergences else { throw error }
            if let found = try refutation(of: specification, by: implementation) { return found }
            throw error
        }
        let network = try compile(implementation)
        return outcome(
            try Check.refinement(of: form, by: network, model: model, limits: limits, reductions: reductions), network,
            holding: "all that it does is allowed")
    }

    /// Each process refines itself, in every model; it has to make sense, though.
    private func same(_ process: Process) throws -> Outcome {
        _ = try compile(process)
        return Outcome(
            result: CheckResult(verdict: .holds, states: 0, transitions: 0), summary: "both sides are the same process")
    }

    /// A specification without a finite form still allows no event that it never mentions: an implementation that performs one violates it.
    private func refutation(of specification: Process, by implementation: Process) throws -> Outcome? {
        guard let events = try MentionedEvents.all(of: specification, store: store) else { return nil }
        let network = try compile(implementation)
        let form = NormalForm.anything(of: events.map { Action($0) })
        let result = try Check.refinement(of: form, by: network, model: .traces, limits: limits)
        guard case .fails = result.verdict else { return nil }
        return outcome(result, network, holding: "")
    }

    private func hasTrace(_ process: Process, _ trace: [Action]) throws -> Outcome {
        let network = try compile(process)
        var (result, witness) = try Check.hasTrace(network, trace, limits: limits)
        var outcome = Outcome(result: result)
        switch result.verdict {
        case .unknown: return outcome
        case .holds:
            outcome.summary = "it has this trace"
            outcome.witness = witness.map { explain($0, network) }
            return outcome
        case .fails: break
        }
        // How far it goes: traces are closed under prefixes, so halving finds the longest.
        var (longest, shortestMissing) = (0, trace.count)
        var furthest = Counterexample(steps: [], reason: .witness)
        while longest + 1 < shortestMissing {
            let middle = (longest + shortestMissing) / 2
            (result, witness) = try Check.hasTrace(network, Array(trace[..<middle]), limits: limits)
            if let witness { (longest, furthest) = (middle, witness) } else { shortestMissing = middle }
        }
        let words = Wording(network: network, store: store)
        let missing = words.name(trace[longest])
        var run = explain(furthest, network)
        run.summary = "\(missing) can't follow the first \(longest.counted("event")) of the trace"
        run.reason = "no run goes on with \(missing)"
        outcome.summary = run.summary
        outcome.counterexample = run
        return outcome
    }

    private func outcome(_ result: CheckResult, _ network: Network, holding: String) -> Outcome {
        var outcome = Outcome(result: result, summary: holding)
        outcome.reductions = result.reductions.map { $0.description(of: network) }
        if case .fails(let counterexample) = result.verdict {
            outcome.counterexample = explain(counterexample, network)
            outcome.summary = outcome.counterexample?.summary
        }
        return outcome
    }

    /// The network of a process, under the assertion's options.
    func compile(_ process: Process) throws -> Network {
        try compiler.compile(process, givingWayToTau: assertion.tauPriority, limits: limits)
    }

    private func explain(_ counterexample: Counterexample, _ network: Network) -> CounterexampleReport {
        CounterexampleReport(counterexample, network: network, store: store)
    }

    static func supported(_ model: CSP.SemanticModel, for what: String) throws -> ModelChecking.SemanticModel {
        switch model {
        case .traces: .traces
        case .failures: .failures
        case .failuresDivergences: .failuresDivergences
        default: throw CompilationError.unsupported("\(what) in the model [\(model.rawValue)]")
        }
    }
}

extension RefusalModel {
    /// nil for the models without: T, F and FD.
    init?(_ model: CSP.SemanticModel) {
        switch model {
        case .traces, .failures, .failuresDivergences: return nil
        case .revivals: self.init(seesAllRefusals: false, seesDivergence: false)
        case .revivalsDivergences: self.init(seesAllRefusals: false, seesDivergence: true)
        case .refusals: self.init(seesAllRefusals: true, seesDivergence: false)
        case .refusalsDivergences: self.init(seesAllRefusals: true, seesDivergence: true)
        }
    }
}

extension AppliedReduction {
    /// For the report: `symmetry over WORKER(0) … WORKER(19)`.
    func description(of network: Network) -> String {
        switch self {
        case .partialOrder: "partial order"
        case .symmetry(let classes):
            "symmetry over "
                + classes.map { interchangeable in
                    let names = interchangeable.members.compactMap { network.components[$0[0]].name }
                    return names.count > 2 ? "\(names[0]) … \(names[names.count - 1])" : names.joined(separator: ", ")
                }.joined(separator: " and ")
        }
    }
}
