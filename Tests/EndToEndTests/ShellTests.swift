import Foundation
import Testing

/// Completions in the real shells, and the manual's pages before the real `man`.
@Suite(.serialized) struct ShellTests {
    private static let bin = Program.binary.deletingLastPathComponent().path

    private func run(_ program: String, _ arguments: [String], in folder: URL) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["PATH": "\(Self.bin):/usr/bin:/bin", "HOME": folder.path, "TERM": "xterm"]
        ) { $1 }
        let (out, err) = (folder.appendingPathComponent("out"), folder.appendingPathComponent("err"))
        for file in [out, err] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: out)
        process.standardError = try FileHandle(forWritingTo: err)
        try process.run()
        process.waitUntilExit()
        return Result(
            code: process.terminationStatus, output: try String(contentsOf: out, encoding: .utf8),
            error: try String(contentsOf: err, encoding: .utf8))
    }

    private func scratch() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("banquet-shell-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private func script(_ shell: String, in folder: URL) throws -> String {
        let result = try Program.run(["--generate-completion-script", shell])
        #expect(result.code == 0)
        let path = folder.appendingPathComponent(shell == "zsh" ? "_banquet" : "banquet.\(shell)")
        try result.output.write(to: path, atomically: true, encoding: .utf8)
        return path.path
    }

    /// What is typed, and what is to be offered then.
    private func cases(_ cluster: Cluster) -> [(line: String, offered: [String])] {
        let access = "--insecure --coordinator \(cluster.endpoint)"
        return [
            ("banquet lab play ", ["big-gang", "hold-and-wait"]),
            ("banquet simulate --policy ", ["fair", "greedy-gang"]),
            // An endpoint's colons end words in bash.
            ("banquet show \(access) j", ["j1", "j2"]), ("banquet drain \(access) w", ["w1", "worker-two"]),
            ("banquet rel", ["reload"]),
        ]
    }

    private func cluster() throws -> Cluster {
        let cluster = try Cluster()
        try cluster.startCoordinator()
        try cluster.startWorkers("w1", "worker-two")
        for _ in 0..<2 { _ = try cluster.submit("--", "true") }
        return cluster
    }

    /// Typed at a prompt: two Tabs list what there is.
    @Test(arguments: ["bash", "zsh", "fish"]) func atAPrompt(shell: String) throws {
        let (folder, cluster) = (try scratch(), try cluster())
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = try script(shell, in: folder)
        let (options, begin) =
            switch shell {
            case "bash": (["--norc", "--noprofile", "-i"], "source '\(script)'")
            case "zsh": (["-f", "-i"], "fpath=('\(folder.path)' $fpath); autoload -Uz compinit; compinit -u -D")
            default: (["--no-config", "-i"], "source '\(script)'")
            }
        let session = try TerminalSession(
            "/usr/bin/env", [shell] + options, width: 200, height: 60,
            environment: [
                "PATH": "\(Self.bin):/usr/bin:/bin", "HOME": folder.path, "PS1": "ready> ", "LANG": "C.UTF-8",
                "TERM": shell == "fish" ? "xterm" : "dumb",
            ])
        func written(after start: Int) -> String {
            let text = String(decoding: session.written[start...], as: UTF8.self)
            return text.replacing(/\u{1B}(\[[0-9;?]*[A-Za-z]|\(B)/, with: "")
        }
        session.type("\(begin)\recho pre''pared\r")
        try session.waits("\(shell) is there") { _ in written(after: 0).contains("prepared") }
        for (number, (line, offered)) in cases(cluster).enumerated() {
            let start = session.written.count
            session.type(line + "\t\t")
            try session.waits("\(shell) offers \(offered) after '\(line)'") { _ in
                let text = written(after: start)
                return offered.allSatisfy { text.contains($0) }
            }
            // Away with the line, and on.
            session.type("\u{15}\u{15}\recho nex''t-\(number)\r")
            try session.waits("the next prompt") { _ in written(after: start).contains("next-\(number)") }
        }
    }

    private struct Command {
        var path: [String]
        var flags: [String]

        static func all(_ node: [String: Any], under path: [String] = []) -> [Command] {
            let path = path + [node["commandName"] as? String ?? ""]
            let arguments = (node["arguments"] as? [[String: Any]] ?? []).filter {
                $0["shouldDisplay"] as? Bool == true
            }
            let flags = arguments.flatMap { argument in
                (argument["names"] as? [[String: Any]] ?? []).map { name in
                    (name["kind"] as? String == "long" ? "--" : "-") + (name["name"] as? String ?? "")
                }
            }
            let children = (node["subcommands"] as? [[String: Any]] ?? []).filter {
                $0["shouldDisplay"] as? Bool == true && $0["commandName"] as? String != "help"
            }
            return [Command(path: path, flags: flags)] + children.flatMap { all($0, under: path) }
        }
    }

    /// Every command has a page, every page has every flag, mandoc finds nothing to warn of, and `man` shows them.
    @Test func theManualIsWholeAndWellFormed() throws {
        let folder = try scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        let pages = folder.appendingPathComponent("man1")
        #expect(try Program.run(["man", "--output", pages.path]).code == 0)
        let dump = try Program.run(["--experimental-dump-help"]).output
        let root = try JSONSerialization.jsonObject(with: Data(dump.utf8)) as? [String: Any]
        let commands = Command.all(try #require(root?["command"] as? [String: Any]))
        #expect(commands.count > 30)
        let files = try FileManager.default.contentsOfDirectory(atPath: pages.path)
        #expect(Set(files) == Set(commands.map { $0.path.joined(separator: "-") + ".1" }))
        let lint = try run("mandoc", ["-Tlint", "-Wwarning"] + files.sorted().map { "man1/\($0)" }, in: folder)
        #expect(lint.code == 0 && lint.output.isEmpty, "\(lint.output)\(lint.error)")
        for command in commands {
            let page = "man1/\(command.path.joined(separator: "-")).1"
            let shown = try run("mandoc", ["-Tutf8", "-Owidth=100", page], in: folder)
            // Overstruck letters are bold or underlined ones.
            let text = shown.output.replacing(/.\u{8}/, with: "")
            #expect(text.contains(command.path.joined(separator: " ")), "\(page)")
            for flag in command.flags { #expect(text.contains(flag), "\(page) lacks \(flag)") }
        }
        let man = try run("man", ["-l", "man1/banquet-check.1"], in: folder)
        #expect(man.code == 0, "\(man.error)")
        #expect(man.output.contains("--max-states") || man.output.contains("max‐states"), "\(man.output.prefix(400))")
        #expect(try Program.run(["man", "keys", "add"]).output.contains(".Dt BANQUET-KEYS-ADD 1"))
        #expect(try Program.run(["man", "nonsense"]).code == 2)
    }
}
