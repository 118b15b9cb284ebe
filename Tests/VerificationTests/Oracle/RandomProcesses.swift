import CSP

/// A small, fast generator that gives the same numbers on every machine (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Random small processes over all operators.
struct RandomProcesses {
    var random: SeededGenerator
    let events = 3
    let definitionCount = 2
    var withPriority = true

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func system() -> NaiveSystem {
        NaiveSystem(definitions: (0..<definitionCount).map { _ in process(depth: 3, guarded: false, mayCall: true) })
    }

    mutating func process(depth: Int) -> NaiveProcess { process(depth: depth, guarded: true, mayCall: true) }

    mutating func event() -> Int { Int.random(in: 0..<events, using: &random) }
    mutating func set() -> Set<Int> { Set((0..<events).filter { _ in Bool.random(using: &random) }) }

    /// - Parameters:
    ///   - guarded: whether an event comes before this place, so that a call may stand here.
    ///   - mayCall: whether calls are wanted: below operators that stay they make endless nests, so they are rare there.
    mutating func process(depth: Int, guarded: Bool, mayCall: Bool) -> NaiveProcess {
        if guarded && mayCall && Int.random(in: 0..<4, using: &random) == 0 {
            return .call(Int.random(in: 0..<definitionCount, using: &random))
        }
        if depth == 0 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0...3: return .skip
            case 4...6: return .stop
            case 7: return .diverge
            case 8: return .run(set())
            default: return .chaos(set())
            }
        }
        let nested = mayCall && Int.random(in: 0..<20, using: &random) == 0
        let low = depth - 1
        switch Int.random(in: 0..<27, using: &random) {
        case 0...5: return .prefix(event(), process(depth: low, guarded: true, mayCall: mayCall))
        case 6...8: return .external(many(low, guarded, mayCall))
        case 9...10: return .internal(many(low, true, mayCall))
        case 11:
            return .sliding(
                process(depth: low, guarded: guarded, mayCall: mayCall),
                process(depth: low, guarded: true, mayCall: mayCall))
        case 12:
            return .interrupt(
                process(depth: low, guarded: guarded, mayCall: nested),
                process(depth: low, guarded: guarded, mayCall: mayCall))
        case 13:
            return .exception(
                process(depth: low, guarded: guarded, mayCall: nested), set(),
                process(depth: low, guarded: true, mayCall: mayCall))
        case 14...15:
            return .sequence(
                process(depth: low, guarded: guarded, mayCall: nested),
                process(depth: low, guarded: true, mayCall: mayCall))
        case 16: return .interleave(many(low, guarded, nested))
        case 17...18: return .parallel(set(), many(low, guarded, nested))
        case 19: return .alphabetised(many(low, guarded, nested).map { .init(alphabet: set(), process: $0) })
        case 20:
            return .linked(
                links(), process(depth: low, guarded: guarded, mayCall: nested),
                process(depth: low, guarded: guarded, mayCall: nested))
        case 21: return .hide(process(depth: low, guarded: guarded, mayCall: nested), set())
        case 22: return .project(process(depth: low, guarded: guarded, mayCall: nested), set())
        case 23: return .rename(process(depth: low, guarded: guarded, mayCall: nested), pairs())
        case 24: return .synchronisingExternal(set(), many(low, guarded, nested))
        case 25:
            return .synchronisingInterrupt(
                process(depth: low, guarded: guarded, mayCall: nested), set(),
                process(depth: low, guarded: guarded, mayCall: nested))
        default:
            guard withPriority else { return .skip }
            let operand = process(depth: low, guarded: guarded, mayCall: false)
            return Bool.random(using: &random)
                ? .prioritise(operand, [set(), set(), set()]) : .prioritisePartially(operand, order())
        }
    }

    private mutating func many(_ depth: Int, _ guarded: Bool, _ mayCall: Bool) -> [NaiveProcess] {
        (0..<Int.random(in: 2...3, using: &random)).map { _ in process(depth: depth, guarded: guarded, mayCall: mayCall)
        }
    }

    /// Some pairs of a random row of some events, transitively closed; maximal is at most what nothing goes before.
    private mutating func order() -> NaiveProcess.Order {
        let row = set().shuffled(using: &random)
        var before: Set<NaiveProcess.Link> = []
        for (position, right) in row.enumerated() {
            for left in row[..<position] where Bool.random(using: &random) {
                before.insert(.init(left: left, right: right))
                for further in before where further.right == left {
                    before.insert(.init(left: further.left, right: right))
                }
            }
        }
        let above = Set(before.map(\.right))
        return .init(
            events: Set(row), before: before, maximal: set().intersection(row).subtracting(above))
    }

    /// As the language asks: an event at most once on each side.
    private mutating func links() -> [NaiveProcess.Link] {
        let left = (0..<events).shuffled(using: &random)
        let right = (0..<events).shuffled(using: &random)
        return (0..<Int.random(in: 1...2, using: &random)).map { .init(left: left[$0], right: right[$0]) }
    }

    private mutating func pairs() -> [NaiveProcess.Link] {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in .init(left: event(), right: event()) }
    }

    /// The process with one place in it replaced by something new: often nearly the same, and comparable.
    mutating func mutated(_ process: NaiveProcess) -> NaiveProcess {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return process
        case 1: return .internal([process, self.process(depth: 2)])
        case 2: return .sliding(process, self.process(depth: 1))
        default: break
        }
        switch process {
        case .prefix(let event, let next): return .prefix(event, mutated(next))
        case .external(var operands):
            operands[operands.count - 1] = mutated(operands[operands.count - 1])
            return .external(operands)
        case .internal(var operands):
            if operands.count > 1, Bool.random(using: &random) {
                operands.removeLast()
            } else {
                operands[0] = mutated(operands[0])
            }
            return .internal(operands)
        case .sequence(let first, let second): return .sequence(first, mutated(second))
        case .parallel(let set, var operands):
            operands[0] = mutated(operands[0])
            return .parallel(set, operands)
        case .hide(let operand, let set): return .hide(mutated(operand), set)
        case .rename(let operand, let pairs): return .rename(mutated(operand), pairs)
        default: return Bool.random(using: &random) ? process : self.process(depth: 2)
        }
    }
}

