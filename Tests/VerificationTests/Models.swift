import CSP

/// Processes that tests share.
struct Models {
    let store = ProcessStore()

    func event(_ name: String) -> Event { store.event(name) }
    func set(_ names: [String]) -> EventSet { store.eventSet(names.map(event)) }

    /// Prefixes in a row, then a process.
    func run(_ names: [String], then process: Process) -> Process {
        names.reversed().reduce(process) { store.prefix(event($1), $0) }
    }

    /// Dining philosophers, who all take the fork of their own number first; `asymmetric`: the first takes the other one first.
    func philosophers(_ count: Int, asymmetric: Bool = false) -> Process {
        var everyone: [Process] = []
        var forks: [Process] = []
        var shared: [String] = []
        for i in 0..<count {
            let left = asymmetric && i == 0 ? 1 : i
            let right = asymmetric && i == 0 ? 0 : (i + 1) % count
            let steps = [
                "sit.\(i)", "pick.\(i).\(left)", "pick.\(i).\(right)", "eat.\(i)", "put.\(i).\(right)",
                "put.\(i).\(left)",
            ]
            shared += steps.filter { $0.hasPrefix("p") }
            everyone.append(philosopher(i, steps))
        }
        for f in 0..<count { forks.append(fork(f, [f, (f + count - 1) % count])) }
        return store.parallel([store.interleave(everyone), store.interleave(forks)], sharing: set(shared))
    }

    private func philosopher(_ i: Int, _ steps: [String]) -> Process {
        store.call(named: "PHIL(\(i))") { [self] in run(steps, then: philosopher(i, steps)) }
    }

    private func fork(_ f: Int, _ users: [Int]) -> Process {
        store.call(named: "FORK(\(f))") { [self] in
            store.externalChoice(users.map { run(["pick.\($0).\(f)", "put.\($0).\(f)"], then: fork(f, users)) })
        }
    }

    /// An assertion about processes that no script holds.
    func assertion(_ property: EvaluatedAssertion.Property, negated: Bool = false) -> EvaluatedAssertion {
        EvaluatedAssertion(
            site: AssertionSite(file: "test.csp", line: 1, column: 1, text: "assert …", isNegated: negated),
            property: property)
    }
}
