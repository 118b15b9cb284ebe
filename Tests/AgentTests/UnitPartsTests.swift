import Coordination
import Foundation
import Glibc
import Testing

@testable import Agent

@Suite struct MetricsLinesTests {
    private func read(_ pieces: [String]) -> [MetricsLines.Line] {
        var lines = MetricsLines()
        var result: [MetricsLines.Line] = []
        for piece in pieces { lines.append(piece.utf8) { result.append($0) } }
        lines.end { result.append($0) }
        return result
    }

    @Test func linesAreTheSameHoweverTheyAreCut() {
        let text = "{\"a\":1}\n\n{\"checkpoint\": \"/x/ä\", \"step\": 12}\n{\"b\":[2]}"
        let expected: [MetricsLines.Line] = [
            .metrics("{\"a\":1}"), .checkpoint(path: "/x/ä", step: 12), .metrics("{\"b\":[2]}"),
        ]
        #expect(read([text]) == expected)
        var lines = MetricsLines()
        var result: [MetricsLines.Line] = []
        for byte in text.utf8 { lines.append(CollectionOfOne(byte)) { result.append($0) } }
        lines.end { result.append($0) }
        #expect(result == expected)
    }

    @Test(arguments: [
        "7", "[1]", "{", "text", "{\"checkpoint\": 1, \"step\": 1}", "{\"checkpoint\": \"x\"}",
        "{\"checkpoint\": \"x\", \"step\": -1}", "{\"checkpoint\": \"x\", \"step\": 1.5}",
        "{\"checkpoint\": \"\", \"step\": 1}",
    ])
    func anotherLineIsUnreadable(_ line: String) {
        guard case .unreadable = read([line + "\n"]).first else {
            Issue.record("\(read([line]))")
            return
        }
        #expect(read([line + "\n{}\n"]).last == .metrics("{}"))
    }

    @Test func aLineWithoutEndTakesNoMemory() {
        let long = String(repeating: "x", count: MetricsLines.longest / 2)
        let result = read(Array(repeating: long, count: 9) + ["\n{}\n"])
        #expect(result == [.unreadable(reason: "a line of metrics is longer than 65536 bytes"), .metrics("{}")])
    }
}

@Suite struct UnitOutboxTests {
    private let unit = lease(1, 0, 1)

    private func log(_ text: String, _ offset: UInt64, _ stream: LogStream = .output) -> WorkerMessage {
        .log(unit, stream, offset: offset, bytes: Array(text.utf8))
    }

    @Test func messagesLeaveInOrderAndOnce() {
        var outbox = UnitOutbox(unit)
        outbox.print(Array("ab".utf8), on: .output)
        outbox.print(Array("c".utf8), on: .error)
        outbox.measure(json: "{}")
        outbox.print(Array("de".utf8), on: .output)
        outbox.checkpoint(step: 3, bytes: [1])
        var sent: [WorkerMessage] = []
        outbox.send {
            sent.append($0); return sent.count < 3
        }
        #expect(!outbox.isEmpty)
        sent.removeLast()
        outbox.send {
            sent.append($0); return true
        }
        #expect(outbox.isEmpty)
        #expect(
            sent == [
                log("ab", 0), log("c", 0, .error), .metrics(unit, json: "{}"), log("de", 2),
                .checkpoint(unit, step: 3, bytes: [1]),
            ])
        outbox.send { _ in
            Issue.record("sent twice"); return true
        }
    }

    private func sent(by outbox: inout UnitOutbox) -> [WorkerMessage] {
        var sent: [WorkerMessage] = []
        outbox.send {
            sent.append($0); return true
        }
        return sent
    }

    @Test func afterALostConnectionWhatMayBeLostGoesAgain() {
        var outbox = UnitOutbox(unit)
        outbox.print(Array("ab".utf8), on: .output)
        outbox.checkpoint(step: 3, bytes: [1])
        outbox.measure(json: "1")
        outbox.send { _ in true }
        outbox.print(Array("c".utf8), on: .output)
        outbox.measure(json: "2")
        outbox.connectionWasLost()
        #expect(
            sent(by: &outbox) == [
                log("ab", 0), .checkpoint(unit, step: 3, bytes: [1]), log("c", 2), .metrics(unit, json: "2"),
            ])
    }

    /// Only what was sent before an answered heartbeat of the same connection is forgotten.
    @Test func whatAHeartbeatAcknowledgesIsNotSentAgain() {
        var outbox = UnitOutbox(unit)
        outbox.print(Array("a".utf8), on: .output)
        _ = sent(by: &outbox)
        outbox.beat(1)
        outbox.print(Array("b".utf8), on: .output)
        _ = sent(by: &outbox)
        outbox.beat(2)
        outbox.print(Array("c".utf8), on: .output)
        _ = sent(by: &outbox)
        outbox.renewed(1)
        outbox.connectionWasLost()
        // The answer to a heartbeat of the connection before says nothing of this one.
        outbox.renewed(2)
        #expect(sent(by: &outbox) == [log("b", 1), log("c", 2)])
        outbox.beat(3)
        outbox.renewed(3)
        outbox.connectionWasLost()
        #expect(outbox.isEmpty)
    }

    /// However much is printed and however late the answers, nothing is dropped: there is no room until more is acknowledged.
    @Test(arguments: [1, 70_000]) func whatIsUnacknowledgedIsBoundedAndWhole(_ size: Int) {
        var outbox = UnitOutbox(unit)
        var length = 0
        while outbox.hasRoom {
            outbox.print([UInt8](repeating: 7, count: size), on: .output)
            length += size
            _ = sent(by: &outbox)
        }
        #expect(length <= UnitOutbox.bytesKept + size)
        outbox.connectionWasLost()
        let pieces = sent(by: &outbox).compactMap {
            if case .log(_, _, let offset, let bytes) = $0 { (offset, bytes.count) } else { nil }
        }
        #expect(pieces.first?.0 == 0)
        #expect(zip(pieces, pieces.dropFirst()).allSatisfy { $0.0 + UInt64($0.1) == $1.0 })
        #expect(pieces.reduce(0) { $0 + $1.1 } == length)
        outbox.beat(1)
        outbox.renewed(1)
        #expect(outbox.hasRoom)
    }
}

