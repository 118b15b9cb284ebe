import Foundation
import Testing

/// `banquet check` from its arguments to its exit code.
@Suite struct CheckTests {
    static let holding = "channel a, b\nP = a -> P\nassert P :[deadlock free]\n"
    static let failing = "channel a\nassert a -> STOP :[deadlock free]\n"
    static let broken = "channel a\nP = a -> -> P\n"
    /// Ten counters of ten states each: more than any machine has room for.
    static let endless = """
        channel up, down : {0..9}
        C(i, n) = n < 9 & up.i -> C(i, n + 1) [] n > 0 & down.i -> C(i, n - 1)
        assert C(0, 0) :[deadlock free]
        assert ||| i : {0..9} @ C(i, 0) :[divergence free]
        assert ||| i : {0..9} @ C(i, 0) :[deadlock free]
        assert C(1, 0) :[deadlock free]

        """

    private func check(_ arguments: String...) throws -> Result { try Program.run(["check"] + arguments) }

    private func objects(_ text: String) throws -> [[String: Any]] {
        try text.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    @Test func exitCodes() throws {
        let files = try Scripts(["good.csp": Self.holding, "bad.csp": Self.failing, "ugly.csp": Self.broken])
        #expect(try check(files["good.csp"]).code == 0)
        #expect(try check(files["bad.csp"]).code == 1)
        #expect(try check(files["ugly.csp"]).code == 2)
        #expect(try check(files["bad.csp"], files["ugly.csp"]).code == 2)
        #expect(try check(files["good.csp"], files["bad.csp"]).code == 1)
        #expect(try check("--format", "xml", files["good.csp"]).code == 2)
        #expect(try check("--max-states", "0", files["good.csp"]).code == 2)
        #expect(try check().code == 2)
        let silent = try Scripts(["silent.csp": "channel a\n"])
        let nothing = try check(silent["silent.csp"])
        #expect(nothing.code == 0 && nothing.output.contains("silent.csp  asserts nothing"))
    }

    @Test func aFileWithErrorsAmongGoodOnesHidesNothing() throws {
        let files = try Scripts([
            "1.csp": Self.holding, "2.csp": Self.broken, "3.csp": Self.failing, "sub/4.cspm": Self.holding,
            "sub/part.csp": "channel z\n", "sub/5.csp": "include \"part.csp\"\nassert z -> STOP :[divergence free]\n",
            "notes.txt": "no script",
        ])
        let result = try check(
            "--format", "json", files.folder, files["1.csp"], files.folder + "/sub/../1.csp", files["none.csp"])
        #expect(result.code == 2)
        let lines = try objects(result.output)
        // Each once, a folder's by name, what others include as a part of those.
        let names = lines.map { ($0["file"] as? String)?.split(separator: "/").last.map(String.init) }
        #expect(names == ["1.csp", "2.csp", "3.csp", "4.cspm", "5.csp", "none.csp"])
        #expect(lines.map { $0["verdict"] as? String } == ["holds", "faulty", "fails", "holds", "holds", "faulty"])
        #expect(result.error.contains("2.csp:2:10: error: ") && result.error.contains("none.csp"), "\(result.error)")
    }

    @Test func whatCannotBeRead() throws {
        let files = try Scripts(["empty/readme.md": "nothing", "good.csp": Self.holding])
        let empty = try check(files.folder + "/empty", files["good.csp"])
        #expect(empty.code == 2 && empty.error.contains("no .csp or .cspm file in this folder"))
        #expect(empty.output.contains("holds"))
        let absent = try check(files["absent.csp"])
        #expect(absent.code == 2 && absent.error.contains("absent.csp"))
        let unwritable = try check("--format", "sarif", "--output", files.folder + "/no/such/file", files["good.csp"])
        #expect(unwritable.code == 2 && unwritable.error.contains("can't be written"))
    }

    @Test func aDocumentInAFileLeavesTheTextToTheLog() throws {
        let files = try Scripts(["bad.csp": Self.failing])
        let target = files.folder + "/report.sarif"
        let result = try check("--format", "sarif", "--output", target, files["bad.csp"])
        #expect(result.code == 1 && result.output.contains("fails: deadlock after 1 step"))
        let log = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: target)))
        #expect((log as? [String: Any])?["version"] as? String == "2.1.0")
        #expect(try check("--format", "junit", files["bad.csp"]).output.hasPrefix("<?xml"))
        // Nothing but the document goes to standard output, and no escape sequence where there is no terminal.
        #expect(!result.output.contains("\u{1B}"))
    }

    /// Each limit, in each phase that can take long; nothing of it may end in a verdict.
    @Test(arguments: [
        (["--max-states", "1000"], "limit of 1000 states"), (["--max-memory", "4"], "limit of 4 MiB"),
        (["--timeout", "0.4"], "time limit"),
    ]) func limits(flags: [String], named: String) throws {
        let phases = [
            "exploration": Self.endless,
            "starvation": Self.endless + "assert ||| i : {0..9} @ C(i, 0) :[starvation free]: {(up.0, down.0)}\n",
            "temporal": Self.endless + "assert ||| i : {0..9} @ C(i, 0) |= LTL: \"G F [up.0]\"\n",
            "leaf": "channel a\nP(n) = a -> P(n + 1)\nassert P(0) :[deadlock free]\n",
            "normalisation": """
            channel a, b
            -- The n-th event from the end: a set of 2^n states once it is made deterministic.
            S(n) = if n == 0 then STOP else a -> S(n - 1) [] b -> S(n - 1)
            T = a -> T [] b -> T [] a -> S(40)
            U = a -> U
            assert T [T= U
            """,
            "evaluation":
                "channel a : {0..1}\nlonger(s) = longer(s ^ <#s>)\nassert a!longer(<>) -> STOP :[deadlock free]\n",
        ]
        for (phase, text) in phases {
            // Evaluation counts no states.
            if phase == "evaluation", flags[0] == "--max-states" { continue }
            let files = try Scripts(["model.csp": text])
            let result = try Program.run(["check", "--format", "json", files["model.csp"]] + flags)
            #expect(result.code == 3, "\(phase): \(result)")
            let assertions = try #require(try objects(result.output).first?["assertions"] as? [[String: Any]])
            let unknown = assertions.filter { $0["verdict"] as? String == "unknown" }
            #expect(
                !unknown.isEmpty && assertions.allSatisfy { $0["verdict"] as? String != "fails" }, "\(phase): \(result)"
            )
            for assertion in unknown {
                #expect((assertion["explanation"] as? String)?.contains(named) == true, "\(phase): \(assertion)")
            }
        }
    }

    @Test(arguments: [SIGINT, SIGTERM]) func anInterruptionTellsWhatIsKnown(signal: Int32) throws {
        let files = try Scripts(["endless.csp": Self.endless, "later.csp": Self.holding])
        let log = URL(fileURLWithPath: files.folder + "/log")
        let program = try Program(["check", files["endless.csp"], files["later.csp"]], log: log)
        try eventually("the first verdict is there") { program.log.contains("holds: there is no deadlock") }
        program.kill(signal)
        #expect(program.wait() == 3)
        let text = program.log
        #expect(text.contains("unknown: interrupted"), "\(text)")
        #expect(text.contains(" so far, "), "\(text)")
        #expect(text.contains("later.csp: not checked: interrupted"), "\(text)")
        #expect(text.components(separatedBy: "unknown: not begun: interrupted").count == 3, "\(text)")
    }
}

/// Files in a folder of their own.
final class Scripts {
    let folder: String

    init(_ texts: [String: String]) throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("banquet-check-\(UUID().uuidString)")
        folder = root.path
        for (name, text) in texts {
            let file = root.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    subscript(name: String) -> String { "\(folder)/\(name)" }
}
