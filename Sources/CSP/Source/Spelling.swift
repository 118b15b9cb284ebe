/// The nearest of some known words, for "did you mean".
enum Spelling {
    /// The candidate with the fewest edits (insertions, deletions, replacements, swaps of neighbours), if they are few.
    static func nearest<Candidates: Sequence<String>>(to word: String, among candidates: Candidates) -> String? {
        let word = Array(word.utf8)
        guard word.count <= 64, !word.isEmpty else { return nil }
        // Of one or two letters, another name is a slip of case only.
        let limit = word.count < 3 ? 0 : max(1, min(3, word.count / 3))
        var best: (distance: Int, candidate: String)?
        for candidate in candidates where abs(candidate.utf8.count - word.count) <= limit {
            let distance = distance(word, Array(candidate.utf8), limit: best.map { $0.distance } ?? limit)
            guard distance <= limit else { continue }
            if best == nil || distance < best!.distance || (distance == best!.distance && candidate < best!.candidate) {
                best = (distance, candidate)
            }
        }
        return best?.candidate
    }

    /// Optimal string alignment distance; letters that differ in case only count half, rounded down over the whole.
    private static func distance(_ a: [UInt8], _ b: [UInt8], limit: Int) -> Int {
        var (before, previous) = ([Int](), Array((0...b.count).map { $0 * 2 }))
        for i in 1...max(1, a.count) where i <= a.count {
            var current = [i * 2]
            for j in 1...max(1, b.count) where j <= b.count {
                let (x, y) = (a[i - 1], b[j - 1])
                let replacement = x == y ? 0 : (x.isLetter && x | 32 == y | 32 ? 1 : 2)
                var cost = min(previous[j] + 2, current[j - 1] + 2, previous[j - 1] + replacement)
                if i > 1, j > 1, x == b[j - 2], a[i - 2] == y { cost = min(cost, before[j - 2] + 2) }
                current.append(cost)
            }
            if current.min()! > limit * 2 + 1 { return limit + 1 }
            (before, previous) = (previous, current)
        }
        return previous[b.count] / 2
    }
}
