import Foundation
import Testing

/// One clear line on standard error, exit code 2, and nothing changed.
@Suite struct BadInputTests {
    func expectRefused(
        _ result: Result, _ part: String, code: Int32 = 2, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(result.code == code, "\(result)", sourceLocation: sourceLocation)
        #expect(result.error.contains(part), "\(result.error)", sourceLocation: sourceLocation)
        #expect(result.output.isEmpty, "\(result.output)", sourceLocation: sourceLocation)
    }

    @Test func jobsThatCanNotBe() throws {
        let cluster = try Cluster()
        try cluster.startCoordinator()
        try cluster.startWorkers("w1")
        let wrong = try cluster.file("wrong.yaml", "gang: 2\ncomand: [ls]\n")
        expectRefused(
            try cluster.banquet("submit", wrong), "\(wrong):2:1: error: unknown key 'comand'; did you mean 'command'?")
        expectRefused(try cluster.banquet("submit", "--gang", "9", "--", "ls"), "at most 8 slots are for one gang")
        expectRefused(try cluster.banquet("submit", "--slots", "5", "--", "ls"), "at most 4 slots are on one worker")
        expectRefused(try cluster.banquet("submit"), "nothing to run")
        expectRefused(try cluster.banquet("submit", "/no/such/job.yaml"), "/no/such/job.yaml: error: no such file")
        expectRefused(try cluster.banquet("show", "j99"), "there is no job j99")
        expectRefused(try cluster.banquet("cancel", "j99"), "j99")
        expectRefused(try cluster.banquet("submit", "--builtin", "nonsense"), "nonsense")
        #expect(try cluster.jsonLines("jobs").isEmpty)
    }

    @Test func aCoordinatorThatIsNotThere() throws {
        let result = try Program.run(["jobs", "--insecure", "--coordinator", "tcp://127.0.0.1:1"])
        expectRefused(result, "tcp://127.0.0.1:1")
        #expect(result.error.split(separator: "\n").count == 1, "\(result.error)")
        expectRefused(try Program.run(["jobs", "--coordinator", "here"]), "tcp://ADDRESS:PORT")
        expectRefused(
            try Program.run(["wait", "j1", "--insecure", "--coordinator", "tcp://127.0.0.1:1"]),
            "no coordinator answers")
    }

    @Test func aPortOrAStateFolderInUse() throws {
        let cluster = try Cluster()
        try cluster.startCoordinator()
        let other = cluster.folder.appendingPathComponent("other").path
        let port = try Program.run(
            [
                "coordinator", "--insecure", "--config", cluster.configuration.path, "--state", other, "--listen",
                cluster.endpoint,
            ])
        #expect(port.code == 2 && port.error.contains(cluster.endpoint), "\(port)")
        let state = try Program.run([
            "coordinator", "--insecure", "--config", cluster.configuration.path, "--state", cluster.state.path,
        ])
        #expect(state.code == 2 && state.error.contains("owned by the running coordinator"), "\(state)")
        // The coordinator that was there is none the worse for it.
        #expect(try cluster.banquet("jobs").code == 0)
    }

    @Test func aWrongConfiguration() throws {
        let cluster = try Cluster(configuration: "listen: tcp://127.0.0.1:*\npolicy: lottery\n")
        let result = try Program.run([
            "coordinator", "--insecure", "--config", cluster.configuration.path, "--state", cluster.state.path,
            "--unverified",
        ])
        #expect(result.code == 2 && result.error.contains("lottery") && result.error.contains("fifo"), "\(result)")
        #expect(!FileManager.default.fileExists(atPath: cluster.state.path))
    }

    @Test func journalsThatAreNone() throws {
        let cluster = try Cluster()
        for (text, error) in [
            ("", "there are no journal entries in it"), ("\n \n", "there are no journal entries in it"),
            ("x\n", ":1:1: error: this line is no journal entry: it is not a JSON object"),
            ("\u{0}\u{1}\u{2}", ":1:1: error: this line is no journal entry: it is not a JSON object"),
            ("{\"sequence\":1}\n", ":1:1: error: this line is no journal entry: it lacks \"time\""),
            (
                "{\"event\":{\"nonsense\":{}},\"isUnverified\":false,\"sequence\":1,\"time\":{\"milliseconds\":1}}",
                "there is no event \"nonsense\""
            ),
            (
                "{\"event\":{\"cancel\":{\"_0\":\"j1\"}},\"isUnverified\":false,\"sequence\":0,\"time\":{\"milliseconds\":1}}",
                "entries are counted from 1"
            ),
        ] {
            let file = try cluster.file("journal.jsonl", text)
            expectRefused(try Program.run(["conform", file]), error)
            expectRefused(try Program.run(["bench", "monitor", file]), error)
        }
        // The largest numbers that there are.
        let last = try cluster.file(
            "last.jsonl",
            "{\"event\":{\"cancel\":{\"_0\":\"j1\"}},\"isUnverified\":false,\"sequence\":18446744073709551615,\"time\":{\"milliseconds\":1}}"
        )
        #expect(try Program.run(["conform", last]).code <= 1)
        expectRefused(try Program.run(["conform", "/no/such"]), "/no/such: error: neither a state folder nor a file")
        let spec = Cluster.root.appendingPathComponent("Specs/protocol/dispatch.csp").path
        let honest = Cluster.root.appendingPathComponent("Tests/ConformanceTests/Journals/honest.jsonl").path
        expectRefused(try Program.run(["conform", honest, "--spec", spec]), "`LEASE` is not in scope")
        expectRefused(try Program.run(["conform", honest, "--policy", "lottery"]), "there is no policy 'lottery'")
    }

    @Test func wrongUsage() throws {
        for arguments in [["nonsense"], ["jobs", "--nonsense"], ["show"], ["run", "--gang", "x", "--", "ls"]] {
            let result = try Program.run(arguments)
            #expect(result.code == 2 && !result.error.isEmpty, "\(arguments): \(result)")
        }
        #expect(try Program.run(["--help"]).code == 0)
    }
}
