import Coordination
import Foundation
import GRDB
import Glibc
import Testing

@testable import Storage

@Suite struct StateFolderTests {
    @Test func oneOwnerAtATime() throws {
        let folder = try TemporaryFolder()
        try {
            let store = try RuntimeStore(folder: folder.path, now: noon)
            let error = #expect(throws: StorageError.self) { try RuntimeStore(folder: folder.path, now: noon) }
            #expect(error == .locked(folder: folder.path, pid: getpid()))
            #expect(
                error?.description
                    == "state folder \(folder.path) is owned by the running coordinator with pid \(getpid())")
            try store.append(entries: entries([.recover()]))
        }()
        #expect(try RuntimeStore(folder: folder.path, now: noon).journal().count == 1)
    }

    @Test func parentsAreMade() throws {
        let folder = try TemporaryFolder()
        _ = try RuntimeStore(folder: "\(folder.path)/a/b/c", now: noon)
        #expect(FileManager.default.fileExists(atPath: "\(folder.path)/a/b/c/banquet.sqlite"))
    }

    @Test func aFileIsNotAFolder() throws {
        let folder = try TemporaryFolder()
        _ = FileManager.default.createFile(atPath: "\(folder.path)/file", contents: Data())
        let error = #expect(throws: StorageError.self) { try RuntimeStore(folder: "\(folder.path)/file", now: noon) }
        #expect(error == .unusable(path: "\(folder.path)/file", reason: "it is not a folder"))
    }

    @Test func whatIsNoDatabaseIsRefusedAndLeftAlone() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/banquet.sqlite"
        let garbage = Data(repeating: 7, count: 8192)
        try garbage.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: StorageError.self) { try RuntimeStore(folder: folder.path, now: noon) }
        guard case .damaged(path, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == garbage)
    }

    @Test func aForeignDatabaseIsRefused() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/banquet.sqlite"
        try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE other (x)") }
        let error = #expect(throws: StorageError.self) { try RuntimeStore(folder: folder.path, now: noon) }
        #expect(error == .unusable(path: path, reason: "it is a database, but not one of Banquet's"))
    }

    @Test func aLaterSchemaIsRefused() throws {
        let folder = try TemporaryFolder()
        try { try RuntimeStore(folder: folder.path, now: noon).close() }()
        let path = "\(folder.path)/banquet.sqlite"
        try DatabaseQueue(path: path).writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 99") }
        let error = #expect(throws: StorageError.self) { try RuntimeStore(folder: folder.path, now: noon) }
        #expect(error == .newerSchema(folder: folder.path, found: 99, supported: Schema.version))
    }

    /// The steps taken one after the other give what a new folder has; a folder that stopped between two goes on.
    @Test func everyEarlierSchemaMigrates() throws {
        let fresh = try TemporaryFolder()
        try { try RuntimeStore(folder: fresh.path, now: noon).close() }()
        func schema(_ folder: TemporaryFolder) throws -> [String] {
            try DatabaseQueue(path: "\(folder.path)/banquet.sqlite").read {
                try String.fetchAll($0, sql: "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name")
            }
        }
        for version in 0..<Schema.version {
            let folder = try TemporaryFolder()
            try DatabaseQueue(path: "\(folder.path)/banquet.sqlite").write { db in
                for step in Schema.steps[..<version] { try step(db) }
                if version > 0 {
                    try db.execute(
                        sql: "PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = \(version)")
                }
            }
            try { try RuntimeStore(folder: folder.path, now: noon).close() }()
            #expect(try schema(folder) == schema(fresh))
        }
    }

    /// A folder that a coordinator of the second version left, file by file: all of it is there, and the journal goes on.
    @Test func aFolderOfTheSecondVersionIsTakenUp() throws {
        let folder = try TemporaryFolder()
        let old = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Folders/second/banquet.sqlite").path
        try FileManager.default.copyItem(atPath: old, toPath: "\(folder.path)/banquet.sqlite")
        var core = Coordinator(configuration: CoordinatorConfiguration())
        do {
            let store = try RuntimeStore(folder: folder.path, now: noon)
            #expect(store.warnings.isEmpty)
            var last: UInt64 = 0
            try store.loadJournal { entry in
                try core.replay(entry)
                last = entry.sequence
            }
            #expect(last == 43)
            let states = core.jobs().map { "\($0.name) \($0.shape) \($0.units) \($0.state)" }
            #expect(
                states == [
                    "true array 1 succeeded", "sh array 1 failed", "true gang 2 succeeded", "true array 5 succeeded",
                    "waiting gang 3 queued", "true array 7 queued", "true array 1 cancelled",
                ])
            #expect(core.job(JobID(4))?.specification.environment == ["A": "1"])
            #expect(core.job(JobID(5))?.specification.program == .command(["echo", "a b", ""]))
            let job = JobSpecification(name: "new", shape: .array(tasks: 1), program: .command(["true"]))
            try store.append(entries: entries([.submit(JobID(8), job, key: "k")], from: 44))
            try store.close()
        }
        let result = try JournalInspection(folder: folder.path).verify()
        #expect(result.faults.isEmpty)
        #expect(result.entries == 44)
    }

    /// A journal of the first version, as it was written then, becomes today's; entry by entry the same.
    @Test func theFirstJournalIsRewritten() throws {
        let folder = try TemporaryFolder()
        let worker = WorkerName("w1")!
        let specification = JobSpecification(
            name: "n", shape: .array(tasks: 2), program: .command(["/bin/true"]), environment: ["A": "1"])
        let encoder = JSONEncoder()
        func json(_ value: some Encodable) throws -> String {
            String(decoding: try encoder.encode(value), as: UTF8.self)
        }
        let path = "\(folder.path)/banquet.sqlite"
        try DatabaseQueue(path: path).write { db in
            try Schema.steps[0](db)
            try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = 1")
            let rows: [(String, Int?, Int?, Int?, String?, Int?, String?)] = [
                ("submit", 1, nil, nil, nil, nil, #"{"key":"k","specification":\#(try json(specification))}"#),
                ("assign", 1, 0, 1, "w1", 1, nil), ("accept", 1, 0, 1, nil, 0, nil),
                ("fail", 1, 0, 1, nil, nil, try json(Outcome.exited(code: 3))),
                ("retry", 1, 0, nil, nil, nil, try json(RetryReason.failed)), ("finish", 1, 1, 2, nil, nil, nil),
                ("end", 1, nil, nil, nil, nil, nil), ("crash", nil, nil, nil, "w1", 9, nil),
                ("recover", nil, nil, nil, nil, nil, nil),
            ]
            for (number, row) in rows.enumerated() {
                try db.execute(
                    sql: "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
                    arguments: [
                        number + 1, noon.milliseconds + Int64(number), row.0, row.1, row.2, row.3, row.4, row.5, row.6,
                    ])
            }
        }
        let store = try RuntimeStore(folder: folder.path, now: noon)
        let expected: [ProtocolEvent] = [
            .submit(JobID(1), specification, key: "k"), .assign(lease(1, 0, 1), worker, attempt: 1),
            .accept(lease(1, 0, 1), port: 0), .fail(lease(1, 0, 1), .exited(code: 3)),
            .retry(JobID(1), index: 0, reason: .failed), .finish(lease(1, 1, 2)), .end(JobID(1), .succeeded),
            .crash(worker, Incarnation(9)), .recover(),
        ]
        #expect(try store.journal() == entries(expected))
        try store.append(entries: entries([.recover()], from: 10))
    }

    /// One that can't be read stays as it was.
    @Test func aFirstJournalWithAGapIsRefusedAndLeftAlone() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/banquet.sqlite"
        try DatabaseQueue(path: path).write { db in
            try Schema.steps[0](db)
            try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = 1")
            for number in [1, 3] {
                try db.execute(
                    sql: "INSERT INTO journal (sequence, time, event, unverified) VALUES (?, 0, 'recover', 0)",
                    arguments: [number])
            }
        }
        let error = #expect(throws: StorageError.self) { try RuntimeStore(folder: folder.path, now: noon) }
        #expect(error == .damaged(path: path, reason: "journal entry 2 is missing; the next one is 3"))
        let version = try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
        #expect(version == 1)
    }

    @Test func writesAfterCloseAreRefused() throws {
        let folder = try TemporaryFolder()
        let store = try RuntimeStore(folder: folder.path, now: noon)
        try store.close()
        #expect(throws: StorageError.writesRefused(because: "it was closed")) {
            try store.append(entries: entries([.recover()]))
        }
    }
}
