import Foundation
import Testing

/// A run's own communication, checked from the command line and by the coordinator.
@Suite struct PlanTests {
    static let deadlock = """
        gang: 2
        command: [sh, -c, "true"]
        communication:
          program:
            - send: 1 - rank
            - recv: 1 - rank
        """

    @Test func examplesSayWhatTheirTextsSay() throws {
        let hangs = try Program.run(["check-plan", "cluster/jobs/pipeline-deadlock.yaml"])
        #expect(hangs.code == 1 && hangs.output.contains("ranks 2 and 3 wait for each other"), "\(hangs)")
        #expect(hangs.output.contains("1 message on each channel would do"), "\(hangs)")
        #expect(try Program.run(["check-plan", "cluster/jobs/pipeline.yaml"]).code == 0)
        let ring = try Program.run(["check-plan", "cluster/jobs/ring.yaml", "--format", "json"])
        #expect(ring.code == 0 && ring.output.contains("\"verdict\":\"holds\""), "\(ring)")
    }

    @Test func badPlansAreOneError() throws {
        let cluster = try Cluster()
        let wrong = try cluster.file("wrong.yaml", "gang: 2\ncommunication:\n  program: [sned: 1]\n")
        let result = try Program.run(["check-plan", wrong])
        #expect(
            result.code == 2
                && result.error.contains("\(wrong):3:13: error: there is no call 'sned'; did you mean 'send'?"),
            "\(result)")
        let none = try cluster.file("none.yaml", "gang: 2\ncommand: [ls]\n")
        #expect(try Program.run(["check-plan", none]).code == 2)
    }

    @Test func aJobWhosePlanDeadlocksIsNotAdmitted() throws {
        let cluster = try Cluster()
        try cluster.startCoordinator()
        try cluster.startWorkers("w1")
        let file = try cluster.file("deadlock.yaml", Self.deadlock)
        let refused = try cluster.banquet("submit", file)
        #expect(refused.code == 1 && refused.error.contains("ranks 0 and 1 wait for each other"), "\(refused)")
        #expect(try cluster.jsonLines("jobs").isEmpty)
        let admitted = try cluster.banquet("submit", "--no-check", file)
        #expect(admitted.code == 0, "\(admitted)")
        #expect(try cluster.banquet("show", "j1").output.contains("not checked (--no-check)"))
        let good = try cluster.file(
            "good.yaml", Self.deadlock.replacingOccurrences(of: "program:", with: "sends: eager\n  program:"))
        #expect(try cluster.banquet("submit", good).code == 0)
        #expect(try cluster.banquet("show", "j2").output.contains("plan        checked"))
    }
}
