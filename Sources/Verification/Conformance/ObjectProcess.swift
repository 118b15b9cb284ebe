import CSP
import ModelChecking

/// A process of `Specs/journal` for any one object of its kind, compiled: what a monitor keeps a state of for each object that a
/// journal speaks of.
///
/// The checker compiles the process for one representative object. The other objects that its events name are forgotten,
/// so that two events that differ in those alone are one symbol, and the result is made deterministic.
struct ObjectProcess: Sendable {
    /// What a process of this kind is about.
    enum Kind: String, CaseIterable, Sendable {
        case lease = "LEASE"
        case holding = "HOLDING"
        case task = "TASK"
        case job = "JOB"
        case grant = "GRANT"
        case worker = "WORKER"
        case cluster = "CLUSTER"

        /// The representative, as a script writes it.
        var representative: String {
            switch self {
            case .lease: "(Unit.0.0, 1)"
            case .holding: "(Unit.0.0, 1, 0)"
            case .task: "(0, 0)"
            case .job, .grant, .worker: "(0)"
            case .cluster: ""
            }
        }

        /// Whether an event that names these is one of the representative's own.
        fileprivate func isOwn(_ event: ParsedEvent) -> Bool {
            switch self {
            case .lease: event.job == 0 && event.index == 0 && event.epoch == 1
            case .holding:
                event.epoch == nil
                    ? event.worker == 0
                    : event.job == 0 && event.index == 0 && event.epoch == 1 && event.worker ?? 0 == 0
            case .task: event.job == 0 && event.index ?? 0 == 0
            case .job, .grant: event.job == 0
            case .worker: event.worker == 0
            case .cluster: true
            }
        }
    }

    let kind: Kind
    /// By letter code: the symbol, or -1 for one that isn't the process's event.
    let symbols: [Int16]
    /// The symbol of every event that isn't the process's own, for one that watches those too; else -1.
    let another: Int
    let symbolCount: Int
    /// Where a symbol leads from a state: at `state * symbolCount + symbol`; -1 where it is refused. The initial state is 0.
    let targets: [Int32]
    /// What the script calls the state.
    let stateNames: [String]
    /// Nothing is ever allowed again.
    let isOver: [Bool]

    var stateCount: Int { stateNames.count }

    @inline(__always)
    func target(of state: Int32, _ symbol: Int) -> Int32 { targets[Int(state) * symbolCount + symbol] }

    /// The letters that are allowed in a state.
    func letters(in state: Int32) -> [Letter] {
        (0..<Letter.codeCount).filter { symbols[$0] >= 0 && target(of: state, Int(symbols[$0])) >= 0 }
            .map { Letter(code: $0) }
    }
}

/// An event of `Specs/journal`, taken apart.
struct ParsedEvent {
    let word: Word
    private(set) var job: Int?
    private(set) var index: Int?
    private(set) var epoch: Int?
    private(set) var worker: Int?
    private(set) var facts: [Int] = []

    var letter: Letter { Letter(word, facts: facts) }

    /// Reads `assign.Unit.0.1.3.0.Next.Last.Same`.
    init?(_ name: String) {
        var parts = name.split(separator: ".")[...]
        guard let word = parts.popFirst().flatMap({ Word($0) }) else { return nil }
        self.word = word
        for field in word.fields {
            guard let part = parts.popFirst() else { return nil }
            switch field {
            case .job: job = Int(part)
            case .epoch: epoch = Int(part)
            case .worker: worker = Int(part)
            case .task:
                job = parts.popFirst().flatMap { Int($0) }
                index = parts.popFirst().flatMap { Int($0) }
                guard part == "Unit", job != nil, index != nil else { return nil }
            case .fact(let fact):
                guard let value = fact.values.firstIndex(of: String(part)) else { return nil }
                facts.append(value)
                if fact == .part, part == "One" {
                    guard let one = parts.popFirst().flatMap({ Int($0) }) else { return nil }
                    index = one
                }
            }
        }
        guard parts.isEmpty else { return nil }
    }
}

