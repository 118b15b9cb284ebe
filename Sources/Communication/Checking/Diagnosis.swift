/// Why a run does not come to its end: who waits for whom, and what lies at the bottom of it.
struct Diagnosis {
    private let plan: Plan
    private let network: Network
    private let end: Execution
    private let taken: [(rank: Int, channel: Int)]
    /// Of each rank that does not go on.
    private var waits: [Int: Wait] = [:]
    /// Of each rank, how many rounds of each group it has begun.
    private let begun: [[Int32: Int32]]

    private struct Wait {
        var ranks: [Int]
        var reason: String
    }

    /// Ranks that are described, and of those the ones with the round that they are in.
    private static let mostShown = 256
    private static let mostCircumstances = 64
    /// Of a collective that so many have not come to, this many are waited for.
    private static let mostMissing = 64

    init(_ plan: Plan, _ network: Network, _ end: Execution, taken: [(rank: Int, channel: Int)]) {
        self.plan = plan
        self.network = network
        self.end = end
        self.taken = taken
        begun = network.programs.indices.map { end.roundsBegun(by: $0) }
        var missing: [[Int32]: [Int]] = [:]
        for rank in network.programs.indices where !end.isDone(rank) {
            waits[rank] = wait(of: rank, &missing)
        }
    }

    var fault: PlanReport.Fault {
        mismatchedCollective ?? mismatchedMessage ?? deadlock ?? unmatched ?? leftOver
    }

    private func fault(_ kind: PlanReport.FaultKind, _ summary: String, ring: [Int]) -> PlanReport.Fault {
        let isRing = Set(ring)
        let others = waits.keys.sorted().filter { !isRing.contains($0) }
        let stuck = (ring + others).prefix(Self.mostShown).enumerated().compactMap { number, rank in
            waits[rank].map {
                PlanReport.Stuck(
                    site: site(rank, withCircumstances: number < Self.mostCircumstances), waitsFor: $0.ranks,
                    reason: $0.reason)
            }
        }
        return PlanReport.Fault(
            kind: kind, summary: summary, ring: Array(stuck.prefix(ring.count)), stuck: stuck, stuckRanks: waits.count,
            taken: choices, left: left)
    }

    private func site(_ rank: Int, withCircumstances: Bool = true) -> PlanReport.Site {
        network.site(of: Int(end.position[rank]), rank, withCircumstances ? plan : nil)
    }

    /// Those that have begun their call in this round, and what they call.
    private func arrivals(_ group: Int, _ round: Int) -> [(rank: Int, signature: Int)] {
        network.groups[group].rounds[round].filter {
            begun[Int($0.rank)][Int32(group), default: 0] > Int32(round)
        }.map { (Int($0.rank), Int($0.signature)) }
    }

    // MARK: Kinds

    private var mismatchedCollective: PlanReport.Fault? {
        for (group, round) in end.openRounds {
            let arrivals = arrivals(group, round)
            guard let first = arrivals.first,
                let other = arrivals.first(where: {
                    !network.signatures[$0.signature].fits(network.signatures[first.signature])
                })
            else { continue }
            let (a, b) = (network.signatures[first.signature], network.signatures[other.signature])
            let name = network.groups[group].name
            let ordinal = "call \(round + 1) on \(name == "all" ? "all ranks" : "the group \(name)")"
            return fault(
                .mismatchedCollective,
                "\(ordinal) is \(a.text) in rank \(first.rank), and \(b.text) in rank \(other.rank)",
                ring: [first.rank, other.rank].filter { waits[$0] != nil })
        }
        return nil
    }

    private var mismatchedMessage: PlanReport.Fault? {
        for rank in network.programs.indices {
            guard let mistake = end.mistaken(rank) else { continue }
            let channel = network.channels[mistake.channel]
            let message = network.payloads[Int(channel.messages[mistake.ordinal - 1])]
            let expected = network.payloads[mistake.expected]
            return fault(
                .mismatchedMessage,
                "message \(mistake.ordinal) from rank \(channel.source) to rank \(rank)\(tagText(channel.tag)) is "
                    + "\(message.text), and is received as \(expected.text)", ring: [rank])
        }
        return nil
    }

    private var deadlock: PlanReport.Fault? {
        guard let ring = shortestRing() else { return nil }
        let collectives = ring.allSatisfy { end.current($0)?.verb == .collective }
        let summary =
            switch ring.count {
            case 1: "rank \(ring[0]) waits for itself"
            case 2: "ranks \(ring[0]) and \(ring[1]) wait for each other"
            default: "\(ring.count) ranks wait for each other in a ring"
            }
        return fault(
            .deadlock, summary + (collectives ? ": they call collectives in different orders" : ""), ring: ring)
    }

