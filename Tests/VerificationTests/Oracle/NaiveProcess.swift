/// Processes as a text-book has them: a tree, and the steps of it by structural induction. Slow, small, and without a line of the engine in it.
indirect enum NaiveProcess: Hashable {
    typealias Events = Set<Int>

    case stop, skip, omega, diverge
    case prefix(Int, NaiveProcess)
    case external([NaiveProcess])
    case `internal`([NaiveProcess])
    case sliding(NaiveProcess, NaiveProcess)
    case interrupt(NaiveProcess, NaiveProcess)
    case exception(NaiveProcess, Events, NaiveProcess)
    case sequence(NaiveProcess, NaiveProcess)
    case interleave([NaiveProcess])
    case parallel(Events, [NaiveProcess])
    case alphabetised([Pair])
    case linked([Link], NaiveProcess, NaiveProcess)
    case hide(NaiveProcess, Events)
    case project(NaiveProcess, Events)
    case rename(NaiveProcess, [Link])
    case synchronisingExternal(Events, [NaiveProcess])
    case synchronisingInterrupt(NaiveProcess, Events, NaiveProcess)
    case run(Events)
    case chaos(Events)
    case prioritise(NaiveProcess, [Events])
    case prioritisePartially(NaiveProcess, Order)
    /// A reference to a definition.
    case call(Int)

    /// The order of `prioritisepo`: of each link the left event goes before the right one, transitively closed. Tau and tick go before all that is not maximal.
    struct Order: Hashable {
        var events: Events
        var before: Set<Link>
        var maximal: Events
    }

    struct Pair: Hashable {
        var alphabet: Events
        var process: NaiveProcess
    }

    /// How far the tree is nested.
    var depth: Int {
        switch self {
        case .stop, .skip, .omega, .diverge, .run, .chaos, .call: 1
        case .prefix(_, let p), .hide(let p, _), .project(let p, _), .rename(let p, _), .prioritise(let p, _),
            .prioritisePartially(let p, _):
            1 + p.depth
        case .external(let all), .internal(let all), .interleave(let all), .parallel(_, let all),
            .synchronisingExternal(_, let all):
            1 + (all.map(\.depth).max() ?? 0)
        case .alphabetised(let all): 1 + (all.map(\.process.depth).max() ?? 0)
        case .sliding(let p, let q), .interrupt(let p, let q), .exception(let p, _, let q), .sequence(let p, let q),
            .linked(_, let p, let q), .synchronisingInterrupt(let p, _, let q):
            1 + max(p.depth, q.depth)
        }
    }

    /// Left and right of `a <-> b`, or of `a <- b`.
    struct Link: Hashable {
        var left: Int
        var right: Int
    }

    enum Label: Hashable {
        case tau, tick
        case event(Int)
    }

    struct Move: Hashable {
        var label: Label
        var next: NaiveProcess
    }
}

/// The definitions that `call` refers to, and the steps of processes under them.
struct NaiveSystem {
    var definitions: [NaiveProcess]
    private let memory = Memory()

    private final class Memory {
        var moves: [NaiveProcess: Set<NaiveProcess.Move>] = [:]
    }

    init(definitions: [NaiveProcess]) { self.definitions = definitions }

    func moves(_ process: NaiveProcess) -> Set<NaiveProcess.Move> {
        if let known = memory.moves[process] { return known }
        let result = computedMoves(process)
        memory.moves[process] = result
        return result
    }

    private func computedMoves(_ process: NaiveProcess) -> Set<NaiveProcess.Move> {
        switch process {
        case .stop, .omega: []
        case .skip: [move(.tick, .omega)]
        case .diverge: [move(.tau, .diverge)]
        case .call(let index): moves(definitions[index])
        case .prefix(let event, let next): [move(.event(event), next)]
        case .internal(let operands): Set(operands.map { move(.tau, $0) })
        case .run(let events): Set(events.map { move(.event($0), process) })
        case .chaos(let events):
            // STOP |~| (?x : A -> CHAOS(A))
            [move(.tau, .stop), move(.tau, .external(events.map { .prefix($0, process) }))]
        case .external, .sliding, .interrupt, .exception, .sequence, .synchronisingExternal, .synchronisingInterrupt:
            choiceMoves(process)
        case .interleave, .parallel, .alphabetised, .linked: parallelMoves(process)
        case .hide(let operand, let set):
            changed(operand, { set.contains($0) ? [.tau] : [.event($0)] }) { .hide($0, set) }
        case .project(let operand, let set):
            changed(operand, { set.contains($0) ? [.event($0)] : [.tau] }) { .project($0, set) }
        case .rename(let operand, let pairs):
            changed(operand) { event in
                let images = pairs.filter { $0.left == event }.map { NaiveProcess.Label.event($0.right) }
                return images.isEmpty ? [.event(event)] : images
            } around: {
                .rename($0, pairs)
            }
        case .prioritise(let operand, let classes): prioritised(operand, classes)
        case .prioritisePartially(let operand, let order): prioritised(operand, order)
        }
    }

