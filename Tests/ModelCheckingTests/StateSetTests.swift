import Testing

@testable import ModelChecking

@Suite("Packed states and their set")
struct StateSetTests {
    @Test("Every state is found once, whatever the order and however often the table grows")
    func insertion() {
        insertAll(UInt64.self) { $0 &* 0x9e37_79b9_7f4a_7c15 >> 1 }
        insertAll(UInt64.self) { $0 }
        insertAll(Wide<UInt64>.self) { Wide(low: $0 & 7, high: $0) }
        insertAll(Wide<Wide<UInt64>>.self) { Wide(low: Wide(low: 0, high: $0), high: Wide(low: $0 % 3, high: 0)) }
    }

    func insertAll<State: PackedState>(_: State.Type, _ make: (UInt64) -> State) {
        var set = StateSet<State>()
        for _ in 0..<2 {
            for number in 0..<30_000 as Range<UInt64> {
                set.reserve(1)
                let state = make(number)
                _ = set.insert(state, hash: state.hash)
            }
        }
        #expect(set.count == 30_000)
        let indices = set.indices()
        for number in stride(from: 0, to: 30_000, by: 7) {
            #expect(set.index(of: make(UInt64(number)), indices: indices) == number)
        }
        #expect(set.index(of: make(30_001), indices: indices) == nil)
    }
}
