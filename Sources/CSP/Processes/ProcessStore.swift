/// Makes and keeps process terms, events and event sets, each structure once.
///
/// A store grows: nothing is ever removed from it. It is used on one thread at a time.
public final class ProcessStore {
    private var terms = TermTable()
    private var sets: [[Event]: EventSet] = [:]
    private var descriptions: [any EventDescription] = []
    private var eventsByName: [String: Event] = [:]
    /// How many of `descriptions` have their names in `eventsByName`.
    private var namedEvents = 0
    private var callsByName: [String: Process] = [:]

    public let stop: Process
    public let skip: Process
    public let divergence: Process
    public private(set) lazy var emptySet = eventSet([])

    public init() {
        stop = terms.intern(.stop)
        skip = terms.intern(.skip)
        divergence = terms.intern(.div)
    }

    deinit {
        // Terms refer to earlier ones, calls to any: without the calls' results, releasing the last first recurses nowhere.
        for process in terms.processes {
            if case .call(let call) = process.term { call.unfolded = nil }
        }
        terms.removeAll()
    }

    // MARK: Events

    /// How many events there are so far: their indices are `0 ..< eventCount`.
    public var eventCount: Int { descriptions.count }

    /// The event of that name; declares a plain one where there is none.
    public func event(_ name: String) -> Event {
        if let known = findEvent(named: name) { return known }
        let channel = String(name.prefix { $0 != "." })
        return declare(PlainEvent(name: name, channelName: channel))
    }

    /// The event of that name, if anything made it so far.
    public func findEvent(named name: String) -> Event? {
        while namedEvents < descriptions.count {
            eventsByName[descriptions[namedEvents].name] = Event(index: Int32(namedEvents))
            namedEvents += 1
        }
        return eventsByName[name]
    }

    /// A new event; the caller keeps it unique.
    func declare(_ description: any EventDescription) -> Event {
        precondition(descriptions.count < Int32.max, "an event's index is 32 bits wide")
        descriptions.append(description)
        return Event(index: Int32(descriptions.count - 1))
    }

    func description(of event: Event) -> any EventDescription { descriptions[Int(event.index)] }

    /// As a script writes it, such as `assign.0.hi`.
    public func name(of event: Event) -> String { descriptions[Int(event.index)].name }

    /// The name of the event's channel, such as `assign`.
    public func channel(of event: Event) -> String { descriptions[Int(event.index)].channelName }

    /// The set of these events, in any order.
    public func eventSet(_ events: some Sequence<Event>) -> EventSet {
        var ascending = events.sorted()
        if zip(ascending, ascending.dropFirst()).contains(where: { $0 == $1 }) {
            ascending = ascending.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
        }
        if let known = sets[ascending] { return known }
        let made = EventSet(id: sets.count, events: ascending)
        sets[ascending] = made
        return made
    }

    // MARK: Terms

    /// How many terms there are so far: their ids are `0 ..< processCount`.
    public var processCount: Int { terms.count }

    /// The one term with this structure.
    public func process(_ term: Process.Term) -> Process { terms.intern(term) }

    public func prefix(_ event: Event, _ then: Process) -> Process { terms.intern(.prefix(event, then)) }

    /// Nested choices are flattened and STOP is left out: external choice is associative and STOP is its unit.
    public func externalChoice(_ operands: [Process]) -> Process {
        if operands.contains(where: { $0.isStop || $0.isExternalChoice }) {
            var flat: [Process] = []
            for operand in operands {
                switch operand.term {
                case .stop: break
                case .externalChoice(let inner): flat += inner
                default: flat.append(operand)
                }
            }
            return flatChoice(flat)
        }
        return flatChoice(operands)
    }

    private func flatChoice(_ operands: [Process]) -> Process {
        switch operands.count {
        case 0: stop
        case 1: operands[0]
        default: terms.intern(.externalChoice(operands))
        }
    }

    /// At least one operand; one alone is itself.
    public func internalChoice(_ operands: [Process]) -> Process {
        precondition(!operands.isEmpty, "an internal choice needs an operand")
        return operands.count == 1 ? operands[0] : terms.intern(.internalChoice(operands))
    }

