import Foundation
import Testing

/// A cluster whose connections have keys, from outside: real processes, real files.
@Suite(.timeLimit(.minutes(30))) struct AccessTests {
    @Test func everybodyDoesWhatTheirRoleMay() throws {
        let cluster = try Cluster(hasKeys: true)
        try cluster.startCoordinator()
        try cluster.startWorkers("w1", "w2")
        try cluster.key("add", "tenant", "vision", "speech")
        try cluster.key("add", "viewer", "wall")
        // The operator submits for anybody; a gang meets.
        #expect(try cluster.banquet("run", "--gang", "2", "--", "true").code == 0)

        // A tenant's job is its own, without having to say so.
        try eventually("the new keys are known") {
            try cluster.banquet("jobs", "--key", "tenant-vision").code == 0
                && cluster.banquet("jobs", "--key", "viewer-wall").code == 0
        }
        let run = try cluster.banquet(
            "run", "--key", "tenant-vision", "--env", "TOKEN=hush", "--", "sh", "-c", "echo $TOKEN")
        #expect(run.code == 0 && run.output == "hush\n", "\(run)")
        let long = try cluster.banquet("submit", "--key", "tenant-vision", "--", "sleep", "600").output
            .trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try cluster.job(long)["tenant"] as? String == "vision")
        expectRefused(try cluster.banquet("submit", "--key", "tenant-vision", "--tenant", "speech", "--", "true"))

        // Others' jobs are no business of a tenant's.
        for command in ["show", "cancel", "logs", "wait"] {
            expectRefused(try cluster.banquet(command, "--key", "tenant-speech", long), "no job \(long)")
        }
        #expect(try cluster.banquet("jobs", "--key", "tenant-speech").output == "no jobs\n")
        expectRefused(try cluster.banquet("drain", "--key", "tenant-speech", "w1"))

        // A viewer looks, and sees no variable's value.
        let shown = try cluster.banquet("show", "--key", "viewer-wall", "--format", "json", "j2")
        #expect(shown.code == 0 && shown.output.contains("TOKEN") && !shown.output.contains("hush\""))
        expectRefused(try cluster.banquet("submit", "--key", "viewer-wall", "--", "true"), "look")
        expectRefused(try cluster.banquet("cancel", "--key", "viewer-wall", long), "look")
        // A worker's key is no client's.
        expectRefused(try cluster.banquet("jobs", "--key", "worker-w1"), "banquet worker")
        #expect(try cluster.banquet("cancel", "--key", "tenant-vision", long).code == 0)
    }

    @Test func aRevokedKeyIsOutAtOnce() throws {
        let cluster = try Cluster(hasKeys: true)
        try cluster.startCoordinator()
        try cluster.startWorkers("w1")
        try cluster.key("add", "tenant", "vision")
        let key = try #require(cluster.keys).appendingPathComponent("tenant-vision.key")
        let kept = cluster.folder.appendingPathComponent("kept.key").path
        try FileManager.default.copyItem(atPath: key.path, toPath: kept)
        try eventually("the new key is known") { try cluster.banquet("jobs", "--key", kept).code == 0 }
        let follower = try cluster.start("run", "--key", kept, "--", "sleep", "600")
        try eventually("the job runs") { try cluster.jsonLines("jobs").first?["state"] as? String == "running" }
        // The one who follows is disconnected, and nobody comes in by a copy of the key.
        try cluster.key("revoke", "tenant", "vision")
        #expect(follower.wait(within: 90) == 2, "\(follower.log)")
        #expect(follower.log.contains("doesn't know this key"), "\(follower.log)")
        expectRefused(try cluster.banquet("jobs", "--key", kept), "revoked")
        // So is a worker, whose work goes on elsewhere.
        try cluster.key("revoke", "worker", "w1")
        try eventually("the worker is out") {
            try cluster.jsonLines("workers").first?["state"] as? String != "connected"
        }
        try cluster.startWorkers("w2")
        try eventually("the job goes on at w2") { try cluster.placements("j1")[0] == "w2" }
    }

    @Test func whoHasNoKeyOrAWrongOneStaysOutside() throws {
        let cluster = try Cluster(hasKeys: true)
        let other = try Cluster(hasKeys: true)
        try cluster.startCoordinator()
        let stranger = try #require(other.keys).path
        // Keys of another cluster, no keys at all, and keys against a coordinator without.
        expectRefused(
            try Program.run(["jobs", "--coordinator", cluster.endpoint, "--keys", stranger]), "no coordinator answers")
        expectRefused(try Program.run(["jobs", "--coordinator", cluster.endpoint, "--insecure"]), "keys")
        let plain = try Cluster()
        try plain.startCoordinator()
        expectRefused(try Program.run(["jobs", "--coordinator", plain.endpoint, "--keys", stranger]), "keys")
        #expect(plain.coordinatorLog.contains("INSECURE"))
        #expect(try cluster.banquet("jobs").code == 0)
    }

    @Test func insecureIsForLoopbackAlone() throws {
        let cluster = try Cluster()
        for endpoint in ["tcp://0.0.0.0:*", "tcp://10.1.2.3:7447", "tcp://[::]:7447", "tcp://*:7447"] {
            expectRefused(
                try Program.run([
                    "coordinator", "--insecure", "--config", cluster.configuration.path, "--state", cluster.state.path,
                    "--listen", endpoint,
                ]), "loopback")
        }
        expectRefused(try Program.run(["worker", "--insecure", "--coordinator", "tcp://10.1.2.3:7447"]), "loopback")
        expectRefused(try Program.run(["jobs", "--insecure", "--coordinator", "tcp://10.1.2.3:7447"]), "loopback")
        #expect(!FileManager.default.fileExists(atPath: cluster.state.path))
    }

    @Test func keysThatOthersCanReadAreNotUsed() throws {
        let cluster = try Cluster(hasKeys: true)
        let keys = try #require(cluster.keys)
        chmod(keys.appendingPathComponent("cluster.key").path, 0o644)
        expectRefused(
            try Program.run([
                "coordinator", "--keys", keys.path, "--config", cluster.configuration.path, "--state",
                cluster.state.path,
            ]), "chmod 0600")
        #expect(!FileManager.default.fileExists(atPath: cluster.state.path))
        chmod(keys.appendingPathComponent("cluster.key").path, 0o600)
        expectRefused(try Program.run(["jobs", "--keys", cluster.folder.path + "/nowhere"]), "keys")
        expectRefused(try Program.run(["keys", "init", "--keys", keys.path]), "already")
        expectRefused(try Program.run(["keys", "add", "worker", "a/b", "--keys", keys.path]), "name")
        expectRefused(try Program.run(["keys", "revoke", "worker", "w9", "--keys", keys.path]), "no key")
    }

    /// Secrets are in their files alone: not in what anybody prints, nor in the state folder, nor in a job's environment.
    @Test func secretsAreNowhereElse() throws {
        let cluster = try Cluster(hasKeys: true)
        try cluster.startCoordinator("--log-level", "trace")
        try cluster.startWorkers("w1")
        let keys = try #require(cluster.keys)
        let job = try cluster.banquet(
            "run", "--", "sh", "-c", "env; cat /proc/$PPID/cmdline; tr '\\0' ' ' < /proc/self/cmdline")
        #expect(job.code == 0)
        cluster.stopCoordinator()
        let files = try FileManager.default.contentsOfDirectory(atPath: keys.path).filter { $0.hasSuffix(".key") }
        let secrets = try files.map { file in
            let text = try String(contentsOf: keys.appendingPathComponent(file), encoding: .utf8)
            return try #require(text.split(separator: "\n").first { $0.hasPrefix("secret ") }?.dropFirst(7))
        }
        #expect(secrets.count == 3)
        let all = FileManager.default.enumerator(atPath: cluster.folder.path)?.compactMap { $0 as? String } ?? []
        for path in all where !path.hasPrefix("keys/") {
            guard let bytes = FileManager.default.contents(atPath: cluster.folder.appendingPathComponent(path).path)
            else { continue }
            for secret in secrets { #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(path)") }
        }
        for secret in secrets { #expect(!job.output.contains(secret) && !job.error.contains(secret)) }
    }

    /// The coordinator is drained of nothing and restarted while a gang runs: the ranks never notice.
    @Test func aRestartOfTheCoordinatorInterruptsNoRank() throws {
        let cluster = try Cluster(lease: "10s", hasKeys: true)
        try cluster.startCoordinator()
        try cluster.startWorkers("w1", "w2")
        let gate = cluster.folder.appendingPathComponent("gate").path
        let job = try cluster.banquet(
            "submit", "--gang", "2", "--", "sh", "-c",
            "echo $$ >> \(gate).pids; while [ ! -e \(gate) ]; do sleep 0.05; done"
        ).output.trimmingCharacters(in: .whitespacesAndNewlines)
        func pids() -> [Substring] {
            ((try? String(contentsOfFile: "\(gate).pids", encoding: .utf8)) ?? "").split(separator: "\n")
        }
        try eventually("both ranks run") { pids().count == 2 }
        for _ in 0..<2 {
            cluster.stopCoordinator()
            try cluster.startCoordinator()
            try eventually("the workers are back") {
                try cluster.jsonLines("workers").allSatisfy { $0["state"] as? String == "connected" }
            }
        }
        #expect(try cluster.job(job)["state"] as? String == "running")
        #expect(FileManager.default.createFile(atPath: gate, contents: nil))
        #expect(try cluster.banquet("wait", job).code == 0)
        #expect(try cluster.job(job)["attempts"] as? Int == 1)
        #expect(pids().count == 2)
    }

    @Test func theDoctorSaysWhatToMend() throws {
        let cluster = try Cluster(hasKeys: true)
        let keys = try #require(cluster.keys).path
        func doctor(_ arguments: String...) throws -> Result {
            try Program.run(["doctor", "--keys", keys, "--state", cluster.state.path] + arguments)
        }
        let healthy = try doctor("--coordinator", "tcp://127.0.0.1:*")
        #expect(healthy.code == 0 && healthy.output.contains("libzmq"), "\(healthy)")
        chmod("\(keys)/cluster.key", 0o644)
        let ill = try doctor("--coordinator", "tcp://127.0.0.1:*", "--format", "json")
        #expect(ill.code == 1)
        let faults = try ill.output.split(separator: "\n").compactMap {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }.filter { $0["verdict"] as? String == "fault" }
        #expect(faults.count == 1 && (faults.first?["what"] as? String)?.contains("chmod 0600") == true, "\(ill)")
    }

    private func expectRefused(
        _ result: Result, _ words: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            result.code == 2 && (words.isEmpty || result.error.contains(words))
                && result.error.split(separator: "\n").count == 1, "\(result)", sourceLocation: sourceLocation)
    }
}
