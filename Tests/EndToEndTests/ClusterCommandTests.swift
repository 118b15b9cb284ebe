import Foundation
import Testing

/// `banquet cluster` over a real sshd: four services, each in a folder of its own that stands for a host.
@Suite(
    .timeLimit(.minutes(30)),
    .enabled(if: SecureShellServer.program != nil, "sshd is not installed (scripts/setup --hosts)"))
struct ClusterCommandTests {
    private final class Hosts {
        let folder: URL
        let server: SecureShellServer
        let port: Int
        var inventory: String { folder.appendingPathComponent("inventory.yaml").path }
        var keys: String { folder.appendingPathComponent("keys").path }
        var endpoint: String { "tcp://127.0.0.1:\(port)" }

        init() throws {
            folder = FileManager.default.temporaryDirectory.appendingPathComponent("banquet-hosts-\(UUID().uuidString)")
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent("cluster"), withIntermediateDirectories: true)
            server = try SecureShellServer(in: folder.appendingPathComponent("ssh"))
            port = try SecureShellServer.freePort()
            try FileManager.default.createSymbolicLink(
                at: folder.appendingPathComponent("Specs"),
                withDestinationURL: Cluster.root.appendingPathComponent("Specs"))
            try configure()
            try package("1")
            try writeInventory()
        }

        /// The cluster's configuration, with a preflight that takes little: it is made again by each release.
        func configure(spec: String = "protocol/gang.csp", _ more: String = "") throws {
            try write(
                "cluster/cluster.yaml",
                """
                listen: \(endpoint)
                limits: { gang-slots: 2, worker-slots: 2 }
                lease: { heartbeat: 200ms, duration: 60s }
                preflight: { specs: [../Specs/\(spec)], faults: { crashes: 0, cuts: 0, losses: 0, doubles: 0 } }
                \(more)
                """)
        }

        /// What scripts/package makes, as far as a host looks at it, of the program that is tested.
        func package(_ build: String) throws {
            let root = folder.appendingPathComponent("package/banquet-test")
            try? FileManager.default.removeItem(at: root)
            for place in ["bin", "share/banquet"] {
                try FileManager.default.createDirectory(
                    at: root.appendingPathComponent(place), withIntermediateDirectories: true)
            }
            try SecureShellServer.run(
                "strip", "-s", "-o", root.appendingPathComponent("bin/banquet").path, Program.binary.path)
            try SecureShellServer.run(
                "cp", "-r", Cluster.root.appendingPathComponent("Specs").path,
                root.appendingPathComponent("share/banquet").path)
            #if arch(arm64)
                let machine = "aarch64"
            #else
                let machine = "x86_64"
            #endif
            try "version 0.0.\(build)\nmachine \(machine)\n".write(
                to: root.appendingPathComponent("MANIFEST"), atomically: true, encoding: .utf8)
            try SecureShellServer.run(
                "tar", "-C", folder.appendingPathComponent("package").path, "-I", "gzip -1", "-cf",
                folder.appendingPathComponent("package.tar.gz").path, "banquet-test")
        }

        /// - Parameters:
        ///   - slots: w1's.
        ///   - first: w1's host, a folder.
        ///   - hasSecond: whether there is w2, too, reached at `secondPort`.
        func writeInventory(
            slots: Int = 1, first: String = "a b", hasSecond: Bool = true, secondPort: Int? = nil
        ) throws {
            let second = "w2: { host: 127.0.0.1, folder: \(place("h2")), slots: 1, port: \(secondPort ?? server.port) }"
            try write(
                "inventory.yaml",
                """
                package: package.tar.gz
                keys: keys
                defaults:
                  port: \(server.port)
                  identity: \(server.identity)
                  ssh-options: [UserKnownHostsFile=\(server.knownHosts), GlobalKnownHostsFile=none, KexAlgorithms=curve25519-sha256]
                  service: process
                coordinator: { host: 127.0.0.1, folder: \(place("head")), endpoint: "\(endpoint)", config: cluster/cluster.yaml }
                workers:
                  w1: { host: 127.0.0.1, folder: \(place(first)), slots: \(slots), options: [--label, "rack=a b"] }
                  \(hasSecond ? second : "")
                """)
        }

        func write(_ name: String, _ text: String) throws {
            try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
        }

        func place(_ name: String) -> String { folder.appendingPathComponent(name).path }

        func cluster(_ arguments: String...) throws -> Result {
            try Program.run(["cluster", arguments[0], inventory] + arguments.dropFirst(), within: 240)
        }

