import Foundation
import Testing

/// The lab as a teacher runs it: every scenario on live processes, in the short form.
@Suite(.serialized) struct LabTests {
    static let scenarios = [
        "priority-flood", "big-gang", "hold-and-wait", "convoy", "stuck-worker", "double-work", "reconnect-storm",
        "pipeline-buffers",
    ]

    @Test(arguments: scenarios) func theModelAndTheClusterGoAsTold(scenario: String) throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let plot = folder.appendingPathComponent("plot.svg").path
        // A machine that is very busy may hide an attack that depends on who comes first: it has a second chance.
        var result = Result(code: -1, output: "", error: "")
        for _ in 0..<2 where result.code != 0 {
            result = try Program.run(["lab", scenario, "--quick", "--format", "json", "--plot", plot], within: 120)
        }
        #expect(result.code == 0, "\(result.output) \(result.error)")
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(report["faultSeen"] as? Bool == true && report["recovered"] as? Bool == true)
        let code = try #require(report["code"] as? [String: Any])
        let verdict = (code["naive"] as? [String: Any])?["verdict"] as? String
        #expect(verdict == (scenario == "double-work" ? "refused" : "reproduced"))
        #expect(try String(contentsOfFile: plot, encoding: .utf8).contains("</svg>"))
    }

    /// The text is in the language that was asked for, and plain where it is not a terminal.
    @Test func textIsPlainAndInItsLanguage() throws {
        let result = try Program.run(["lab", "convoy", "--quick", "--lang", "fr"], within: 120)
        #expect(result.code == 0, "\(result.error)")
        #expect(result.output.contains("GRAPPE EN MARCHE") && result.output.contains("La parade"))
        #expect(result.output.contains("LE CODE DU COORDINATEUR") && result.output.contains("start.Ada.0"))
        #expect(!result.output.contains("\u{1B}"))
        for line in result.output.split(separator: "\n") { #expect(line.count <= 100) }
        let lines = try Program.run(["lab", "--lang", "en"]).output
        for scenario in Self.scenarios { #expect(lines.contains(scenario)) }
    }

    /// Ctrl-C, and even SIGKILL, leave no process behind.
    @Test(arguments: [SIGINT, SIGKILL]) func whateverEndsItEndsAll(signal: Int32) throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let others = try Self.clusters()
        let program = try Program(["lab", "stuck-worker"], log: folder.appendingPathComponent("log"))
        var own: [String: Int] = [:]
        try eventually("the lab's cluster runs") {
            own = try Self.clusters().filter { others[$0.key] == nil }
            return own.values.contains { $0 >= 2 }
        }
        program.kill(signal)
        program.wait()
        try eventually("the lab's cluster is gone") { try Set(Self.clusters().keys).isDisjoint(with: own.keys) }
        guard signal == SIGINT else { return }
        for name in own.keys {
            let path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    /// The folders of the labs that run on this machine, and how many processes each has.
    static func clusters() throws -> [String: Int] {
        try Cluster.processes(mentioning: "banquet-lab-").reduce(into: [:]) { counts, command in
            guard let match = command.firstMatch(of: /banquet-lab-[0-9A-F-]+/) else { return }
            counts[String(match.output), default: 0] += 1
        }
    }

    @Test func badUsage() throws {
        for (arguments, message) in [
            (["lab", "nothing"], "there is no scenario 'nothing'"), (["lab", "convoy", "--step"], "needs a terminal"),
            (["lab", "--plot", "a.svg"], "name it"), (["lab", "convoy", "--plot", "a.png"], ".svg"),
            (["lab", "convoy", "--plot", "/nowhere/a.svg"], "no folder"),
            (["lab", "grade", "nothing", "a.csp"], "there is no exercise"),
            (["lab", "grade", "ledger", "/nowhere.csp"], "can't be read"),
        ] {
            let result = try Program.run(arguments)
            #expect(result.code == 2, "\(arguments): \(result.code)")
            #expect(result.error.contains(message), "\(result.error)")
        }
    }

    // MARK: Grading

    @Test func gradesAnswers() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let written = try Program.run(["lab", "exercise", "ledger", folder.path])
        #expect(written.code == 0, "\(written.error)")
        let file = folder.appendingPathComponent("ledger.csp")
        // As it was written it can be checked, and it is not passed.
        #expect(try Program.run(["check", file.path]).code == 1)
        let task = try Program.run(["lab", "grade", "ledger", file.path, "--lang", "en"])
        #expect(task.code == 1 && task.output.contains("✗") && task.output.contains("hint"), "\(task.output)")
        let given = "include \"given.csp\"\n"
        func grade(_ answer: String, _ options: String...) throws -> Result {
            try (given + answer).write(to: file, atomically: true, encoding: .utf8)
            return try Program.run(["lab", "grade", "ledger", file.path, "--lang", "en"] + options)
        }
        let right = try grade(
            "LEDGER = N(1)\nN(n) = write?e:{e | e <- EPOCHS, e >= n} -> N(e) [] refuse?e:{e | e <- EPOCHS, e < n} -> N(n)"
        )
        #expect(right.code == 0 && right.output.contains("passed"), "\(right.output)")
        let broken = try grade("LEDGER = write?e -> ")
        #expect(broken.code == 2 && broken.error.contains("ledger.csp:2"), "\(broken.error)")
        // What has no end while it is read is ended by the clock.
        let endless = try grade(
            "f(n) = if n < 0 then 0 else f(n + 1)\nchannel c : {f(0)}\nLEDGER = STOP", "--timeout", "1")
        #expect(endless.code == 3, "\(endless.output) \(endless.error)")
    }

    static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lab-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}