    private func move(_ label: NaiveProcess.Label, _ next: NaiveProcess) -> NaiveProcess.Move {
        .init(label: label, next: next)
    }

    private func changed(
        _ operand: NaiveProcess, _ images: (Int) -> [NaiveProcess.Label], around: (NaiveProcess) -> NaiveProcess
    ) -> Set<NaiveProcess.Move> {
        var result: Set<NaiveProcess.Move> = []
        for step in moves(operand) {
            switch step.label {
            case .tau: result.insert(move(.tau, around(step.next)))
            case .tick: result.insert(move(.tick, .omega))
            case .event(let event): for label in images(event) { result.insert(move(label, around(step.next))) }
            }
        }
        return result
    }

    private func choiceMoves(_ process: NaiveProcess) -> Set<NaiveProcess.Move> {
        var result: Set<NaiveProcess.Move> = []
        switch process {
        case .external(let operands):
            for (index, operand) in operands.enumerated() {
                for step in moves(operand) {
                    result.insert(
                        step.label == .tau ? move(.tau, .external(replacing(operands, index, step.next))) : step)
                }
            }
        case .sliding(let left, let right):
            for step in moves(left) {
                result.insert(step.label == .tau ? move(.tau, .sliding(step.next, right)) : step)
            }
            result.insert(move(.tau, right))
        case .interrupt(let left, let right):
            for step in moves(left) {
                result.insert(
                    step.label == .tick ? move(.tick, .omega) : move(step.label, .interrupt(step.next, right)))
            }
            for step in moves(right) {
                result.insert(step.label == .tau ? move(.tau, .interrupt(left, step.next)) : step)
            }
        case .exception(let operand, let set, let handler):
            for step in moves(operand) {
                switch step.label {
                case .tick: result.insert(step)
                case .event(let event) where set.contains(event): result.insert(move(step.label, handler))
                default: result.insert(move(step.label, .exception(step.next, set, handler)))
                }
            }
        case .sequence(let first, let second):
            for step in moves(first) {
                result.insert(step.label == .tick ? move(.tau, second) : move(step.label, .sequence(step.next, second)))
            }
        case .synchronisingExternal(let set, let operands):
            for (index, operand) in operands.enumerated() {
                for step in moves(operand) {
                    if step.label == .tau {
                        result.insert(move(.tau, .synchronisingExternal(set, replacing(operands, index, step.next))))
                    } else if case .event(let event) = step.label, set.contains(event) {
                        continue
                    } else {
                        result.insert(step)
                    }
                }
            }
            for event in set {
                for next in together(event, operands) {
                    result.insert(move(.event(event), .synchronisingExternal(set, next)))
                }
            }
        case .synchronisingInterrupt(let left, let set, let right):
            for step in moves(left) {
                if case .event(let event) = step.label, set.contains(event) { continue }
                result.insert(
                    step.label == .tick
                        ? move(.tick, .omega) : move(step.label, .synchronisingInterrupt(step.next, set, right)))
            }
            for step in moves(right) {
                if case .event(let event) = step.label, set.contains(event) { continue }
                result.insert(step.label == .tau ? move(.tau, .synchronisingInterrupt(left, set, step.next)) : step)
            }
            for event in set {
                for next in together(event, [left, right]) {
                    result.insert(move(.event(event), .synchronisingInterrupt(next[0], set, next[1])))
                }
            }
        default: fatalError("not a choice")
        }
        return result
    }

