import Foundation
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The web console of a real coordinator, over HTTP and in a real browser.
@Suite(.serialized) struct ConsoleTests {
    private func cluster(
        _ console: String = "{ listen: '127.0.0.1:*' }", alerts: String = "{ stuck: 1s }"
    ) throws -> Cluster {
        try Cluster(
            configuration: """
                listen: tcp://127.0.0.1:*
                limits: { gang-slots: 8, worker-slots: 4 }
                lease: { heartbeat: 100ms, duration: 1s }
                preflight: { specs: [\(Cluster.root.path)/Specs/protocol/dispatch.csp] }
                console: \(console)
                alerts: \(alerts)
                """)
    }

    private func address(_ cluster: Cluster) throws -> String {
        var found: String?
        try eventually("the console listens") {
            found = cluster.coordinatorLog.split(separator: "\n").first { $0.hasPrefix("console: ") }.map {
                String($0.dropFirst(9))
            }
            return found != nil
        }
        return try #require(found)
    }

    private func json(_ address: String) throws -> Any {
        let answer = try HTTP.get(address)
        guard answer.status == 200 else { throw Unexpected("\(address): \(answer.status) \(answer.text)") }
        return try JSONSerialization.jsonObject(with: answer.body)
    }

    @Test func whatTheCommandLineSaysTheConsoleSaysToo() throws {
        let cluster = try cluster()
        try cluster.startCoordinator()
        try cluster.startWorkers("w1", "w2", slots: 2)
        let console = try address(cluster)
        #expect(
            try cluster.banquet("run", "--env", "SECRET=hush", "--", "sh", "-c", "echo out; echo err >&2").code == 0)

        let page = try json("\(console)api/jobs?kind=ended&text=sh") as? [String: Any]
        #expect(page?["total"] as? Int == 1)
        #expect((try json("\(console)api/jobs?kind=running") as? [String: Any])?["total"] as? Int == 0)
        let overview = try json("\(console)api/overview") as? [String: Any]
        #expect(overview?["slots"] as? Int == 4)
        #expect(overview?["jobs"] as? [String: Int] == ["succeeded": 1])
        #expect(((try json("\(console)api/workers")) as? [Any])?.count == 2)

        let log = try HTTP.get("\(console)api/jobs/j1/log?unit=0&stream=error")
        #expect(log.text == "err\n")
        #expect(log.headers.first { "\($0.key)".lowercased() == "x-next-offset" }?.value as? String == "4")
        let live = try HTTP.get("\(console)api/jobs/j1/live")
        #expect(live.text.contains("event: output\ndata: {\"stream\":\"output\",\"text\":\"out\\n\"}\n"))
        #expect(live.text.hasSuffix("event: end\ndata: null\n\n"))

        // What is in a job's environment stays there.
        for path in ["api/jobs/j1", "api/journal", "api/jobs", "api/jobs/j1/live"] {
            #expect(!(try HTTP.get(console + path).text.contains("hush")), "\(path)")
        }
        let journal = try json("\(console)api/journal?from=1&limit=3") as? [String: Any]
        #expect((journal?["entries"] as? [[String: Any]])?.map { $0["sequence"] as? Int } == [1, 2, 3])
        let verification = try json("\(console)api/verification") as? [String: Any]
        #expect((verification?["files"] as? [Any])?.isEmpty == false)
        #expect((verification?["text"] as? String)?.contains("dispatch.csp") == true)

