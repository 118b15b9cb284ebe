/// A formula of linear temporal logic over the states and steps of a run, in negation normal form.
///
/// A run that has ended stays where it is: what holds in its last state holds from then on, except that nothing is performed any more and that there is no next step.
public indirect enum TemporalFormula: Hashable, Sendable {
    case constant(Bool)
    case atom(Atom, isTrue: Bool)
    case and(TemporalFormula, TemporalFormula)
    case or(TemporalFormula, TemporalFormula)
    /// There is a next step, and the formula holds after it.
    case next(TemporalFormula)
    case until(TemporalFormula, TemporalFormula)
    case release(TemporalFormula, TemporalFormula)

    public enum Atom: Hashable, Sendable {
        /// The next step of the run performs one of these visible events, or is tick where tick is among them.
        case performs(Set<Action>)
        /// The next step is silent.
        case performsSilent
        /// The state offers one of these visible events.
        case offers(Set<Action>)
        /// The state has no step.
        case deadlock
        /// The run has ended: it has no next step.
        case ended
    }

    public static func finally(_ formula: TemporalFormula) -> TemporalFormula { .until(.constant(true), formula) }
    public static func globally(_ formula: TemporalFormula) -> TemporalFormula { .release(.constant(false), formula) }

    /// What it says about single steps and states, each once.
    public var atoms: Set<Atom> {
        switch self {
        case .constant: []
        case .atom(let atom, _): [atom]
        case .next(let a): a.atoms
        case .and(let a, let b), .or(let a, let b), .until(let a, let b), .release(let a, let b):
            a.atoms.union(b.atoms)
        }
    }

    /// What holds exactly where this does not.
    public var negated: TemporalFormula {
        switch self {
        case .constant(let value): .constant(!value)
        case .atom(let atom, let isTrue): .atom(atom, isTrue: !isTrue)
        case .and(let a, let b): .or(a.negated, b.negated)
        case .or(let a, let b): .and(a.negated, b.negated)
        case .next(let a): .or(.atom(.ended, isTrue: true), .next(a.negated))
        case .until(let a, let b): .release(a.negated, b.negated)
        case .release(let a, let b): .until(a.negated, b.negated)
        }
    }
}

/// An automaton over runs, made as far as it is asked for: a state is a set of formulas that the rest of the run has to satisfy.
///
/// Couvreur, "On-the-fly verification of linear temporal logic" (FM 1999): acceptance is on transitions; a run is accepted when no until is put off for ever.
struct TemporalAutomaton {
    /// One way to go on.
    struct Transition {
        var conditions: [(atom: TemporalFormula.Atom, isTrue: Bool)]
        var target: Int
        /// The untils that are put off, by number.
        var postponed: [Int]
    }

    private(set) var untilCount = 0
    private var numbers: [Set<TemporalFormula>: Int] = [:]
    private var obligations: [Set<TemporalFormula>] = []
    private var transitions: [[Transition]?] = []
    private var untils: [TemporalFormula: Int] = [:]
    let initial = 0

    init(_ formula: TemporalFormula) {
        collectUntils(formula)
        untilCount = untils.count
        _ = number(of: [formula])
    }

    private mutating func collectUntils(_ formula: TemporalFormula) {
        switch formula {
        case .constant, .atom: break
        case .next(let a): collectUntils(a)
        case .and(let a, let b), .or(let a, let b), .release(let a, let b):
            collectUntils(a)
            collectUntils(b)
        case .until(let a, let b):
            if untils[formula] == nil { untils[formula] = untils.count }
            collectUntils(a)
            collectUntils(b)
        }
    }

    private mutating func number(of set: Set<TemporalFormula>) -> Int {
        if let known = numbers[set] { return known }
        numbers[set] = obligations.count
        obligations.append(set)
        transitions.append(nil)
        return obligations.count - 1
    }

    mutating func transitions(of state: Int) -> [Transition] {
        if let known = transitions[state] { return known }
        var result: [Transition] = []
        expand(Array(obligations[state]), Draft(), &result)
        transitions[state] = result
        return result
    }

    private struct Draft {
        var conditions: [TemporalFormula.Atom: Bool] = [:]
        var next: Set<TemporalFormula> = []
        var postponed: Set<Int> = []
    }

    private mutating func expand(_ todo: [TemporalFormula], _ draft: Draft, _ result: inout [Transition]) {
        var todo = todo
        var draft = draft
        while let formula = todo.popLast() {
            switch formula {
            case .constant(true): break
            case .constant(false): return
            case .atom(let atom, let isTrue):
                if let known = draft.conditions[atom], known != isTrue { return }
                draft.conditions[atom] = isTrue
            case .and(let a, let b): todo += [a, b]
            case .or(let a, let b):
                expand(todo + [a], draft, &result)
                todo.append(b)
            case .next(let a):
                todo.append(.atom(.ended, isTrue: false))
                draft.next.insert(a)
            case .until(let a, let b):
                expand(todo + [b], draft, &result)
                todo.append(a)
                draft.next.insert(formula)
                draft.postponed.insert(untils[formula]!)
            case .release(let a, let b):
                expand(todo + [a, b], draft, &result)
                todo.append(b)
                draft.next.insert(formula)
            }
        }
        result.append(
            Transition(
                conditions: draft.conditions.map { ($0.key, $0.value) }, target: number(of: draft.next),
                postponed: draft.postponed.sorted()))
    }
}
