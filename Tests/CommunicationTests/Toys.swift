/// Small plans that can be written out by the thousand, and what comes of them by brute force: every step of every rank in every
/// order, with all that holds read off the history of what was posted. It shares no code with the check.
struct Toy: CustomStringConvertible {
    enum Act: Hashable {
        case send(to: Int, tag: String = "", count: Int? = nil)
        case receive(from: Int, tag: String = "", count: Int? = nil)
        case receiveAny
        case begunSend(to: Int)
        case begunReceive(from: Int)
        case waitForAll
        case collective(String)
        case begunCollective(String)
    }

    var programs: [[Act]]
    /// Messages that a channel holds; 0: sends are rendezvous.
    var buffer: Int

    var yaml: String {
        let ranks = programs.enumerated().map { rank, acts in
            "  \(rank): [\(acts.map(\.yaml).joined(separator: ", "))]"
        }
        return (buffer == 0 ? "sends: rendezvous\n" : "sends: eager\nbuffer: \(buffer)\n") + "ranks:\n"
            + ranks.joined(separator: "\n")
    }

    var description: String { yaml }

    /// Where a rank is, whether it has posted that act, and from whom its receives from whomever have taken so far.
    private struct State: Hashable {
        var position: [Int]
        var hasPosted: [Bool]
        var taken: [[Int]]
    }

    /// Whether every run ends well.
    var holds: Bool {
        let start = State(
            position: programs.map { _ in 0 }, hasPosted: programs.map { _ in false }, taken: programs.map { _ in [] })
        var seen: Set<State> = [start]
        var stack = [start]
        while let state = stack.popLast() {
            var hasSuccessor = false
            for rank in programs.indices {
                for next in successors(of: state, rank) {
                    hasSuccessor = true
                    if seen.insert(next).inserted { stack.append(next) }
                }
            }
            if !hasSuccessor, !isGood(state) { return false }
        }
        return true
    }

    private func successors(of state: State, _ rank: Int) -> [State] {
        guard state.position[rank] < programs[rank].count else { return [] }
        var next = state
        let act = programs[rank][state.position[rank]]
        if !state.hasPosted[rank], act != .receiveAny, act != .waitForAll {
            next.hasPosted[rank] = true
            return [next]
        }
        next.position[rank] += 1
        next.hasPosted[rank] = false
        if act == .receiveAny {
            return programs.indices.filter { sends(state, $0, rank, "").count > received(state, $0, rank, "") }.map {
                var next = next
                next.taken[rank].append($0)
                return next
            }
        }
        if act == .waitForAll {
            let begun = programs[rank][..<state.position[rank]].indices.filter { programs[rank][$0].isBegun }
            return begun.allSatisfy { isOver(state, rank, $0) } ? [next] : []
        }
        return act.isBegun || isOver(state, rank, state.position[rank]) ? [next] : []
    }

    private func isGood(_ state: State) -> Bool {
        for rank in programs.indices where state.position[rank] < programs[rank].count { return false }
        for source in programs.indices {
            for target in programs.indices {
                for tag in ["", "t"]
                where sends(state, source, target, tag).count != received(state, source, target, tag) { return false }
            }
        }
        let calls = programs.map { $0.compactMap(\.call) }
        return Set(calls).count <= 1
    }

    /// What a rank has posted: acts behind it, and the one that it is at.
    private func posted(_ state: State, _ rank: Int) -> ArraySlice<Act> {
        programs[rank][..<(state.position[rank] + (state.hasPosted[rank] ? 1 : 0))]
    }

    private func sends(_ state: State, _ source: Int, _ target: Int, _ tag: String) -> [Act] {
        posted(state, source).filter { $0.isSend(to: target, tag) }
    }

    private func received(_ state: State, _ source: Int, _ target: Int, _ tag: String) -> Int {
        posted(state, target).count { $0.isReceive(from: source, tag) }
            + (tag.isEmpty ? state.taken[target].count { $0 == source } : 0)
    }

    private func isOver(_ state: State, _ rank: Int, _ place: Int) -> Bool {
        let before = programs[rank][...place]
        switch programs[rank][place] {
        case .send(let to, let tag, _):
            return before.count { $0.isSend(to: to, tag) } <= received(state, rank, to, tag) + buffer
        case .begunSend(let to):
            return before.count { $0.isSend(to: to, "") } <= received(state, rank, to, "") + buffer
        case .receive(let from, let tag, let count):
            // Receives from whomever that came before it took messages, too.
            let number =
                before.count { $0.isReceive(from: from, tag) }
                + (tag.isEmpty ? state.taken[rank].count { $0 == from } : 0)
            let messages = sends(state, from, rank, tag)
            guard number <= messages.count else { return false }
            guard case .send(_, _, let other?) = messages[number - 1], let count else { return true }
            return other == count
        case .begunReceive(let from):
            return before.count { $0.isReceive(from: from, "") } <= sends(state, from, rank, "").count
        case .collective, .begunCollective:
            let number = before.count { $0.call != nil }
            let calls = programs.indices.map { posted(state, $0).compactMap(\.call) }
            return calls.allSatisfy { $0.count >= number } && Set(calls.map { $0[number - 1] }).count == 1
        case .receiveAny, .waitForAll: return false
        }
    }
}

extension Toy.Act {
    var isBegun: Bool {
        switch self {
        case .begunSend, .begunReceive, .begunCollective: true
        default: false
        }
    }

    var call: String? {
        switch self {
        case .collective(let call), .begunCollective(let call): call
        default: nil
        }
    }

    func isSend(to target: Int, _ tag: String) -> Bool {
        switch self {
        case .send(let to, let own, _): to == target && own == tag
        case .begunSend(let to): to == target && tag.isEmpty
        default: false
        }
    }

    func isReceive(from source: Int, _ tag: String) -> Bool {
        switch self {
        case .receive(let from, let own, _): from == source && own == tag
        case .begunReceive(let from): from == source && tag.isEmpty
        default: false
        }
    }

    fileprivate var yaml: String {
        func details(_ key: String, _ rank: Int, _ tag: String, _ count: Int?) -> String {
            "{ \(key): \(rank)" + (tag.isEmpty ? "" : ", tag: \(tag)") + (count.map { ", count: \($0)" } ?? "") + " }"
        }
        switch self {
        case .send(let to, let tag, let count): return "send: \(details("to", to, tag, count))"
        case .receive(let from, let tag, let count): return "recv: \(details("from", from, tag, count))"
        case .receiveAny: return "recv: any"
        case .begunSend(let to): return "isend: \(to)"
        case .begunReceive(let from): return "irecv: \(from)"
        case .waitForAll: return "wait: all"
        case .collective(let call): return call == "broadcast" ? "broadcast: 0" : call
        case .begunCollective(let call):
            return call == "broadcast" ? "broadcast: { root: 0, async: true }" : "\(call): { async: true }"
        }
    }
}
