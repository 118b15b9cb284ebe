/// Unfolds plans: loops are gone round, expressions computed, schedules written out.
struct Unfolder {
    /// Why a plan was not unfolded.
    enum Failure: Error {
        case plan(PlanError)
        /// It has more calls than that.
        case limit(Int)
    }

    private let plan: Plan
    private let size: Int
    private let limit: Int
    private(set) var network: Network

    private var steps = 0
    private var channelNumbers: [[Int32]: Int32] = [:]
    private var groupNumbers: [String: Int32] = [:]
    private var inboxNumbers: [[Int32]: Int32] = [:]
    private var tagNumbers: [String: Int32] = [:]
    private var payloadNumbers: [Payload: Int32] = [:]
    private var signatureNumbers: [Network.Signature: Int32] = [:]
    private var placeNumbers: [Place: Int32] = [:]
    /// Ranks and tags of receives that are begun and waited for, and where.
    private var begunReceives: [[Int32]: Place] = [:]

    // Of the rank that is being unfolded.
    private var rank = 0
    private var named: [String: [Network.Request]] = [:]
    private var unnamed: [Network.Request] = []
    private var rounds: [Int32: Int32] = [:]
    /// The loops that it is in: which round of how many.
    private var loops: [(round: Int, of: Int)] = []

    /// The call of which the circumstances are wanted, and what they are.
    private var wanted: (rank: Int, call: Int)?
    private var circumstances: String?

    private init(_ plan: Plan, size: Int, limit: Int) {
        self.plan = plan
        self.size = size
        self.limit = limit
        network = Network(programs: Array(repeating: Network.RankProgram(), count: size))
    }

    static func network(of plan: Plan, ranks size: Int, limit: Int) throws(Failure) -> Network {
        guard size <= limit else { throw .limit(limit) }
        var unfolder = Unfolder(plan, size: size, limit: limit)
        try unfolder.unfold()
        return unfolder.network
    }

    /// In which round of which loop, or for which micro-batch, a call is made; nil if there is nothing to say.
    static func circumstances(of call: Int, rank: Int, in plan: Plan, ranks size: Int) -> String? {
        var unfolder = Unfolder(plan, size: size, limit: .max)
        unfolder.wanted = (rank, call)
        try? unfolder.unfold(rank)
        return unfolder.circumstances
    }

    private mutating func unfold() throws(Failure) {
        if let ranks = plan.ranks, ranks != size {
            throw .plan(PlanError("the communication is for \(ranks) ranks, and the gang has \(size)", at: plan.place))
        }
        try checkPrograms()
        for rank in 0..<size { try unfold(rank) }
        try finish()
    }

    /// Each rank has exactly one program.
    private func checkPrograms() throws(Failure) {
        guard case .programs(let programs) = plan.behaviour else { return }
        var isNamed = Array(repeating: false, count: size)
        var others = 0
        for program in programs {
            guard let ranks = program.ranks else {
                others += 1
                continue
            }
            for rank in ranks {
                guard rank < size else {
                    throw .plan(PlanError("there is no rank \(rank): the ranks are 0 to \(size - 1)", at: plan.place))
                }
                guard !isNamed[rank] else { throw .plan(PlanError("rank \(rank) has two programs", at: plan.place)) }
                isNamed[rank] = true
            }
        }
        if others > 1 { throw .plan(PlanError("two programs are for all other ranks", at: plan.place)) }
        if others == 0, let rank = isNamed.firstIndex(of: false) {
            throw .plan(PlanError("rank \(rank) has no program", at: plan.place))
        }
    }

    private mutating func unfold(_ rank: Int) throws(Failure) {
        self.rank = rank
        named = [:]
        unnamed = []
        rounds = [:]
        switch plan.behaviour {
        case .schedule(let schedule): try write(schedule)
        case .programs(let programs):
            let own = programs.first { $0.ranks?.contains(rank) == true } ?? programs.first { $0.ranks == nil }
            if let own { try unfold(own.steps, ["rank": rank, "size": size]) }
        }
    }

    // MARK: Steps

