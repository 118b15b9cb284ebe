/// What a check found out.
public enum Verdict: Sendable {
    case holds
    case fails(Counterexample)
    /// A limit was reached first.
    case unknown(LimitReached)

    public var holds: Bool? {
        switch self {
        case .holds: true
        case .fails: false
        case .unknown: nil
        }
    }
}

/// A verdict and what it cost.
public struct CheckResult: Sendable {
    public var verdict: Verdict
    public var states: Int
    public var transitions: Int
    public var reductions: [AppliedReduction]

    public init(verdict: Verdict, states: Int, transitions: Int, reductions: [AppliedReduction] = []) {
        self.verdict = verdict
        self.states = states
        self.transitions = transitions
        self.reductions = reductions
    }
}

/// The checks of CSP's refinement checkers, each over a network.
///
/// All throw `NetworkError`; a limit is a verdict.
public enum Check {
    /// Whether every reachable state can go on or has terminated, and in the model with divergences also that nothing diverges.
    /// - Parameter reductions: which may be applied where they are sound.
    public static func deadlockFreedom(
        of network: Network, model: SemanticModel, limits: Limits, reductions: Reductions = []
    ) throws -> CheckResult {
        // The cycles of a divergence need all of their moves; where nothing is silent there is none.
        let mayDiverge = model == .failuresDivergences && network.rules.contains(where: \.label.isSilent)
        let sound = mayDiverge ? reductions.subtracting(.partialOrder) : reductions
        let space = try PackedNetwork(network, watchdog: nil, reductions: sound).space()
        return try run(space, limits: limits) {
            if let (state, _) = try space.explore(.deadlock, limits: limits) {
                return .fails(space.counterexample(to: state, reason: .deadlock))
            }
            return model == .failuresDivergences ? try divergence(in: space, limits: limits) : .holds
        }
    }

    /// Whether no reachable state can perform silent steps for ever.
    public static func divergenceFreedom(
        of network: Network, limits: Limits, reductions: Reductions = []
    ) throws -> CheckResult {
        let space = try PackedNetwork(network, watchdog: nil, reductions: reductions.subtracting(.partialOrder)).space()
        return try run(space, limits: limits) {
            _ = try space.explore(.nothing, limits: limits)
            return try divergence(in: space, limits: limits)
        }
    }

    /// Whether all behaviours of the implementation, in the model, are behaviours of the specification.
    public static func refinement(
        of specification: NormalForm, by implementation: Network, model: SemanticModel, limits: Limits,
        reductions: Reductions = []
    ) throws -> CheckResult {
        let packed = try PackedNetwork(
            implementation, watchdog: Watchdog(specification), reductions: reductions.subtracting(.partialOrder),
            comparesRefusals: model != .traces)
        let space = packed.space()
        let tables = RefinementTables(specification, packed: packed, comparesRefusals: model != .traces)
        return try run(space, limits: limits) {
            if let (state, finding) = try space.explore(.refinement(tables), limits: limits) {
                return .fails(violation(in: space, at: state, finding, specification))
            }
            guard model == .failuresDivergences else { return .holds }
            guard specification.nodes.contains(where: \.diverges) else {
                return try divergence(in: space, limits: limits)
            }
            return try divergence(in: space, limits: limits) { state in
                !specification.nodes[space.state(state)[packed.fieldCount - 1]].diverges
            }
        }
    }