extension ObjectProcess {
    /// Compiles the process of this kind that a script defines.
    /// - Throws: `JournalSpecFault`, and what reading, evaluating and compiling throw.
    init(_ kind: Kind, of script: Script, compiler: NetworkCompiler) throws {
        let name = kind.rawValue
        guard case .process(let process) = try script.evaluate(name + kind.representative),
            case .process(let run) = try script.evaluate("RUN(\(name)_EVENTS\(kind.representative))"),
            case .run(let alphabet) = try script.store.unfold(run).term
        else { throw JournalSpecFault(reason: "\(name) is to be a process, and \(name)_EVENTS the set of its events") }
        let system = try compiler.compile(process, limits: Limits()).explicitSystem(limits: Limits())

        var symbols = [Int16](repeating: -1, count: Letter.codeCount)
        var count = 0
        func symbol(of event: Event) throws -> Int {
            let text = script.store.name(of: event)
            guard let parsed = ParsedEvent(text) else {
                throw JournalSpecFault(reason: "\(name) has the event \(text), which isn't in a journal")
            }
            guard kind.isOwn(parsed) else {
                throw JournalSpecFault(
                    reason: "\(name)_EVENTS\(kind.representative) has \(text), another object's event")
            }
            let code = parsed.letter.code
            if symbols[code] < 0 {
                symbols[code] = Int16(count)
                count += 1
            }
            return Int(symbols[code])
        }
        var symbolOfEvent: [Int: Int] = [:]
        for event in alphabet.events { symbolOfEvent[Int(event.index)] = try symbol(of: event) }
        let isWatcher = system.actions.contains { action in
            action.eventNumber.map { symbolOfEvent[$0] == nil } ?? false
        }
        let another = isWatcher ? count : -1
        if isWatcher { count += 1 }

        // The same system, over symbols.
        let renamed = LabelledTransitionSystem(
            initial: system.initial, terminated: system.terminated,
            successors: (0..<system.stateCount).map { state in
                system[state].map { step in
                    guard step.action.isEvent, let number = step.action.eventNumber else { return step }
                    return .init(action: .event(symbolOfEvent[number] ?? another), target: step.target)
                }
            })
        let form = try NormalForm(renamed, divergenceStrict: false, limits: Limits())
        var targets = [Int32](repeating: -1, count: form.nodes.count * count)
        for (state, node) in form.nodes.enumerated() {
            for step in node.transitions {
                guard let number = step.action.eventNumber else {
                    throw JournalSpecFault(reason: "\(name) terminates; a journal's processes never do, they refuse")
                }
                targets[state * count + number] = step.target
            }
        }
        guard form.initial == 0 else { throw JournalSpecFault(reason: "\(name) has no beginning") }
        if isWatcher, kind != .cluster {
            for state in form.nodes.indices {
                let target = targets[state * count + another]
                guard target < 0 || target == Int32(state) else {
                    throw JournalSpecFault(reason: "\(name) changes by an event of others; it may only refuse it")
                }
            }
        }
        self.kind = kind
        self.symbols = symbols
        self.another = another
        symbolCount = count
        self.targets = targets
        let names = try StateNames(process, script.store)
        stateNames = names.names(of: form) { symbolOfEvent[Int($0.index)] ?? another }
        isOver = form.nodes.map(\.transitions.isEmpty)
    }
}

/// Why a script can't be the spec of a journal.
public struct JournalSpecFault: Error, CustomStringConvertible {
    public let reason: String
    public var description: String { reason }
}

/// What the script calls the states that a process goes through.
private struct StateNames {
    private let start: Process
    private let store: ProcessStore

    init(_ start: Process, _ store: ProcessStore) throws {
        self.start = start
        self.store = store
    }

    /// Walks the terms and the form side by side.
    func names(of form: NormalForm, symbol: (Event) -> Int) -> [String] {
        var names = [String?](repeating: nil, count: form.nodes.count)
        var work = [(node: form.initial, process: start)]
        var seen: Set<Int> = [form.initial]
        while let (node, process) = work.popLast() {
            for (event, next) in steps(of: process) {
                let number = symbol(event)
                guard number >= 0,
                    let target = form.nodes[node].transitions.first(where: { $0.action.eventNumber == number })?.target
                else { continue }
                if names[Int(target)] == nil, let name = next.name { names[Int(target)] = Self.short(name) }
                if seen.insert(Int(target)).inserted { work.append((Int(target), next)) }
            }
        }
        return names.enumerated().map { $1 ?? ($0 == form.initial ? "NEW" : "state \($0)") }
    }

    /// The prefixes that stand at the head of a process.
    private func steps(of process: Process) -> [(Event, Process)] {
        guard let body = try? store.unfold(process) else { return [] }
        switch body.term {
        case .prefix(let event, let next): return [(event, next)]
        case .externalChoice(let operands), .internalChoice(let operands): return operands.flatMap(steps)
        default: return []
        }
    }

    /// Without the function around it: `TASK(0, 0)::RUNNING(None)` is `RUNNING(None)`.
    private static func short(_ name: String) -> String {
        guard let colon = name.lastIndex(of: ":") else { return name }
        return String(name[name.index(after: colon)...])
    }
}
