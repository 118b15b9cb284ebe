import CSP
import ModelChecking

/// One assertion on its way to a verdict.
struct Decision {
    let assertion: EvaluatedAssertion
    let store: ProcessStore
    let limits: Limits

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
            let model = try Self.supported(model, for: "deadlock free")
            guard model != .traces else {
                throw CompilationError.unsupported("deadlock free in the model [T], which cannot see deadlocks,")
            }
            return try plain(process, holding: "there is no deadlock") {
                try Check.deadlockFreedom(of: $0, model: model, limits: limits)
            }
        case .divergenceFree(let process, _):
            return try plain(process, holding: "nothing diverges") {
                try Check.divergenceFreedom(of: $0, limits: limits)
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
        let model = try Self.supported(model, for: "refinement")
        let system = try compile(specification).explicitSystem(limits: limits)
        let form = try NormalForm(system, divergenceStrict: model == .failuresDivergences, limits: limits)
        let network = try compile(implementation)
        return outcome(
            try Check.refinement(of: form, by: network, model: model, limits: limits), network,
            holding: "all that it does is allowed")
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
        if case .fails(let counterexample) = result.verdict {
            outcome.counterexample = explain(counterexample, network)
            outcome.summary = outcome.counterexample?.summary
        }
        return outcome
    }

    /// The network of a process, under the assertion's options.
    func compile(_ process: Process) throws -> Network {
        try NetworkCompiler(store: store, limits: limits).compile(process, givingWayToTau: assertion.tauPriority)
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

extension NetworkCompiler {
    /// The network of a process, where states with a silent step perform none of these events; nil for the process as it is.
    func compile(_ process: Process, givingWayToTau last: EventSet?) throws -> Network {
        let network = try compile(process)
        guard let last else { return network }
        let order = Self.order(of: [store.emptySet, last])
        return Network(
            leaf: try network.explicitSystem(limits: limits).prioritised(order), name: process.name ?? "the process")
    }
}
