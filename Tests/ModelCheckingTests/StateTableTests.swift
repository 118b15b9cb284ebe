import Testing

@testable import ModelChecking

@Suite("Packed states and their table")
struct StateTableTests {
    @Test("The hash of a word is a bijection, and no state of one word has hash 0")
    func hash() {
        var word: UInt64 = 1
        for _ in 0..<1000 {
            #expect(unmixed(mixed(word)) == word)
            #expect(UInt64(hash: word.hash) == word)
            word = word &* 6_364_136_223_846_793_005 &+ 1
        }
        #expect(UInt64(0).hash != 0)
        #expect(UInt64(hash: 0) == 1 << 63)
    }

    @Test("A layout of one word leaves the top bit free: sixty-four bits take two words")
    func layout() {
        for fields in 1...70 {
            let layout = PackedNetwork.layOut([Int](repeating: 2, count: fields))
            #expect(layout.bits == fields && (layout.words == 1) == (fields <= 63))
        }
        #expect(PackedNetwork.layOut([1 << 31, 1 << 31, 4]).words == 2)
        #expect(PackedNetwork.layOut([1 << 31, 1 << 31, 2]).words == 1)
    }

    @Test("Every state is found once, whatever the order, however often the table grows, and after it is split")
    func insertion() {
        insertAll(UInt64.self) { $0 &* 0x9e37_79b9_7f4a_7c15 >> 1 }
        insertAll(UInt64.self) { $0 }
        insertAll(Wide<UInt64>.self) { Wide(low: $0 & 7, high: $0) }
        insertAll(Wide<Wide<UInt64>>.self) { Wide(low: Wide(low: 0, high: $0), high: Wide(low: $0 % 3, high: 0)) }
    }

    func insertAll<State: PackedState>(_: State.Type, _ make: (UInt64) -> State) {
        var table = StateTable<State>()
        for round in 0..<3 {
            for number in 0..<20_000 as Range<UInt64> {
                let state = make(number)
                #expect(table.insert(state, hash: state.hash) == (round == 0))
            }
            if round == 0 { table.split() }
        }
        #expect(table.count == 20_000)
        for number in 20_000..<40_000 as Range<UInt64> {
            let state = make(number)
            _ = table.insert(state, hash: state.hash)
        }
        #expect(table.count == 40_000)
        for number in stride(from: 0, to: 40_000, by: 7) {
            #expect(table.states[number] == make(UInt64(number)))
            let hash = table.states[number].hash
            #expect(
                table.shards[table.shard(of: hash)].slot(of: make(UInt64(number)), hash: hash, known: table.states.view)
                    != nil)
        }
        let absent = make(40_001)
        #expect(
            table.shards[table.shard(of: absent.hash)].slot(of: absent, hash: absent.hash, known: table.states.view)
                == nil)
    }

    @Test("States whose hashes crowd at the end of the table are found again, however far they run past it")
    func crowd() {
        var table = StateTable<UInt64>()
        for number in 0..<6000 as Range<UInt64> {
            // All but every seventh in the last places.
            let hash = number % 7 == 0 ? mixed(number + 1) : UInt64.max &- number
            let isNew = table.insert(UInt64(hash: hash), hash: hash)
            let isNewAgain = table.insert(UInt64(hash: hash), hash: hash)
            #expect(isNew && !isNewAgain)
        }
        for number in 0..<6000 {
            let state = table.states[number]
            #expect(table.shards[0].slot(of: state, hash: state.hash, known: table.states.view) != nil)
        }
    }

    @Test("A segmented array keeps what was appended while it grew")
    func segments() {
        var array = SegmentedArray<UInt32>()
        for number in 0..<200_000 as Range<UInt32> {
            array.reserve(array.count + 1)
            array.append(number)
        }
        #expect((0..<200_000).allSatisfy { array[$0] == UInt32($0) })
    }

    @Test("Large pages hold what was written, and each is another")
    func largePages() {
        // In three steps: into small segments, into some large pages, and into more of them.
        func fills<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type) -> Bool {
            var array = SegmentedArray<Element>()
            var written: [Int] = []
            for total in [1_000_000, 1_100_000, 3_000_000] {
                array.reserve(total)
                for index in stride(from: array.count, to: total, by: 499) {
                    array.view[index] = Element(truncatingIfNeeded: index)
                    written.append(index)
                }
                array.extend(to: total)
            }
            return written.allSatisfy { array[$0] == Element(truncatingIfNeeded: $0) }
        }
        #expect(fills(UInt64.self) && fills(UInt32.self) && fills(UInt8.self))
    }
}
