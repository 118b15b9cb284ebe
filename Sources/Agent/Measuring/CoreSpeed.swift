/// How fast one core of this host is: products of small matrices of floats, as a trainer's dense layers make them.
public enum CoreSpeed {
    /// Operations a second that count as 100 %: about what one core of a server of 2022 does here.
    public static let reference = 5e9

    private static let size = 128

    /// Runs for about so long, and returns the speed in percent of the reference: the best of the tries, because whatever else the
    /// host does only makes it slower.
    public static func percent(for duration: Duration = .milliseconds(500)) -> UInt32 {
        let end = ContinuousClock.now.advanced(by: duration)
        var best = 0.0
        var sum: Float = 0
        let count = size * size
        var (a, b, c) = (
            [Float](repeating: 0.5, count: count), [Float](repeating: 0.25, count: count),
            [Float](repeating: 0, count: count)
        )
        repeat {
            let start = ContinuousClock.now
            for _ in 0..<4 { multiply(a, b, into: &c) }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            best = max(best, 4 * 2 * Double(size * size * size) / max(seconds, 1e-9))
            // The results are used, so that no compiler leaves the work out.
            sum += c[count - 1]
            a[0] = sum
            b[0] = -sum
        } while ContinuousClock.now < end
        return UInt32(clamping: Int64(max(1, (best / reference * 100).rounded())))
    }

    private static func multiply(_ a: [Float], _ b: [Float], into c: inout [Float]) {
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                c.withUnsafeMutableBufferPointer { c in
                    for i in 0..<size {
                        for j in 0..<size { c[i * size + j] = 0 }
                        for k in 0..<size {
                            let factor = a[i * size + k]
                            for j in 0..<size { c[i * size + j] += factor * b[k * size + j] }
                        }
                    }
                }
            }
        }
    }
}
