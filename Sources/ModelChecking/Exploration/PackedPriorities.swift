/// `Network.Priorities` over bitsets of moves.
final class PackedPriorities: @unchecked Sendable {
    /// A word of the bitset and the moves in it.
    private struct Part {
        var word: Int
        var bits: UInt64
    }

    /// Of class k: its moves are `members[memberOffset[k] ..< memberOffset[k + 1]]`, and those that give way to it `lower[lowerOffset[k] …]`.
    private let members: UnsafeMutablePointer<Part>
    private let memberOffset: UnsafeMutablePointer<Int>
    private let lower: UnsafeMutablePointer<Part>
    private let lowerOffset: UnsafeMutablePointer<Int>
    private let classCount: Int
    /// The moves of which only the first is followed.
    private let alternatives: UnsafeMutablePointer<Part>
    private let alternativeCount: Int

    static func tables(_ network: Network, moves: [PackedNetwork.Move], setWords: Int) -> [PackedPriorities] {
        guard !network.priorities.isEmpty else { return [] }
        var classOfMove = Array(
            repeating: [Int32](repeating: -1, count: moves.count), count: network.priorities.count)
        for (index, move) in moves.enumerated() {
            for standing in network.rules[Int(move.rule)].standings {
                classOfMove[Int(standing.priorities)][index] = standing.classNumber
            }
        }
        return zip(network.priorities, classOfMove).map { PackedPriorities($0, classOfMove: $1) }
    }

    private init(_ priorities: Network.Priorities, classOfMove: [Int32]) {
        func collect(_ isMember: (Int32) -> Bool) -> [Part] {
            var parts: [Part] = []
            for (index, number) in classOfMove.enumerated() where number >= 0 && isMember(number) {
                if parts.last?.word != index / 64 { parts.append(Part(word: index / 64, bits: 0)) }
                parts[parts.count - 1].bits |= 1 << UInt64(index % 64)
            }
            return parts
        }
        var members: [Part] = []
        var lower: [Part] = []
        var memberOffset = [0]
        var lowerOffset = [0]
        for (number, lowerClasses) in priorities.below.enumerated() {
            let own = collect { $0 == Int32(number) }
            let giving = Set(lowerClasses)
            let others = collect { giving.contains($0) }
            // What nothing gives way to needs no look.
            if own.isEmpty || others.isEmpty { continue }
            members += own
            lower += others
            memberOffset.append(members.count)
            lowerOffset.append(lower.count)
        }
        classCount = memberOffset.count - 1
        let alternatives = priorities.followsOne ? collect { $0 == 0 } : []
        alternativeCount = alternatives.count
        self.alternatives = .copy(alternatives)
        self.members = .copy(members)
        self.lower = .copy(lower)
        self.memberOffset = .copy(memberOffset)
        self.lowerOffset = .copy(lowerOffset)
    }

    deinit {
        members.deallocate()
        lower.deallocate()
        memberOffset.deallocate()
        lowerOffset.deallocate()
        alternatives.deallocate()
    }

    /// Takes the moves out of the set that give way to another one in it. The order is transitive, so that it doesn't matter in which order that is done.
    func apply(to set: UnsafeMutablePointer<UInt64>) {
        for number in 0..<classCount {
            for index in memberOffset[number]..<memberOffset[number &+ 1]
            where set[members[index].word] & members[index].bits != 0 {
                for other in lowerOffset[number]..<lowerOffset[number &+ 1] {
                    set[lower[other].word] &= ~lower[other].bits
                }
                break
            }
        }
        var isFirst = true
        for index in 0..<alternativeCount {
            let (word, bits) = (alternatives[index].word, alternatives[index].bits)
            let own = set[word] & bits
            if own == 0 { continue }
            set[word] = set[word] & ~bits | (isFirst ? own & (0 &- own) : 0)
            isFirst = false
        }
    }
}
