/// A generator of the same numbers for the same seed (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014).
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    static func mix(_ word: UInt64) -> UInt64 {
        var z = word
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    /// A number whose logarithm is uniform: as often between 1 and 10 as between 10 and 100.
    mutating func logarithmic(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound * Noise.power(range.upperBound / range.lowerBound, Double.random(in: 0...1, using: &self))
    }

    /// The time until the next of events that happen once in `mean` on average.
    mutating func exponential(mean: Double) -> Double {
        -mean * Noise.logarithm(1 - Double.random(in: 0..<1, using: &self))
    }
}

/// Numbers that depend on what they are drawn for, not on how many were drawn before: the delay of the twentieth message
/// from a worker stays the same when another worker's crash is taken out of the schedule.
struct Noise: Sendable {
    let seed: UInt64

    /// What a number is drawn for.
    enum Use: UInt64 {
        case latency, loss, doubling, lateness, lateBy, outcome, duration, stopping, write, peer, lie, snapshot
    }

    func word(_ use: Use, _ a: Int, _ b: Int, _ c: Int = 0) -> UInt64 {
        var z = SplitMix64.mix(seed &+ use.rawValue &* 0x9E37_79B9_7F4A_7C15)
        z = SplitMix64.mix(z ^ UInt64(bitPattern: Int64(a)))
        z = SplitMix64.mix(z &+ UInt64(bitPattern: Int64(b)) &* 0xD6E8_FEB8_6659_FD93)
        return c == 0 ? z : SplitMix64.mix(z ^ UInt64(bitPattern: Int64(c)))
    }

    func chance(_ percent: Int, _ use: Use, _ a: Int, _ b: Int, _ c: Int = 0) -> Bool {
        percent > 0 && word(use, a, b, c) % 100 < UInt64(percent)
    }

    func number(in range: ClosedRange<Int64>, _ use: Use, _ a: Int, _ b: Int, _ c: Int = 0) -> Int64 {
        range.lowerBound + Int64(word(use, a, b, c) % UInt64(range.upperBound - range.lowerBound + 1))
    }

    // The same on every platform and in every version of the C library, so that a seed is a run for good.

    /// The natural logarithm, by the series of the inverse hyperbolic tangent.
    static func logarithm(_ x: Double) -> Double {
        let (mantissa, exponent) = (x.significand, Double(x.exponent))
        let z = (mantissa - 1) / (mantissa + 1)
        var (sum, term) = (0.0, z)
        for k in 0..<30 {
            sum += term / Double(2 * k + 1)
            term *= z * z
        }
        return 2 * sum + exponent * 0.693_147_180_559_945_3
    }

    static func power(_ base: Double, _ exponent: Double) -> Double {
        let x = exponent * logarithm(base)
        let whole = Double(Int(x))
        var (sum, term) = (1.0, 1.0)
        for k in 1..<24 {
            term *= (x - whole) / Double(k)
            sum += term
        }
        var result = sum
        let e = 2.718_281_828_459_045
        for _ in 0..<Int(whole.magnitude) { result = whole < 0 ? result / e : result * e }
        return result
    }
}
