import Foundation
import Testing

@testable import Coordination

/// A part that most records lack is a plain optional to everybody, in memory and on disk.
@Suite struct RareTests {
    private struct Record: Hashable, Codable {
        var number = 0
        @Rare var list: [Int]?
    }

    private struct Plain: Hashable, Codable {
        var number = 0
        var list: [Int]?
    }

    @Test func isAValue() {
        var a = Record()
        #expect(a.list == nil)
        a.list = [1]
        var b = a
        b.list?.append(2)
        #expect(a.list == [1])
        #expect(b.list == [1, 2])
        #expect(a != b)
        b.list?.removeLast()
        #expect(a == b)
        #expect(a.hashValue == b.hashValue)
        b.list = nil
        #expect(b == Record())
        #expect(a.list == [1])
        // Through an optional that isn't there nothing changes.
        b.list?.append(3)
        #expect(b.list == nil)
    }

    @Test func isWrittenAndReadAsAnOptional() throws {
        for list in [nil, [], [1, 2]] as [[Int]?] {
            var record = Record(number: 7)
            record.list = list
            let plain = Plain(number: 7, list: list)
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            let bytes = try encoder.encode(record)
            #expect(try bytes == encoder.encode(plain))
            #expect(try JSONDecoder().decode(Record.self, from: bytes) == record)
        }
    }

    /// There may be hundreds of thousands of them: whoever adds a field thinks of that.
    @Test func aQueuedJobIsSmall() {
        #expect(MemoryLayout<JobRecord?>.stride <= 208)
        #expect(MemoryLayout<JobSpecification>.size <= 272)
    }

    @Test func jobsInARowShareWhatIsEqual() throws {
        var state = ClusterState()
        func submit(_ number: UInt64, _ program: [String]) throws {
            let specification = JobSpecification(
                name: "n\(number)", shape: .array(tasks: 1), program: .command(program))
            try state.apply(
                JournalEntry(
                    sequence: number, time: Timestamp(milliseconds: 0),
                    event: .submit(JobID(number), specification, key: "\(number)")))
        }
        func address(_ number: UInt64) -> UnsafeRawPointer? {
            guard case .command(let words)? = state.jobs[JobID(number)]?.specification.program else { return nil }
            return words.withUnsafeBytes { $0.baseAddress }
        }
        try submit(1, ["a", "b"])
        try submit(2, ["a", "b"])
        try submit(3, ["a", "c"])
        #expect(address(1) != nil && address(1) == address(2))
        #expect(address(2) != address(3))
        #expect(state.jobs[JobID(2)]?.specification.name == "n2")
        #expect(state.jobs[JobID(3)]?.specification.program == .command(["a", "c"]))
    }
}
