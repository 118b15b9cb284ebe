extension Machine {
    /// Calls a builtin function whose value is a process.
    func applyToProcesses(_ call: BuiltinCall) throws(EvaluationError) -> Process {
        if let compression = Compression(rawValue: call.builtin.rawValue) {
            return store.process(.compress(compression, try call.process(0)))
        }
        switch call.builtin {
        case .chaos: return store.process(.chaos(try eventSet(call.set(0))))
        case .run: return store.process(.run(try eventSet(call.set(0))))
        case .loop: return loop(try call.process(0))
        // Says what a process may do, for an engine that compiles it when it is reached: here, they all are.
        case .lazyCompile: return try call.process(0)
        case .core:
            let text = try call.sequence(0)
            guard let description = text.text else {
                throw EvaluationError("core needs a text that describes a cluster")
            }
            return store.process(.provided(description, try eventSet(call.set(1))))
        case .buffer: return try buffer(capacity: call.integer(0), eventPairs(call, 1))
        case .prioritise, .prioritiseNocache: return try prioritise(call)
        case .prioritisePartialOrder: return try prioritisePartially(call)
        case .weakBuffer, .signalBuffer:
            throw EvaluationError(
                "\(call.builtin.rawValue) isn't supported: use BUFFER, or write as a process what happens when it is full"
            )
        case .failureWatchdog, .traceWatchdog:
            let model = call.builtin == .traceWatchdog ? "T" : "F"
            throw EvaluationError(
                "\(call.builtin.rawValue) isn't supported: it turns a refinement into a search for one event; "
                    + "ask for the refinement itself, assert SPEC [\(model)= IMPL")
        case .wait, .timedStop, .timedSkip, .timedPriority:
            throw EvaluationError("\(call.builtin.rawValue) is known inside a Timed section only")
        default: throw EvaluationError("\(call.builtin.rawValue) isn't a function")
        }
    }

    /// `loop(P)`: P, again and again.
    private func loop(_ process: Process) -> Process {
        if let known = loops[process] { return known }
        var itself: Process?
        let store = store
        let made = store.add(
            NamedCall(name: "loop(\(process.name ?? "…"))") { () throws(EvaluationError) in
                guard let itself else { fatalError("a call exists before it is unfolded") }
                return store.sequential(process, itself)
            })
        itself = made
        loops[process] = made
        return made
    }

    private func eventPairs(_ call: BuiltinCall, _ index: Int) throws(EvaluationError) -> [(Event, Event)] {
        var pairs: [(Event, Event)] = []
        for (a, b) in try call.pairs(index) { pairs.append((try event(a), try event(b))) }
        return pairs
    }

    private func buffer(capacity: Int, _ pairs: [(Event, Event)]) throws(EvaluationError) -> Process {
        guard capacity > 0 else { throw EvaluationError("BUFFER needs room for at least 1 event, not for \(capacity)") }
        var seen = Set<Event>()
        for event in pairs.flatMap({ [$0.0, $0.1] }) where !seen.insert(event).inserted {
            throw EvaluationError(
                "BUFFER: \(store.name(of: event)) occurs more than once; each event needs a role of its own")
        }
        return BufferFamily(store, capacity: capacity, pairs).process([])
    }

    private func prioritise(_ call: BuiltinCall) throws(EvaluationError) -> Process {
        let name = call.builtin.rawValue
        var sets: [EventSet] = []
        for element in try call.elements(1) { sets.append(try eventSet(call.asSet(element.forced()))) }
        guard !sets.isEmpty else {
            throw EvaluationError("\(name) needs at least one set of events: its list is empty")
        }
        var seen = Set<Event>()
        for event in sets.flatMap(\.events) where !seen.insert(event).inserted {
            throw EvaluationError(
                "\(name): \(store.name(of: event)) is in more than one set, so its priority isn't known")
        }
        return store.process(.prioritise(try call.process(0), sets))
    }

    /// `prioritisepo(P, E, order, maximal)`: of each pair, the first event goes before the second. The order of the term is
    /// transitively closed.
    private func prioritisePartially(_ call: BuiltinCall) throws(EvaluationError) -> Process {
        let all = try eventSet(call.set(1))
        let pairs = try eventPairs(call, 2)
        let maximal = try eventSet(call.set(3))
        for event in pairs.flatMap({ [$0.0, $0.1] }) + maximal.events where !all.contains(event) {
            throw EvaluationError("prioritisepo: \(store.name(of: event)) isn't in the set of prioritised events")
        }
        var below: [Event: Set<Event>] = [:]
        for (higher, lower) in pairs { below[higher, default: []].insert(lower) }
        var grows = true
        while grows {
            grows = false
            for (event, lower) in below {
                let further = lower.reduce(into: lower) { $0.formUnion(below[$1] ?? []) }
                if further.count > lower.count {
                    below[event] = further
                    grows = true
                }
            }
        }
        var order: [(lower: Event, higher: Event)] = []
        for (higher, lower) in below.sorted(by: { $0.key < $1.key }) {
            if lower.contains(higher) {
                throw EvaluationError(
                    "prioritisepo: the order is cyclic: \(store.name(of: higher)) would go before itself")
            }
            if let event = lower.filter(maximal.contains).min() {
                throw EvaluationError(
                    "prioritisepo: \(store.name(of: event)) is said to be maximal, but \(store.name(of: higher)) goes before it"
                )
            }
            for event in lower { order.append((lower: event, higher: higher)) }
        }
        order.sort { ($0.lower, $0.higher) < ($1.lower, $1.higher) }
        return store.process(.prioritisePartialOrder(try call.process(0), all, order: order, maximal: maximal))
    }
}

/// All states of one buffer.
private final class BufferFamily {
    private let store: ProcessStore
    private let capacity: Int
    private let pairs: [(Event, Event)]
    private var states: [[Int]: Process] = [:]

    init(_ store: ProcessStore, capacity: Int, _ pairs: [(Event, Event)]) {
        self.store = store
        self.capacity = capacity
        self.pairs = pairs
    }

    /// Holding the data of these pairs, the oldest first.
    func process(_ held: [Int]) -> Process {
        if let known = states[held] { return known }
        let made = store.add(
            NamedCall(
                name: "BUFFER(\(capacity))<\(held.map { store.name(of: self.pairs[$0].1) }.joined(separator: ", "))>"
            ) {
                self.state(held)
            })
        states[held] = made
        return made
    }

    private func state(_ held: [Int]) -> Process {
        var options: [Process] = []
        if held.count < capacity {
            for (index, pair) in pairs.enumerated() { options.append(store.prefix(pair.0, process(held + [index]))) }
        }
        if let first = held.first { options.append(store.prefix(pairs[first].1, process(Array(held.dropFirst())))) }
        return store.externalChoice(options)
    }
}
