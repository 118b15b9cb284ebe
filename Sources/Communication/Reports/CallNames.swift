/// Collectives in a script: a call is one event that all of its group take part in, or, where a group's calls are begun in one place
/// and waited for in another, a process for each of its rounds.
struct CallNames {
    private let network: Network
    /// What calls stand for: those that are made, and those that several of them agree on.
    private let universe: [Network.Signature]
    private let names: [String]

    init(_ network: Network) {
        self.network = network
        var universe = network.signatures
        var known = Set(universe)
        for group in network.groups {
            for (round, calls) in group.rounds.enumerated() where group.fits[round] {
                let all = Set(calls.map(\.signature)).sorted().map { network.signatures[Int($0)] }
                guard let first = all.first else { continue }
                let common = all.dropFirst().reduce(first) { $0.together(with: $1) }
                if known.insert(common).inserted { universe.append(common) }
            }
        }
        self.universe = universe
        names = PlanScript.distinct(universe.map { "c_\($0.text)" })
    }

    private func isEvent(_ group: Int) -> Bool { !network.groups[group].isNonblocking }

    private var hasRounds: Bool { network.groups.contains(where: \.isNonblocking) }

    var declarations: [String] {
        guard !network.groups.isEmpty else { return [] }
        var lines = ["datatype Call = \(names.joined(separator: " | "))"]
        for (number, group) in network.groups.enumerated() {
            lines.append(
                "-- group \(number): \(group.name) = {\(group.members.map(String.init).joined(separator: ", "))}")
        }
        let numbers = "{0..\(network.groups.count - 1)}"
        if network.groups.indices.contains(where: isEvent) {
            lines.append("channel call : \(numbers).Call    -- all of the group take part")
        }
        if hasRounds {
            let most = network.groups.reduce(1) { max($0, $1.rounds.count) }
            lines.append(
                "channel post : \(numbers).{1..\(most)}.RANKS.Call    -- a rank begins its n-th call on the group")
            lines.append("channel over : \(numbers).{1..\(most)}.RANKS    -- and it is over for it")
        }
        return lines
    }

    var rounds: String {
        guard hasRounds else { return "" }
        var lines = ["-- the calls that go together with this one"]
        for (number, name) in names.enumerated() {
            let fitting = universe.indices.filter { universe[$0].fits(universe[number]) }
            lines.append("agrees(\(name)) = {\(fitting.map { names[$0] }.joined(separator: ", "))}")
        }
        lines += [
            "consistent(calls) = empty({c | c <- calls, not empty(diff(calls, agrees(c)))})",
            "-- one round of a group: who has come, and what was called",
            "ROUND(g, k, members, here, calls) =",
            "  ([] m : diff(members, here) @ post.g.k.m?c -> ROUND(g, k, members, union(here, {m}), union(calls, {c})))",
            "  [] here == members and consistent(calls) & ([] m : members @ over.g.k.m -> ROUND(g, k, members, here, calls))",
            "  [] (empty(here) or (here == members and consistent(calls))) & done -> SKIP",
        ]
        return lines.joined(separator: "\n")
    }

    func events(of instruction: Network.Instruction, _ rank: Int) -> [String] {
        let group = Int(instruction.subject)
        if isEvent(group) {
            let own = network.signatures[Int(instruction.content)]
            let common = universe.indices.filter { universe[$0].says(all: own) }.map { names[$0] }
            return [
                common.count == 1
                    ? "call.\(group).\(common[0]) ->" : "call.\(group)?c:{\(common.joined(separator: ", "))} ->"
            ]
        }
        let round = "\(group).\(instruction.ordinal).\(rank)"
        let begin = "post.\(round).\(names[Int(instruction.content)]) ->"
        return instruction.isBlocking ? [begin, "over.\(round) ->"] : [begin]
    }

    func alphabet(of rank: Int) -> [String] {
        network.groups.indices.filter { network.groups[$0].members.contains(rank) }.flatMap { group in
            isEvent(group)
                ? ["call.\(group)"]
                : network.groups[group].rounds.indices.flatMap { round in
                    ["post.\(group).\(round + 1).\(rank)", "over.\(group).\(round + 1).\(rank)"]
                }
        }
    }

    /// The processes of the rounds, and their events.
    var media: [(process: String, alphabet: String)] {
        network.groups.indices.filter { !isEvent($0) }.flatMap { group in
            let members = "{\(network.groups[group].members.map(String.init).joined(separator: ", "))}"
            return network.groups[group].rounds.indices.map { round in
                (
                    "ROUND(\(group), \(round + 1), \(members), {}, {})",
                    "{| post.\(group).\(round + 1), over.\(group).\(round + 1), done |}"
                )
            }
        }
    }
}

extension Network.Signature {
    /// What two calls that fit say together.
    fileprivate func together(with other: Self) -> Self {
        Self(
            collective: collective, root: root, operation: operation ?? other.operation,
            payload: Payload(count: payload.count ?? other.payload.count, type: payload.type ?? other.payload.type))
    }

    /// Whether this says everything that `other` says.
    fileprivate func says(all other: Self) -> Bool { together(with: other) == self && fits(other) }
}
