import Testing

@testable import Coordination

/// The table of jobs, held against a dictionary.
@Suite struct JobTableTests {
    private struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 31
        }
    }

    private func record(_ number: UInt64) -> JobRecord {
        JobRecord(
            id: JobID(number),
            specification: JobSpecification(name: "n", shape: .array(tasks: 1), program: .command(["x"])),
            submitted: Timestamp(milliseconds: 0), key: "\(number)")
    }

    @Test(arguments: 0..<20) func isADictionary(_ seed: UInt64) {
        var random = Random(state: seed)
        var table = JobTable()
        var model: [JobID: JobRecord] = [:]
        for step in 0..<400 {
            // Neighbours, and some far away.
            let id = JobID(.random(in: 0..<90, using: &random) + (step % 7 == 0 ? 1 << 40 : 0))
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                table[id] = nil
                model[id] = nil
            case 1:
                table[id]?.checkpointStep = UInt64(step)
                model[id]?.checkpointStep = UInt64(step)
            case 2:
                if let place = table.place(of: id) { table[at: place].blockers += 1 }
                model[id]?.blockers += 1
            default:
                table[id] = record(id.number)
                model[id] = record(id.number)
            }
            #expect(table[id] == model[id])
            #expect((table.place(of: id) != nil) == (model[id] != nil))
            #expect(table.count == model.count)
        }
        #expect(Dictionary(uniqueKeysWithValues: table.values.map { ($0.id, $0) }) == model)
        #expect(table.keys.sorted() == model.keys.sorted())
        // Equal whatever was there before.
        #expect(table == JobTable(Array(model.values)))
        for id in model.keys { table[id] = nil }
        #expect(table == JobTable())
    }

    @Test func aCopyStaysAsItWas() {
        var table = JobTable((1...100).map(record))
        let copy = table
        table[JobID(5)]?.blockers = 9
        table[JobID(6)] = nil
        #expect(copy == JobTable((1...100).map(record)))
        #expect(table.count == 99)
    }
}
