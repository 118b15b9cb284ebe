import Coordination
import Foundation
import Logging
import Storage
import Testing

@testable import Daemon

@Suite struct GangKeyTests {
    private let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func join(takesKeys: Bool) -> Join {
        var join = Join(
            worker: WorkerName("w1")!, incarnation: Incarnation(1), sequence: 1, slots: 1, host: "h", held: [])
        join.takesGangKeys = takesKeys
        return join
    }

    @Test func eachGenerationHasOneAlsoAfterARestart() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("banquet-gang-keys-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try RuntimeStore(folder: folder.path, now: Timestamp(milliseconds: 1), limits: RunLimits())
        let job = JobID(3)
        var keys = GangKeys(store.runs, lastJob: JobID(0), log: log)
        keys.joined(join(takesKeys: true), on: ConnectionID(1))
        let drawn = try keys.key(of: job, generation: 1)
        let first = try #require(drawn)
        let again = try keys.key(of: job, generation: 1)
        #expect(again == first)
        var next = GangKeys(store.runs, lastJob: job, log: log)
        let told = try next.key(of: job, generation: 1)
        #expect(told == first)
        let second = try next.key(of: job, generation: 2)
        #expect(second != nil && second != first)
        let file = folder.appendingPathComponent("runs/j3/gang-key").path
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)

        // A worker that would not hand it on: the generation has none, for all of its ranks.
        next.joined(join(takesKeys: false), on: ConnectionID(2))
        var third = try [next.key(of: job, generation: 3)]
        next.lost(ConnectionID(2))
        third.append(try next.key(of: job, generation: 3))
        var last = GangKeys(store.runs, lastJob: job, log: log)
        third.append(try last.key(of: job, generation: 3))
        #expect(third == [nil, nil, nil])
        let fourth = try last.key(of: job, generation: 4)
        #expect(fourth != nil)
        try last.ended(job)
        #expect(!FileManager.default.fileExists(atPath: file))

        var none = GangKeys(nil, lastJob: JobID(0), log: log)
        let nothing = try none.key(of: job, generation: 1)
        #expect(nothing == nil)
        try store.close()
    }
}