    private mutating func unfold(_ steps: [Step], _ names: [String: Int]) throws(Failure) {
        for step in steps {
            try count(1)
            switch step.kind {
            case .call(let call): try unfold(call, names, step.place)
            case .wait(let requests): try wait(for: requests, at: step.place)
            case .loop(let count, let variable, let body):
                let rounds = try value(count, names, step.place)
                guard rounds >= 0 else {
                    throw .plan(
                        PlanError("'\(count)' is \(rounds): nothing is repeated less than 0 times", at: step.place))
                }
                var names = names
                loops.append((0, rounds))
                for round in 0..<rounds {
                    if let variable { names[variable] = round }
                    loops[loops.count - 1].round = round + 1
                    try self.count(1)
                    try unfold(body, names)
                }
                loops.removeLast()
            case .choice(let condition, let then, let otherwise):
                try unfold(try value(condition, names, step.place) != 0 ? then : otherwise, names)
            case .batch(let calls):
                let before = unnamed
                unnamed = []
                try count(calls.count)
                for step in calls {
                    guard case .call(var call) = step.kind else { continue }
                    call.isNonblocking = true
                    call.request = nil
                    try unfold(call, names, step.place)
                }
                emitWait(for: unnamed, at: step.place)
                unnamed = before
            }
        }
    }

    private mutating func count(_ number: Int) throws(Failure) {
        steps += number
        guard steps <= limit else { throw .limit(limit) }
    }

    private func value(
        _ expression: Expression, _ names: [String: Int], _ place: Place
    ) throws(Failure) -> Int {
        do throws(Expression.Fault) {
            return try expression.value(names)
        } catch {
            throw .plan(PlanError("'\(expression)' for rank \(rank): \(error.message)", at: place))
        }
    }

    private func peer(_ expression: Expression, _ names: [String: Int], _ place: Place) throws(Failure) -> Int {
        let peer = try value(expression, names, place)
        guard (0..<size).contains(peer) else {
            let what =
                expression.constant == nil ? "'\(expression)' for rank \(rank) is \(peer)" : "there is no rank \(peer)"
            throw .plan(PlanError("\(what): the ranks are 0 to \(size - 1)", at: place))
        }
        return peer
    }

    private mutating func unfold(_ call: Call, _ names: [String: Int], _ place: Place) throws(Failure) {
        switch call.kind {
        case .send(let to, let tag): send(to: try peer(to, names, place), tag, call, place)
        case .receive(let from?, let tag): receive(from: try peer(from, names, place), tag, call, place)
        case .receive(nil, let tag): receiveAny(tag, call, place)
        case .collective(let collective, let group, let root, let operation):
            let number = try self.group(group, place)
            var rootRank: Int?
            if let root {
                let rank = try peer(root, names, place)
                guard network.groups[Int(number)].members.contains(rank) else {
                    let name = network.groups[Int(number)].name
                    throw .plan(PlanError("the root \(rank) is no member of the group \(name)", at: place))
                }
                rootRank = rank
            }
            let signature = Network.Signature(
                collective: collective, root: rootRank, operation: operation, payload: call.payload)
            self.collective(number, signature, call, place)
        }
    }

    /// The number of the group of that name that this rank belongs to.
    private mutating func group(_ name: String?, _ place: Place) throws(Failure) -> Int32 {
        guard let name else { return intern(group: "all", members: 0..<size) }
        guard let group = plan.groups.first(where: { $0.name == name }) else {
            let known = plan.groups.map(\.name).joined(separator: ", ")
            throw .plan(
                PlanError(
                    "there is no group '\(name)'; " + (known.isEmpty ? "add it to `groups`" : "there are: \(known)"),
                    at: place))
        }
        switch group.members {
        case .ranks(let members):
            if groupNumbers[name] == nil, let wrong = members.first(where: { $0 >= size }) {
                throw .plan(
                    PlanError(
                        "the group \(name) has rank \(wrong): the ranks are 0 to \(size - 1)", at: group.place))
            }
            // Looking through a long list is work, too.
            try count(members.count / 32)
            guard members.contains(rank) else {
                throw .plan(PlanError("rank \(rank) is no member of the group \(name)", at: place))
            }
            return intern(group: name, members: members)
        case .by(let expression):
            let own = try value(expression, ["rank": rank, "size": size], group.place)
            let key = "\(name)=\(own)"
            if let number = groupNumbers[key] { return number }
            var members: [Int] = []
            try count(size)
            for other in 0..<size where try value(expression, ["rank": other, "size": size], group.place) == own {
                members.append(other)
            }
            return intern(group: key, members: members)
        }
    }

