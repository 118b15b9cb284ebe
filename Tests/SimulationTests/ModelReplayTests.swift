import Foundation
import Testing
import Verification

@testable import Simulation

/// Counterexamples of models against the real core.
@Suite struct ModelReplayTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// What checking the spec finds, as JSON. `mutate`: a text of the spec and what takes its place.
    func report(_ spec: String, mutate: (String, String)? = nil) throws -> Data {
        let path = Self.root.appendingPathComponent("Specs/\(spec)")
        guard let (old, new) = mutate else { return Data(FileCheck.run(path: path.path).jsonLine.utf8) }
        let text = try String(contentsOf: path, encoding: .utf8)
        #expect(text.components(separatedBy: old).count == 2)
        // Beside the original, because of what it includes.
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("replay-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: copy.appendingPathComponent("p"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: copy) }
        try FileManager.default.copyItem(
            at: Self.root.appendingPathComponent("Specs/vocabulary.csp"),
            to: copy.appendingPathComponent("vocabulary.csp"))
        let file = copy.appendingPathComponent("p/mutant.csp")
        try text.replacingOccurrences(of: old, with: new).write(to: file, atomically: true, encoding: .utf8)
        return Data(FileCheck.run(path: file.path).jsonLine.utf8)
    }

    func map(_ name: String) throws -> ReplayMap {
        try ReplayMap(String(contentsOf: Self.root.appendingPathComponent("Specs/\(name).replay"), encoding: .utf8))
    }

    @Test func strictPriorityStarvesInTheCodeToo() throws {
        let json = try report("policies/strict-priority.csp")
        let lines = try String(
            contentsOf: Self.root.appendingPathComponent("Specs/policies/strict-priority.csp"), encoding: .utf8
        ).split(separator: "\n", omittingEmptySubsequences: false)
        let line = try #require(lines.firstIndex { $0.contains("assert not AT_ONCE") }) + 1
        let run = try ModelRun(json: json, line: line)
        let map = try map("policies/strict-priority")
        let strict = try ModelReplay(run, map: map, rounds: 5)
        #expect(strict.verdict == .reproduced && strict.rounds == 5, "\(strict)")
        #expect(strict.waiting.contains { $0.hasPrefix("Gang.2 ") }, "\(strict.waiting)")
        let fair = try ModelReplay(run, map: map, policy: "fair", rounds: 5)
        #expect(fair.verdict == .refused && fair.refusedStep?.event == "start.Flood.1", "\(fair)")
    }

    @Test func greedyGangsDeadlockInTheCodeToo() throws {
        let run = try ModelRun(json: report("policies/greedy-gang.csp"))
        #expect(run.kind == "deadlock")
        let map = try map("policies/greedy-gang")
        let greedy = try ModelReplay(run, map: map)
        #expect(greedy.verdict == .reproduced, "\(greedy)")
        let fair = try ModelReplay(run, map: map, policy: "fair")
        #expect(fair.verdict == .refused && fair.refusedStep?.event.hasPrefix("assign.") == true, "\(fair)")
    }

    @Test func theCoreComparesEpochs() throws {
        let old = """
                if v == w and f == e then finish.0.e -> end.0 -> down.w!Settle.e -> ENDED(alive)
                else down.v!Settle.f -> AWAIT(alive, w, e))
            """
        let new = """
                if v == w then finish.0.f -> end.0 -> down.w!Settle.f -> ENDED(alive)
                else down.v!Settle.f -> AWAIT(alive, w, e))
            """
        let json = try report("protocol/dispatch.csp", mutate: (old, new))
        let run = try ModelRun(json: json)
        let replay = try ModelReplay(run, map: map("protocol/dispatch"))
        #expect(replay.verdict == .refused, "\(replay)")
        #expect(replay.refusedStep?.event == "finish.0.1", "\(replay)")
        #expect(replay.instead?.contains("staleEpochRefused") == true, "\(replay)")
    }

    @Test func whatCanNotBeRead() throws {
        #expect(throws: ReplayError.self) { try ModelRun(json: Data("{}".utf8)) }
        #expect(throws: ReplayError.self) { try ModelRun(json: Data()) }
        #expect(throws: ReplayError.self) { try ReplayMap("polcy fair") }
        #expect(throws: ReplayError.self) { try ReplayMap("job A gnag=2") }
        for line in [
            "worker w1 slots=0", "worker w1 slots=1\nworker w1", "job A gang=x", "job A array=-1", "before",
            "submits-per-second 0", "event a =", "event a = ask", "event a = pass soon", "event a = skip and",
            "event a = fnish.0.1", "event a.* = report $1 and fnish.0.$1",
        ] {
            #expect(throws: ReplayError.self, "\(line)") { try ReplayMap(line) }
        }
        #expect(throws: Never.self) {
            try ReplayMap("job A priority=-3\nevent a.* = report $1 and finish.0.$1\nevent b = pass 100 # a tick")
        }
    }

    /// What an event stands for may be several things, one after the other: here a worker's word, which the core has to take.
    @Test func anEventMayBeTwo() throws {
        let text = """
            {"file": "a.csp", "assertions": [{"file": "a.csp", "line": 1, "text": "assert", "counterexample":
            {"kind": "event", "events": [{"event": "give.1"}, {"event": "write.1"}, {"event": "write.1"}], "cycle": [],
            "components": [], "refused": []}}]}
            """
        let run = try ModelRun(json: Data(text.utf8))
        let map = """
            before submit.A
            event give.* = assign.A.$1.w
            event write.* = report $1 and finish.A.$1
            core finish
            """
        let replay = try ModelReplay(run, map: ReplayMap(map))
        // The lease is over with its first result; a second is refused.
        #expect(replay.verdict == .refused && replay.refusedStep?.number == 3, "\(replay)")
        #expect(replay.steps.map(\.number) == [0, 1, 2, 2, 3] && replay.insteadEvent == nil, "\(replay)")
    }

    @Test func patterns() {
        #expect(ReplayMap.match(["a", "*", "c"], ["a", "b", "c"]) == ["b"])
        #expect(ReplayMap.match(["a", "*"], ["a", "b", "c"]) == ["b.c"])
        #expect(ReplayMap.match(["a", "*"], ["a"]) == nil)
        #expect(ReplayMap.match(["a"], ["a", "b"]) == nil)
    }
}
