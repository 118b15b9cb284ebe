/// The generator of Steele, Lea and Flood ("Fast Splittable Pseudorandom Number Generators", OOPSLA 2014).
///
/// Initial weights and the order of the images come from it alone, with arithmetic that is the same on every machine:
/// all ranks draw the same numbers, so none has to be sent them.
struct SplitMix64 {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A stream of its own for each `stream` of one seed.
    init(seed: UInt64, stream: UInt64) {
        var mixer = SplitMix64(seed: seed)
        var other = SplitMix64(seed: mixer.next() ^ stream)
        state = other.next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Evenly distributed over 0..<bound, without the bias of a plain remainder (Lemire 2019).
    mutating func next(below bound: Int) -> Int {
        precondition(bound > 0)
        let range = UInt64(bound)
        let threshold = (0 &- range) % range
        while true {
            let product = next().multipliedFullWidth(by: range)
            if product.low >= threshold { return Int(product.high) }
        }
    }

    /// Evenly distributed over -limit..<limit; 24 random bits, so the value is exact in a Float before it is scaled.
    mutating func next(within limit: Float) -> Float {
        (Float(next() >> 40) * 0x1p-23 - 1) * limit
    }

    /// The numbers 0..<count in random order (Fisher and Yates).
    ///
    /// Not `shuffled(using:)`: how the standard library draws may change between its versions, and then a run that is
    /// restarted by a newer binary would not see the images that it would have seen.
    mutating func permutation(of count: Int) -> [Int] {
        var order = Array(0..<count)
        guard count > 1 else { return order }
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, next(below: last + 1))
        }
        return order
    }
}