    /// Whether no event is both possible and refusable after the same trace; in the model with divergences, also that nothing diverges.
    public static func determinism(of network: Network, model: SemanticModel, limits: Limits) throws -> CheckResult {
        if model == .failuresDivergences {
            let first = try divergenceFreedom(of: network, limits: limits)
            guard case .holds = first.verdict else { return first }
        }
        var form: NormalForm
        do {
            form = try NormalForm(network.explicitSystem(limits: limits), divergenceStrict: false, limits: limits)
        } catch let limit as LimitReached {
            return CheckResult(verdict: .unknown(limit), states: 0, transitions: 0)
        }
        // The deterministic process with the same traces: refined in F exactly by what is deterministic.
        for index in form.nodes.indices {
            form.nodes[index].minimalAcceptances = [form.nodes[index].transitions.map(\.action)]
        }
        var result = try refinement(of: form, by: network, model: .failures, limits: limits)
        if case .fails(var counterexample) = result.verdict,
            case .refusal(let offered, let wanted) = counterexample.reason
        {
            let refused = wanted[0].first { !offered.contains($0) }!
            counterexample.reason = .nondeterminism(refused, offered: offered)
            result.verdict = .fails(counterexample)
        }
        return result
    }

    /// Whether a process can perform these events one after the other, other events hidden or not coming between. A run that does so is the result's witness.
    public static func hasTrace(
        _ network: Network, _ trace: [Action], limits: Limits
    ) throws -> (result: CheckResult, witness: Counterexample?) {
        guard !trace.isEmpty else { return (CheckResult(verdict: .holds, states: 1, transitions: 0), nil) }
        // A specification that allows everything but the whole trace. Off the trace nothing is of interest, which a divergent node says.
        let off = trace.count
        var nodes: [NormalForm.Node] = []
        let alphabet = Set(network.rules.map(\.label).filter { !$0.isSilent }).union(trace).sorted()
        for (position, event) in trace.enumerated() {
            var transitions: [LabelledTransitionSystem.Transition] = []
            for action in alphabet {
                if action != event {
                    transitions.append(.init(action: action, target: Int32(off)))
                } else if position + 1 < trace.count {
                    transitions.append(.init(action: action, target: Int32(position + 1)))
                }
            }
            nodes.append(.init(transitions: transitions, minimalAcceptances: [], diverges: false))
        }
        nodes.append(.init(transitions: [], minimalAcceptances: [], diverges: true))
        let form = NormalForm(nodes: nodes, initial: 0)
        var result = try refinement(of: form, by: network, model: .traces, limits: limits)
        switch result.verdict {
        case .fails(var witness):
            witness.reason = .witness
            result.verdict = .holds
            return (result, witness)
        case .holds:
            result.verdict = .fails(
                Counterexample(steps: [], reason: .witness))
            return (result, nil)
        case .unknown: return (result, nil)
        }
    }

    private static func violation(
        in space: any ExploredSpace, at state: Int, _ finding: Finding, _ specification: NormalForm
    ) -> Counterexample {
        let node = specification.nodes[space.state(state)[space.packed.fieldCount - 1]]
        var run = space.actualRun(along: space.shortestPath(to: state))
        if case .forbidden(let move) = finding {
            let allowed = node.transitions.map(\.action)
            var rule = Int(space.packed.moves[move].rule)
            if space.packed.symmetry != nil {
                rule = space.enabledRules(after: run).first {
                    let label = space.packed.network.rules[$0].label
                    return !label.isSilent && !allowed.contains(label)
                }!
            }
            run.steps.append(space.step(ofRule: rule))
            return Counterexample(
                steps: run.steps, reason: .forbidden(run.steps.last!.action, allowed: allowed), end: run.end)
        }
        let labels = Set(space.enabledLabels(at: state, after: run).filter { !$0.isSilent })
        let offered = labels.contains(.tick) ? [.tick] : labels.sorted()
        return Counterexample(
            steps: run.steps, reason: .refusal(offered: offered, wanted: node.minimalAcceptances), end: run.end)
    }

    /// A limit that stops the work makes the verdict unknown.
    private static func run(
        _ space: any ExploredSpace, limits: Limits, _ body: () throws -> Verdict
    ) throws -> CheckResult {
        let verdict: Verdict
        do {
            verdict = try body()
        } catch let limit as LimitReached {
            verdict = .unknown(limit)
        }
        return CheckResult(
            verdict: verdict, states: space.stateCount, transitions: space.transitionCount,
            reductions: space.packed.appliedReductions)
    }
}
