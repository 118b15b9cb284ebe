/// The model in which behaviours are compared.
public enum SemanticModel: String, Sendable, Hashable, CaseIterable {
    case traces = "T"
    case failures = "F"
    case failuresDivergences = "FD"
}

/// A specification's nodes in terms of a packed network's moves: what each node lets pass, and what it wants offered.
final class RefinementTables: Sendable {
    let comparesRefusals: Bool
    let setWords: Int
    /// By node: the moves that it allows, `setWords` words each.
    let allowed: [UInt64]
    /// By node: whether anything goes from here on.
    let isUnbounded: [Bool]
    /// Labels that moves have and that are no silent ones, numbered: by move, -1 for silent.
    let labelOfMove: [Int32]
    let labelWords: Int
    let tickLabel: Int32?
    /// By node: the minimal acceptances, as sets of labels. One that holds an event the implementation never performs is left out, as nothing can satisfy it.
    let acceptances: [[[UInt64]]]

    init(_ form: NormalForm, packed: PackedNetwork, comparesRefusals: Bool) {
        self.comparesRefusals = comparesRefusals
        setWords = packed.setWords
        var numbers: [Action: Int32] = [:]
        labelOfMove = packed.moves.map { move in
            if move.label.isSilent { return -1 }
            if let known = numbers[move.label] { return known }
            numbers[move.label] = Int32(numbers.count)
            return Int32(numbers.count - 1)
        }
        tickLabel = numbers[.tick]
        let words = max(1, (numbers.count + 63) / 64)
        labelWords = words
        var movesOf: [[Int]] = Array(repeating: [], count: numbers.count)
        var silent = [UInt64](repeating: 0, count: setWords)
        for (move, label) in labelOfMove.enumerated() {
            if label < 0 { silent[move / 64] |= 1 << UInt64(move % 64) } else { movesOf[Int(label)].append(move) }
        }
        var allowed: [UInt64] = []
        for node in form.nodes {
            let start = allowed.count
            allowed += silent
            for transition in node.transitions {
                guard let label = numbers[transition.action] else { continue }
                for move in movesOf[Int(label)] { allowed[start + move / 64] |= 1 << UInt64(move % 64) }
            }
        }
        self.allowed = allowed
        isUnbounded = form.nodes.map(\.diverges)
        acceptances = form.nodes.map { node in
            node.minimalAcceptances.compactMap { acceptance in
                var set = [UInt64](repeating: 0, count: words)
                for action in acceptance {
                    guard let label = numbers[action] else { return nil }
                    set[Int(label) / 64] |= 1 << UInt64(label % 64)
                }
                return set
            }
        }
    }

    /// A move that the node does not allow, the lowest.
    @inline(__always)
    func forbidden(_ enabled: UnsafeMutablePointer<UInt64>, node: Int) -> Int? {
        for word in 0..<setWords {
            let extra = enabled[word] & ~allowed[node &* setWords &+ word]
            if extra != 0 { return word &* 64 &+ extra.trailingZeroBitCount }
        }
        return nil
    }

    /// Whether the state that enables these moves refuses what the node wants offered.
    func refuses(_ enabled: UnsafeMutablePointer<UInt64>, node: Int, packed: PackedNetwork) -> Bool {
        var offered = [UInt64](repeating: 0, count: labelWords)
        var ticks = false
        for word in 0..<setWords where enabled[word] & packed.tickMoves[word] != 0 { ticks = true }
        if ticks, let tickLabel {
            offered[Int(tickLabel) / 64] |= 1 << UInt64(tickLabel % 64)
        } else {
            for word in 0..<setWords {
                if enabled[word] & packed.silentMoves[word] != 0 { return false }
                var rest = enabled[word]
                while rest != 0 {
                    let label = labelOfMove[word * 64 + rest.trailingZeroBitCount]
                    rest &= rest &- 1
                    offered[Int(label) / 64] |= 1 << UInt64(label % 64)
                }
            }
        }
        return !acceptances[node].contains { acceptance in
            for word in 0..<labelWords where acceptance[word] & ~offered[word] != 0 { return false }
            return true
        }
    }
}
