/// Which of the moves that the components allow are followed: what priorities, chasing and reductions leave.
///
/// It belongs to a `PackedNetwork`; it is only read after it was made, by any number of threads.
final class MoveFilter: @unchecked Sendable {
    let interchangeable: [InterchangeableComponents]
    let symmetry: PackedSymmetry?
    let persistentSets: PersistentSets?
    private let precedence: [PackedPriorities]
    private let setWords: Int
    /// All moves but those of witnesses.
    private let possibleMoves: UnsafeMutablePointer<UInt64>
    /// The moves that each component allows by itself.
    private let components: [AllowedSets.Component]

    /// Nil where every move is followed.
    init?(
        _ network: Network, moves: [PackedNetwork.Move], layout: PackedNetwork.Layout,
        components: [AllowedSets.Component], watchdog: Watchdog?, reductions: Reductions, comparesRefusals: Bool
    ) {
        let setWords = max(1, (moves.count + 63) / 64)
        let rules = network.rules
        let participants =
            reductions.isEmpty ? [] : moves.map { Set(rules[Int($0.rule)].participants.map { Int($0.component) }) }
        let found = reductions.contains(.symmetry) ? network.interchangeable(for: watchdog?.normalForm) : []
        symmetry = PackedSymmetry(
            found, layout: layout, participants: participants, leavesOutTwins: !comparesRefusals)
        interchangeable = symmetry == nil ? [] : found
        let isReducible =
            reductions.contains(.partialOrder) && watchdog == nil && symmetry == nil && network.priorities.isEmpty
        persistentSets =
            isReducible ? PersistentSets(participants: participants, componentCount: network.components.count) : nil
        precedence = PackedPriorities.tables(network, moves: moves, setWords: setWords)
        if symmetry == nil, persistentSets == nil, precedence.isEmpty { return nil }
        self.setWords = setWords
        self.components = persistentSets == nil ? [] : components
        possibleMoves = .copy(PackedNetwork.set(of: moves, words: setWords) { !rules[Int($0.rule)].isWitness })
    }

    deinit { possibleMoves.deallocate() }

    /// Takes out of the moves that a state's components allow those that are not followed.
    @inline(never)
    func apply<State: PackedState>(
        to set: UnsafeMutablePointer<UInt64>, in state: State, _ tables: MoveTables
    ) {
        for priorities in precedence { priorities.apply(to: set) }
        for word in 0..<setWords { set[word] &= possibleMoves[word] }
        symmetry?.leaveOutTwins(of: state, set)
        if let persistentSets {
            persistentSets.reduce(set) { component, move in
                let word = move / 64 - components[component].low
                let width = components[component].width
                guard word >= 0, word < width else { return true }
                return components[component].words[tables.local(state, component) * width + word] >> UInt64(move % 64)
                    & 1 != 0
            }
        }
    }
}
