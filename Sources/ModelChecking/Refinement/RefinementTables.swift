/// The model in which behaviours are compared.
public enum SemanticModel: String, Sendable, Hashable, CaseIterable {
    case traces = "T"
    case failures = "F"
    case failuresDivergences = "FD"
}

/// A specification's nodes in terms of a packed network's moves: what each node lets pass, and what it wants offered.
final class RefinementTables: @unchecked Sendable {
    let comparesRefusals: Bool
    /// Which field of a state holds the node.
    let field: Int
    private let setWords: Int
    /// By node: the moves that it allows, `setWords` words each.
    private let allowed: UnsafeMutablePointer<UInt64>
    /// By node: whether anything goes from here on.
    let isUnbounded: UnsafeMutablePointer<Bool>
    private let silentMoves: UnsafeMutablePointer<UInt64>
    private let tickMoves: UnsafeMutablePointer<UInt64>
    /// By visible label: the moves that have it, `setWords` words each.
    private let movesOfLabel: UnsafeMutablePointer<UInt64>
    /// By node: its minimal acceptances, `acceptanceOffset[node] ..< acceptanceOffset[node + 1]`. One that holds an event the implementation never performs is left out, as
    /// nothing can satisfy it.
    private let acceptanceOffset: UnsafeMutablePointer<Int>
    /// Labels of an acceptance: `labels[labelOffset[acceptance] ..< labelOffset[acceptance + 1]]`.
    private let labelOffset: UnsafeMutablePointer<Int>
    private let labels: UnsafeMutablePointer<Int32>
    private let tickLabel: Int32

    init(_ form: NormalForm, packed: PackedNetwork, comparesRefusals: Bool) {
        self.comparesRefusals = comparesRefusals
        field = packed.fieldCount - 1
        setWords = packed.setWords
        var numbers: [Action: Int32] = [:]
        var movesOf: [[Int]] = []
        var silent = [UInt64](repeating: 0, count: setWords)
        for (index, move) in packed.moves.enumerated() {
            if move.label.isSilent {
                silent[index / 64] |= 1 << UInt64(index % 64)
            } else if let known = numbers[move.label] {
                movesOf[Int(known)].append(index)
            } else {
                numbers[move.label] = Int32(movesOf.count)
                movesOf.append([index])
            }
        }
        tickLabel = numbers[.tick] ?? -1
        var ofLabel = [UInt64](repeating: 0, count: setWords * movesOf.count)
        for (label, moves) in movesOf.enumerated() {
            for move in moves { ofLabel[label * setWords + move / 64] |= 1 << UInt64(move % 64) }
        }
        var allowed: [UInt64] = []
        for node in form.nodes {
            let start = allowed.count
            allowed += silent
            for transition in node.transitions {
                guard let label = numbers[transition.action] else { continue }
                for word in 0..<setWords { allowed[start + word] |= ofLabel[Int(label) * setWords + word] }
            }
        }
        var acceptanceOffset = [0]
        var labelOffset = [0]
        var labels: [Int32] = []
        for node in form.nodes {
            for acceptance in node.minimalAcceptances {
                let known = acceptance.compactMap { numbers[$0] }
                guard known.count == acceptance.count else { continue }
                labels += known
                labelOffset.append(labels.count)
            }
            acceptanceOffset.append(labelOffset.count - 1)
        }
        self.allowed = .copy(allowed)
        isUnbounded = .copy(form.nodes.map(\.diverges))
        silentMoves = .copy(silent)
        tickMoves = .copy((0..<setWords).map { packed.tickMoves[$0] })
        movesOfLabel = .copy(ofLabel)
        self.acceptanceOffset = .copy(acceptanceOffset)
        self.labelOffset = .copy(labelOffset)
        self.labels = .copy(labels)
    }

    deinit {
        allowed.deallocate()
        isUnbounded.deallocate()
        silentMoves.deallocate()
        tickMoves.deallocate()
        movesOfLabel.deallocate()
        acceptanceOffset.deallocate()
        labelOffset.deallocate()
        labels.deallocate()
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
    func refuses(_ enabled: UnsafeMutablePointer<UInt64>, node: Int) -> Bool {
        var ticks = false
        var isSilent = false
        for word in 0..<setWords {
            if enabled[word] & tickMoves[word] != 0 { ticks = true }
            if enabled[word] & silentMoves[word] != 0 { isSilent = true }
        }
        // A state that may terminate can't be kept from it, and offers nothing else; one with silent steps refuses nothing for good.
        if isSilent && !ticks { return false }
        for acceptance in acceptanceOffset[node]..<acceptanceOffset[node &+ 1] {
            var isOffered = true
            for k in labelOffset[acceptance]..<labelOffset[acceptance &+ 1] where isOffered {
                let label = labels[k]
                isOffered = ticks ? label == tickLabel : offers(enabled, label)
            }
            if isOffered { return false }
        }
        return true
    }

    @inline(__always)
    private func offers(_ enabled: UnsafeMutablePointer<UInt64>, _ label: Int32) -> Bool {
        let moves = movesOfLabel + Int(label) &* setWords
        for word in 0..<setWords where enabled[word] & moves[word] != 0 { return true }
        return false
    }
}
