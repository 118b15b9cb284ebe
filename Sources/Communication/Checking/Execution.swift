/// A run of a network: how far each rank has come, and what follows from that alone.
///
/// Nothing that a rank does takes from another rank what that one could do: posting a send, a receive or a collective only ever
/// makes more calls complete. So whatever order the ranks go in, without a `recv: any` they end in the same place (docs/plans.md has
/// the proof), and `settle` gets there in time linear in the calls.
struct Execution {
    let network: Network
    /// Messages that a channel holds for a receiver that has not come; 0: none, a send waits for its receive.
    let capacity: Int32

    /// Of each rank: the number of the call that it is at, and whether it has begun it.
    private(set) var position: [Int32]
    private var hasPosted: [Bool]
    /// Of each rank: which message of its channel the receive takes that it is at.
    private var taking: [Int32]
    /// Of each rank: requests of the wait that it is at, that are known to be over.
    private var waited: [Int32]
    /// Of each rank: it took a message that isn't what its receive says.
    private(set) var hasMistaken: [Bool]
    private(set) var sent: [Int32]
    private(set) var received: [Int32]
    /// Of each group and round, how many have come, one group after the other.
    private var arrived: [Int32]
    private let firstRound: [Int]

    private var queue: [Int32]
    private var isQueued: [Bool]

    /// - Parameter capacity: nil: without bound.
    init(_ network: Network, capacity: Int?) {
        self.network = network
        self.capacity = Int32(clamping: capacity ?? Int(Int32.max / 2))
        let size = network.programs.count
        position = Array(repeating: 0, count: size)
        hasPosted = Array(repeating: false, count: size)
        taking = Array(repeating: 0, count: size)
        waited = Array(repeating: 0, count: size)
        hasMistaken = Array(repeating: false, count: size)
        sent = Array(repeating: 0, count: network.channels.count)
        received = sent
        var first: [Int] = []
        var rounds = 0
        for group in network.groups {
            first.append(rounds)
            rounds += group.rounds.count
        }
        firstRound = first
        arrived = Array(repeating: 0, count: rounds)
        queue = (0..<Int32(size)).reversed()
        isQueued = Array(repeating: true, count: size)
    }

    // MARK: What is

    func isDone(_ rank: Int) -> Bool { Int(position[rank]) == network.programs[rank].instructions.count }

    /// The call that a rank is at; nil if it is done.
    func current(_ rank: Int) -> Network.Instruction? {
        isDone(rank) ? nil : network.programs[rank].instructions[Int(position[rank])]
    }

    /// Everything came to its end, and nothing is left on its way.
    var isComplete: Bool {
        position.indices.allSatisfy { isDone($0) } && openChannels.isEmpty && openRounds.isEmpty
    }

    /// Channels with messages that nobody received, or receives that got no message.
    var openChannels: [Int] { network.channels.indices.filter { sent[$0] != received[$0] } }

    /// Collectives that some have begun and that never come to be: group and round, from 0.
    var openRounds: [(group: Int, round: Int)] {
        network.groups.indices.flatMap { group in
            network.groups[group].rounds.indices.filter { round in
                let count = arrived[firstRound[group] + round]
                return count > 0 && !isOver(Int32(group), Int32(round + 1))
            }.map { (group, $0) }
        }
    }

    /// How many rounds of each group a rank has begun.
    func roundsBegun(by rank: Int) -> [Int32: Int32] {
        let reached = Int(position[rank]) + (hasPosted[rank] ? 1 : 0)
        return network.programs[rank].instructions[..<reached].reduce(into: [:]) { rounds, instruction in
            if instruction.verb == .collective { rounds[instruction.subject] = instruction.ordinal }
        }
    }

    /// What of a call keeps its rank from going on: the call itself, or requests that it waits for.
    func openRequests(_ rank: Int) -> [Network.Request] {
        guard let instruction = current(rank) else { return [] }
        guard instruction.verb == .wait else {
            let ordinal = instruction.verb == .receive ? taking[rank] : instruction.ordinal
            return [
                Network.Request(
                    verb: instruction.verb, subject: instruction.subject, ordinal: ordinal,
                    content: instruction.content)
            ]
        }
        return network.programs[rank].requests[Int(instruction.subject)..<Int(instruction.ordinal)].filter {
            !isOver($0)
        }
    }

    private func isOver(_ request: Network.Request) -> Bool {
        switch request.verb {
        case .send: Int(request.ordinal) <= Int(received[Int(request.subject)]) + Int(capacity)
        case .receive: request.ordinal <= sent[Int(request.subject)]
        case .collective: isOver(request.subject, request.ordinal)
        case .receiveAny, .wait: false
        }
    }

    private func isOver(_ group: Int32, _ ordinal: Int32) -> Bool {
        let group = Int(group), round = Int(ordinal) - 1
        return network.groups[group].fits[round]
            && Int(arrived[firstRound[group] + round]) == network.groups[group].members.count
    }

    // MARK: Going on