    private mutating func intern(group name: String, members: some Sequence<Int>) -> Int32 {
        if let number = groupNumbers[name] { return number }
        network.groups.append(Network.Group(name: name, members: Array(members)))
        groupNumbers[name] = Int32(network.groups.count - 1)
        return Int32(network.groups.count - 1)
    }

    private mutating func wait(for requests: Step.Requests, at place: Place) throws(Failure) {
        switch requests {
        case .all:
            let all = unnamed + named.sorted { $0.key < $1.key }.flatMap(\.value)
            unnamed = []
            named = [:]
            emitWait(for: all, at: place)
        case .named(let names):
            var all: [Network.Request] = []
            for name in names {
                guard let requests = named.removeValue(forKey: name) else {
                    let under = named.keys.sorted().joined(separator: ", ")
                    throw .plan(
                        PlanError(
                            "rank \(rank) waits for '\(name)', which it has not begun"
                                + (under.isEmpty ? "" : "; under way are: \(under)"), at: place))
                }
                all += requests
            }
            emitWait(for: all, at: place)
        }
    }

    // MARK: What schedules are written with

    mutating func repeated(_ times: Int, _ body: (inout Unfolder) throws(Failure) -> Void) throws(Failure) {
        loops.append((0, times))
        for round in 0..<times {
            loops[loops.count - 1].round = round + 1
            try body(&self)
        }
        loops.removeLast()
    }

    func fault(_ message: String) -> Failure { .plan(PlanError(message, at: plan.place)) }
    var ownRank: Int { rank }
    var ranks: Int { size }

    mutating func send(to peer: Int, tag: String, waits: Bool = true, note: @autoclosure () -> String? = nil)
        throws(Failure)
    {
        try count(1)
        send(to: peer, tag, Call(.send(to: Expression(peer), tag: tag), isNonblocking: !waits), plan.place, note())
    }

    mutating func receive(
        from peer: Int?, tag: String, waits: Bool = true, note: @autoclosure () -> String? = nil
    ) throws(Failure) {
        try count(1)
        let call = Call(.receive(from: peer.map(Expression.init), tag: tag), isNonblocking: !waits)
        if let peer {
            receive(from: peer, tag, call, plan.place, note())
        } else {
            receiveAny(tag, call, plan.place, note())
        }
    }

    mutating func waitForAll(note: @autoclosure () -> String? = nil) throws(Failure) {
        try count(1)
        emitWait(for: unnamed, at: plan.place, note())
        unnamed = []
    }

    // MARK: Calls

    private mutating func send(
        to peer: Int, _ tag: String, _ call: Call, _ place: Place, _ note: @autoclosure () -> String? = nil
    ) {
        let channel = channel(from: rank, to: peer, tag)
        let content = intern(call.payload)
        network.channels[Int(channel)].messages.append(content)
        let ordinal = Int32(network.channels[Int(channel)].messages.count)
        emit(.send, channel, ordinal, content, call, place, note())
    }

    private mutating func receive(
        from peer: Int, _ tag: String, _ call: Call, _ place: Place, _ note: @autoclosure () -> String? = nil
    ) {
        let channel = channel(from: peer, to: rank, tag)
        network.channels[Int(channel)].receives += 1
        let ordinal = Int32(network.channels[Int(channel)].receives)
        if call.isNonblocking { begunReceives[[Int32(rank), network.channels[Int(channel)].tagNumber]] = place }
        emit(.receive, channel, ordinal, intern(call.payload), call, place, note())
    }

    private mutating func receiveAny(
        _ tag: String, _ call: Call, _ place: Place, _ note: @autoclosure () -> String? = nil
    ) {
        let key = [Int32(rank), intern(tag: tag)]
        let inbox = inboxNumbers[key] ?? Int32(inboxNumbers.count)
        inboxNumbers[key] = inbox
        emit(.receiveAny, inbox, 0, intern(call.payload), call, place, note())
    }

    private mutating func collective(
        _ group: Int32, _ signature: Network.Signature, _ call: Call, _ place: Place
    ) {
        let content = signatureNumbers[signature] ?? Int32(network.signatures.count)
        if signatureNumbers.updateValue(content, forKey: signature) == nil { network.signatures.append(signature) }
        let round = rounds[group, default: 0]
        rounds[group] = round + 1
        if network.groups[Int(group)].rounds.count == Int(round) { network.groups[Int(group)].rounds.append([]) }
        network.groups[Int(group)].rounds[Int(round)].append((Int32(rank), content))
        if call.isNonblocking { network.groups[Int(group)].isNonblocking = true }
        emit(.collective, group, round + 1, content, call, place, nil)
    }

