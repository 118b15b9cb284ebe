import Coordination
import Foundation
import GRDB
import Testing

@testable import Storage

/// A coordinator's life on a state folder, with snapshots.
@Suite struct SnapshotTests {
    /// A core whose records go to a store, as the service does it.
    private struct Service {
        var core: Coordinator
        let store: RuntimeStore
        var time = noon

        init(_ folder: TemporaryFolder, retention: Retention = Retention()) throws {
            store = try RuntimeStore(folder: folder.path, now: noon)
            core = Coordinator(configuration: CoordinatorConfiguration(limits: ClusterLimits(retention: retention)))
            let snapshot = try store.loadSnapshot()
            if let snapshot { core.restore(snapshot) }
            try store.loadJournal(from: (snapshot?.sequence ?? 0) + 1) { try core.replay($0) }
        }

        mutating func handle(_ input: CoordinatorInput) throws {
            time = time + 1
            let records = core.handle(input, at: time).compactMap {
                if case .record(let entry) = $0 { entry } else { nil }
            }
            try store.append(entries: records, archived: core.takeForgotten())
        }

        mutating func submit(_ number: Int) throws {
            let job = JobSpecification(
                name: "job \(number)", shape: number % 3 == 0 ? .gang(ranks: 2) : .array(tasks: 5),
                program: .command(["/bin/true"]))
            try handle(.client(.submit(job, key: "key-\(number)"), ConnectionID(9), request: 1))
        }

        func takeSnapshot() throws {
            let pending = store.begin(core.snapshot)
            try pending.write()
            try store.adopt(pending)
        }
    }

    private func names(_ folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("snapshot") }.sorted()
    }

    private func busy(_ service: inout Service) throws {
        let worker = WorkerName("w1")!
        try service.handle(
            .worker(
                .join(Join(worker: worker, incarnation: Incarnation(1), sequence: 1, slots: 3, host: "h", held: [])),
                ConnectionID(1)))
        for number in 0..<20 { try service.submit(number) }
        try service.handle(.client(.cancel(JobID(4)), ConnectionID(9), request: 2))
        for epoch in 1...3 as ClosedRange<UInt64> {
            try service.handle(
                .worker(.finish(lease(1, UInt32(epoch) - 1, epoch), .exited(code: epoch == 2 ? 1 : 0)), ConnectionID(1))
            )
        }
    }

    @Test func aSnapshotAndTheRestAreTheWholeJournal() throws {
        let folder = try TemporaryFolder()
        let expected: ClusterSnapshot
        do {
            var service = try Service(folder)
            try busy(&service)
            try service.takeSnapshot()
            for number in 20..<30 { try service.submit(number) }
            expected = service.core.snapshot
            try service.store.close()
        }
        let again = try Service(folder)
        #expect(try again.store.loadSnapshot() != nil)
        #expect(again.core.snapshot == expected)
        // And without it.
        var whole = Coordinator(configuration: CoordinatorConfiguration())
        try again.store.loadJournal { try whole.replay($0) }
        #expect(whole.snapshot == expected)
    }

    @Test func rowsBeforeTheOlderSnapshotGoAndTheRestIsStillGood() throws {
        let folder = try TemporaryFolder()
        var expected: ClusterSnapshot?
        do {
            var service = try Service(folder)
            _ = FileManager.default.createFile(atPath: "\(folder.path)/.snapshot-7.new", contents: Data([1]))
            for round in 0..<5 {
                for number in 0..<10 { try service.submit(round * 10 + number) }
                try service.takeSnapshot()
            }
            for number in 50..<52 { try service.submit(number) }
            expected = service.core.snapshot
            #expect(try names(folder) == ["snapshot-40", "snapshot-50"])
            #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/.snapshot-7.new"))
            var first: UInt64 = 0
            try service.store.loadJournal { if first == 0 { first = $0.sequence } }
            #expect(first == 41)
            try service.store.close()
        }
        #expect(try JournalInspection(folder: folder.path).verify().faults == [])
        #expect(try Service(folder).core.snapshot == expected)
    }

    @Test func aDamagedSnapshotFallsBackOnTheOneBefore() throws {
        let folder = try TemporaryFolder()
        var expected: ClusterSnapshot?
        do {
            var service = try Service(folder)
            for round in 0..<3 {
                for number in 0..<10 { try service.submit(round * 10 + number) }
                try service.takeSnapshot()
            }
            try service.submit(99)
            expected = service.core.snapshot
            try service.store.close()
        }
        let path = "\(folder.path)/snapshot-30"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 4
        try bytes.write(to: URL(fileURLWithPath: path))
        let again = try Service(folder)
        #expect(
            again.store.warnings == [
                "\(path) is damaged and not used: it is not as it was written (its checksum differs)"
            ])
        #expect(again.core.snapshot == expected)
    }

    @Test func withoutItsSnapshotsAJournalThatWasShortenedIsRefused() throws {
        let folder = try TemporaryFolder()
        do {
            var service = try Service(folder)
            for round in 0..<3 {
                for number in 0..<10 { try service.submit(round * 10 + number) }
                try service.takeSnapshot()
            }
            try service.submit(99)
            try service.store.close()
        }
        for name in try names(folder) { try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)") }
        let error = #expect(throws: StorageError.self) { try RuntimeStore(folder: folder.path, now: noon) }
        #expect(
            error?.description.contains("journal entry 1 is missing; the next row begins with 21") == true,
            "\(error as Any)")
        // Nor is there anything to cut back to.
        #expect(throws: StorageError.self) { try JournalInspection.cut(folder: folder.path, from: 25) }
    }

    /// Old jobs are forgotten, the same ones after a restart with or without a snapshot, and the archive has them.
    @Test func forgottenJobsAreInTheArchive() throws {
        let folder = try TemporaryFolder()
        let retention = Retention(jobs: 3, milliseconds: 1_000_000)
        var expected: ClusterSnapshot?
        do {
            var service = try Service(folder, retention: retention)
            for number in 1...8 { try service.submit(number) }
            for number in 1...8 as ClosedRange<UInt64> {
                if number == 5 { try service.takeSnapshot() }
                try service.handle(.client(.cancel(JobID(number)), ConnectionID(9), request: 1))
            }
            #expect(service.core.jobs().map(\.id.number) == [6, 7, 8])
            expected = service.core.snapshot
            try service.store.close()
        }
        do {
            let again = try Service(folder, retention: retention)
            #expect(again.core.snapshot == expected)
            try expectArchived(again.store)
            try again.store.close()
        }
        var later = try Service(folder, retention: Retention(jobs: 3, milliseconds: 10))
        later.time = noon + 10_000
        try later.submit(1000)
        try later.handle(.client(.cancel(JobID(9)), ConnectionID(9), request: 1))
        #expect(later.core.jobs().map(\.id.number) == [9])
    }

    private func expectArchived(_ store: RuntimeStore) throws {
        for number in 1...5 as ClosedRange<UInt64> {
            let detail = try store.archivedJob(JobID(number))
            #expect(detail?.summary.state == .cancelled)
            #expect(detail?.summary.name == "job \(number)")
        }
        #expect(try store.archivedJob(JobID(6)) == nil)
    }
}
