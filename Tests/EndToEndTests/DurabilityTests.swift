import Foundation
import Testing

/// What an operator sees of the state folder.
@Suite struct DurabilityTests {
    /// The kernel refuses to let the coordinator's files grow, as a full disk does: it stops loudly, and all that it had
    /// acknowledged is there when there is room again.
    @Test func aFullDiskStopsTheCoordinatorAndLosesNothingAcknowledged() throws {
        let cluster = try Cluster()
        try cluster.startCoordinator(limits: "trap '' XFSZ; ulimit -f 800")
        var acknowledged: Set<String> = []
        for _ in 0..<200 {
            let large = "LARGE=" + String(repeating: "x", count: 40_000)
            let submission = try cluster.banquet("submit", "--env", large, "--", "true")
            guard submission.code == 0 else { break }
            acknowledged.insert(submission.output.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        #expect(acknowledged.count > 2 && acknowledged.count < 200)
        #expect(cluster.coordinatorsExitCode() == 2)
        #expect(
            cluster.coordinatorLog.contains("can't write \(cluster.state.path)/banquet.sqlite"),
            "\(cluster.coordinatorLog)")
        try cluster.startCoordinator()
        let known = Set(try cluster.jsonLines("jobs").compactMap { $0["id"] as? String })
        #expect(acknowledged.isSubset(of: known))
    }

    @Test func theJournalIsPrintedAndVerified() throws {
        let cluster = try Cluster()
        try cluster.startCoordinator()
        try cluster.startWorkers("w1")
        #expect(try cluster.banquet("run", "--", "true").code == 0)
        #expect(try cluster.banquet("run", "--", "sh", "-c", "exit 3").code == 3)
        // While the coordinator owns the folder.
        let state = cluster.state.path
        let text = try Program.run(["journal", state])
        #expect(text.code == 0, "\(text.error)")
        #expect(text.output.contains("task=j1.0 epoch=1 worker=w1 attempt=1"), "\(text.output)")
        let lines = try Program.run(["journal", state, "--format", "json", "--job", "j2"]).output.split(separator: "\n")
        let events = try lines.map { try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
        #expect(events.map { $0["event"] as? String } == ["submit", "assign", "accept", "fail", "end"])
        #expect(events[3]["task"] as? String == "j2.0")
        #expect(try Program.run(["journal", state, "--verify"]).code == 0)
        cluster.stopCoordinator()

        // A row in the middle is changed behind the coordinator's back.
        let path = "\(state)/banquet.sqlite"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let place = try #require(bytes.range(of: Data("/bin/sh".utf8)) ?? bytes.range(of: Data("exit 3".utf8)))
        bytes[place.lowerBound] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        let verdict = try Program.run(["journal", state, "--verify"])
        #expect(verdict.code == 1)
        #expect(verdict.error.contains("are not as they were written"), "\(verdict.error)")
        #expect(throws: Unexpected.self) { try cluster.startCoordinator() }
        #expect(cluster.coordinatorLog.contains("banquet journal \(state) --cut"), "\(cluster.coordinatorLog)")
        let number = try #require(cluster.coordinatorLog.components(separatedBy: "--cut ").last?.prefix { $0.isNumber })
        #expect(try Program.run(["journal", state, "--cut", String(number)]).code == 0)
        try cluster.startCoordinator()
        #expect(try cluster.jsonLines("jobs").compactMap { $0["id"] as? String } == ["j1"])
    }

    @Test func whatIsNoStateFolderIsNamed() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("banquet-none-\(UUID().uuidString)")
        let result = try Program.run(["journal", folder.path])
        #expect(result.code == 2)
        #expect(result.error == "banquet: \(folder.path)/banquet.sqlite: there is no such file\n")
    }
}
