/// Partial-order reduction for deadlocks: in each state only the moves of a persistent set are followed.
///
/// Godefroid, "Partial-Order Methods for the Verification of Concurrent Systems" (1996), section 4.4, after Overman. A set of components is closed if each of its members' steps is
/// either a move that only members take part in, or is held up by a member: then nothing that others do can change what the set's moves are, and each
/// run to a deadlock has one of them. So a deadlock is reached by following the set's moves alone.
final class PersistentSets: @unchecked Sendable {
    private let componentCount: Int
    /// Of each component: its moves, `moves[offsets[c] ..< offsets[c + 1]]`.
    private let offsets: UnsafeMutablePointer<Int>
    private let moves: UnsafeMutablePointer<Int32>
    /// Of each move: who takes part.
    private let memberOffsets: UnsafeMutablePointer<Int>
    private let members: UnsafeMutablePointer<Int32>
    private let setWords: Int

    init(participants: [Set<Int>], componentCount: Int) {
        self.componentCount = componentCount
        setWords = max(1, (participants.count + 63) / 64)
        var own: [[Int32]] = Array(repeating: [], count: componentCount)
        var memberOffsets = [0]
        var members: [Int32] = []
        for (move, components) in participants.enumerated() {
            for component in components.sorted() {
                own[component].append(Int32(move))
                members.append(Int32(component))
            }
            memberOffsets.append(members.count)
        }
        var offsets = [0]
        for list in own { offsets.append(offsets.last! + list.count) }
        self.offsets = .copy(offsets)
        moves = .copy(own.flatMap { $0 })
        self.memberOffsets = .copy(memberOffsets)
        self.members = .copy(members)
    }

    deinit {
        offsets.deallocate()
        moves.deallocate()
        memberOffsets.deallocate()
        members.deallocate()
    }

    /// Leaves a persistent set of the enabled moves, as small as any that starts with one of them.
    /// - Parameter permits: whether a component's own state lets it take part in a move.
    func reduce(_ enabled: UnsafeMutablePointer<UInt64>, permits: (_ component: Int, _ move: Int) -> Bool) {
        var count = 0
        for word in 0..<setWords { count += enabled[word].nonzeroBitCount }
        guard count > 1 else { return }
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: setWords) { best in
            withUnsafeTemporaryAllocation(of: Bool.self, capacity: componentCount) { isMember in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: componentCount) { work in
                    var bestCount = count
                    for word in 0..<setWords { best[word] = enabled[word] }
                    search: for word in 0..<setWords {
                        var rest = enabled[word]
                        while rest != 0 {
                            let move = word * 64 + rest.trailingZeroBitCount
                            rest &= rest - 1
                            let memberCount = close(
                                from: move, enabled, isMember.baseAddress!, work.baseAddress!, permits: permits)
                            if memberCount == componentCount { continue }
                            let size = keep(
                                enabled, isMember.baseAddress!, smallerThan: bestCount, in: best.baseAddress!)
                            if let size { bestCount = size }
                            if bestCount == 1 { break search }
                        }
                    }
                    for word in 0..<setWords { enabled[word] = best[word] }
                }
            }
        }
    }

    /// The smallest closed set of components that takes part in a move.
    /// - Returns: how many components it has.
    private func close(
        from move: Int, _ enabled: UnsafeMutablePointer<UInt64>, _ isMember: UnsafeMutablePointer<Bool>,
        _ work: UnsafeMutablePointer<Int32>, permits: (Int, Int) -> Bool
    ) -> Int {
        for component in 0..<componentCount { isMember[component] = false }
        var count = 0
        func add(_ component: Int32) {
            if isMember[Int(component)] { return }
            isMember[Int(component)] = true
            work[count] = component
            count += 1
        }
        for k in memberOffsets[move]..<memberOffsets[move + 1] { add(members[k]) }
        var next = 0
        while next < count, count < componentCount {
            let component = Int(work[next])
            next += 1
            for k in offsets[component]..<offsets[component + 1] {
                let own = Int(moves[k])
                guard permits(component, own) else { continue }
                let takers = memberOffsets[own]..<memberOffsets[own + 1]
                if enabled[own / 64] >> UInt64(own % 64) & 1 != 0 {
                    for k in takers { add(members[k]) }
                } else {
                    // Someone holds it up. One such component is enough, a member if there is one.
                    var holder: Int32?
                    for k in takers where !permits(Int(members[k]), own) {
                        holder = members[k]
                        if isMember[Int(members[k])] { break }
                    }
                    if let holder { add(holder) }
                }
            }
        }
        return count
    }

    /// The enabled moves in which only members take part, if they are fewer.
    private func keep(
        _ enabled: UnsafeMutablePointer<UInt64>, _ isMember: UnsafeMutablePointer<Bool>, smallerThan limit: Int,
        in best: UnsafeMutablePointer<UInt64>
    ) -> Int? {
        var count = 0
        func isInside(_ move: Int) -> Bool {
            for k in memberOffsets[move]..<memberOffsets[move + 1] where !isMember[Int(members[k])] { return false }
            return true
        }
        for word in 0..<setWords {
            var rest = enabled[word]
            while rest != 0 {
                if isInside(word * 64 + rest.trailingZeroBitCount) { count += 1 }
                rest &= rest - 1
            }
        }
        guard count > 0, count < limit else { return nil }
        for word in 0..<setWords {
            var kept: UInt64 = 0
            var rest = enabled[word]
            while rest != 0 {
                if isInside(word * 64 + rest.trailingZeroBitCount) { kept |= rest & (0 &- rest) }
                rest &= rest - 1
            }
            best[word] = kept
        }
        return count
    }
}
