import Coordination

/// A model's run against the real core: does the core take every step, and end in the same fault?
///
/// The run's events are demands. Those of the world are made to happen; those of the core it must do by itself, in the run's order, and of the
/// words that the model uses it may do nothing else. A model's run is one interleaving: what the world does may come earlier than
/// there, as long as what it needs has happened, and what comes together is one step for the core. A search looks for a way to
/// tell the core of it so that it takes all steps.
public struct ModelReplay: Encodable, Sendable {
    public enum Verdict: String, Encodable, Sendable {
        /// The core takes all steps, and ends in the same fault.
        case reproduced
        /// The core does not take a step.
        case refused
        /// The core takes all steps that are its own, and then goes on, where the model does nothing more.
        case goesOn = "goes-on"
        /// The search was cut short.
        case unknown
    }

    /// One thing that was done or had to be done.
    public struct Step: Encodable, Hashable, Sendable {
        /// Its number in the run, from 1; the rounds of a cycle count on. 0: before the run.
        public let number: Int
        public let event: String
        /// Milliseconds since the beginning.
        public let time: Int64
        /// Whose it is.
        public let isOfCore: Bool
    }

    public let schema = 1
    /// Where the run is from.
    public let file: String
    public let line: Int
    public let assertion: String
    public let policy: String
    public private(set) var verdict = Verdict.unknown
    /// What happened, in order.
    public private(set) var steps: [Step] = []
    /// The step that the core does not take, and what it does instead.
    public private(set) var refusedStep: Step?
    public private(set) var instead: String?
    /// The same as an event in the model's words; nil where it does nothing instead.
    public private(set) var insteadEvent: String?
    /// What it refused there.
    public private(set) var refusals: [String] = []
    /// How often the cycle was gone round; 0 where the run ends.
    public private(set) var rounds = 0
    /// Jobs that wait at the end, and why.
    public private(set) var waiting: [String] = []
    /// Events that say nothing to the core.
    public private(set) var skipped: [String] = []
    /// Ways of telling the core that were tried.
    public private(set) var tries = 0

    /// - Parameters:
    ///   - policy: the scheduling policy; nil: the map's, or the default.
    ///   - rounds: how often a cycle is gone round.
    /// - Throws: `ReplayError` where the run or the map makes no sense.
    public init(_ run: ModelRun, map: ReplayMap, policy: String? = nil, rounds: Int = 3) throws(ReplayError) {
        let name = policy ?? map.policy ?? Schedule.defaultPolicy
        guard let scheduling = Policies.named(name) else { throw ReplayError("there is no policy '\(name)'") }
        file = run.file
        line = run.line
        assertion = run.assertion
        self.policy = name
        let translator = Translator(map: map, channels: run.channels)
        let events = run.events + Array(repeating: run.cycle, count: run.cycle.isEmpty ? 0 : rounds).joined()
        var demands: [Demand] = []
        for event in map.before { demands += try translator.demands(event, number: 0) }
        for (number, event) in events.enumerated() {
            let asked = try translator.demands(event, number: number + 1)
            if asked.isEmpty, !skipped.contains(event) { skipped.append(event) }
            demands += asked
        }
        guard demands.contains(where: { $0.number > 0 }) else {
            throw ReplayError("no event of the run is of the vocabulary; map some of them")
        }
        for place in demands.indices { demands[place].place = place }
        var search = ReplaySearch(demands: demands, watched: translator.watched, map: map)
        let start = ReplayWorld(
            map, policy: scheduling, acceptsByDemand: translator.acceptsByDemand,
            endsByDemand: !translator.watched.contains("end"))
        let end = try search.run(from: start)
        tries = search.tries
        if let end {
            steps = end.steps
            self.rounds = run.cycle.isEmpty ? 0 : rounds
            conclude(end.world, run)
        } else if let miss = search.miss {
            // Where no step is left that it could refuse, it does more than the model.
            verdict = search.isCutShort ? .unknown : miss.expected == nil ? .goesOn : .refused
            steps = miss.steps
            refusedStep = miss.expected
            instead = miss.instead.text
            insteadEvent = miss.instead.event
            refusals = miss.instead.refusals
            waiting = miss.world.waiting
        }
    }

    /// Where the model does nothing more for ever, the core must stand still too; anything else has been shown by its last step.
    private mutating func conclude(_ world: ReplayWorld, _ run: ModelRun) {
        var world = world
        waiting = world.waiting
        verdict = .reproduced
        guard run.kind == "deadlock" || (run.kind == "lasso" && run.cycle.isEmpty) else { return }
        world.forget()
        let begin = world.now
        while world.now - begin < Self.patience {
            world.passTime()
            if let happening = world.done.first {
                verdict = .goesOn
                instead = world.text(of: happening)
                insteadEvent = world.modelText(of: happening)
                return
            }
        }
    }

    /// Milliseconds in which nothing happens, until it counts as standing still.
    static let patience: Int64 = 120_000
}

/// Looks for a way to tell the core of what the world does, so that it takes all steps of a run.
struct ReplaySearch {
    struct End {
        var world: ReplayWorld
        var steps: [ModelReplay.Step]
    }

