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
            try store.append(entries: entries([.recover]))
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

    @Test func writesAfterCloseAreRefused() throws {
        let folder = try TemporaryFolder()
        let store = try RuntimeStore(folder: folder.path, now: noon)
        try store.close()
        #expect(throws: StorageError.writesRefused(because: "it was closed")) {
            try store.append(entries: entries([.recover]))
        }
    }
}