    private var unmatched: PlanReport.Fault? {
        let last = waits.keys.sorted().first { rank in waits[rank]!.ranks.allSatisfy { waits[$0] == nil } }
        guard let last, let wait = waits[last] else { return nil }
        return fault(
            .unmatched, "rank \(last) waits for ever: \(site(last).text) needs \(wait.reason)", ring: [last])
    }

    private var leftOver: PlanReport.Fault {
        fault(.leftOver, "all ranks come to their end, and something is left: \(left.first ?? "")", ring: [])
    }

    // MARK: Rings

    /// A shortest ring of stuck ranks each of which waits for the next; from its smallest rank.
    private func shortestRing() -> [Int]? {
        var best: [Int]?
        // Rings are found from every rank up to a size; beyond, by going on from one rank to the next that it waits for.
        let starts = waits.keys.sorted()
        guard starts.count <= 512 else { return someRing(starts) }
        for start in starts {
            guard let ring = ring(through: start, shorterThan: best?.count ?? .max) else { continue }
            best = ring
            if ring.count <= 2 { break }
        }
        return best
    }

    private func ring(through start: Int, shorterThan bound: Int) -> [Int]? {
        var before: [Int: Int] = [:]
        var level = [start]
        var length = 1
        while !level.isEmpty, length < bound {
            var next: [Int] = []
            for rank in level {
                for other in waits[rank]!.ranks where waits[other] != nil {
                    if other == start {
                        var ring = [rank]
                        while ring[0] != start { ring.insert(before[ring[0]]!, at: 0) }
                        return ring
                    }
                    guard before[other] == nil else { continue }
                    before[other] = rank
                    next.append(other)
                }
            }
            level = next
            length += 1
        }
        return nil
    }

    private func someRing(_ starts: [Int]) -> [Int]? {
        var isFinished: Set<Int> = []
        for start in starts {
            var path: [Int] = []
            var at: Int? = start
            while let rank = at, !isFinished.contains(rank) {
                if let place = path.firstIndex(of: rank) { return Array(path[place...]) }
                path.append(rank)
                at = waits[rank]!.ranks.first { waits[$0] != nil && !isFinished.contains($0) }
            }
            isFinished.formUnion(path)
        }
        return nil
    }

    // MARK: Words

    private func tagText(_ tag: Int) -> String { network.tags[tag].isEmpty ? "" : " (\(network.tags[tag]))" }

    /// - Parameter missing: who has not come to a round, by group and round: many ranks wait for the same.
    private func wait(of rank: Int, _ missing: inout [[Int32]: [Int]]) -> Wait {
        if end.hasMistaken[rank] { return Wait(ranks: [], reason: "a message of the form that it says") }
        var wait = Wait(ranks: [], reason: "")
        var reasons: [String] = []
        for request in end.openRequests(rank) {
            let (ranks, reason) = needs(request, rank, &missing)
            for other in ranks where !wait.ranks.contains(other) && wait.ranks.count < Self.mostMissing {
                wait.ranks.append(other)
            }
            if reasons.count < 4, !reasons.contains(reason) { reasons.append(reason) }
        }
        wait.reason = reasons.prefix(3).joined(separator: ", and ") + (reasons.count > 3 ? ", and more" : "")
        return wait
    }

    private func needs(
        _ request: Network.Request, _ rank: Int, _ absent: inout [[Int32]: [Int]]
    ) -> (ranks: [Int], reason: String) {
        func done(_ rank: Int) -> String { end.isDone(rank) ? ", which is done" : "" }
        let subject = Int(request.subject)
        switch request.verb {
        case .send:
            let channel = network.channels[subject]
            let what = end.capacity == 0 ? "to receive it" : "to make room in the buffer"
            return ([channel.target], "rank \(channel.target) \(what)\(tagText(channel.tag))\(done(channel.target))")
        case .receive:
            let channel = network.channels[subject]
            return ([channel.source], "rank \(channel.source) to send\(tagText(channel.tag))\(done(channel.source))")
        case .receiveAny:
            let sources = Set(network.inboxes[subject].map { network.channels[Int($0)].source }).sorted()
            let waiting = sources.filter { !end.isDone($0) }
            guard !sources.isEmpty else { return ([], "some rank to send to it, and none ever does") }
            let list = Self.ranksText(sources)
            return (waiting, waiting.isEmpty ? "\(list) to send, and nothing more comes" : "\(list) to send")
        case .collective:
            let members = network.groups[subject].members
            let key = [request.subject, request.ordinal]
            let missing = absent[key] ?? members.filter { begun[$0][request.subject, default: 0] < request.ordinal }
            absent[key] = missing
            if missing.isEmpty {
                return (
                    members.prefix(Self.mostMissing).filter { $0 != rank }, "all ranks of the group to call the same"
                )
            }
            let over = missing.filter { end.isDone($0) }
            let note =
                switch over.count {
                case 0: ""
                case missing.count: over.count == 1 ? ", which is done" : ", which are done"
                default: ", of which \(Self.ranksText(over)) \(over.count == 1 ? "is" : "are") done"
                }
            return (
                Array(missing.prefix(Self.mostMissing)), "\(Self.ranksText(missing)) to call it, too\(note)"
            )
        case .wait: return ([], "")
        }
    }