/// The same processes as terms of a store.
final class Translation {
    let store = ProcessStore()
    let system: NaiveSystem
    private let events: [Event]

    init(_ system: NaiveSystem, events: Int) {
        self.system = system
        let store = store
        self.events = (0..<events).map { store.event(["a", "b", "c", "d", "e"][$0]) }
    }

    func set(_ numbers: Set<Int>) -> EventSet { store.eventSet(numbers.map { events[$0] }) }
    func event(_ number: Int) -> Event { events[number] }

    func process(_ naive: NaiveProcess) -> Process {
        func all(_ operands: [NaiveProcess]) -> [Process] { operands.map(process) }
        func pairs(_ links: [NaiveProcess.Link]) -> [(Event, Event)] {
            links.map { (events[$0.left], events[$0.right]) }
        }
        switch naive {
        case .stop: return store.stop
        case .skip: return store.skip
        case .omega: fatalError("nobody writes the end of a process")
        case .diverge: return store.divergence
        case .prefix(let event, let next): return store.prefix(events[event], process(next))
        case .external(let operands): return store.process(.externalChoice(all(operands)))
        case .internal(let operands): return store.process(.internalChoice(all(operands)))
        case .sliding(let left, let right): return store.process(.slidingChoice(process(left), process(right)))
        case .interrupt(let left, let right): return store.process(.interrupt(process(left), process(right)))
        case .exception(let left, let events, let right):
            return store.process(.exception(process(left), set(events), process(right)))
        case .sequence(let left, let right): return store.process(.sequential(process(left), process(right)))
        case .interleave(let operands): return store.process(.interleave(all(operands)))
        case .parallel(let events, let operands): return store.process(.generalisedParallel(set(events), all(operands)))
        case .alphabetised(let operands):
            return store.process(.alphabetisedParallel(operands.map { (set($0.alphabet), process($0.process)) }))
        case .linked(let links, let left, let right):
            return store.process(
                .linkedParallel(pairs(links).map { (left: $0, right: $1) }, process(left), process(right)))
        case .hide(let operand, let events): return store.process(.hide(process(operand), set(events)))
        case .project(let operand, let events): return store.process(.project(process(operand), set(events)))
        case .rename(let operand, let links):
            return store.rename(process(operand), pairs(links).map { (from: $0, to: $1) })
        case .synchronisingExternal(let events, let operands):
            return store.process(.synchronisingExternalChoice(set(events), all(operands)))
        case .synchronisingInterrupt(let left, let events, let right):
            return store.process(.synchronisingInterrupt(process(left), set(events), process(right)))
        case .run(let events): return store.process(.run(set(events)))
        case .chaos(let events): return store.process(.chaos(set(events)))
        case .prioritise(let operand, let classes):
            return store.process(.prioritise(process(operand), classes.map(set)))
        case .prioritisePartially(let operand, let order):
            return store.process(
                .prioritisePartialOrder(
                    process(operand), set(order.events),
                    order: pairs(order.before.sorted { ($0.left, $0.right) < ($1.left, $1.right) })
                        .map { (lower: $0.1, higher: $0.0) },
                    maximal: set(order.maximal)))
        case .call(let index):
            return store.call(named: "D(\(index))") { [unowned self] in process(system.definitions[index]) }
        }
    }
}
