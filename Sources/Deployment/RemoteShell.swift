public import ConfigurationFiles
import Foundation

/// What a script on another host came to.
public struct ScriptOutcome: Sendable {
    /// The script's exit code; ssh's own, 255, where the host can't be reached.
    public let code: Int32
    public let output: String
    public let error: String

    /// The last thing that was complained of, in one line.
    public var complaint: String {
        let lines = error.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        return lines.last ?? "the script exited with \(code), without a word"
    }
}

/// Runs scripts on a host through OpenSSH's client, with that user's configuration, agent and known hosts. It never asks for anything:
/// a host whose key or password it would have to ask for is a failure.
public struct RemoteShell: Sendable {
    public let host: ClusterInventory.Host

    public init(_ host: ClusterInventory.Host) { self.host = host }

    /// - Parameters:
    ///   - script: a POSIX shell script. It travels as ssh's standard input, so that nothing of it is in anybody's `ps`.
    ///   - seconds: how long it may take.
    public func run(_ script: String, within seconds: Double) async -> ScriptOutcome {
        await start(["sh", "-s"], input: .text(script), within: seconds)
    }

    /// Runs a script whose standard input is a file of this host's.
    public func run(_ script: String, reading file: String, within seconds: Double) async -> ScriptOutcome {
        await start(["sh", "-c", ShellText.quoted(script)], input: .file(file), within: seconds)
    }

    private var arguments: [String] {
        var arguments = ["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=10"]
        for option in host.options { arguments += ["-o", option] }
        if let port = host.port { arguments += ["-p", "\(port)"] }
        if let user = host.user { arguments += ["-l", user] }
        if let identity = host.identity { arguments += ["-i", identity, "-o", "IdentitiesOnly=yes"] }
        return arguments + ["--", host.name]
    }

    /// The process is waited for on a thread of its own: a task that blocks would keep others from running.
    private func start(_ command: [String], input: Subprocess.Input, within seconds: Double) async -> ScriptOutcome {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let ended = Subprocess.run(["ssh"] + arguments + command, input: input, within: seconds)
                continuation.resume(
                    returning: ScriptOutcome(code: ended.code, output: ended.output, error: ended.error))
            }
        }
    }
}

/// What a POSIX shell reads.
public enum ShellText {
    /// One word, whatever is in it.
    public static func quoted(_ word: String) -> String {
        "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }

    /// A path on another host, where `~/` stands for that user's home.
    static func path(_ path: String) -> String {
        path.hasPrefix("~/") ? "\"$HOME\"/\(quoted(String(path.dropFirst(2))))" : quoted(path)
    }

    /// Gives `command` a text as its standard input.
    static func feeding(_ text: String, to command: String) -> String {
        var mark = "BANQUET_END"
        while text.contains(mark) { mark += "_" }
        return "\(command) <<'\(mark)'\n\(text)\(text.hasSuffix("\n") ? "" : "\n")\(mark)\n"
    }
}
