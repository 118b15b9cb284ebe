/// A state of a network as bits: one fixed-width field a component.
protocol PackedState: BitwiseCopyable, Equatable, Sendable {
    static var words: Int { get }
    static var zero: Self { get }
    /// Well mixed in all of its 64 bits.
    var hash: UInt64 { get }
    func word(_ index: Int) -> UInt64
    mutating func flip(_ bits: UInt64, word: Int)
}

/// A bijection of 64-bit words that spreads every bit over all of them (Maiga's "mx3" construction, shortened).
@inline(__always)
func mixed(_ word: UInt64) -> UInt64 {
    var x = word
    x ^= x >> 32
    x = x &* 0xd6e8_feb8_6659_fd93
    x ^= x >> 32
    x = x &* 0xd6e8_feb8_6659_fd93
    x ^= x >> 32
    return x
}

/// The word that `mixed` takes to this one.
@inline(__always)
func unmixed(_ word: UInt64) -> UInt64 {
    var x = word
    x ^= x >> 32
    x = x &* 0xcfee_444d_8b59_a89b
    x ^= x >> 32
    x = x &* 0xcfee_444d_8b59_a89b
    x ^= x >> 32
    return x
}

extension UInt64: PackedState {
    static var words: Int { 1 }
    static var zero: UInt64 { 0 }
    /// A bijection; and as a state of one word leaves the top bit free, its hash is never 0.
    @inline(__always) var hash: UInt64 { mixed(self ^ 1 << 63) }
    /// The state with this hash.
    @inline(__always) init(hash: UInt64) { self = unmixed(hash) ^ 1 << 63 }
    @inline(__always) func word(_ index: Int) -> UInt64 { self }
    @inline(__always) mutating func flip(_ bits: UInt64, word: Int) { self ^= bits }
}

/// Two states side by side are a wider state.
struct Wide<Half: PackedState>: PackedState {
    var low: Half
    var high: Half

    static var words: Int { Half.words &* 2 }
    static var zero: Self { Wide(low: .zero, high: .zero) }
    @inline(__always) var hash: UInt64 {
        mixed(low.hash &+ (high.hash &* 0x9e37_79b9_7f4a_7c15 ^ 0x5851_f42d_4c95_7f2d))
    }

    @inline(__always)
    func word(_ index: Int) -> UInt64 {
        if Half.words == 1 {
            return index == 0 ? low.word(0) : high.word(0)
        }
        return withUnsafeBytes(of: self) { $0.load(fromByteOffset: index &* 8, as: UInt64.self) }
    }

    @inline(__always)
    mutating func flip(_ bits: UInt64, word: Int) {
        if Half.words == 1 {
            if word == 0 { low.flip(bits, word: 0) } else { high.flip(bits, word: 0) }
        } else {
            withUnsafeMutableBytes(of: &self) { bytes in
                let old = bytes.load(fromByteOffset: word &* 8, as: UInt64.self)
                bytes.storeBytes(of: old ^ bits, toByteOffset: word &* 8, as: UInt64.self)
            }
        }
    }

    @inline(__always) static func == (a: Self, b: Self) -> Bool { a.low == b.low && a.high == b.high }
}
