import Testing

@testable import Training

@Suite struct RandomTests {
    /// The values that the authors' C program prints for this seed (https://prng.di.unimi.it/splitmix64.c).
    @Test func publishedValues() {
        var random = SplitMix64(seed: 1_234_567)
        #expect(
            (0..<5).map { _ in random.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test func permutationsArePermutations() {
        for count in [0, 1, 2, 3, 10, 1442] {
            var random = SplitMix64(seed: 7, stream: UInt64(count))
            let order = random.permutation(of: count)
            #expect(order.sorted() == Array(0..<count))
        }
        var first = SplitMix64(seed: 7, stream: 1)
        var same = SplitMix64(seed: 7, stream: 1)
        var other = SplitMix64(seed: 7, stream: 2)
        let order = first.permutation(of: 100)
        #expect(order == same.permutation(of: 100))
        #expect(order != other.permutation(of: 100))
    }

    /// All six orders of three things, about as often: χ² with 5 degrees of freedom is below 20.5 in 999 of 1000 cases,
    /// and the seed is fixed.
    @Test func permutationsAreEven() {
        var random = SplitMix64(seed: 3)
        var seen: [[Int]: Int] = [:]
        for _ in 0..<6000 { seen[random.permutation(of: 3), default: 0] += 1 }
        #expect(seen.count == 6)
        let chiSquared = seen.values.reduce(0.0) { $0 + Double(($1 - 1000) * ($1 - 1000)) / 1000 }
        #expect(chiSquared < 20.5)
    }

    @Test func weightsStayWithinTheirLimit() {
        var random = SplitMix64(seed: 5)
        let values = (0..<10_000).map { _ in random.next(within: 0.25) }
        #expect(values.allSatisfy { $0 >= -0.25 && $0 < 0.25 })
        #expect(abs(values.reduce(0, +) / 10_000) < 0.01)
        #expect((values.min() ?? 0) < -0.24)
        #expect((values.max() ?? 0) > 0.24)
    }
}
