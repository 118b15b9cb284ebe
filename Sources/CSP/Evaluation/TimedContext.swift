/// What a `Timed` section adds to its processes: every state lets time pass, one `tock` at a time (tock-CSP, Roscoe,
/// "Understanding Concurrent Systems", chapter 14).
final class TimedContext {
    private let machine: Machine
    private let tock: DottedHead
    /// How many tocks each event takes: a function from events; nil: one.
    var duration: LoneCode?
    private var knownTock: Event?
    private var knownTocks: EventSet?
    private var knownSkip: Process?
    private var offers: [Process: Process] = [:]

    typealias Option = (event: Event, then: Process, value: Value)

    init(machine: Machine, tock: DottedHead) {
        self.machine = machine
        self.tock = tock
    }

    private func tockEvent() throws(EvaluationError) -> Event {
        if let knownTock { return knownTock }
        let event = try tock.root.event()
        knownTock = event
        return event
    }

    /// `{tock}`
    func tocks() throws(EvaluationError) -> EventSet {
        if let knownTocks { return knownTocks }
        let set = machine.store.eventSet([try tockEvent()])
        knownTocks = set
        return set
    }

    func withTock(_ set: EventSet) throws(EvaluationError) -> EventSet {
        let tock = try tockEvent()
        return set.contains(tock) ? set : machine.store.eventSet(set.events + [tock])
    }

    /// Time passes for ever.
    func stop() throws(EvaluationError) -> Process { machine.store.process(.run(try tocks())) }

    /// Time passes until it terminates.
    func skip() throws(EvaluationError) -> Process {
        if let knownSkip { return knownSkip }
        let made = try waiting(for: machine.store.skip)
        knownSkip = made
        return made
    }

    /// So many tocks, then the process.
    func delay(_ tocks: Int, _ then: Process) throws(EvaluationError) -> Process {
        guard tocks >= 0 else { throw EvaluationError("a time of \(tocks) tocks: it can't be negative") }
        let tock = try tockEvent()
        var result = then
        for _ in 0..<tocks { result = machine.store.prefix(tock, result) }
        return result
    }

    /// The events on offer, while time passes; each takes its time before its process goes on.
    func offer(_ options: [Option]) throws(EvaluationError) -> Process {
        var prefixes: [Process] = []
        for option in options {
            prefixes.append(machine.store.prefix(option.event, try delay(try tocksOf(option.value), option.then)))
        }
        return try waiting(for: machine.store.externalChoice(prefixes))
    }

    /// `X = tock -> X [] P`
    private func waiting(for process: Process) throws(EvaluationError) -> Process {
        if let known = offers[process] { return known }
        let store = machine.store
        let tock = try tockEvent()
        var call: Process?
        let made = store.add(
            NamedCall(name: nil) { () throws(EvaluationError) in
                guard let call else { fatalError("a call exists before it is unfolded") }
                return store.externalChoice([process, store.prefix(tock, call)])
            })
        call = made
        offers[process] = made
        return made
    }

    private func tocksOf(_ event: Value) throws(EvaluationError) -> Int {
        guard let duration else { return 1 }
        let range: SourceRange = duration.body.range
        guard case .function(let function) = try duration.evaluate() else {
            throw EvaluationError("a function from events to Int was expected here", at: range)
        }
        guard case .integer(let tocks) = try machine.apply(function, [event], from: range) else {
            throw EvaluationError("\(event) should take a number of tocks", at: range)
        }
        return tocks
    }
}
