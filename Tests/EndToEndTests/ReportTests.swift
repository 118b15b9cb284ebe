import Foundation
import Testing

/// `banquet report` on a real coordinator's folder.
@Suite struct ReportTests {
    private func figures(_ arguments: String...) throws -> [String: Any] {
        let result = try Program.run(["report", "--format", "json"] + arguments)
        guard result.code == 0 else { throw Unexpected("report exited with \(result.code): \(result.error)") }
        return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    }

    @Test func whatRanIsCounted() throws {
        let cluster = try Cluster()
        try cluster.startCoordinator()
        try cluster.startWorkers("w1", slots: 2)
        #expect(try cluster.banquet("run", "--tenant", "vision", "--", "true").code == 0)
        #expect(
            try cluster.banquet("run", "--tenant", "speech", "--retries", "1", "--retry-delay", "10ms", "--", "false")
                .code == 1)
        let page = cluster.folder.appendingPathComponent("report.html")
        // Over the connection alone: the same figures, and the same pages.
        let period = ["--since", "all", "--format", "json"]
        let asked = try Program.run(cluster.insertingEndpoint(["report"] + period + ["--html", page.path]))
        #expect(asked.code == 0 && asked.error.isEmpty, "\(asked)")
        let told = try #require(try JSONSerialization.jsonObject(with: Data(asked.output.utf8)) as? [String: Any])
        let read = try figures("--state", cluster.state.path, "--since", "all")
        for key in ["jobs", "failures", "retries", "deadLetters", "tenants"] {
            #expect((told[key] as? NSObject) == (read[key] as? NSObject), "\(key)")
        }
        #expect(try String(contentsOf: page, encoding: .utf8).contains("</html>"))
        for (arguments, part) in [
            (["--since", "2020-01-01", "--until", "2020-02-01"], "banquet: nothing is known of 2020-01-01T00:00:00Z"),
            (["--since", "yesterday"], "--since is 'yesterday'"), (["--state", "x"], "give --state or --coordinator"),
        ] {
            let refused = try Program.run(cluster.insertingEndpoint(["report"] + arguments))
            #expect(refused.code == 2 && refused.output.isEmpty && refused.error.contains(part), "\(refused)")
        }
        // While the coordinator runs, and after it was killed.
        for isRunning in [true, false] {
            if !isRunning { cluster.killCoordinator() }
            let report = try figures("--state", cluster.state.path, "--since", "1h", "--html", page.path)
            let jobs = report["jobs"] as? [String: Any]
            #expect(jobs?["submitted"] as? Int == 2 && jobs?["succeeded"] as? Int == 1 && jobs?["failed"] as? Int == 1)
            #expect((report["failures"] as? [[String: Any]])?.first?["cause"] as? String == "exit code 1")
            #expect((report["failures"] as? [[String: Any]])?.first?["count"] as? Int == 2)
            #expect((report["retries"] as? [String: Any])?["failed"] as? Int == 1 && report["deadLetters"] as? Int == 1)
            #expect((report["slots"] as? [String: Double])?["available"] ?? 0 > 0)
        }
        #expect(try String(contentsOf: page, encoding: .utf8).contains("</html>"))
        let text = try Program.run(["report", "--state", cluster.state.path, "--since", "all"])
        #expect(text.code == 0 && text.output.contains("vision") && text.output.contains("energy     "))
        // Of twenty minutes with 3.6 MJ, half of it before the report.
        let end =
            try #require(try figures("--state", cluster.state.path, "--since", "1m")["to"] as? [String: Int])[
                "milliseconds"] ?? 0
        let span = #"{"from":\#(end - 1_200_000),"to":\#(end),"joules":{"w1":3600000}}"#
        try (span + "\n").write(
            to: cluster.state.appendingPathComponent("energy.jsonl"), atomically: true, encoding: .utf8)
        let measured = try figures("--state", cluster.state.path, "--since", "10m")["energyKilowattHours"] as? Double
        #expect(abs((measured ?? 0) - 0.5) < 1e-6)
        let short = try Program.run(["report", "--state", cluster.state.path, "--since", "10m"])
        #expect(short.output.contains("energy     500.0 Wh\n"), "\(short.output)")
        // The journal as lines gives the same.
        let lines = try Program.run(["journal", cluster.state.path, "--format", "json"]).output
        let file = try cluster.file("journal.jsonl", lines)
        let again = try Program.run(["report", "--state", file, "--since", "all"]).output
        func withoutEnergy(_ text: String) -> [Substring] {
            text.split(separator: "\n").filter { !$0.hasPrefix("energy") }
        }
        #expect(withoutEnergy(again) == withoutEnergy(text.output))
    }

    @Test func badInput() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "banquet-report-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let line =
            #"{"event":{"leave":{"_0":"w1"}},"isUnverified":false,"sequence":1,"time":{"milliseconds":1700000000000}}"#
            + "\n"
        let (good, bad, empty) = (folder.path + "/good", folder.path + "/bad", folder.path + "/empty")
        for (path, text) in [(good, line), (bad, "hello\n"), (empty, "")] {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        for (arguments, part) in [
            (["--state", good, "--since", "yesterday"], "--since is 'yesterday'; it must be an age such as 90m"),
            (["--state", good, "--until", "7"], "--until is '7'"),
            (["--state", bad], "\(bad):1:1: error: this line is no journal entry: it is not a JSON object"),
            (["--state", empty], "\(empty): error: "), (["--state", folder.path], "there is no such file"),
            (["--state", folder.path + "/none"], "neither a state folder nor a file"),
            (
                ["--state", good, "--since", "2020-01-01", "--until", "2020-02-01"],
                "nothing is known of 2020-01-01T00:00:00Z"
            ),
            (["--state", good, "--since", "2020-02-01", "--until", "2020-01-01"], "the period is empty"),
            (
                ["--state", good, "--since", "all", "--html", folder.path + "/no/such/folder/r.html"],
                "can't be written"
            ),
        ] {
            let result = try Program.run(["report"] + arguments)
            #expect(result.code == 2 && result.output.isEmpty, "\(arguments): \(result)")
            #expect(result.error.contains(part), "\(arguments): \(result.error)")
        }
    }
}
