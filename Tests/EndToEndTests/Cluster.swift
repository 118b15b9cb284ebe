import Foundation
import Testing

/// A real cluster of real processes on loopback, in a folder of its own. Every process that it started ends with it.
final class Cluster {
    let folder: URL
    private(set) var endpoint = ""
    private var coordinator: Program?
    private var workers: [String: Program] = [:]
    /// As many processes as tests run at one time; each cluster has a port that the system gave it.
    let configuration: URL

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The folder of the cluster's keys; nil for a cluster without, which is for tests of something else.
    let keys: URL?
    /// What tells a command how to connect.
    private var access: [String] { keys.map { ["--keys", $0.path] } ?? ["--insecure"] }

    /// - Parameters:
    ///   - hasKeys: connections are encrypted, and everybody has a key.
    ///   - text: YAML in place of the usual test configuration.
    ///   - lease: how long a lease lasts without being renewed. Short, so that a lapse is soon there.
    init(configuration text: String? = nil, lease: String = "1s", hasKeys: Bool = false) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("banquet-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        configuration = folder.appendingPathComponent("cluster.yaml")
        keys = hasKeys ? folder.appendingPathComponent("keys") : nil
        let specs = Self.root.appendingPathComponent("Specs/protocol").path
        let usual = """
            listen: tcp://127.0.0.1:*
            limits: { gang-slots: 8, worker-slots: 4 }
            lease: { heartbeat: 100ms, duration: \(lease) }
            preflight: { specs: [\(specs)/dispatch.csp] }
            """
        try (text ?? usual).write(to: configuration, atomically: true, encoding: .utf8)
        if hasKeys { try key("init") }
    }

    deinit {
        for worker in workers.values { worker.kill(SIGKILL) }
        coordinator?.kill(SIGKILL)
        coordinator?.wait()
        conforms()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Whatever a test did: what the coordinator wrote down is what the protocol allows, and it found so itself.
    private func conforms() {
        let isDamaged = (try? Program.run(["journal", state.path, "--verify"]))?.code != 0
        guard !isDamaged, let result = try? Program.run(["conform", state.path, "--no-repair"]) else { return }
        if result.code != 0 { Issue.record("the journal does not conform: \(result)") }
        if coordinatorLog.contains("ALERT") { Issue.record("an alert: \(coordinatorLog)") }
    }

    /// `banquet keys` with these arguments, which must succeed.
    @discardableResult
    func key(_ arguments: String...) throws -> String {
        let result = try Program.run(["keys"] + arguments + access)
        guard result.code == 0 else {
            throw Unexpected("keys \(arguments) exited with \(result.code): \(result.error)")
        }
        return result.output
    }

    var state: URL { folder.appendingPathComponent("state") }

    /// Starts the coordinator and returns when it listens. A restarted one takes the port of the first.
    /// - Parameter limits: shell commands, such as `ulimit`, that it is started under.
    func startCoordinator(_ arguments: String..., limits: String? = nil) throws {
        let listen = endpoint.isEmpty ? [] : ["--listen", endpoint]
        let program = try Program(
            ["coordinator", "--config", configuration.path, "--state", state.path] + access + listen + arguments,
            log: folder.appendingPathComponent("coordinator-\(UUID().uuidString).log"), limits: limits)
        coordinator = program
        try eventually("the coordinator listens") {
            if !program.isRunning { throw Unexpected("the coordinator ended: \(program.log)") }
            guard let line = program.log.split(separator: "\n").last(where: { $0.contains("listening on tcp://") })
            else { return false }
            endpoint =
                "tcp://"
                + line.components(separatedBy: "listening on tcp://")[1].prefix {
                    $0.isNumber || $0 == "." || $0 == ":"
                }
            return true
        }
    }

    /// - Parameter options: further ones of `banquet worker`.
    func startWorkers(_ names: String..., slots: Int = 1, options: [String] = []) throws {
        if let keys {
            for name in names where !FileManager.default.fileExists(atPath: "\(keys.path)/worker-\(name).key") {
                try key("add", "worker", name)
            }
        }
        for name in names {
            workers[name] = try Program(
                [
                    "worker", "--name", name, "--coordinator", endpoint, "--slots", "\(slots)", "--work",
                    folder.appendingPathComponent(name).path,
                ] + access + options,
                log: folder.appendingPathComponent("\(name).log"))
        }
        try eventually("workers \(names) are connected") {
            let connected = try jsonLines("workers").filter { $0["state"] as? String == "connected" }.compactMap {
                $0["name"] as? String
            }
            return Set(names).isSubset(of: connected)
        }
    }

    func killWorker(_ name: String) { workers[name]?.kill(SIGKILL) }
    func killCoordinator() {
        coordinator?.kill(SIGKILL)
        coordinator?.wait()
    }
    /// Waits until the coordinator has ended by itself.
    /// - Returns: its exit code; -1 when it had to be killed.
    func coordinatorsExitCode() -> Int32 { coordinator?.wait() ?? -1 }

    func stopCoordinator() {
        coordinator?.kill(SIGTERM)
        coordinator?.wait()
    }

    var coordinatorLog: String { coordinator?.log ?? "" }

    /// Runs `banquet` against this cluster to its end.
    @discardableResult
    func banquet(_ arguments: String...) throws -> Result { try Program.run(insertingEndpoint(arguments)) }

    /// Starts `banquet` against this cluster.
    func start(_ arguments: String...) throws -> Program {
        try Program(insertingEndpoint(arguments), log: folder.appendingPathComponent("\(UUID().uuidString).log"))
    }

    func insertingEndpoint(_ arguments: [String]) -> [String] {
        [arguments[0], "--coordinator", endpoint] + access + arguments.dropFirst()
    }

    func jsonLines(_ arguments: String...) throws -> [[String: Any]] {
        let result = try Program.run(insertingEndpoint(arguments) + ["--format", "json"])
        guard result.code == 0 else { throw Unexpected("\(arguments) exited with \(result.code): \(result.error)") }
        return try result.output.split(separator: "\n").map {
            guard let object = try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] else {
                throw Unexpected("no object: \($0)")
            }
            return object
        }
    }