    /// Over no operands: SKIP, as every operand has terminated.
    public func interleave(_ operands: [Process]) -> Process {
        switch operands.count {
        case 0: skip
        case 1: operands[0]
        default: terms.intern(.interleave(operands))
        }
    }

    /// Over no operands: SKIP, as every operand has terminated.
    public func parallel(_ operands: [Process], sharing set: EventSet) -> Process {
        switch operands.count {
        case 0: skip
        case 1: operands[0]
        default: set.isEmpty ? interleave(operands) : terms.intern(.generalisedParallel(set, operands))
        }
    }

    /// Over no operands: SKIP, as every operand has terminated. One operand alone is still held to its alphabet.
    public func alphabetisedParallel(_ operands: [(alphabet: EventSet, process: Process)]) -> Process {
        operands.isEmpty ? skip : terms.intern(.alphabetisedParallel(operands))
    }

    public func sequential(_ first: Process, _ second: Process) -> Process { terms.intern(.sequential(first, second)) }

    public func hide(_ process: Process, _ set: EventSet) -> Process {
        set.isEmpty ? process : terms.intern(.hide(process, set))
    }

    /// Pairs in any order; a pair mentioned twice counts once.
    public func rename(_ process: Process, _ pairs: [(from: Event, to: Event)]) -> Process {
        var ascending = pairs.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
        if zip(ascending, ascending.dropFirst()).contains(where: { $0 == $1 }) {
            ascending = ascending.reduce(into: []) { kept, pair in
                if let last = kept.last, last == pair { return }
                kept.append(pair)
            }
        }
        return ascending.isEmpty ? process : terms.intern(.rename(process, ascending))
    }

    // MARK: Calls

    /// The process of that name; `body` is evaluated when it is first unfolded. The name is its identity: a second `body` for a name is ignored.
    public func call(named name: String, _ body: @escaping () throws(EvaluationError) -> Process) -> Process {
        if let known = callsByName[name] { return known }
        let made = add(NamedCall(name: name, body: body))
        callsByName[name] = made
        return made
    }

    /// A new term for a call that the caller keeps unique.
    func add(_ call: Call) -> Process { terms.append(.call(call)) }

    /// The process with calls at its head evaluated: never a `.call`. A process that is defined as itself (`P = P`) is an error.
    public func unfold(_ process: Process) throws(EvaluationError) -> Process {
        guard case .call(let call) = process.term else { return process }
        if let known = call.unfolded { return known }
        // A chain P = Q, Q = R, … is walked, not recursed into.
        var chain: [Call] = []
        defer { for call in chain { call.isUnfolding = false } }
        var head = process
        while case .call(let call) = head.term {
            if let known = call.unfolded {
                head = known
                break
            }
            if call.isUnfolding {
                let name = chain.lazy.compactMap(\.name).first ?? "this process"
                throw EvaluationError(
                    "\(name) is defined as itself, with no event or operator in between: it has no behaviour")
            }
            call.isUnfolding = true
            chain.append(call)
            head = try call.evaluate()
        }
        for call in chain { call.unfolded = head }
        return head
    }
}

extension Process {
    var isStop: Bool { if case .stop = term { true } else { false } }
    var isExternalChoice: Bool { if case .externalChoice = term { true } else { false } }

    /// Whether it has a name; unlike the name itself, that costs nothing to ask.
    public var isNamed: Bool { if case .call(let call) = term { call.isNamed } else { false } }

    /// The name of the call that this term is, as the script writes it; nil for any other term.
    public var name: String? { if case .call(let call) = term { call.name } else { nil } }
}

extension EventSet {
    public var isEmpty: Bool { events.isEmpty }

    /// By binary search.
    public func contains(_ event: Event) -> Bool {
        var low = 0
        var high = events.count
        while low < high {
            let middle = (low + high) / 2
            if events[middle] < event { low = middle + 1 } else { high = middle }
        }
        return low < events.count && events[low] == event
    }
}

/// What a store knows of an event: names are built when they are asked for.
protocol EventDescription: AnyObject {
    var name: String { get }
    var channelName: String { get }
}

private final class PlainEvent: EventDescription {
    let name: String
    let channelName: String

    init(name: String, channelName: String) {
        self.name = name
        self.channelName = channelName
    }
}
