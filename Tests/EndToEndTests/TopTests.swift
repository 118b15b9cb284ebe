import Foundation
import TerminalEmulator
import Testing

/// `banquet top`, lines of progress and tables, on a real pseudo-terminal.
@Suite(.serialized) struct TopTests {
    private func cluster() throws -> Cluster {
        let cluster = try Cluster()
        try cluster.startCoordinator()
        try cluster.startWorkers("w1", "w2", slots: 2)
        return cluster
    }

    @Test func itShowsTheClusterAndGivesTheTerminalBack() throws {
        let cluster = try cluster()
        for number in 0..<30 {
            _ = try cluster.submit("--name", "job-\(number)", "--tenant", "t\(number % 3)", "--", "sleep", "1000")
        }
        let top = try cluster.terminal(["top", "--interval", "0.2"])
        try top.waits("jobs run") {
            $0.isAlternate && $0.text.contains("4 of 4") && $0.text.contains("4 running, 26 queued")
        }
        let lines = top.emulator.lines
        #expect(lines.count == 24 && lines[5].hasPrefix(" 30 jobs   2 workers   3 tenants"))
        #expect(lines[7].hasPrefix("j1 ") && lines[7].contains("running"))
        #expect(lines[4].hasPrefix("monitor ") && lines[4].contains("none refused"))
        #expect(!top.emulator.isCursorShown)

        top.type("\t")
        try top.waits("the workers are shown") { $0.lines[7].hasPrefix("w1 ") && $0.lines[7].contains("2/2") }
        top.type("\u{1B}[Z\u{1B}[B\u{1B}[B\r")
        try top.waits("job j3 is shown") { $0.lines[1].hasPrefix("j3  job-2") && $0.text.contains("tenant      t2") }
        top.type("\u{1B}")
        try top.waits("the list is back") { $0.lines[6].hasPrefix("JOB") }
        top.type("G")
        try top.waits("the last job is shown") { $0.lines[22].contains("job-") && $0.lines[5].hasSuffix("30 of 30") }

        top.resize(width: 160, height: 50)
        try top.waits("all three lists are shown") {
            $0.text.contains("WORKER  ") && $0.text.contains("TENANT  ") && $0.text.contains("JOB  ")
                && $0.lines[49].hasPrefix("q leave")
        }
        top.resize(width: 80, height: 24)
        try top.waits("it is small again") { $0.lines[23].hasPrefix("q leave") && !$0.text.contains("WORKER  ") }

        // Nothing changes, and nothing is written but the clock and ages.
        #expect(top.emulator.unknown == [])
        top.type("q")
        #expect(try top.ends() == 0)
        #expect(!top.emulator.isAlternate && top.emulator.isCursorShown)
        #expect(try top.isAsBefore())
    }

    @Test(arguments: [("\u{3}", 0), ("", SIGTERM), ("", SIGSEGV), ("", SIGHUP)])
    func howeverItEndsTheTerminalIsAsBefore(keys: String, signal: Int32) throws {
        let cluster = try cluster()
        let top = try cluster.terminal(["top"])
        try top.waits("it is drawn") { $0.isAlternate && $0.text.contains("2 workers") }
        #expect(try !top.isAsBefore())
        if signal == 0 { top.type(keys) } else { kill(top.pid, signal) }
        #expect(try top.ends() == (signal == SIGSEGV ? -SIGSEGV : 0))
        #expect(!top.emulator.isAlternate && top.emulator.isCursorShown)
        #expect(try top.isAsBefore())
    }

    @Test func aCoordinatorThatGoesAwayAndComesBack() throws {
        let cluster = try cluster()
        let top = try cluster.terminal(["top", "--interval", "0.2", "--timeout", "1"])
        try top.waits("it is drawn") { $0.text.contains("2 connected") }
        cluster.killCoordinator()
        try top.waits("it says so") { $0.lines[0].contains("the coordinator is away for") && $0.text.contains("w") }
        try cluster.startCoordinator()
        try top.waits("it is back") { $0.lines[0].hasPrefix("banquet top") && $0.text.contains("2 connected") }
        top.type("q")
        #expect(try top.ends() == 0)
    }