    func job(_ id: String) throws -> [String: Any] {
        guard let summary = try jsonLines("show", id).first?["summary"] as? [String: Any] else {
            throw Unexpected("no summary of \(id)")
        }
        return summary
    }

    /// Which worker holds which unit of the job.
    func placements(_ id: String) throws -> [Int: String] {
        let placements = try jsonLines("show", id).first?["placements"] as? [[String: Any]] ?? []
        return Dictionary(uniqueKeysWithValues: placements.map { ($0["index"] as! Int, $0["worker"] as! String) })
    }

    func submit(_ arguments: String...) throws -> String {
        let result = try Program.run(insertingEndpoint(["submit"] + arguments))
        guard result.code == 0 else { throw Unexpected("submit exited with \(result.code): \(result.error)") }
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The command lines (arguments and environment apart) of all processes in which `text` occurs.
    static func processes(mentioning text: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }.compactMap { pid in
            guard let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { return nil }
            let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ") ?? Data()
            let command = String(decoding: line, as: UTF8.self).replacingOccurrences(of: "\0", with: " ")
            let isOurs = command.contains(text) || String(decoding: environment, as: UTF8.self).contains(text)
            return isOurs ? command : nil
        }
    }

    func file(_ name: String, _ text: String) throws -> String {
        let url = folder.appendingPathComponent(name)
        try text.write(to: url, atomically: true, encoding: .utf8)
        return url.path
    }
}

struct Result {
    let code: Int32
    let output: String
    let error: String
}

struct Unexpected: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Waits for a condition, with a limit.
func eventually(_ what: String, within seconds: Double = 90, _ condition: () throws -> Bool) throws {
    let limit = Date().addingTimeInterval(seconds)
    while try !condition() {
        guard Date() < limit else { throw Unexpected("not within \(seconds) s: \(what)") }
        usleep(20_000)
    }
}

/// One process of `banquet`.
final class Program {
    private let process = Process()
    private let logFile: URL

    static let binary: URL = {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        let beside = URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("banquet")
        return FileManager.default.isExecutableFile(atPath: beside.path)
            ? beside : Cluster.root.appendingPathComponent(".build/debug/banquet")
    }()

    /// Starts it; standard output and error go to one file.
    init(_ arguments: [String], log: URL, limits: String? = nil) throws {
        logFile = log
        if !FileManager.default.fileExists(atPath: log.path) {
            _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        }
        let handle = try FileHandle(forWritingTo: log)
        try handle.seekToEnd()
        process.executableURL = Self.binary
        process.arguments = arguments
        if let limits {
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", "\(limits); exec \"$0\" \"$@\"", Self.binary.path] + arguments
        }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        try handle.close()
    }

    var log: String { (try? String(contentsOf: logFile, encoding: .utf8)) ?? "" }
    var isRunning: Bool { process.isRunning }

    func kill(_ signal: Int32) { if process.isRunning { Foundation.kill(process.processIdentifier, signal) } }

    @discardableResult
    func wait(within seconds: Double = 60) -> Int32 {
        let limit = Date().addingTimeInterval(seconds)
        while process.isRunning, Date() < limit { usleep(10_000) }
        if process.isRunning {
            kill(SIGKILL)
            process.waitUntilExit()
            return -1
        }
        return process.terminationStatus
    }

    /// Runs it to its end, output and error apart.
    static func run(_ arguments: [String], within seconds: Double = 60) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("banquet-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = ["out", "err"].map { folder.appendingPathComponent($0) }
        let handles = try files.map { file in
            _ = FileManager.default.createFile(atPath: file.path, contents: nil)
            return try FileHandle(forWritingTo: file)
        }
        let process = Process()
        process.executableURL = binary
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handles[0]
        process.standardError = handles[1]
        // Left open they pile up: from some 1,400 descriptors on Foundation's `Process.run()` reads past the end of its list of them.
        defer { for handle in handles { try? handle.close() } }
        try process.run()
        let limit = Date().addingTimeInterval(seconds)
        while process.isRunning, Date() < limit { usleep(5_000) }
        if process.isRunning {
            Foundation.kill(process.processIdentifier, SIGKILL)
            throw Unexpected("not within \(seconds) s: banquet \(arguments.joined(separator: " "))")
        }
        let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
        return Result(code: process.terminationStatus, output: texts[0], error: texts[1])
    }
}