    private func parallelMoves(_ process: NaiveProcess) -> Set<NaiveProcess.Move> {
        switch process {
        case .interleave(let operands): return sideBySide(operands, events: { _ in nil }) { .interleave($0) }
        case .parallel(let set, let operands):
            return sideBySide(operands, events: { set.contains($0) ? Array(operands.indices) : nil }) {
                .parallel(set, $0)
            }
        case .alphabetised(let pairs):
            return sideBySide(
                pairs.map(\.process), events: { event in pairs.indices.filter { pairs[$0].alphabet.contains(event) } }
            ) {
                .alphabetised(zip(pairs, $0).map { .init(alphabet: $0.alphabet, process: $1) })
            }
        case .linked(let links, let left, let right):
            var result: Set<NaiveProcess.Move> = []
            if left == .omega && right == .omega { return [move(.tick, .omega)] }
            for step in moves(left) {
                if case .event(let event) = step.label, links.contains(where: { $0.left == event }) {
                    for link in links where link.left == event {
                        for partner in moves(right) where partner.label == .event(link.right) {
                            result.insert(move(.tau, .linked(links, step.next, partner.next)))
                        }
                    }
                } else {
                    result.insert(move(step.label == .tick ? .tau : step.label, .linked(links, step.next, right)))
                }
            }
            for step in moves(right) {
                if case .event(let event) = step.label, links.contains(where: { $0.right == event }) { continue }
                result.insert(move(step.label == .tick ? .tau : step.label, .linked(links, left, step.next)))
            }
            return result
        default: fatalError("not a parallel")
        }
    }

    /// - Parameter events: who performs an event together; nil: each alone.
    private func sideBySide(
        _ operands: [NaiveProcess], events: (Int) -> [Int]?, around: ([NaiveProcess]) -> NaiveProcess
    ) -> Set<NaiveProcess.Move> {
        if operands.allSatisfy({ $0 == .omega }) { return [move(.tick, .omega)] }
        var result: Set<NaiveProcess.Move> = []
        var offered: Set<Int> = []
        for (index, operand) in operands.enumerated() {
            for step in moves(operand) {
                switch step.label {
                case .event(let event) where events(event) != nil: offered.insert(event)
                case .tick: result.insert(move(.tau, around(replacing(operands, index, .omega))))
                default: result.insert(move(step.label, around(replacing(operands, index, step.next))))
                }
            }
        }
        for event in offered {
            let who = events(event)!
            if who.isEmpty { continue }
            for next in together(event, who.map { operands[$0] }) {
                var all = operands
                for (position, index) in who.enumerated() { all[index] = next[position] }
                result.insert(move(.event(event), around(all)))
            }
        }
        return result
    }

    /// All ways in which all of these perform an event at once.
    private func together(_ event: Int, _ operands: [NaiveProcess]) -> [[NaiveProcess]] {
        operands.reduce([[]]) { heads, operand in
            heads.flatMap { head in moves(operand).filter { $0.label == .event(event) }.map { head + [$0.next] } }
        }
    }

    private func replacing(_ operands: [NaiveProcess], _ index: Int, _ next: NaiveProcess) -> [NaiveProcess] {
        var result = operands
        result[index] = next
        return result
    }

    private func prioritised(_ operand: NaiveProcess, _ classes: [NaiveProcess.Events]) -> Set<NaiveProcess.Move> {
        func rank(_ label: NaiveProcess.Label) -> Int? {
            if case .event(let event) = label { classes.firstIndex { $0.contains(event) } } else { 0 }
        }
        let all = moves(operand)
        let best = all.compactMap { rank($0.label) }.min()
        var result: Set<NaiveProcess.Move> = []
        for step in all {
            if let own = rank(step.label), own > best! { continue }
            result.insert(step.label == .tick ? step : move(step.label, .prioritise(step.next, classes)))
        }
        return result
    }

    private func prioritised(_ operand: NaiveProcess, _ order: NaiveProcess.Order) -> Set<NaiveProcess.Move> {
        let all = moves(operand)
        var result: Set<NaiveProcess.Move> = []
        for step in all {
            if case .event(let event) = step.label, order.events.contains(event) {
                let givesWay = all.contains { other in
                    switch other.label {
                    case .tau, .tick: !order.maximal.contains(event)
                    case .event(let first): order.before.contains(.init(left: first, right: event))
                    }
                }
                if givesWay { continue }
            }
            result.insert(step.label == .tick ? step : move(step.label, .prioritisePartially(step.next, order)))
        }
        return result
    }
}