    /// Lets every rank go as far as it comes without a choice.
    mutating func settle() {
        while let rank = queue.popLast() {
            isQueued[Int(rank)] = false
            advance(Int(rank))
        }
    }

    private mutating func wake(_ rank: Int) {
        guard !isQueued[rank] else { return }
        isQueued[rank] = true
        queue.append(Int32(rank))
    }

    private mutating func advance(_ rank: Int) {
        let count = network.programs[rank].instructions.count
        while Int(position[rank]) < count, !hasMistaken[rank] {
            let instruction = network.programs[rank].instructions[Int(position[rank])]
            if !hasPosted[rank] {
                hasPosted[rank] = true
                post(instruction, rank)
            }
            guard !instruction.isBlocking || isOver(instruction, rank) else { return }
            if instruction.isBlocking, instruction.verb == .receive,
                !takes(instruction.content, Int(instruction.subject), taking[rank])
            {
                hasMistaken[rank] = true
                return
            }
            goOn(rank)
        }
    }

    private mutating func goOn(_ rank: Int) {
        position[rank] += 1
        hasPosted[rank] = false
        waited[rank] = 0
    }

    private mutating func post(_ instruction: Network.Instruction, _ rank: Int) {
        let subject = Int(instruction.subject)
        switch instruction.verb {
        case .send:
            sent[subject] += 1
            wake(network.channels[subject].target)
        case .receive:
            received[subject] += 1
            taking[rank] = received[subject]
            wake(network.channels[subject].source)
        case .collective:
            let place = firstRound[subject] + Int(instruction.ordinal) - 1
            arrived[place] += 1
            if Int(arrived[place]) == network.groups[subject].members.count {
                for member in network.groups[subject].members { wake(member) }
            }
        case .receiveAny, .wait: break
        }
    }

    private mutating func isOver(_ instruction: Network.Instruction, _ rank: Int) -> Bool {
        guard instruction.verb == .wait else {
            let ordinal = instruction.verb == .receive ? taking[rank] : instruction.ordinal
            return isOver(
                Network.Request(verb: instruction.verb, subject: instruction.subject, ordinal: ordinal, content: 0))
        }
        // Requests that are over stay over, so each is looked at once, and once more each time that it is not.
        while instruction.subject + waited[rank] < instruction.ordinal {
            let request = network.programs[rank].requests[Int(instruction.subject + waited[rank])]
            guard isOver(request) else { return false }
            if request.verb == .receive, !takes(request.content, Int(request.subject), request.ordinal) {
                hasMistaken[rank] = true
                return false
            }
            waited[rank] += 1
        }
        return true
    }

    /// Whether the message is what the receive says.
    private func takes(_ content: Int32, _ channel: Int, _ ordinal: Int32) -> Bool {
        let message = network.channels[channel].messages[Int(ordinal) - 1]
        return message == content || network.payloads[Int(message)].fits(network.payloads[Int(content)])
    }

    // MARK: Choices

    /// What a rank that receives from whomever could take now: ranks and channels.
    var choices: [(rank: Int, channel: Int)] {
        position.indices.flatMap { rank -> [(rank: Int, channel: Int)] in
            guard !hasMistaken[rank], let instruction = current(rank), instruction.verb == .receiveAny else {
                return []
            }
            return network.inboxes[Int(instruction.subject)].filter { sent[Int($0)] > received[Int($0)] }.map {
                (rank, Int($0))
            }
        }
    }

    /// The rank takes the next message of this channel, and all go on as far as they come.
    mutating func take(_ choice: (rank: Int, channel: Int)) {
        guard let instruction = current(choice.rank) else { return }
        received[choice.channel] += 1
        taking[choice.rank] = received[choice.channel]
        wake(network.channels[choice.channel].source)
        if takes(instruction.content, choice.channel, received[choice.channel]) {
            goOn(choice.rank)
            wake(choice.rank)
        } else {
            hasMistaken[choice.rank] = true
        }
        settle()
    }

    /// Settled runs with the same of these are the same: where each rank is, what was taken from whom, and who came to grief.
    var key: [Int32] { position + received + hasMistaken.map { $0 ? 1 : 0 } }

    /// Numbers that it holds.
    var size: Int { 8 * position.count + 3 * sent.count + arrived.count + 1 }

    /// The message that a rank took by mistake.
    func mistaken(_ rank: Int) -> (channel: Int, ordinal: Int, expected: Int)? {
        guard hasMistaken[rank], let instruction = current(rank) else { return nil }
        switch instruction.verb {
        case .receive: return (Int(instruction.subject), Int(taking[rank]), Int(instruction.content))
        case .receiveAny:
            let channel = network.inboxes[Int(instruction.subject)].first {
                received[Int($0)] == taking[rank] && !takes(instruction.content, Int($0), taking[rank])
            }
            return channel.map { (Int($0), Int(taking[rank]), Int(instruction.content)) }
        case .wait:
            let request = network.programs[rank].requests[Int(instruction.subject + waited[rank])]
            return (Int(request.subject), Int(request.ordinal), Int(request.content))
        case .send, .collective: return nil
        }
    }
}