    @Test func onePictureForAPipeAndWhatCanNotBe() throws {
        let cluster = try cluster()
        _ = try cluster.submit("--array", "7", "--name", "sleepers", "--", "sleep", "1000")
        try eventually("it runs") { try cluster.job("j1")["unitsRunning"] as? Int == 4 }
        let once = try cluster.banquet("top", "--once")
        #expect(once.code == 0 && once.error.isEmpty && !once.output.utf8.contains(0x1B))
        for part in ["4 of 4", "j1", "sleepers", "0/7", "w2", "policy fair"] {
            #expect(once.output.contains(part), "\(once.output)")
        }
        let document = try cluster.jsonLines("top", "--once").first
        #expect((document?["overview"] as? [String: Any])?["slots"] as? Int == 4)
        let piped = try cluster.banquet("top")
        #expect(piped.code == 2 && piped.error.contains("needs a terminal"), "\(piped)")
        #expect(try cluster.banquet("top", "--once", "--interval", "0").code == 2)
        let nobody = try Program.run(["top", "--once", "--insecure", "--coordinator", "tcp://127.0.0.1:1"])
        #expect(nobody.code == 2 && nobody.error.contains("no coordinator answers"), "\(nobody)")
    }

    /// What a viewer's and a tenant's key show.
    @Test func keysThatMayOnlyLook() throws {
        let cluster = try Cluster(hasKeys: true)
        try cluster.startCoordinator()
        try cluster.key("add", "viewer", "wall")
        try cluster.key("add", "tenant", "vision")
        for tenant in ["vision", "speech"] { _ = try cluster.submit("--tenant", tenant, "--", "true") }
        for key in ["viewer-wall", "tenant-vision"] {
            try eventually("the coordinator knows \(key)") { try cluster.banquet("jobs", "--key", key).code == 0 }
        }
        let viewer = try cluster.banquet("top", "--once", "--key", "viewer-wall")
        #expect(
            viewer.code == 0 && viewer.output.contains("j1") && viewer.output.contains("j2")
                && viewer.output.contains("none refused"), "\(viewer)")
        let tenant = try cluster.banquet("top", "--once", "--key", "tenant-vision")
        #expect(tenant.code == 0 && tenant.output.contains("j1"), "\(tenant)")
        #expect(
            !tenant.output.contains("j2") && !tenant.output.contains("speech")
                && tenant.output.contains("not for this key"))
    }

    @Test func progressIsShownOnATerminalAndGoneAtTheEnd() throws {
        let cluster = try cluster()
        let gate = cluster.folder.appendingPathComponent("gate").path
        let job = try cluster.submit("--array", "8", "--", "sh", "-c", "while [ ! -e \(gate) ]; do sleep 0.05; done")
        let wait = try cluster.terminal(["wait", job])
        try wait.waits("a bar is there") { $0.text.contains("j1  ") && $0.text.contains("0 of 8 tasks") }
        _ = FileManager.default.createFile(atPath: gate, contents: nil)
        #expect(try wait.ends() == 0)
        #expect(wait.screen.trimmingCharacters(in: .newlines) == "j1 succeeded")

        let simulate = try TerminalSession(Program.binary.path, ["simulate", "--seeds", "100000", "--hours", "0.01"])
        try simulate.waits("seeds are counted") { $0.text.contains("of 100,000 seeds") && $0.text.contains("left") }
        kill(simulate.pid, SIGINT)
        #expect(try simulate.ends() == 3)
        #expect(!simulate.screen.contains("of 100,000 seeds"))
        // To a pipe nothing of it is written.
        let piped = try Program.run(["simulate", "--seeds", "20", "--hours", "0.01"])
        #expect(piped.code == 0 && piped.error.isEmpty)
    }

    @Test func tablesFitTheTerminalAndPipesGetAll() throws {
        let cluster = try cluster()
        let name = String(repeating: "n", count: 60)
        _ = try cluster.submit("--name", name, "--tenant", "vision", "--", "true")
        for width in [30, 60, 80, 200] {
            for list in [["jobs"], ["workers"]] {
                let session = try cluster.terminal(list, width: width)
                #expect(try session.ends() == 0)
                let lines = String(decoding: session.written, as: UTF8.self).replacingOccurrences(
                    of: "\u{1B}[2m", with: ""
                )
                .replacingOccurrences(of: "\u{1B}[0m", with: "").split(whereSeparator: \.isNewline)
                #expect(lines.count == (list == ["jobs"] ? 2 : 3))
                for line in lines { #expect(line.count <= width, "\(width): \(line)") }
            }
        }
        #expect(try cluster.banquet("jobs").output.contains(name))
    }
}