    private mutating func emit(
        _ verb: Network.Verb, _ subject: Int32, _ ordinal: Int32, _ content: Int32, _ call: Call, _ place: Place,
        _ note: @autoclosure () -> String?
    ) {
        if let wanted, wanted.rank == rank, wanted.call == network.programs[rank].instructions.count {
            circumstances = note() ?? whichRound
        }
        network.programs[rank].instructions.append(
            Network.Instruction(
                verb: verb, isBlocking: !call.isNonblocking, subject: subject, ordinal: ordinal, content: content,
                place: intern(place)))
        guard call.isNonblocking else { return }
        if verb != .collective { network.channels[Int(subject)].isNonblocking = true }
        let request = Network.Request(verb: verb, subject: subject, ordinal: ordinal, content: content)
        if let name = call.request { named[name, default: []].append(request) } else { unnamed.append(request) }
    }

    private mutating func emitWait(
        for requests: [Network.Request], at place: Place, _ note: @autoclosure () -> String? = nil
    ) {
        guard !requests.isEmpty else { return }
        if let wanted, wanted.rank == rank, wanted.call == network.programs[rank].instructions.count {
            circumstances = note() ?? whichRound
        }
        let start = network.programs[rank].requests.count
        network.programs[rank].requests += requests
        network.programs[rank].instructions.append(
            Network.Instruction(
                verb: .wait, isBlocking: true, subject: Int32(start), ordinal: Int32(start + requests.count),
                content: 0, place: intern(place)))
    }

    private var whichRound: String? {
        let told = loops.filter { $0.of > 1 }
        return told.isEmpty ? nil : told.map { "round \($0.round) of \($0.of)" }.joined(separator: ", ")
    }

    // MARK: Numbers for things

    private mutating func channel(from source: Int, to target: Int, _ tag: String) -> Int32 {
        let tag = intern(tag: tag)
        let key = [Int32(source), Int32(target), tag]
        if let number = channelNumbers[key] { return number }
        network.channels.append(Network.Channel(source: source, target: target, tag: Int(tag)))
        channelNumbers[key] = Int32(network.channels.count - 1)
        return Int32(network.channels.count - 1)
    }

    private mutating func intern(tag: String) -> Int32 {
        if let number = tagNumbers[tag] { return number }
        network.tags.append(tag)
        tagNumbers[tag] = Int32(network.tags.count - 1)
        return Int32(network.tags.count - 1)
    }

    private mutating func intern(_ payload: Payload) -> Int32 {
        if let number = payloadNumbers[payload] { return number }
        network.payloads.append(payload)
        payloadNumbers[payload] = Int32(network.payloads.count - 1)
        return Int32(network.payloads.count - 1)
    }

    private mutating func intern(_ place: Place) -> Int32 {
        if let number = placeNumbers[place] { return number }
        network.places.append(place)
        placeNumbers[place] = Int32(network.places.count - 1)
        return Int32(network.places.count - 1)
    }

    // MARK: The end

    private mutating func finish() throws(Failure) {
        network.inboxes = Array(repeating: [], count: inboxNumbers.count)
        for (key, inbox) in inboxNumbers {
            if let place = begunReceives[key] {
                throw .plan(
                    PlanError(
                        "rank \(key[0]) begins this receive and has a `recv: any` with the same tag: which message each of them "
                            + "takes would depend on the library; give them different tags", at: place))
            }
            network.inboxes[Int(inbox)] = network.channels.indices.filter {
                network.channels[$0].target == Int(key[0]) && network.channels[$0].tag == Int(key[1])
            }.map(Int32.init)
        }
        for group in network.groups.indices {
            network.groups[group].fits = network.groups[group].rounds.map { calls in
                let distinct = Array(Set(calls.map(\.signature))).map { network.signatures[Int($0)] }
                return distinct.indices.allSatisfy { i in
                    distinct[..<i].allSatisfy { $0.fits(distinct[i]) }
                }
            }
        }
    }
}

extension Network.Channel {
    fileprivate var tagNumber: Int32 { Int32(tag) }
}