    private static func ranksText(_ ranks: [Int]) -> String {
        if ranks.count == 1 { return "rank \(ranks[0])" }
        let shown = ranks.prefix(6).map(String.init).joined(separator: ", ")
        return "ranks \(shown)\(ranks.count > 6 ? " … (\(ranks.count) in all)" : "")"
    }

    private var left: [String] {
        let messages = end.openChannels.map { channel in
            let (sent, received) = (end.sent[channel], end.received[channel])
            let ends = network.channels[channel]
            return sent > received
                ? "\(sent - received) message\(sent - received == 1 ? "" : "s") from rank \(ends.source) to rank \(ends.target)"
                    + "\(tagText(ends.tag)) \(sent - received == 1 ? "is" : "are") never received"
                : "rank \(ends.target) waits for \(received - sent) more from rank \(ends.source)\(tagText(ends.tag)) than it sends"
        }
        let rounds = end.openRounds.map { group, round in
            "call \(round + 1) on \(network.groups[group].name == "all" ? "all ranks" : "the group \(network.groups[group].name)") never comes to be"
        }
        let all = messages + rounds
        return all.count <= 20 ? all : Array(all.prefix(20)) + ["and \(all.count - 20) more"]
    }

    private var choices: [PlanReport.Site] {
        // The calls at which choices were made, by going the same way once more.
        var execution = Execution(network, capacity: Int(end.capacity))
        execution.settle()
        var sites: [PlanReport.Site] = []
        for choice in taken {
            var site = network.site(
                of: Int(execution.position[choice.rank]), choice.rank, sites.count < Self.mostCircumstances ? plan : nil
            )
            site.text += ", which takes from \(network.channels[choice.channel].source)"
            sites.append(site)
            execution.take(choice)
        }
        return sites
    }
}

extension Network {
    /// A call, as people read it; with the plan, also in which round or for what it is made.
    func site(of number: Int, _ rank: Int, _ plan: Plan?) -> PlanReport.Site {
        let instruction = programs[rank].instructions[number]
        return PlanReport.Site(
            rank: rank, call: number + 1, place: places[Int(instruction.place)], text: text(of: instruction, rank),
            circumstances: plan.flatMap {
                Unfolder.circumstances(of: number, rank: rank, in: $0, ranks: programs.count)
            })
    }

    func text(of instruction: Instruction, _ rank: Int) -> String {
        guard instruction.verb == .wait else {
            return text(
                instruction.verb, instruction.subject, instruction.content, begins: !instruction.isBlocking)
        }
        let requests = programs[rank].requests[Int(instruction.subject)..<Int(instruction.ordinal)]
        let shown = requests.prefix(3).map { text($0.verb, $0.subject, $0.content, begins: true) }
        return "wait for \(shown.joined(separator: " and "))"
            + (requests.count > 3 ? " and \(requests.count - 3) more" : "")
    }

    private func text(_ verb: Verb, _ subject: Int32, _ content: Int32, begins: Bool) -> String {
        let prefix = begins ? "i" : ""
        func tag(_ number: Int) -> String { tags[number].isEmpty ? "" : ", tag \(tags[number])" }
        func payload() -> String {
            let text = payloads[Int(content)].text
            return text.isEmpty ? "" : ", \(text)"
        }
        switch verb {
        case .send:
            let channel = channels[Int(subject)]
            return "\(prefix)send to \(channel.target)\(tag(channel.tag))\(payload())"
        case .receive:
            let channel = channels[Int(subject)]
            return "\(prefix)recv from \(channel.source)\(tag(channel.tag))\(payload())"
        case .receiveAny: return "recv from any\(payload())"
        case .collective:
            let group = groups[Int(subject)]
            return signatures[Int(content)].text + (group.name == "all" ? "" : " on \(group.name)")
                + (begins ? ", begun" : "")
        case .wait: return "wait"
        }
    }
}

extension Network.Signature {
    /// `broadcast from 0`, `all-reduce (sum, 1024 f32)`
    var text: String {
        let ends = collective == .broadcast || collective == .scatter ? "from" : "to"
        let details = [operation, payload.text.isEmpty ? nil : payload.text].compactMap { $0 }.joined(separator: ", ")
        return collective.rawValue + (root.map { " \(ends) \($0)" } ?? "") + (details.isEmpty ? "" : " (\(details))")
    }
}
