import Foundation
import Testing

/// A configuration that changes, and configurations that are refused.
@Suite struct ReloadTests {
    private static func configuration(_ policy: String, _ more: String = "") -> String {
        """
        listen: tcp://127.0.0.1:*
        policy: \(policy)
        limits: { gang-slots: 8, worker-slots: 4 }
        lease: { heartbeat: 100ms, duration: 1s }
        \(more)
        """
    }

    private func status(_ cluster: Cluster) throws -> [String: Any] {
        try #require(try cluster.jsonLines("status").first)
    }

    @Test func aChangedConfigurationIsCheckedBeforeItIsTaken() throws {
        let cluster = try Cluster(configuration: Self.configuration("fair"))
        try cluster.startCoordinator()
        try cluster.startWorkers("w1")
        #expect(try cluster.banquet("run", "--", "true").code == 0)
        #expect(try status(cluster)["policy"] as? String == "fair")
        // One that starves somebody is refused, with its counterexample, and nothing has changed.
        try Self.configuration("strict-priority").write(to: cluster.configuration, atomically: true, encoding: .utf8)
        let refused = try cluster.banquet("reload")
        #expect(refused.code == 1, "\(refused)")
        #expect(refused.error.contains("starve") && refused.error.contains("cycle"), "\(refused.error)")
        #expect(try status(cluster)["policy"] as? String == "fair")
        #expect(try status(cluster)["refusedReload"] != nil)
        let shown = try cluster.banquet("status").output.split(separator: "\n").first { $0.hasPrefix("REFUSED") }
        #expect(shown?.contains("stays in force: fails: ") == true, "\(shown ?? "")")
        // So is one with a mistake in it.
        try Self.configuration("fare").write(to: cluster.configuration, atomically: true, encoding: .utf8)
        let faulty = try cluster.banquet("reload")
        #expect(faulty.code == 1 && faulty.error.contains("fare"), "\(faulty)")
        // One that holds is taken; what it can't take is said.
        try Self.configuration("fifo").replacingOccurrences(of: "duration: 1s", with: "duration: 2s")
            .write(to: cluster.configuration, atomically: true, encoding: .utf8)
        let taken = try cluster.banquet("reload")
        #expect(taken.code == 0 && taken.output.contains("lease has changed"), "\(taken)")
        #expect(try status(cluster)["policy"] as? String == "fifo")
        #expect(try status(cluster)["reloads"] as? Int == 1)
        #expect(try cluster.banquet("run", "--gang", "1", "--", "true").code == 0)
        #expect(try cluster.banquet("status").code == 0)
    }

    @Test(
        "A configuration that would starve or block somebody is refused",
        arguments: [
            ("strict-priority", "", "starve"), ("greedy-gang", "", "deadlock"),
            ("fair", "preflight: { slots: 4 }", "starve"),
        ])
    func isRefused(policy: String, more: String, word: String) throws {
        let cluster = try Cluster(configuration: Self.configuration(policy, more))
        let result = try Program.run(["preflight", "--config", cluster.configuration.path])
        #expect(result.code == 1, "\(result)")
        #expect(result.output.contains(word) && result.output.contains("submit."), "\(result.output)")
        let start = try Program.run([
            "coordinator", "--insecure", "--config", cluster.configuration.path, "--state", cluster.state.path,
        ])
        #expect(start.code == 1 && start.error.contains("does not start"), "\(start)")
        #expect(!FileManager.default.fileExists(atPath: cluster.state.path))
    }

    @Test func whatWasProvedOnceIsNotProvedAgain() throws {
        let cluster = try Cluster(
            configuration: Self.configuration("fifo", "tenants: { t\(UInt32.random(in: 0...9999999)): {} }"))
        let arguments = ["preflight", "--config", cluster.configuration.path]
        let first = try Program.run(arguments)
        #expect(first.code == 0 && !first.output.contains("proved on"), "\(first)")
        let second = try Program.run(arguments)
        #expect(second.code == 0 && second.output.contains("proved on"), "\(second)")
        #expect(try Program.run(arguments + ["--fresh"]).output.contains("proved on") == false)
        // Another configuration is another question.
        try Self.configuration("fifo", "preflight: { slots: 9 }")
            .write(to: cluster.configuration, atomically: true, encoding: .utf8)
        #expect(try Program.run(arguments).output.contains("9 slots"))
    }
}