@Suite struct CheckpointFileTests {
    @Test func onlyARegularFileOfModestSizeIsTaken() throws {
        let folder = try TemporaryFolder()
        func write(_ name: String, _ size: Int) {
            _ = FileManager.default.createFile(
                atPath: "\(folder.path)/\(name)", contents: Data(repeating: 5, count: size))
        }
        write("empty", 0)
        write("small", 10)
        write("largest", CheckpointFile.largest)
        write("larger", CheckpointFile.largest + 1)
        mkfifo("\(folder.path)/pipe", 0o600)
        #expect(try CheckpointFile.read("small", in: folder.path) == [UInt8](repeating: 5, count: 10))
        #expect(try CheckpointFile.read("\(folder.path)/largest", in: "/").count == CheckpointFile.largest)
        for (name, reason) in [
            ("larger", "has 4194305 bytes; a checkpoint may have 4194304"), ("pipe", "is not a regular file"),
            (".", "is not a regular file"), ("empty", "is empty"),
        ] {
            let error = #expect(throws: CheckpointFile.Unfit.self) { try CheckpointFile.read(name, in: folder.path) }
            #expect(error?.reason == "\(folder.path)/\(name) \(reason)")
        }
        let error = #expect(throws: CheckpointFile.Unfit.self) { try CheckpointFile.read("none", in: folder.path) }
        #expect(error?.reason == "\(folder.path)/none: No such file or directory")
    }
}

@Suite struct PortReservationTests {
    private func canListen(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        } && listen(descriptor, 1) == 0
    }

    @Test func aPortIsHeldUntilItIsHandedOver() throws {
        var ports = try PortReservations(host: "127.0.0.1")
        let first = ports.reserve(for: lease(1, 0, 1))
        let again = ports.reserve(for: lease(1, 0, 1))
        let port = try #require(first)
        #expect(port < 32768)
        #expect(again == port)
        #expect(!canListen(port))
        ports.handOver(lease(1, 0, 1))
        #expect(canListen(port))
        ports.release { _ in true }
    }

    @Test func noTwoLeasesShareAPortAndNoGenerationMeetsTheLast() throws {
        var ports = try PortReservations(host: "127.0.0.1")
        var given: [UInt16] = []
        for epoch in 1...50 as ClosedRange<UInt64> {
            let port = ports.reserve(for: lease(1, 0, epoch))
            given.append(try #require(port))
            if epoch % 2 == 0 { ports.release { $0.epoch.number < epoch } }
        }
        #expect(Set(given).count == 50)
        ports.release { _ in true }
    }

    @Test func anUnknownHostIsRefused() {
        let error = #expect(throws: AgentError.self) { try PortReservations(host: "no.such.host.invalid") }
        #expect(error?.description.hasPrefix("host 'no.such.host.invalid': ") == true)
    }
}

