import Testing

@testable import ModelChecking

@Suite("Exploration")
struct ExplorationTests {
    /// A generator of its own, so that a seed names a network for good (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
    struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }

    /// Components with random transitions; each event belongs to one or two of them.
    static func network(seed: UInt64, components: Int, states: Int, padding: Int = 0) -> Network {
        var random = SplitMix(state: seed)
        var owners: [[Int]] = (0..<components).map { [$0] }
        for component in 0..<components { owners.append([component, (component + 1) % components]) }
        var list: [Network.Component] = []
        for component in 0..<components {
            let events = owners.indices.filter { owners[$0].contains(component) }
            let successors = (0..<states).map { state in
                // A step to the next state keeps everything reachable.
                [LabelledTransitionSystem.Transition(action: .event(component), target: Int32((state + 1) % states))]
                    + (0..<2).map { _ in
                        .init(
                            action: .event(events.randomElement(using: &random)!),
                            target: Int32.random(in: 0..<Int32(states), using: &random))
                    }
            }
            list.append(
                .init(name: "\(component)", system: .init(initial: 0, terminated: nil, successors: successors)))
        }
        // Fields that never change, which make the states wider.
        let idle = LabelledTransitionSystem(
            initial: 0, terminated: nil, successors: (0..<256).map { _ in [] as [LabelledTransitionSystem.Transition] })
        list += (0..<padding).map { _ in .init(name: nil, system: idle) }
        let rules = owners.indices.map { event in
            Network.Rule(
                label: .event(event),
                participants: owners[event].map { .init(component: Int32($0), role: .step(.event(event))) })
        }
        return Network(components: list, rules: rules)
    }

    @Test("States, transitions, levels and numbers are the same with any number of threads", arguments: [0, 8])
    func threads(padding: Int) throws {
        let network = Self.network(seed: 7, components: 5, states: 10, padding: padding)
        var first: Explored?
        for threads in 1...3 {
            let space = try PackedNetwork(network, watchdog: nil).space()
            let found = try space.explore(.nothing, limits: Limits(threads: threads))
            #expect(found == nil)
            let explored = try Explored(space)
            // Large enough for long rounds, and for threads to share them.
            #expect(explored.states > Explorer<UInt64>.parallelCount)
            if let first { #expect(explored == first) } else { first = explored }
        }
    }

    struct Explored: Equatable {
        var states: Int
        var transitions: Int
        var levels: [Int]
        /// Some states' fields, and how they are reached.
        var samples: [[Int]]
        var paths: [[Int]]
        /// Of all transitions, in order.
        var checksum: UInt64 = 0
        var listed = 0

        init(_ space: any ExploredSpace) throws {
            states = space.stateCount
            transitions = space.transitionCount
            levels = space.levels
            let chosen = stride(from: 0, to: space.stateCount, by: 10_007)
            samples = chosen.map(space.state)
            paths = chosen.map { space.shortestPath(to: $0).flatMap { [$0.move, $0.state] } }
            try space.forEachTransition(limits: Limits(), bytes: 0) { state, move, target in
                listed += 1
                checksum = mixed(checksum ^ UInt64(state) << 32 ^ UInt64(move) << 20 ^ UInt64(target))
                if state % 10_007 == 0 { #expect(space.target(of: state, by: move) == target) }
            }
            #expect(listed == transitions)
        }
    }

    @Test("A state that is in a later level is one step from the level before", arguments: 0..<6 as Range<UInt64>)
    func againstPlainSearch(seed: UInt64) throws {
        let network = Self.network(seed: seed, components: 3, states: 7)
        let space = try PackedNetwork(network, watchdog: nil).space()
        _ = try space.explore(.nothing, limits: Limits())
        // The same search over plain vectors.
        var distance: [[Int]: Int] = [network.components.map(\.system.initial): 0]
        var level = Array(distance.keys)
        var transitions = 0
        while !level.isEmpty {
            var next: [[Int]] = []
            for state in level {
                for rule in network.rules {
                    for target in Self.successors(state, rule, network) {
                        transitions += 1
                        if distance[target] == nil {
                            distance[target] = distance[state]! + 1
                            next.append(target)
                        }
                    }
                }
            }
            level = next
        }
        #expect(space.stateCount == distance.count && space.transitionCount == transitions)
        for number in 0..<space.stateCount {
            let level = space.levels.lastIndex { $0 <= number }!
            #expect(distance[space.state(number)] == level)
            if number % 50 == 0 { #expect(space.shortestPath(to: number).count == level) }
        }
    }

    static func successors(_ state: [Int], _ rule: Network.Rule, _ network: Network) -> [[Int]] {
        rule.participants.reduce([state]) { states, participant in
            guard case .step(let action) = participant.role else { return [] }
            let component = Int(participant.component)
            return states.flatMap { current in
                network.components[component].system[state[component]].filter { $0.action == action }.map {
                    var next = current
                    next[component] = Int($0.target)
                    return next
                }
            }
        }
    }
}
