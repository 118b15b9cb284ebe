import Foundation
import Testing

/// The main job, with real processes: a gang trains a classifier, and everything that can die dies meanwhile.
@Suite(.serialized) struct TrainingRunTests {
    /// Long enough to be hit in the middle, short enough to wait for.
    static func job(_ cluster: Cluster, epochs: Int = 20, pace: Int) throws -> String {
        try cluster.file(
            "digits.yaml",
            """
            name: digits
            gang: 3
            builtin: digits
            parameters: { epochs: \(epochs), pace: \(pace), checkpoint-every: 2 }
            """)
    }

    /// The test accuracy that rank 0 reported last.
    static func accuracy(of id: String, in cluster: Cluster) throws -> Double {
        try metrics(of: id, in: cluster).compactMap { $0["accuracy"] as? Double }.last ?? 0
    }

    static func metrics(of id: String, in cluster: Cluster) throws -> [[String: Any]] {
        let file = cluster.state.appendingPathComponent("runs/\(id)/metrics.jsonl")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").compactMap {
            (try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])?["metrics"] as? [String: Any]
        }
    }

    @Test func aGangTrainsToTheBar() throws {
        let cluster = try Cluster()
        try cluster.startCoordinator()
        try cluster.startWorkers("w1", "w2", "w3")
        let run = try cluster.banquet("run", "--events", try Self.job(cluster, pace: 0))
        #expect(run.code == 0, "\(run.error)")
        #expect(try Self.accuracy(of: "j1", in: cluster) >= 0.95)
        #expect(run.error.contains("accuracy"), "progress is shown: \(run.error)")
        let picture = cluster.state.appendingPathComponent("runs/j1/learning-curve.svg")
        #expect(try String(contentsOf: picture, encoding: .utf8).contains("<svg"))
        let job = try cluster.job("j1")
        #expect(job["state"] as? String == "succeeded")
        #expect(job["attempts"] as? Int == 1)
    }

    /// In a cluster with keys the ranks have one, too: a fresh one, in files that nobody else reads, and nowhere else.
    @Test func aGangsKeyIsItsRanksAlone() throws {
        let cluster = try Cluster(hasKeys: true)
        try cluster.startCoordinator("--log-level", "trace")
        try cluster.startWorkers("w1", "w2", "w3")
        let run = try cluster.submit(try Self.job(cluster, epochs: 2000, pace: 300))
        let kept = cluster.state.appendingPathComponent("runs/\(run)/gang-key").path
        func key() -> String? {
            (try? String(contentsOfFile: kept, encoding: .utf8)).flatMap { $0.split(separator: " ").last }.map(
                String.init)
        }
        try eventually("the gang trains") { try !Self.metrics(of: run, in: cluster).isEmpty }
        let first = try #require(key())
        #expect(first.utf8.count == 40)
        func files(with secret: String) -> [String] {
            let all = FileManager.default.enumerator(atPath: cluster.folder.path)?.compactMap { $0 as? String } ?? []
            return all.filter {
                let path = cluster.folder.appendingPathComponent($0).path
                return FileManager.default.contents(atPath: path)?.range(of: Data(secret.utf8)) != nil
            }
        }
        let places = files(with: first)
        #expect(places.filter { $0.hasSuffix("/gang-key") }.count == 4 && places.count == 4, "\(places)")
        for place in places {
            let mode = try FileManager.default.attributesOfItem(
                atPath: cluster.folder.appendingPathComponent(place).path)[.posixPermissions]
            #expect((mode as? NSNumber)?.intValue == 0o600)
        }
        // Not in any process's arguments or environment.
        #expect(try Cluster.processes(mentioning: first).isEmpty)

        // Another generation has another key, and a restarted coordinator gives late ranks that of the others.
        let victim = try #require(try cluster.placements(run)[1])
        cluster.killWorker(victim)
        try cluster.startWorkers("w4")
        try eventually("the second generation trains") {
            try Self.metrics(of: run, in: cluster).contains { $0["attempt"] as? Int == 2 }
        }
        let second = try #require(key())
        #expect(second != first)
        try cluster.banquet("cancel", run)
        _ = try cluster.banquet("wait", run)
        try eventually("its key is gone") { !FileManager.default.fileExists(atPath: kept) }
        cluster.stopCoordinator()
        #expect(files(with: second).filter { $0.hasPrefix("state/") || $0.hasSuffix(".log") }.isEmpty)
    }

    @Test func aKilledWorkersGangIsFormedAnewOnTheSpare() throws {
        let cluster = try Cluster()
        try cluster.startCoordinator()
        try cluster.startWorkers("w1", "w2", "w3", "w4")
        let id = try cluster.submit(try Self.job(cluster, pace: 150))
        try eventually("\(id) has a checkpoint") { try cluster.jsonLines("show", id).first?["checkpointStep"] != nil }
        let victim = try #require(try cluster.placements(id)[1])
        cluster.killWorker(victim)
        let end = try cluster.banquet("wait", "--events", id)
        #expect(end.code == 0, "\(end.error)")
        #expect(end.error.contains("lapse"), "\(end.error)")
        #expect(try Self.accuracy(of: id, in: cluster) >= 0.95)
        #expect(try cluster.job(id)["attempts"] as? Int == 2)
        // The second attempt went on from a checkpoint: it never saw the first epoch again.
        let second = try Self.metrics(of: id, in: cluster).filter { $0["attempt"] as? Int == 2 }.compactMap {
            $0["epoch"] as? Int
        }
        #expect((second.first ?? 0) > 1, "epochs of the second attempt: \(second)")
        let gone = try cluster.jsonLines("workers").first { $0["name"] as? String == victim }
        #expect(gone?["state"] as? String == "gone")
    }

    @Test func aKilledCoordinatorTakesItsGangUpAgain() throws {
        // Leases that outlast the restart, however slow this machine is.
        let cluster = try Cluster(lease: "60s")
        try cluster.startCoordinator()
        try cluster.startWorkers("w1", "w2", "w3")
        let id = try cluster.submit(try Self.job(cluster, pace: 800))
        let queued = try cluster.submit("--gang", "3", "--", "/bin/true")
        try eventually("\(id) reports epochs") { try Self.metrics(of: id, in: cluster).count > 2 }
        let before = try cluster.placements(id)
        // A client that follows the job outlives the coordinator too.
        let follower = try cluster.start("wait", "--events", id)
        try eventually("the follower follows") { follower.log.contains("epoch") }
        cluster.killCoordinator()
        try cluster.startCoordinator()
        #expect(try cluster.job(queued)["state"] as? String == "queued")
        #expect(try cluster.placements(id) == before)
        #expect(follower.wait() == 0, "\(follower.log)")
        #expect(try cluster.job(id)["attempts"] as? Int == 1, "the gang went on without being started again")
        #expect(try Self.accuracy(of: id, in: cluster) >= 0.95)
        #expect(try cluster.banquet("wait", queued).code == 0)
    }

    @Test func whatIsPrintedWhileTheCoordinatorIsAwayIsKept() throws {
        let cluster = try Cluster(lease: "60s")
        try cluster.startCoordinator()
        try cluster.startWorkers("w1")
        let gate = cluster.folder.appendingPathComponent("gate").path
        let marker = "banquet-marker-\(UUID().uuidString)"
        let id = try cluster.submit(
            "--env", "MARKER=\(marker)", "--", "sh", "-c",
            "echo first; until [ -e \(gate) ]; do sleep 0.05; done; echo second")
        try eventually("the first line is there") { try cluster.banquet("logs", id).output == "first\n" }
        cluster.killCoordinator()
        _ = FileManager.default.createFile(atPath: gate, contents: nil)
        try eventually("the program has ended") { try Cluster.processes(mentioning: marker).isEmpty }
        try cluster.startCoordinator()
        #expect(try cluster.banquet("wait", id).code == 0)
        #expect(try cluster.banquet("logs", id).output == "first\nsecond\n")
    }

    @Test func aGangWhoseLeasesRanOutMeanwhileStartsAgain() throws {
        let cluster = try Cluster()
        try cluster.startCoordinator()
        try cluster.startWorkers("w1", "w2", "w3")
        let marker = "banquet-marker-\(UUID().uuidString)"
        let id = try cluster.submit("--gang", "3", "--env", "MARKER=\(marker)", "--", "sleep", "1000")
        func ranks() throws -> Int { try Cluster.processes(mentioning: marker).count { $0.hasPrefix("sleep") } }
        try eventually("three ranks run") { try ranks() == 3 }
        cluster.killCoordinator()
        // Nobody renews the leases: the workers stop what they run by their own clocks.
        try eventually("no rank runs any more") { try ranks() == 0 }
        try cluster.startCoordinator()
        try eventually("the gang runs again") { try cluster.job(id)["attempts"] as? Int == 2 && ranks() == 3 }
        #expect(try cluster.banquet("cancel", id).code == 0)
        #expect(try cluster.banquet("wait", id).code == 1)
        #expect(try ranks() == 0)
    }
}
