import Foundation
import Testing

/// Jobs as people submit them, over the command line.
@Suite struct JobTests {
    let cluster: Cluster

    init() throws {
        cluster = try Cluster()
        try cluster.startCoordinator()
        try cluster.startWorkers("w1", "w2", slots: 2)
    }

    @Test func runStreamsOutputAndExitsWithTheJobsCode() throws {
        let run = try cluster.banquet("run", "--", "sh", "-c", "echo out; echo err >&2; exit 7")
        #expect(run.code == 7)
        #expect(run.output == "out\n")
        #expect(run.error.contains("err\n"))
        #expect(run.error.contains("j1 failed"))
        #expect(try cluster.banquet("run", "--", "true").code == 0)
        #expect(try cluster.banquet("logs", "j1").output == "out\n")
        #expect(try cluster.banquet("logs", "--error", "j1").output == "err\n")
    }

    @Test func aProgramThatIsNotThereIsNamed() throws {
        let run = try cluster.banquet("run", "--", "/no/such/program")
        #expect(run.code == 127)
        #expect(run.error.contains("/no/such/program"), "\(run.error)")
    }

    @Test func aGangSeesItsRanksAndRendezvous() throws {
        let script =
            "echo $RANK $LOCAL_RANK $WORLD_SIZE $MASTER_ADDR $BANQUET_JOB $BANQUET_ATTEMPT; [ $MASTER_PORT -gt 0 ]"
        let run = try cluster.banquet("run", "--gang", "3", "--", "sh", "-c", script)
        #expect(run.code == 0, "\(run.error)")
        let lines = run.output.split(separator: "\n").sorted()
        #expect(lines.count == 3)
        for (rank, line) in lines.enumerated() {
            let fields = line.split(separator: " ")
            #expect(fields[0] == "[\(rank)]" && fields[1] == "\(rank)" && fields[3] == "3" && fields[4] == "127.0.0.1")
            #expect(fields[5] == "j1" && fields[6] == "1")
        }
    }

    @Test func anArrayRunsEveryTask() throws {
        let run = try cluster.banquet("run", "--array", "20", "--", "sh", "-c", "echo task $BANQUET_TASK_INDEX")
        #expect(run.code == 0, "\(run.error)")
        #expect(Set(run.output.split(separator: "\n")) == Set((0..<20).map { "[\($0)] task \($0)" as Substring }))
    }

    @Test func linesOfSeveralUnitsAreMarkedWhole() throws {
        let run = try cluster.banquet(
            "run", "--gang", "2", "--", "sh", "-c", "printf 'a\\n\\nb'; sleep 0.2; printf 'c\\nend'")
        #expect(
            run.output.split(separator: "\n").filter { $0.hasPrefix("[0]") } == ["[0] a", "[0] ", "[0] bc", "[0] end"],
            "\(run.output)")
    }

    @Test func metricsThatAreNoNumbersOfOursHarmNobody() throws {
        let line = #"{\"epoch\":1,\"images_per_second\":1e300,\"loss\":\"none\"}"#
        let run = try cluster.banquet(
            "run", "--events", "--", "sh", "-c",
            "echo \"\(line)\" >&$BANQUET_METRICS_FD; echo nonsense >&$BANQUET_METRICS_FD")
        #expect(run.code == 0, "\(run.error)")
    }

    @Test func retriesRunTheProgramAgain() throws {
        let marker = cluster.folder.appendingPathComponent("marker").path
        let script = "if [ -e \(marker) ]; then exit 0; fi; touch \(marker); exit 3"
        #expect(try cluster.banquet("run", "--retries", "1", "--", "sh", "-c", script).code == 0)
        #expect(try cluster.job("j1")["attempts"] as? Int == 2)
    }

    @Test func cancelEndsWhatRunsAndWhatItStarted() throws {
        let marker = "banquet-marker-\(UUID().uuidString)"
        let id = try cluster.submit("--env", "MARKER=\(marker)", "--", "sh", "-c", "sleep 1000 & sleep 1001")
        try eventually("\(id) runs, and its child") {
            try Cluster.processes(mentioning: marker).count { $0.contains("sleep 100") } >= 2
        }
        #expect(try cluster.banquet("cancel", id).code == 0)
        #expect(try cluster.banquet("wait", id).code == 1)
        #expect(try cluster.job(id)["state"] as? String == "cancelled")
        #expect(try Cluster.processes(mentioning: marker) == [])
    }

    @Test func queuedJobsKeepTheirOrderAndSayWhyTheyWait() throws {
        let gate = cluster.folder.appendingPathComponent("gate").path
        let first = try cluster.submit("--gang", "4", "--", "sh", "-c", "until [ -e \(gate) ]; do sleep 0.05; done")
        let second = try cluster.submit("--gang", "4", "--", "true")
        let third = try cluster.submit("--", "true")
        try eventually("\(first) runs") { try cluster.job(first)["state"] as? String == "running" }
        #expect((try cluster.job(second)["reason"] as? String)?.contains("waits for 4 slots") == true)
        #expect((try cluster.job(third)["reason"] as? String)?.contains("1 job ahead") == true)
        _ = FileManager.default.createFile(atPath: gate, contents: nil)
        for job in [first, second, third] { #expect(try cluster.banquet("wait", job).code == 0) }
        // The third may start, and end, as soon as the first of the second's ranks is done; nobody ends before the first.
        let starts = try times("started", of: [first, second, third])
        let ends = try times("ended", of: [first, second, third])
        #expect(starts == starts.sorted())
        #expect(ends[0] <= starts[1] && ends.min() == ends[0])
    }

    /// Milliseconds.
    private func times(_ key: String, of jobs: [String]) throws -> [Int64] {
        try jobs.map { job in
            let time = try #require(try cluster.job(job)[key] as? [String: Any])
            return try #require(time["milliseconds"] as? NSNumber).int64Value
        }
    }

    @Test func listsAreJSONOnRequest() throws {
        _ = try cluster.banquet("run", "--name", "hello", "--tenant", "vision", "--", "true")
        let jobs = try cluster.jsonLines("jobs")
        #expect(jobs.count == 1)
        #expect(
            jobs[0]["name"] as? String == "hello" && jobs[0]["tenant"] as? String == "vision"
                && jobs[0]["state"] as? String == "succeeded")
        #expect(try cluster.jsonLines("workers").map { $0["name"] as? String } == ["w1", "w2"])
        #expect(try cluster.banquet("jobs").output.contains("hello"))
        #expect(try cluster.banquet("workers").output.contains("w1"))
        #expect(try cluster.banquet("show", "j1").output.contains("succeeded"))
    }
}
