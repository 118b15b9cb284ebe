/// An assertion whose expressions are evaluated: what a checker decides.
public struct EvaluatedAssertion {
    public enum Property {
        case refinement(specification: Process, model: SemanticModel, implementation: Process)
        case deadlockFree(Process, SemanticModel)
        case divergenceFree(Process, SemanticModel)
        case deterministic(Process, SemanticModel)
        case hasTrace(Process, SemanticModel, [Event])
        /// Every run that meets the formula's fairness premises satisfies it.
        case linearTemporal(Process, LinearTemporalFormula)
        /// On every run that is fair as assumed, each first event is followed by its second.
        case starvationFree(Process, FairnessAssumption, pairs: [(first: Event, second: Event)])
        /// Between a first event and its second, at most so many other second events occur.
        case overtakingBounded(Process, by: Int, FairnessAssumption, pairs: [(first: Event, second: Event)])
    }

    public var site: AssertionSite
    public var property: Property
    /// `:[tau priority over]: A`: a state with a tau performs none of these.
    public var tauPriority: EventSet?
    /// `:[partial order reduce]`, with the strategy that the script names.
    public var partialOrderReduction: PartialOrderReduction?
    /// `:[symmetry reduce]`, of whatever types: which components may change places is found out, not taken on trust.
    public var reducesSymmetry = false

    public init(
        site: AssertionSite, property: Property, tauPriority: EventSet? = nil,
        partialOrderReduction: PartialOrderReduction? = nil
    ) {
        self.site = site
        self.property = property
        self.tauPriority = tauPriority
        self.partialOrderReduction = partialOrderReduction
    }
}

/// `:[partial order reduce [hybrid|precise|fast]]`
public enum PartialOrderReduction: String, Hashable, Sendable, CaseIterable {
    case unspecified, hybrid, precise, fast
}

/// What a run may be assumed to do with events that stay enabled.
public struct FairnessAssumption: Hashable {
    public enum Strength: String, Hashable, Sendable, CaseIterable {
        /// A run may neglect any event for ever.
        case none
        /// An event that stays enabled for ever is performed again and again.
        case weak = "WF"
        /// An event that is enabled again and again is performed again and again.
        case strong = "SF"
    }

    public var strength: Strength
    /// The events that it speaks of; nil for all.
    public var events: EventSet?

    public init(_ strength: Strength, events: EventSet? = nil) {
        self.strength = strength
        self.events = events
    }
}

/// Where an assertion stands, and how it reads.
public struct AssertionSite: Hashable, Sendable {
    public var file: String
    /// From 1.
    public var line: Int
    /// From 1.
    public var column: Int
    /// As the script writes it, white space made single.
    public var text: String
    /// `assert not …`: the verdict is turned round.
    public var isNegated: Bool

    public init(file: String, line: Int, column: Int, text: String, isNegated: Bool) {
        self.file = file
        self.line = line
        self.column = column
        self.text = text
        self.isNegated = isNegated
    }
}

/// A formula of linear temporal logic over states and events, as ProB has it: <https://prob.hhu.de/w/index.php?title=LTL_Model_Checking>.
///
/// A path is a run of states and the events between them; it may be finite where it ends in a deadlock or in termination.
public indirect enum LinearTemporalFormula {
    case constant(Bool)
    /// `[e]`: the next event of the run is in the set.
    case performs(EventSet)
    /// `[tau]`: the next step of the run is a tau.
    case performsTau
    /// `[tick]`: the next step of the run is a termination.
    case performsTick
    /// `e(a)`: the state offers an event of the set.
    case enabled(EventSet)
    /// The state has no step at all.
    case deadlock
    case not(LinearTemporalFormula)
    case and(LinearTemporalFormula, LinearTemporalFormula)
    case or(LinearTemporalFormula, LinearTemporalFormula)
    case implies(LinearTemporalFormula, LinearTemporalFormula)
    case next(LinearTemporalFormula)
    case finally(LinearTemporalFormula)
    case globally(LinearTemporalFormula)
    case until(LinearTemporalFormula, LinearTemporalFormula)
    case weakUntil(LinearTemporalFormula, LinearTemporalFormula)
    case release(LinearTemporalFormula, LinearTemporalFormula)
    /// `WF(e)`: the run is weakly fair to each event of the set.
    case weaklyFair(EventSet)
    /// `SF(e)`: the run is strongly fair to each event of the set.
    case stronglyFair(EventSet)
    /// `WEF`: the run is weakly fair to every event.
    case weaklyFairToAll
    /// `SEF`: the run is strongly fair to every event.
    case stronglyFairToAll
}