        /// The rows that a command prints, by name.
        func rows(_ result: Result) throws -> [String: [String: Any]] {
            var rows: [String: [String: Any]] = [:]
            for line in result.output.split(separator: "\n") {
                guard let row = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                    let name = row["name"] as? String
                else { throw Unexpected("no row: \(result)") }
                rows[name] = row
            }
            return rows
        }

        func ask(_ arguments: String...) throws -> Result {
            try Program.run([arguments[0], "--coordinator", endpoint, "--keys", keys] + arguments.dropFirst())
        }

        deinit {
            server.stop()
            for name in ["head", "a b", "h2", "h3"] {
                let run = folder.appendingPathComponent(name).appendingPathComponent("run")
                for file in (try? FileManager.default.contentsOfDirectory(atPath: run.path)) ?? [] {
                    let text = try? String(contentsOf: run.appendingPathComponent(file), encoding: .utf8)
                    guard let pid = text.flatMap({ Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }),
                        let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline"),
                        String(decoding: line, as: UTF8.self).contains(folder.path)
                    else { continue }
                    kill(pid, SIGKILL)
                }
            }
            try? FileManager.default.removeItem(at: folder)
        }
    }

    @Test func aClusterIsBroughtUpChangedAndTakenDown() throws {
        let hosts = try Hosts()
        // What would be done; nothing is.
        let dry = try hosts.cluster("up", "--dry-run", "--format", "json")
        #expect(dry.code == 0 && dry.error.contains("would draw"), "\(dry)")
        let planned = try hosts.rows(dry)["w1"]?["did"] as? [String] ?? []
        #expect(planned.contains("would start it"), "\(dry)")
        for name in ["keys", "head", "a b", "h2"] {
            #expect(!FileManager.default.fileExists(atPath: hosts.place(name)), "\(name)")
        }

        let first = try hosts.cluster("up", "--format", "json")
        #expect(first.code == 0, "\(first)")
        let pids = try hosts.rows(first).mapValues { $0["pid"] as? Int ?? 0 }
        #expect(pids.count == 3 && pids.values.allSatisfy { $0 > 0 })
        let run = try hosts.ask("run", "--gang", "2", "--", "true")
        #expect(run.code == 0, "\(run)")

        // Each host has what it needs of the keys, for its owner alone.
        func keys(_ name: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: hosts.place("\(name)/keys")).sorted()
        }
        #expect(try keys("head") == ["allowed", "cluster.key"])
        #expect(try keys("a b") == ["worker-w1.key"] && keys("h2") == ["worker-w2.key"])
        let mode = try FileManager.default.attributesOfItem(atPath: hosts.place("h2/keys/worker-w2.key"))
        #expect(mode[.posixPermissions] as? Int == 0o600)

        // Once more: nothing is to be done, and nothing is.
        let again = try hosts.cluster("up", "--format", "json")
        let samePids = try hosts.rows(again).mapValues { $0["pid"] as? Int ?? 0 }
        #expect(again.code == 0 && samePids == pids, "\(again)")
        let status = try hosts.cluster("status")
        #expect(status.code == 0 && status.output.contains("connected"), "\(status)")

        // What changed is changed, without a loss: the worker is drained before it is restarted, and the other is left alone.
        let job = try hosts.ask("submit", "--slots", "1", "--where", "rack=a b", "--", "sleep", "3")
        #expect(job.code == 0, "\(job)")
        try hosts.writeInventory(slots: 2)
        let changed = try hosts.cluster("up", "--format", "json")
        let now = try hosts.rows(changed).mapValues { $0["pid"] as? Int ?? 0 }
        #expect(changed.code == 0 && now["w1"] != pids["w1"] && now["w2"] == pids["w2"], "\(changed)")
        let shown = try hosts.ask("show", "--format", "json", "j2")
        #expect(shown.output.contains("\"attempts\":1") && shown.output.contains("\"succeeded\""), "\(shown)")
        let workers = try hosts.ask("workers")
        #expect(!workers.output.contains("drain"), "\(workers)")

        // Down waits for what runs, or leaves everything as it is.
        #expect(try hosts.ask("submit", "--", "sleep", "600").code == 0)
        try eventually("the job runs") { try hosts.ask("jobs").output.contains("running") }
        let busy = try hosts.cluster("down", "--timeout", "0")
        #expect(busy.code == 3 && busy.error.contains("nothing was stopped"), "\(busy)")
        // A machine that is busy may find a worker late for a moment.
        try eventually("all is well again") { try hosts.cluster("status").code == 0 }
        let down = try hosts.cluster("down", "--now")
        #expect(down.code == 0, "\(down)")
        let stopped = try hosts.cluster("status", "--format", "json")
        #expect(stopped.code == 1)
        #expect(try hosts.rows(stopped).values.allSatisfy { $0["state"] as? String == "stopped" }, "\(stopped)")
        #expect(try Cluster.processes(mentioning: hosts.place("head/state")).isEmpty)
    }

    /// A new package: the coordinator is restarted under a gang that doesn't notice, and the workers once they are idle.
    @Test func anUpgradeInterruptsNothing() throws {
        let hosts = try Hosts()
        #expect(try hosts.cluster("up").code == 0)
        let gate = hosts.place("gate")
        let job = try hosts.ask("submit", "--gang", "2", "--", "sh", "-c", "while [ ! -e \(gate) ]; do sleep 0.1; done")
        #expect(job.code == 0, "\(job)")
        try eventually("the gang runs") { try hosts.ask("jobs").output.contains("running") }
        try hosts.package("2")
        // The workers hold their ranks, and are left.
        let early = try hosts.cluster("up", "--timeout", "1", "--format", "json")
        let rows = try hosts.rows(early)
        #expect(early.code == 3 && rows["coordinator"]?["version"] as? String == "0.0.2", "\(early)")
        #expect(rows["w1"]?["version"] as? String == "0.0.1" && rows["w1"]?["state"] as? String == "failed", "\(early)")
        try "".write(toFile: gate, atomically: true, encoding: .utf8)
        #expect(try hosts.ask("wait", "j1").code == 0)
        let late = try hosts.cluster("up", "--format", "json")
        #expect(late.code == 0, "\(late)")
        #expect(try hosts.rows(late).values.allSatisfy { $0["version"] as? String == "0.0.2" }, "\(late)")
        let shown = try hosts.ask("show", "--format", "json", "j1")
        #expect(shown.output.contains("\"attempts\":1"), "\(shown)")
        #expect(try hosts.cluster("down").code == 0)
    }

    @Test func aHostThatCannotBeReachedIsNamed() throws {
        let hosts = try Hosts()
        try hosts.writeInventory(secondPort: try SecureShellServer.freePort())
        let up = try hosts.cluster("up", "--format", "json")
        let rows = try hosts.rows(up)
        #expect(up.code == 1 && rows["w2"]?["state"] as? String == "unreachable", "\(up)")
        #expect((rows["w2"]?["problem"] as? String)?.contains("refused") == true, "\(up)")
        #expect(rows["w1"]?["connection"] as? String == "connected", "\(up)")
    }

    /// What doesn't pass its preflight is refused before anything is changed, and what doesn't start is taken back.
    @Test func aConfigurationThatDoesNotHoldIsNotTaken() throws {
        let hosts = try Hosts()
        try hosts.writeInventory(hasSecond: false)
        #expect(try hosts.cluster("up").code == 0)
        let pids = try hosts.rows(try hosts.cluster("status", "--format", "json")).mapValues { $0["pid"] as? Int ?? 0 }
        let good = try String(contentsOfFile: hosts.place("head/etc/cluster/coordinator.yaml"), encoding: .utf8)
        func isAsBefore() throws {
            let name = hosts.place("head/etc/cluster")
            #expect(try FileManager.default.contentsOfDirectory(atPath: name) == ["coordinator.yaml"])
            #expect(try String(contentsOfFile: "\(name)/coordinator.yaml", encoding: .utf8) == good)
            #expect(try hosts.ask("run", "--", "true").code == 0)
        }

        try hosts.configure("policy: strict-priority")
        try hosts.package("2")
        let refused = try hosts.cluster("up", "--format", "json")
        #expect(refused.code == 1 && refused.error.contains("starve"), "\(refused)")
        var rows = try hosts.rows(refused)
        #expect(rows["coordinator"]?["pid"] as? Int == pids["coordinator"], "\(refused)")
        #expect((rows["coordinator"]?["problem"] as? String)?.contains("what was in force stays so") == true)
        #expect(rows["w1"]?["state"] as? String == "not tried", "\(refused)")
        try isAsBefore()
        try hosts.configure(spec: "none.csp")
        let missing = try hosts.cluster("up", "--format", "json")
        #expect(missing.code == 1 && missing.error.contains("none.csp"), "\(missing)")
        try isAsBefore()

        try hosts.configure("console: { listen: \"127.0.0.1:0\", token-file: /none }")
        let failed = try hosts.cluster("up", "--format", "json")
        rows = try hosts.rows(failed)
        #expect(failed.code == 1 && failed.output.contains("token file /none"), "\(failed)")
        #expect((rows["coordinator"]?["problem"] as? String)?.contains("is so again") == true, "\(failed)")
        #expect(rows["coordinator"]?["version"] as? String == "0.0.1", "\(failed)")
        try isAsBefore()
        #expect(try hosts.rows(try hosts.cluster("status", "--format", "json"))["w1"]?["pid"] as? Int == pids["w1"])
    }

    /// Whoever is in the inventory no more is said, and goes when that is asked for: without a loss, and for good.
    @Test func whoIsToGoIsDrainedAndStopped() throws {
        let hosts = try Hosts()
        #expect(try hosts.cluster("up").code == 0)
        let gate = hosts.place("gate")
        for _ in 0..<2 {
            #expect(try hosts.ask("submit", "--", "sh", "-c", "while [ ! -e \(gate) ]; do sleep 0.1; done").code == 0)
        }
        try eventually("both run") { !(try hosts.ask("jobs").output.contains("queued")) }
        try hosts.writeInventory(hasSecond: false)
        for command in ["up", "status"] {
            let said = try hosts.cluster(command, "--format", "json")
            let row = try hosts.rows(said)["w2"]
            #expect(said.code == 1 && (row?["problem"] as? String)?.contains("--remove") == true, "\(said)")
            #expect(row?["connection"] as? String == "connected", "\(said)")
        }
        let dry = try hosts.cluster("up", "--dry-run", "--remove", "--format", "json")
        #expect(dry.code == 0 && dry.output.contains("would drain and stop it"), "\(dry)")
        // It holds work, and is left.
        let early = try hosts.cluster("up", "--remove", "--timeout", "0", "--format", "json")
        #expect(early.code == 3 && early.output.contains("still holds work"), "\(early)")
        #expect(!(try hosts.ask("workers").output.contains("drain")))
        try "".write(toFile: gate, atomically: true, encoding: .utf8)
        let removed = try hosts.cluster("up", "--remove", "--format", "json")
        #expect(removed.code == 0, "\(removed)")
        #expect(try hosts.rows(removed)["w2"]?["state"] as? String == "removed", "\(removed)")
        #expect(try Cluster.processes(mentioning: hosts.place("h2/work")).isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: hosts.place("h2/keys")).isEmpty)
        let keys = try Program.run(["keys", "list", "--keys", hosts.keys, "--format", "json"]).output
        #expect(keys.split(separator: "\n").contains { $0.contains("\"w2\"") && $0.contains("revoked") }, "\(keys)")
        for job in ["j1", "j2"] {
            let shown = try hosts.ask("show", "--format", "json", job).output
            #expect(shown.contains("\"succeeded\"") && shown.contains("\"attempts\":1"), "\(shown)")
        }
        let status = try hosts.cluster("status", "--format", "json")
        #expect(try status.code == 0 && hosts.rows(status)["w2"] == nil, "\(status)")

        // One that moves is stopped where it was before it starts where it is to be.
        try hosts.writeInventory(first: "h3", hasSecond: false)
        let held = try hosts.cluster("up")
        #expect(held.code == 1 && !FileManager.default.fileExists(atPath: hosts.place("h3")), "\(held)")
        let moved = try hosts.cluster("up", "--remove")
        #expect(moved.code == 0 && moved.output.contains("connected"), "\(moved)")
        #expect(try Cluster.processes(mentioning: hosts.place("a b/work")).isEmpty)
        #expect(try !Cluster.processes(mentioning: hosts.place("h3/work")).isEmpty)
        #expect(try hosts.ask("run", "--where", "rack=a b", "--", "true").code == 0)
        #expect(try hosts.cluster("down").code == 0)
    }

    /// Before anything is touched: bad input is one error, with its place.
    @Test func badInputChangesNothing() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("banquet-hosts-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func up(_ inventory: String, _ configuration: String) throws -> Result {
            let file = folder.appendingPathComponent("i.yaml")
            try inventory.write(to: file, atomically: true, encoding: .utf8)
            try configuration.write(to: folder.appendingPathComponent("c.yaml"), atomically: true, encoding: .utf8)
            return try Program.run(["cluster", "up", file.path])
        }
        let inventory = """
            package: none.tar.gz
            keys: keys
            coordinator: { host: h, endpoint: "tcp://10.0.0.1:7447", config: c.yaml }
            workers: { w1: { host: h } }
            """
        for (configuration, words) in [
            ("listen: tcp://127.0.0.1:7447", "where no other host reaches it"),
            ("listen: tcp://0.0.0.0:7448", "the inventory's endpoint is tcp://10.0.0.1:7447"),
            ("listen: tcp://0.0.0.0:7447\npreflight: { specs: [/etc/a.csp] }", "is none of the package's"),
            ("listen: tcp://0.0.0.0:7447", "there is no such package"),
        ] {
            let result = try up(inventory, configuration)
            #expect(
                result.code == 2 && result.error.contains(words) && result.error.split(separator: "\n").count == 1,
                "\(result)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("keys").path))
    }
}
