import Coordination
import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct JournalTests {
    @Test func everyEventComesBackFromTheDisk() throws {
        let folder = try TemporaryFolder()
        let written = entries(everyEvent())
        do {
            let store = try RuntimeStore(folder: folder.path, now: noon)
            try store.append(entries: Array(written.prefix(5)))
            try store.append(entries: Array(written.dropFirst(5)))
            #expect(try store.journal() == written)
            try store.close()
        }
        let store = try RuntimeStore(folder: folder.path, now: noon + 5)
        #expect(try store.journal() == written)
        #expect(try store.journal(from: 7) == Array(written.dropFirst(6)))
        #expect(try store.metadata().lastSequence == UInt64(written.count))
    }

    @Test(arguments: everyEvent()) func anEventIsItselfInARow(_ event: ProtocolEvent) throws {
        var codec = EntryCodec()
        var written = entries([event, .recover(), event], from: 7)
        written[1].isUnverified = true
        written[2].time = Timestamp(milliseconds: -5)
        let content = try codec.encode(written)
        var read: [JournalEntry] = []
        let count = try content.withUnsafeBytes { try EntryCodec.decode($0, from: 7) { read.append($0) } }
        #expect(count == 3)
        #expect(read == written)
    }

    /// The short form of a submission holds for those alone that lose nothing by it.
    @Test(arguments: everySubmission()) func aSubmissionKeepsEveryField(_ job: JobSpecification) throws {
        var codec = EntryCodec()
        let written = entries([.submit(JobID(7), job, key: "k"), .end(JobID(7), .succeeded)])
        var read: [JournalEntry] = []
        _ = try codec.encode(written).withUnsafeBytes { try EntryCodec.decode($0, from: 1) { read.append($0) } }
        #expect(read == written)
    }

    @Test func mostSubmissionsAreSmall() throws {
        var codec = EntryCodec()
        #expect(everySubmission().count(where: PlainSubmission.holds) == 11)
        #expect(try codec.encode(entries([.submit(JobID(7), everySubmission()[0], key: "k")])).count < 64)
    }

    /// The five events of every task take a few bytes each.
    @Test func aTasksEventsAreSmall() throws {
        var codec = EntryCodec()
        let worker = WorkerName("worker-1")!
        let events = (0..<100 as Range<UInt32>).flatMap { index -> [ProtocolEvent] in
            let lease = lease(300, index, UInt64(index) + 100_000)
            return [.assign(lease, worker, attempt: 1), .accept(lease, port: 0), .finish(lease)]
        }
        #expect(try codec.encode(entries(events)).count < 300 * 11)
    }

    /// A row that is cut short, or has other bytes, is unreadable or another row, and never a crash.
    @Test func anyBytesAreReadOrRefused() throws {
        var random = SplitMix(state: 7)
        var codec = EntryCodec()
        let content = try codec.encode(entries(everyEvent()))
        func read(_ bytes: [UInt8]) {
            _ = try? bytes.withUnsafeBytes { try EntryCodec.decode($0, from: 1) { _ in } }
        }
        for length in content.indices { read(Array(content[..<length])) }
        for _ in 0..<2_000 {
            var bytes = content
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            read(bytes)
        }
    }

    @Test func metadataStayAsTheyWereMade() throws {
        let folder = try TemporaryFolder()
        let first = try { try RuntimeStore(folder: folder.path, now: noon).metadata() }()
        let second = try { try RuntimeStore(folder: folder.path, now: noon + 99).metadata() }()
        #expect(first == second)
        #expect(first.created == noon)
        #expect(first.clusterID.count == 32)
        let other = try TemporaryFolder()
        #expect(try RuntimeStore(folder: other.path, now: noon).metadata().clusterID != first.clusterID)
    }

    @Test func entriesThatDoNotFollowAreRefusedAndNothingIsWritten() throws {
        let folder = try TemporaryFolder()
        let store = try RuntimeStore(folder: folder.path, now: noon)
        try store.append(entries: entries([.recover()]))
        for wrong in [entries([.recover()]), entries([.recover()], from: 3)] {
            #expect(throws: StorageError.self) { try store.append(entries: wrong) }
        }
        var gap = entries([.recover(), .recover()], from: 2)
        gap[1].sequence = 4
        #expect(throws: StorageError.self) { try store.append(entries: gap) }
        #expect(try store.journal().count == 1)
        try store.append(entries: entries([.recover()], from: 2))
        #expect(try store.journal().count == 2)
    }

    @Test func aBodyThatThrowsEndsTheReading() throws {
        struct Enough: Error {}
        let folder = try TemporaryFolder()
        let store = try RuntimeStore(folder: folder.path, now: noon)
        try store.append(entries: entries(everyEvent()))
        var seen = 0
        #expect(throws: Enough.self) {
            try store.loadJournal { _ in
                seen += 1
                if seen == 3 { throw Enough() }
            }
        }
        #expect(seen == 3)
    }

}