        for (path, status) in [
            ("nothing", 404), ("api/jobs/j99", 404), ("api/jobs/x", 404), ("api/jobs/j1/log?unit=7", 400),
            ("%2e%2e/etc/passwd", 404),
        ] {
            #expect(try HTTP.get(console + path).status == status, "\(path)")
        }
    }

    /// Prometheus' own checker takes what `/metrics` says.
    @Test func metricsAreAsPrometheusWantsThem() throws {
        let cluster = try cluster()
        try cluster.startCoordinator()
        try cluster.startWorkers("w1")
        let console = try address(cluster)
        #expect(try cluster.banquet("run", "--", "true").code == 0)
        let metrics = try HTTP.get("\(console)metrics")
        #expect(metrics.text.contains("banquet_events_total{event=\"submit\"} 1\n"))
        #expect(metrics.text.contains("banquet_jobs{state=\"succeeded\"} 1\n"))
        let file = cluster.folder.appendingPathComponent("metrics.txt")
        try metrics.body.write(to: file)
        let check = Process()
        check.executableURL = URL(fileURLWithPath: "/bin/sh")
        check.arguments = ["-c", "promtool check metrics < '\(file.path)' 2>&1"]
        let said = Pipe()
        check.standardOutput = said
        try check.run()
        let text = String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        check.waitUntilExit()
        #expect(check.terminationStatus == 0, "\(text)")
    }

    /// A host whose processors are too hot, by a tree of files as the kernel has it: shown, measured, an alert that a command gets, and over
    /// once it is cool.
    @Test func aHotDeviceIsAnAlertThatIsDelivered() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("banquet-delivered-\(UUID())")
        defer { try? FileManager.default.removeItem(at: file) }
        let cluster = try cluster(alerts: "{ temperature: 80, command: [tee, -a, '\(file.path)'] }")
        try cluster.startCoordinator()
        let monitor = cluster.folder.appendingPathComponent("host/sys/class/hwmon/hwmon0")
        try FileManager.default.createDirectory(at: monitor, withIntermediateDirectories: true)
        func write(_ name: String, _ text: String) throws {
            try (text + "\n").write(to: monitor.appendingPathComponent(name), atomically: true, encoding: .utf8)
        }
        try write("name", "coretemp")
        try write("temp1_input", "91000")
        try cluster.startWorkers("w1", options: ["--host-root", cluster.folder.appendingPathComponent("host").path])
        let console = try address(cluster)
        func alerts() throws -> [[String: Any]] { try json("\(console)api/alerts") as? [[String: Any]] ?? [] }
        try eventually("it is an alert") { try alerts().map { $0["subject"] as? String } == ["w1 cpu0"] }
        let device = try cluster.jsonLines("workers").first?["devices"] as? [[String: Any]]
        #expect(device?.first?["celsius"] as? Double == 91)
        #expect(try cluster.banquet("workers").output.contains("cpu0 91 °C"))
        #expect(
            try HTTP.get("\(console)metrics").text.contains(
                "banquet_device_temperature_celsius{worker=\"w1\",device=\"cpu0\",name=\"processors\"} 91\n"))
        try write("temp1_input", "60000")
        try eventually("it is over") { try alerts().first?["cleared"] != nil }
        try eventually("both were delivered") {
            let lines = ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n")
            return lines.count == 2 && lines.allSatisfy { $0.contains("\"kind\":\"heat\"") }
                && lines[1].contains("cleared")
        }
    }

    /// A job whose only worker is out of service, while another tenant's tasks run one after the other: overtaken more often than the
    /// operator allows. What the preflight proved speaks of jobs whose workers are there; the page has its number.
    @Test func whatIsOvertakenMoreOftenThanTheOperatorAllowsIsAnAlert() throws {
        let cluster = try cluster(alerts: "{ overtaken: 5 }")
        try cluster.startCoordinator()
        let console = try address(cluster)
        let verification = try json("\(console)api/verification") as? [String: Any]
        #expect(verification?["overtaking"] as? [String: Int] == ["most": 3, "tenants": 3])
        #expect(cluster.coordinatorLog.contains("at most 3 others start in their turn"))
        try cluster.startWorkers("w1")
        try cluster.startWorkers("w2", options: ["--label", "site=bonn"])
        #expect(try cluster.banquet("drain", "w2").code == 0)
        let job = try cluster.submit("--tenant", "vision", "--where", "site=bonn", "--", "true")
        #expect(try cluster.banquet("run", "--tenant", "flood", "--array", "16", "--", "true").code == 0)
        func alerts() throws -> [[String: Any]] { try json("\(console)api/alerts") as? [[String: Any]] ?? [] }
        try eventually("it is an alert") { try alerts().contains { $0["subject"] as? String == job } }
        let message = try alerts().first { $0["subject"] as? String == job }?["message"] as? String ?? ""
        #expect(message.hasPrefix("\(job) of vision was overtaken "))
        #expect(message.contains(" units; the configuration's limit is 5;"))
        // On a terminal too, where somebody takes note of it.
        let listed = try cluster.banquet("alerts")
        #expect(listed.code == 1 && listed.output.contains("the configuration's limit is 5"), "\(listed)")
        func acknowledge(_ id: Int) throws -> Result {
            try Program.run(["alerts", "ack", "\(id)", "--coordinator", cluster.endpoint, "--insecure"])
        }
        let none = try acknowledge(99)
        #expect(none.code == 2 && none.error.contains("there is no alert 99"), "\(none)")
        let id = try #require(try alerts().first { $0["subject"] as? String == job }?["id"] as? Int)
        #expect(try acknowledge(id).code == 0)
        #expect(try alerts().first { $0["id"] as? Int == id }?["acknowledged"] != nil)
        #expect(try cluster.banquet("drain", "--undo", "w2").code == 0)
        try eventually("it is over") { try alerts().allSatisfy { $0["cleared"] != nil } }
    }

    @Test func beyondLoopbackAndUnderForeignNamesNobodyGetsIn() throws {
        let token = "0123456789abcdef0123"
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("token-\(UUID().uuidString)")
        try (token + "\n").write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        let cluster = try cluster("{ listen: '127.0.0.1:*', token-file: \(file.path) }")
        #expect(throws: (any Error).self) { try cluster.startCoordinator() }
        #expect(cluster.coordinatorLog.contains("chmod 600"))

        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        try cluster.startCoordinator()
        let console = try address(cluster)
        #expect(try HTTP.get("\(console)api/overview").status == 401)
        #expect(try HTTP.get("\(console)metrics").status == 401)
        #expect(try HTTP.get("\(console)api/overview", headers: ["Authorization": "Bearer \(token)x"]).status == 401)
        #expect(try HTTP.get("\(console)api/overview", headers: ["Authorization": "Bearer \(token)"]).status == 200)
        // The page itself says nothing.
        #expect(try HTTP.get(console).status == 200)

        let refused = try Program.run([
            "coordinator", "--insecure", "--unverified", "--listen", "tcp://127.0.0.1:*", "--state",
            cluster.folder.path + "/other", "--console", "0.0.0.0:0",
        ])
        #expect(refused.code == 2)
        #expect(refused.error.contains("token-file"))
    }

    @Test func aForeignHostNameIsRefused() throws {
        let cluster = try cluster()
        try cluster.startCoordinator()
        let console = try address(cluster)
        #expect(try HTTP.get("\(console)api/overview", headers: ["Host": "evil.example"]).status == 403)
        #expect(try HTTP.get("\(console)api/overview").status == 200)
    }

    @Test func theBrowserShowsTheClusterAsItLives() throws {
        let cluster = try cluster()
        try cluster.startCoordinator()
        try cluster.startWorkers("w1", "w2", slots: 2)
        let console = try address(cluster)
        let browser = try Browser()
        try browser.open(console)
        try eventually("the workers are shown") {
            try browser.text().contains("w2") && browser.text().contains("0 / 4")
        }

        // What happens is seen without a reload.
        let job = try cluster.start("run", "--gang", "2", "--name", "dinner", "--", "sh", "-c", "echo soup; sleep 600")
        try eventually("the slots are taken") { try browser.text().contains("2 / 4") }
        try browser.open("\(console)#/jobs/running")
        try eventually("the job is listed") { try browser.text().contains("dinner") }
        try browser.open("\(console)#/job/j1")
        try eventually("its log is there") { try browser.text().contains("soup") }

        // It says nothing for a second: an alert, which somebody takes note of.
        try browser.open("\(console)#/alerts")
        try eventually("the stuck gang is an alert") {
            try browser.text().contains("none of its ranks has said anything")
        }
        try browser.run("document.querySelector('main button').click()")
        try eventually("it is acknowledged") {
            try browser.run("return document.querySelector('main button') === null") as? Bool == true
        }

        try browser.open("\(console)#/journal")
        try eventually("the journal is drawn") {
            (try browser.run("return document.querySelectorAll('svg rect').length") as? Int ?? 0) >= 2
        }
        // At the first entry no lease is live; the arrow keys go through it.
        try browser.run(
            "const range = [...document.querySelectorAll('input[type=range]')].at(-1); range.value = 0; range.dispatchEvent(new Event('input')); range.focus()"
        )
        try eventually("nothing is live at the beginning") { try browser.text().contains("live here: 0") }
        try browser.press("\u{E010}")
        try eventually("the leases are live at the end") { try browser.text().contains("live here: 2") }

        try browser.open("\(console)#/verification")
        try eventually("the proof is shown") { try browser.text().contains("deadlock free") }
        #expect(try browser.complaints() == [])
        job.kill(SIGKILL)
    }

    @Test func aCounterexampleIsGoneThroughWithTheArrowKeys() throws {
        let cluster = try cluster()
        try cluster.startCoordinator()
        let console = try address(cluster)
        let report = try Program.run([
            "check", "--format", "json", Cluster.root.appendingPathComponent("Specs/lab/hold-and-wait.csp").path,
        ])
        let browser = try Browser()
        try browser.open("\(console)#/viewer")
        try eventually("the viewer is there") { try browser.text().contains("Drop the output") }
        // As a file that is dropped.
        try browser.run(
            """
            const data = new DataTransfer();
            data.items.add(new File([arguments[0]], 'report.json'));
            document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
            """, [report.output])
        try eventually("the deadlock is shown") { try browser.text().contains("2 of 2: take.1") }
        #expect(try browser.run("return document.querySelectorAll('main svg rect').length") as? Int == 3)
        try browser.run("document.querySelector('.lanes').focus()")
        try browser.press("\u{E012}")
        try eventually("a step back") { try browser.text().contains("1 of 2: take.0") }
        try browser.press("\u{E014}")
        try eventually("a step on") { try browser.text().contains("2 of 2: take.1") }

        try browser.run(
            "const data = new DataTransfer(); data.items.add(new File(['{\"a\": 1}'], 'x.json')); document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: data }))"
        )
        try eventually("something else is refused") { try browser.text().contains("can't be shown") }
        #expect(try browser.complaints() == [])
    }
}