@Suite struct WorkFolderTests {
    @Test func leasesHaveFoldersThatGo() throws {
        let parent = try TemporaryFolder()
        let folder = try WorkFolder("\(parent.path)/work")
        let own = try folder.make(for: lease(12, 0, 45))
        #expect(own.run == [parent.path, "work", "j12.0-45", "run"].joined(separator: "/"))
        #expect(FileManager.default.fileExists(atPath: own.checkpoints))
        #expect(FileManager.default.createFile(atPath: "\(own.run)/left", contents: nil))
        folder.remove(lease(12, 0, 45))
        #expect(!FileManager.default.fileExists(atPath: own.path))
    }

    /// What a lease left is never seen by another, whatever it is.
    @Test func onlyAFolderAsNewIsUsedAgain() throws {
        let parent = try TemporaryFolder()
        let folder = try WorkFolder(parent.path)
        let files = FileManager.default
        let changes: [(WorkFolder.LeaseFolder) throws -> Void] = [
            { _ = files.createFile(atPath: "\($0.run)/.hidden", contents: nil) },
            { _ = files.createFile(atPath: "\($0.checkpoints)/5", contents: nil) },
            { _ = files.createFile(atPath: $0.restored, contents: nil) },
            { try files.removeItem(atPath: $0.run) },
            {
                try files.removeItem(atPath: $0.run)
                try files.createSymbolicLink(atPath: $0.run, withDestinationPath: "/tmp")
            },
            { try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: $0.run) },
        ]
        for (number, change) in changes.enumerated() {
            let one = lease(1, 0, UInt64(number) + 1)
            try change(try folder.make(for: one))
            folder.remove(one)
            #expect(try files.contentsOfDirectory(atPath: parent.path) == ["lock"], "change \(number)")
        }
        // Left as it was made, it has the next lease's name, and is as it was made.
        _ = try folder.make(for: lease(2, 0, 50))
        folder.remove(lease(2, 0, 50))
        #expect(try files.contentsOfDirectory(atPath: parent.path).sorted() == ["j2.0-50", "lock"])
        let next = try folder.make(for: lease(2, 1, 51))
        #expect(try files.contentsOfDirectory(atPath: parent.path).sorted() == ["j2.1-51", "lock"])
        #expect(try files.contentsOfDirectory(atPath: next.path).sorted() == ["checkpoints", "run"])
        // Somebody put something there meanwhile: then it isn't used.
        folder.remove(lease(2, 1, 51))
        #expect(files.createFile(atPath: "\(next.run)/late", contents: nil))
        let fresh = try folder.make(for: lease(2, 2, 52))
        #expect(try files.contentsOfDirectory(atPath: fresh.run).isEmpty)
        folder.remove()
    }

    @Test func oneAgentAtATimeAndLeftoversGo() throws {
        let parent = try TemporaryFolder()
        do {
            let folder = try WorkFolder(parent.path)
            _ = try folder.make(for: lease(12, 0, 45))
            let error = #expect(throws: AgentError.self) { try WorkFolder(parent.path) }
            #expect(error == .workFolderInUse(folder: parent.path, pid: getpid()))
            withExtendedLifetime(folder) {}
        }
        _ = FileManager.default.createFile(atPath: "\(parent.path)/mine", contents: nil)
        let folder = try WorkFolder(parent.path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path).sorted() == ["lock", "mine"])
        folder.remove()
        #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path) == ["mine"])
    }

    @Test func onlyAbandonedFreshFoldersAreRemoved() throws {
        let parent = try TemporaryFolder()
        func make(_ name: String, lock: String?) throws {
            try FileManager.default.createDirectory(
                atPath: "\(parent.path)/\(name)", withIntermediateDirectories: false)
            if let lock { try lock.write(toFile: "\(parent.path)/\(name)/lock", atomically: false, encoding: .utf8) }
        }
        try make("banquet-worker-killed", lock: "123\n")
        try make("banquet-worker-new", lock: "")
        try make("banquet-worker-newer", lock: nil)
        try make("another", lock: "123\n")
        let held = try WorkFolder("\(parent.path)/banquet-worker-held")
        WorkFolder.removeAbandoned(in: parent.path)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: parent.path).sorted()
                == ["another", "banquet-worker-held", "banquet-worker-new", "banquet-worker-newer"])
        withExtendedLifetime(held) {}
    }

    @Test func aFreshFolderIsRemoved() throws {
        let folder = try WorkFolder(nil)
        let path = folder.path
        _ = try folder.make(for: lease(1, 0, 1))
        folder.remove()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aFileIsNotAFolder() throws {
        let parent = try TemporaryFolder()
        _ = FileManager.default.createFile(atPath: "\(parent.path)/file", contents: nil)
        let error = #expect(throws: AgentError.self) { try WorkFolder("\(parent.path)/file") }
        guard case .workFolder = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
