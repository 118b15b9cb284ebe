/// `assert …`: something that the checker decides.
public final class Assertion {
    public enum Kind {
        /// `P [T= Q`
        case refinement(specification: Expression, SemanticModel, implementation: Expression)
        /// `P :[deadlock free]` and the others.
        case property(Expression, Property)
    }

    public enum Property {
        case deadlockFree
        /// `divergence free` or `livelock free`
        case divergenceFree
        case deterministic
        /// `:[has trace]: <a, b>`
        case hasTrace(Expression)
        /// `P |= LTL: "…"`
        case linearTemporal(TemporalFormula)
        /// `:[starvation free [WF]]: pairs`: after each first component the second follows.
        case starvationFree(Fairness, pairs: Expression)
        /// `:[overtaking bounded by n [WF]]: pairs`: how many other seconds come between a first and its second.
        case overtakingBounded(by: Expression, Fairness, pairs: Expression)
    }

    public enum Option {
        /// `:[tau priority over]: A`
        case tauPriority(Expression)
        /// `:[partial order reduce [precise]]`
        case partialOrderReduce(String?)
        /// `:[symmetry reduce]`, of all types or of `: S, T`
        case symmetryReduce([Expression])
    }

    /// `[WF]`, `[SF S]`: which runs count.
    public struct Fairness {
        public enum Strength: String, Hashable, Sendable, CaseIterable { case none, weak = "WF", strong = "SF" }
        /// As DESIGN has it, weak fairness where the assertion does not say.
        public var strength: Strength
        /// The fair events; nil means all.
        public var events: Expression?
    }

    public let range: SourceRange
    /// `assert not …`
    public let isNegated: Bool
    public let kind: Kind
    /// `[F]` inside the brackets of a property; nil if it says nothing.
    public let model: SemanticModel?
    public let options: [Option]
    /// Whether it stands in a pragma comment, `{-# assert … #-}`.
    public let isPragma: Bool

    init(range: SourceRange, isNegated: Bool, kind: Kind, model: SemanticModel?, options: [Option], isPragma: Bool) {
        self.range = range
        self.isNegated = isNegated
        self.kind = kind
        self.model = model
        self.options = options
        self.isPragma = isPragma
    }
}

/// The semantic models of CSP; the raw value is how a script writes them.
public enum SemanticModel: String, Hashable, Sendable, CaseIterable {
    case traces = "T"
    case failures = "F"
    case failuresDivergences = "FD"
    case revivals = "V"
    case revivalsDivergences = "VD"
    case refusals = "R"
    case refusalsDivergences = "RD"
}

/// Linear temporal logic over the events of a run, in ProB's syntax.
public indirect enum TemporalFormula {
    case constant(Bool)
    /// `[e]`: the next event of the run is e, or one of e if e is a channel or a set of events.
    case occurs(Expression)
    /// `e(a)`: the event is possible now.
    case enabled(Expression)
    /// No event is possible now.
    case deadlock
    case not(TemporalFormula)
    case binary(Connective, TemporalFormula, TemporalFormula)
    case temporal(Modality, TemporalFormula)
    /// `WF(a)` and `SF(a)`: the run is weakly, or strongly, fair to the event.
    case fair(Assertion.Fairness.Strength, Expression)
    /// `WEF` and `SEF`: the run is weakly, or strongly, fair to every event.
    case fairToAll(Assertion.Fairness.Strength)

    /// `[tick]` and `[tau]`, where the script has no such name: what a run does besides its events.
    enum Unseen: String {
        case tick, tau

        /// nil for an expression of the script's names. Only after names are resolved.
        init?(_ expression: Expression) {
            guard case .name(let name) = expression.kind, name.symbol == nil else { return nil }
            self.init(rawValue: name.text)
        }
    }

    public enum Connective: String, Hashable, Sendable, CaseIterable {
        case and = "&"
        case or
        case implies = "=>"
        case equivalent = "<=>"
        case until = "U"
        case weakUntil = "W"
        case release = "R"
    }

    public enum Modality: String, Hashable, Sendable, CaseIterable {
        case next = "X"
        case globally = "G"
        case eventually = "F"
    }
}
