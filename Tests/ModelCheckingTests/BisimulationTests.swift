import Testing

@testable import ModelChecking

@Suite("Strong bisimulation")
struct BisimulationTests {
    typealias Transition = LabelledTransitionSystem.Transition

    /// A random system; half of them with a terminated state.
    func system(_ seed: UInt64) -> LabelledTransitionSystem {
        var number = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        func next(_ bound: Int) -> Int {
            number ^= number << 13
            number ^= number >> 7
            number ^= number << 17
            return Int(number % UInt64(bound))
        }
        let count = 2 + next(30)
        let labels = 1 + next(3)
        let ends = next(2) == 0
        var successors = (0..<count).map { _ in
            (0..<next(4)).map { _ -> Transition in
                let label = next(labels + 1)
                return Transition(action: label == 0 ? .tau : .event(label), target: Int32(next(count)))
            }
        }
        if ends {
            for state in 0..<count where next(5) == 0 {
                successors[state].append(Transition(action: .tick, target: Int32(count)))
            }
            successors.append([])
        }
        return LabelledTransitionSystem(initial: 0, terminated: ends ? count : nil, successors: successors).reachable()
    }

    /// Classes by the definition: apart as soon as one has a step to a class that the other has none to.
    func naiveClassCount(_ system: LabelledTransitionSystem) -> Int {
        var classOf = (0..<system.stateCount).map { $0 == system.terminated ? 1 : 0 }
        while true {
            var numbers: [[Int]: Int] = [:]
            let next = (0..<system.stateCount).map { state -> Int in
                let steps = Set(system[state].map { [Int($0.action.code), classOf[Int($0.target)]] })
                let signature = [classOf[state]] + steps.sorted { $0.lexicographicallyPrecedes($1) }.flatMap { $0 }
                let fresh = numbers.count
                return numbers[signature]
                    ?? {
                        numbers[signature] = fresh; return fresh
                    }()
            }
            if Set(next).count == Set(classOf).count { return numbers.count }
            classOf = next
        }
    }

    @Test("As few states as the definition allows, and no state left that could be merged")
    func minimal() {
        for seed in 1...2_000 {
            let original = system(UInt64(seed))
            let reduced = original.stronglyBisimilar()
            #expect(reduced.stateCount == naiveClassCount(original), "seed \(seed)")
            #expect(naiveClassCount(reduced) == reduced.stateCount, "seed \(seed)")
            #expect((reduced.terminated == nil) == (original.terminated == nil), "seed \(seed)")
        }
    }

    @Test("A deadlocked state is not a terminated one")
    func deadlockIsNotTermination() {
        let system = LabelledTransitionSystem(
            initial: 0, terminated: 2,
            successors: [
                [Transition(action: .event(0), target: 1), Transition(action: .tick, target: 2)], [], [],
            ])
        #expect(system.stronglyBisimilar().stateCount == 3)
    }

    @Test("A long chain is taken apart in the time of its length, not of its square")
    func chain() {
        let count = 200_000
        let system = LabelledTransitionSystem(
            initial: 0, terminated: nil,
            successors: (0..<count).map { $0 + 1 < count ? [Transition(action: .tau, target: Int32($0 + 1))] : [] })
        #expect(system.stronglyBisimilar().stateCount == count)
    }
}
