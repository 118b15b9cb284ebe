import Foundation
import Testing

/// The check before the run.
@Suite struct PreflightTests {
    static func spec(_ path: String) -> String { Cluster.root.appendingPathComponent("Specs/\(path)").path }

    @Test func ourProtocolPasses() throws {
        let result = try Program.run([
            "preflight", "--config", Cluster.root.appendingPathComponent("cluster/local.yaml").path,
        ])
        #expect(result.code == 0, "\(result)")
        #expect(result.output.contains("deadlock free") && result.output.contains("states"), "\(result.output)")
    }

    @Test func aCoordinatorDoesNotStartOnASpecThatDeadlocks() throws {
        let cluster = try Cluster()
        let spec = try cluster.file("greedy.csp", try Self.greedy())
        let result = try Program.run(
            [
                "coordinator", "--insecure", "--config", cluster.configuration.path, "--state", cluster.state.path,
                "--spec", spec,
            ])
        #expect(result.code == 1, "\(result)")
        // The counterexample, one event a line: each gang holds one slot.
        for event in ["take.0", "take.1"] {
            #expect(
                result.output.split(separator: "\n").contains { $0.contains(event) && !$0.contains("assert") },
                "\(result.output)")
        }
        #expect(result.error.contains("does not start"))
        #expect(!FileManager.default.fileExists(atPath: cluster.state.path))
        // Unless the operator says so; and then it is said wherever one looks.
        try cluster.startCoordinator("--spec", spec, "--unverified")
        #expect(cluster.coordinatorLog.contains("UNVERIFIED"))
    }

    /// Specs/lab/hold-and-wait.csp, which says of itself that it deadlocks, made to claim the contrary.
    static func greedy() throws -> String {
        let text = try String(contentsOfFile: spec("lab/hold-and-wait.csp"), encoding: .utf8)
        return text.replacingOccurrences(of: "assert not PIECEMEAL", with: "assert PIECEMEAL")
    }

    @Test func holdAndWaitIsFoundDeadlocked() throws {
        let result = try Program.run(["check", "--format", "json", Self.spec("lab/hold-and-wait.csp")])
        let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let assertions = try #require(object["assertions"] as? [[String: Any]])
        let deadlock = try #require(assertions.first { ($0["text"] as? String)?.contains("not PIECEMEAL") == true })
        #expect(deadlock["verdict"] as? String == "holds", "\(result.output)")
        #expect(deadlock["counterexample"] != nil)
    }

    @Test func aSpecThatAssertsNothingProvesNothing() throws {
        let cluster = try Cluster()
        let spec = try cluster.file("silent.csp", "channel a\nP = a -> P\n")
        let result = try Program.run(["preflight", "--spec", spec])
        #expect(result.code == 2 && result.error.contains("asserts nothing"), "\(result)")
    }

    @Test func aSyntaxErrorNamesItsPlace() throws {
        let cluster = try Cluster()
        let spec = try cluster.file("broken.csp", "channel a\nP = a -> -> P\nassert P :[deadlock free]\n")
        for arguments in [
            ["check", spec], ["preflight", "--spec", spec],
            [
                "coordinator", "--insecure", "--config", cluster.configuration.path, "--state", cluster.state.path,
                "--spec", spec,
            ],
        ] {
            let result = try Program.run(arguments)
            #expect(result.code == 2, "\(arguments): \(result)")
            #expect(result.error.contains("\(spec):2:10: error: "), "\(arguments): \(result)")
        }
        #expect(!FileManager.default.fileExists(atPath: cluster.state.path))
    }
}