    /// The farthest that it came, and what was expected there.
    struct Miss {
        var world: ReplayWorld
        var steps: [ModelReplay.Step]
        /// Nil where nothing more was expected.
        var expected: ModelReplay.Step?
        var instead: Instead
        var taken: Int
        var ahead: Int
    }

    /// What the core does in place of what it should do.
    struct Instead {
        var text: String
        /// In the model's words; nil if it does nothing.
        var event: String?
        var refusals: [String] = []
    }

    private let ofWorld: [Demand]
    private let ofCore: [Demand]
    private let watched: Set<String>
    private let map: ReplayMap
    private var begin = Timestamp(milliseconds: 0)
    private(set) var tries = 0
    private(set) var isCutShort = false
    private(set) var miss: Miss?

    static let mostTries = 20_000
    /// So many of the world's events may come before their turn.
    static let mostAhead = 6

    init(demands: [Demand], watched: Set<String>, map: ReplayMap) {
        ofWorld = demands.filter { !$0.isOfCore }
        ofCore = demands.filter(\.isOfCore)
        self.watched = watched
        self.map = map
    }

    mutating func run(from world: ReplayWorld) throws(ReplayError) -> End? {
        begin = world.now
        return try go(on: world, 0, 0, [])
    }

    /// - Parameters:
    ///   - world: as far as it has come: so many demands of the world and of the core.
    private mutating func go(
        on world: ReplayWorld, _ worldDone: Int, _ coreDone: Int, _ steps: [ModelReplay.Step]
    ) throws(ReplayError) -> End? {
        if worldDone == ofWorld.count, coreDone == ofCore.count { return End(world: world, steps: steps) }
        let next = coreDone < ofCore.count ? ofCore[coreDone].place : .max
        var least = worldDone
        while least < ofWorld.count, ofWorld[least].place < next { least += 1 }
        for told in least...min(least + Self.mostAhead, ofWorld.count) {
            if let blocked = ofWorld[worldDone..<told].first(where: { !world.canHappen($0) }) {
                if told == least {
                    let instead = Instead(text: "what the world is asked for can't happen yet")
                    note(world, steps, coreDone, instead, ahead: 0, blocked)
                }
                break
            }
            tries += 1
            guard tries <= Self.mostTries else {
                isCutShort = true
                return nil
            }
            var after = world
            var taken = coreDone
            var steps = steps
            after.forget()
            let demands = Array(ofWorld[worldDone..<told])
            let times = try after.happen(demands, map)
            steps += zip(demands, times).map { step($0, at: $1) }
            let wrong = follow(&after, &taken, &steps)
            if let wrong {
                note(after, steps, taken, wrong, ahead: told - least)
            } else if let end = try go(on: after, told, taken, steps) {
                return end
            }
            if isCutShort { return nil }
        }
        return nil
    }

    /// Holds what the core did against what it must do; where it must do something and has done nothing, time passes.
    /// - Returns: what it does wrong; nil if all is as it should be.
    private func follow(
        _ world: inout ReplayWorld, _ taken: inout Int, _ steps: inout [ModelReplay.Step]
    ) -> Instead? {
        let before = taken
        let start = world.now
        while true {
            let refusals = world.refusals(except: watched)
            for happening in world.done where watched.contains(world.word(of: happening)) {
                guard taken < ofCore.count, case .core(let word, let arguments) = ofCore[taken].kind,
                    world.matches(happening, word, arguments)
                else { return Instead(text: world.text(of: happening), event: world.modelText(of: happening)) }
                steps.append(step(ofCore[taken], at: world.now))
                taken += 1
            }
            world.forget()
            if taken > before || taken == ofCore.count { return nil }
            guard world.now - start < ModelReplay.patience else {
                return Instead(text: "nothing of the kind for \(ModelReplay.patience / 1000) s")
            }
            if !refusals.isEmpty {
                return Instead(text: "it refuses: \(refusals.joined(separator: "; "))", refusals: refusals)
            }
            world.prepare(for: ofCore[taken])
            world.passTime()
        }
    }

    private func step(_ demand: Demand, at time: Timestamp) -> ModelReplay.Step {
        ModelReplay.Step(number: demand.number, event: demand.event, time: time - begin, isOfCore: demand.isOfCore)
    }

    private mutating func note(
        _ world: ReplayWorld, _ steps: [ModelReplay.Step], _ taken: Int, _ instead: Instead, ahead: Int,
        _ blocked: Demand? = nil
    ) {
        if let miss, (miss.taken, -miss.ahead) >= (taken, -ahead) { return }
        let expected = (taken < ofCore.count ? ofCore[taken] : blocked).map { step($0, at: world.now) }
        miss = Miss(world: world, steps: steps, expected: expected, instead: instead, taken: taken, ahead: ahead)
    }
}

extension ReplayWorld {
    /// Jobs that wait, in the model's words, and why.
    var waiting: [String] {
        core.jobs().filter { !$0.state.isFinal && $0.state != .running }.map { job in
            "\(job.name) (\(job.id))" + (job.reason.map { ": \($0)" } ?? " is \(job.state.rawValue)")
        }
    }

    /// A lease can lapse only if its worker is not heard.
    mutating func prepare(for demand: Demand) {
        guard case .core("lapse", let arguments) = demand.kind, let epoch = arguments.last else { return }
        cutOff(holderOf: arguments.dropLast().joined(separator: "."), epoch)
    }
}
