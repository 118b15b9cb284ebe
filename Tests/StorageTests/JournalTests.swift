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

    @Test(arguments: everyEvent()) func aRowIsOneEvent(_ event: ProtocolEvent) throws {
        #expect(try JournalRow(event).decoded() == event)
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
        try store.append(entries: entries([.recover]))
        for wrong in [entries([.recover]), entries([.recover], from: 3)] {
            #expect(throws: StorageError.self) { try store.append(entries: wrong) }
        }
        var gap = entries([.recover, .recover], from: 2)
        gap[1].sequence = 4
        #expect(throws: StorageError.self) { try store.append(entries: gap) }
        #expect(try store.journal().count == 1)
        try store.append(entries: entries([.recover], from: 2))
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

    @Test(arguments: [
        ("DELETE FROM journal WHERE sequence = 3", "journal entry 3 is missing; the next one is 4"),
        ("UPDATE journal SET event = 'dance' WHERE sequence = 2", "journal entry 2: there is no event \"dance\""),
        (
            "UPDATE journal SET payload = '{' WHERE sequence = 1",
            "journal entry 1: \"submit\" has a payload that can't be read"
        ),
        ("UPDATE journal SET worker = '../x' WHERE sequence = 3", "journal entry 3: \"../x\" is no worker's name"),
        ("UPDATE journal SET epoch = NULL WHERE sequence = 3", "journal entry 3: \"assign\" has no epoch"),
        ("UPDATE journal SET task = -1 WHERE sequence = 3", "journal entry 3: its task is out of range"),
        ("UPDATE journal SET number = 70000 WHERE sequence = 5", "journal entry 5: \"accept\" has the number 70000"),
    ])
    func aDamagedEntryIsNamed(_ damage: String, _ expected: String) throws {
        let folder = try TemporaryFolder()
        try {
            let store = try RuntimeStore(folder: folder.path, now: noon)
            try store.append(entries: entries(everyEvent()))
            try store.close()
        }()
        try DatabaseQueue(path: "\(folder.path)/banquet.sqlite").write { try $0.execute(sql: damage) }
        let store = try RuntimeStore(folder: folder.path, now: noon)
        let error = #expect(throws: StorageError.self) { try store.journal() }
        let line = error?.description ?? ""
        #expect(line.hasPrefix("\(folder.path)/banquet.sqlite is damaged: \(expected)"), "\(line)")
    }
}
