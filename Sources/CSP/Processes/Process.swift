/// A process term: the value of a CSPm expression of type `Proc`.
///
/// Terms are hash-consed by the `ProcessStore` that made them: two terms with the same structure are the same object, so identity
/// is equality, and `id` is a dense number that tables may be indexed by. A term belongs to one store and is used on one thread at a time.
public final class Process: Hashable {
    /// Dense, from 0, in the order in which the store made its terms.
    public let id: Int
    public let term: Term

    init(id: Int, term: Term) {
        self.id = id
        self.term = term
    }

    public static func == (a: Process, b: Process) -> Bool { a === b }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }

    /// The operators of CSPm, after evaluation: events are single, sets are finite, replicated operators are spread out,
    /// and inputs `c?x -> P` are external choices of prefixes. Their operational semantics is in Roscoe, "Understanding Concurrent Systems" (2010), chapter 9.
    public enum Term {
        case stop
        case skip
        /// A tau loop.
        case div
        case prefix(Event, Process)
        /// Over no operands: STOP.
        case externalChoice([Process])
        /// At least one operand.
        case internalChoice([Process])
        /// `P [> Q`
        case slidingChoice(Process, Process)
        /// `P /\ Q`
        case interrupt(Process, Process)
        /// `P [|A|> Q`
        case exception(Process, EventSet, Process)
        /// `P ; Q`
        case sequential(Process, Process)
        case interleave([Process])
        /// `P [|A|] Q`, and its replicated form: all operands share each event of A.
        case generalisedParallel(EventSet, [Process])
        /// `P [A||B] Q`, and its replicated form.
        case alphabetisedParallel([(alphabet: EventSet, process: Process)])
        /// `P [a <-> b, …] Q`: pairs are complete events, synchronised and hidden.
        case linkedParallel([(left: Event, right: Event)], Process, Process)
        /// `P \ A`
        case hide(Process, EventSet)
        /// `P |\ A`: hide all but A.
        case project(Process, EventSet)
        /// `P[[a <- b]]`: every pair of complete events; events that no pair names stay.
        case rename(Process, [(from: Event, to: Event)])
        /// `P [+A+] Q`, and its replicated form.
        case synchronisingExternalChoice(EventSet, [Process])
        /// `P /+A+\ Q`
        case synchronisingInterrupt(Process, EventSet, Process)
        case run(EventSet)
        case chaos(EventSet)
        /// `prioritise(P, <A1, …, An>)`
        case prioritise(Process, [EventSet])
        /// `prioritisepo(P, E, order, maximal)`
        case prioritisePartialOrder(Process, EventSet, order: [(lower: Event, higher: Event)], maximal: EventSet)
        case compress(Compression, Process)
        /// `core("…", A)`: what the text describes, which whoever explores processes makes. All of its events that are not in A are silent.
        case provided(String, EventSet)
        /// A call of a named process, or an operand that was not needed yet: `ProcessStore.unfold` evaluates it. This is where
        /// recursion lives: a call is the same object each time, whatever it unfolds to.
        case call(Call)
    }
}

/// The transparent and external functions on processes that an engine carries out.
public enum Compression: String, Hashable, CaseIterable, Sendable {
    case explicate, lazyenumerate, diamond, normal, lazynorm, sbisim, dbisim, wbisim, tau_loop_factor, model_compress,
        chase, chase_nocache
    case deter
}

/// An event (a channel with all of its fields, or a plain event) as a number that is dense within a `ProcessStore`: `ProcessStore.name(of:)` prints it.
/// Tau and tick are no events: they belong to the operators.
public struct Event: Hashable, Comparable, Sendable {
    public let index: Int32
    public init(index: Int32) { self.index = index }
    public static func < (a: Event, b: Event) -> Bool { a.index < b.index }
}

/// A finite set of events, hash-consed like terms.
public final class EventSet: Hashable {
    public let id: Int
    /// Ascending, each once.
    public let events: [Event]

    init(id: Int, events: [Event]) {
        self.id = id
        self.events = events
    }

    public static func == (a: EventSet, b: EventSet) -> Bool { a === b }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