/// What is done to the files of a coordinator that has stopped, and what the next one makes of it.
@Suite struct DamageTests {
    /// Ten commits of three entries each: 1 to 3, 4 to 6, …
    private func journal(in folder: TemporaryFolder) throws -> [JournalEntry] {
        let store = try RuntimeStore(folder: folder.path, now: noon)
        let all = entries((0..<30).map { .cancel(JobID(UInt64($0))) })
        for start in stride(from: 0, to: 30, by: 3) { try store.append(entries: Array(all[start..<start + 3])) }
        try store.close()
        return all
    }

    private func damage(_ folder: TemporaryFolder, _ sql: String) throws {
        try DatabaseQueue(path: "\(folder.path)/banquet.sqlite").write { try $0.execute(sql: sql) }
    }

    @Test(arguments: [
        "UPDATE journal SET content = x'00' WHERE first = 28",
        "UPDATE journal SET entries = 4 WHERE first = 28",
        "UPDATE journal SET checksum = checksum + 1 WHERE first = 28",
        "UPDATE journal SET content = zeroblob(9), entries = 9223372036854775807 WHERE first = 28",
    ])
    func aDamagedEndIsCutOffWithAWarning(_ sql: String) throws {
        let folder = try TemporaryFolder()
        let all = try journal(in: folder)
        try damage(folder, sql)
        let found = try JournalInspection(folder: folder.path).verify()
        #expect(found.isUsable)
        #expect(found.faults.count == 1)
        let store = try RuntimeStore(folder: folder.path, now: noon)
        #expect(store.warnings.count == 1)
        #expect(
            store.warnings.first?.contains("the end of the journal in \(folder.path)/banquet.sqlite was damaged")
                == true)
        #expect(try store.journal() == Array(all[..<27]))
        // It goes on where the good part ends, and is whole again.
        try store.append(entries: entries([.recover()], from: 28))
        try store.close()
        #expect(try JournalInspection(folder: folder.path).verify().faults == [])
        let removed = try DatabaseQueue(path: "\(folder.path)/banquet.sqlite").read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM removed")
        }
        #expect(removed == 1)
    }

    @Test(arguments: [
        (
            "UPDATE journal SET content = x'00' WHERE first = 13",
            "journal entries 13 to 15 are not as they were written", 13
        ),
        ("DELETE FROM journal WHERE first = 13", "journal entry 13 is missing; the next row begins with 16", 13),
        ("UPDATE journal SET first = 2 WHERE first = 1", "journal entry 1 is missing; the next row begins with 2", 1),
    ])
    func aDamagedMiddleIsRefusedWithInstructions(_ sql: String, _ expected: String, _ first: UInt64) throws {
        let folder = try TemporaryFolder()
        let all = try journal(in: folder)
        try damage(folder, sql)
        let before = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/banquet.sqlite"))
        let error = #expect(throws: StorageError.self) { try RuntimeStore(folder: folder.path, now: noon) }
        let line = error?.description ?? ""
        #expect(line.hasPrefix("\(folder.path)/banquet.sqlite is damaged: \(expected)"), "\(line)")
        #expect(line.hasSuffix("banquet journal \(folder.path) --cut \(first)"), "\(line)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/banquet.sqlite")) == before)
        let found = try JournalInspection(folder: folder.path).verify()
        #expect(!found.isUsable)
        // The way out that the message names.
        try JournalInspection.cut(folder: folder.path, from: first)
        let store = try RuntimeStore(folder: folder.path, now: noon)
        #expect(store.warnings == [])
        #expect(try store.journal() == Array(all.prefix(Int(first) - 1)))
    }

    @Test func aRowWithAGoodChecksumThatHoldsNoEventIsNamed() throws {
        let folder = try TemporaryFolder()
        _ = try journal(in: folder)
        try DatabaseQueue(path: "\(folder.path)/banquet.sqlite").write { db in
            let before = try Int64.fetchOne(db, sql: "SELECT checksum FROM journal WHERE first = 28")!
            _ = try JournalTable.insert(
                [77, 1], entries: 1, after: .init(sequence: 30, checksum: UInt32(truncatingIfNeeded: before)), into: db)
        }
        let store = try RuntimeStore(folder: folder.path, now: noon)
        let error = #expect(throws: StorageError.self) { try store.journal() }
        #expect(
            error == .damaged(path: "\(folder.path)/banquet.sqlite", reason: "journal entry 31: there is no kind 77"))
    }

    /// A flipped bit anywhere in the file never changes what is read without being noticed.
    @Test func noFlippedBitGoesUnnoticed() throws {
        let folder = try TemporaryFolder()
        let all = try journal(in: folder)
        let path = "\(folder.path)/banquet.sqlite"
        let good = try Data(contentsOf: URL(fileURLWithPath: path))
        var random = SplitMix(state: 3)
        var noticed = 0
        for _ in 0..<300 {
            var bytes = good
            let place = Int.random(in: 0..<bytes.count, using: &random)
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            try bytes.write(to: URL(fileURLWithPath: path))
            for leftover in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + leftover) }
            do {
                let store = try RuntimeStore(folder: folder.path, now: noon)
                let read = try store.journal()
                #expect(all.starts(with: read))
                #expect(read.count == all.count || !store.warnings.isEmpty)
                if read.count < all.count { noticed += 1 }
                try store.close()
            } catch is StorageError {
                noticed += 1
            }
        }
        #expect(noticed > 0)
    }
}
