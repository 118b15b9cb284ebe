import Foundation
import Testing

/// The measurements: each is one JSON line, and none asserts a time here.
@Suite struct BenchTests {
    private func bench(_ cluster: Cluster, _ arguments: String...) throws -> [String: Any] {
        let result = try Program.run(
            ["bench", arguments[0], "--coordinator", cluster.endpoint, "--insecure"] + arguments.dropFirst())
        #expect(result.code == 0, "\(arguments): \(result.error)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 1)
        let line = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        return try #require(line)
    }

    @Test func eachMeasurementIsOneLine() throws {
        let cluster = try Cluster()
        try cluster.startCoordinator()
        try cluster.startWorkers("w1", slots: 2)
        let trips = try bench(cluster, "round-trip", "--jobs", "3", "--builtin")
        #expect(trips["test"] as? String == "round-trip" && trips["p50"] is Double && trips["p99"] is Double)
        #expect(try bench(cluster, "dispatch", "--tasks", "50")["tasks"] as? Int == 50)
        let pieces = try bench(cluster, "dispatch", "--tasks", "50", "--waiting", "8", "--", "/bin/true")
        #expect(pieces["waiting"] as? Int == 8)
        #expect(try bench(cluster, "submit", "--jobs", "20")["jobs"] as? Int == 20)
        let flood = try bench(cluster, "flood", "--submits", "100", "--jobs", "5")
        #expect(flood["submits"] as? Int == 100 && flood["value"] is Double && flood["tail"] is Double)
        #expect((flood["admitted"] as? Int ?? 0) + (flood["refused"] as? Int ?? 0) == 100)
        let beats = try bench(cluster, "heartbeats", "--workers", "10", "--seconds", "1")
        #expect(beats["sent"] as? Int == 100 && beats["unit"] as? String == "percent of a core")
        let monitor = try Program.run(["bench", "monitor", "--entries", "100", "--rounds", "1"])
        #expect(monitor.code == 0 && monitor.output.contains("% of a core at 10,000 events"), "\(monitor)")
        // Every job was one, and has ended well.
        let jobs = try cluster.jsonLines("jobs")
        #expect(jobs.filter { $0["name"] as? String == "dispatch" }.count == 1 + 13)
        #expect(
            jobs.filter { $0["name"] as? String == "round-trip" }.allSatisfy { $0["state"] as? String == "succeeded" })
        try eventually("the made-up workers have left") {
            let workers = try cluster.jsonLines("workers").filter {
                ($0["name"] as? String)?.hasPrefix("bench-") == true
            }
            return workers.count == 10 && workers.allSatisfy { $0["state"] as? String == "gone" }
        }
    }

    @Test func whatCanNotBeMeasuredIsSaid() throws {
        let cluster = try Cluster()
        try cluster.startCoordinator()
        let connection = ["--coordinator", cluster.endpoint, "--insecure"]
        let none = try Program.run(["bench", "heartbeats", "--pid", "2147483647"] + connection)
        #expect(none.code == 2)
        #expect(none.error == "banquet: there is no process 2147483647 on this host\n")
        let keys = try Program.run(["bench", "heartbeats", "--coordinator", cluster.endpoint])
        #expect(keys.code == 2)
        #expect(keys.error.contains("say --insecure"), "\(keys.error)")
    }
}
