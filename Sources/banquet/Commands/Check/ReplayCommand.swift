import ArgumentParser
import Foundation
import Simulation

/// A model's counterexample against the real core.
struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Replay a model's counterexample on the real core.",
        discussion: """
            Reads what `banquet check --format json` prints. The events of the run are demands: on the world (submit this job, let that lease lapse) and on \
            the core, which must do the rest by itself. Exit code 0: the core shows the same fault. 1: it does not take a step, which is named, or goes on \
            where the model can't. 2: bad usage, or a file that can't be read. 3: the search was cut short. docs/replay.md explains maps.
            """)

    @Argument(
        help: ArgumentHelp("A report of `banquet check --format json`; - for standard input.", valueName: "report.json")
    )
    var file: String
    @Option(help: "The line of the assertion whose run is replayed (default: the first that has one).") var line: Int?
    @Option(
        help: "The scheduling policy of the core (default: the map's, or the default policy).",
        completion: Completions.policies)
    var policy: String?
    @Option(help: "How often a cycle is gone round.") var rounds = 3
    @Option(
        help: ArgumentHelp(
            "What the model's names stand for (default: SPEC.replay beside the spec).", valueName: "file"))
    var map: String?
    @OptionGroup var output: FormatOption

    func validate() throws {
        guard (1...1000).contains(rounds) else { throw ValidationError("--rounds must be from 1 to 1000") }
        if let policy { try Simulate.check(policy: policy) }
    }

    func run() throws {
        let data =
            file == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: file)
        guard let data else { throw CommandFailure(message: "\(file): error: can't be read") }
        let run: ModelRun
        do { run = try ModelRun(json: data, line: line) } catch {
            throw CommandFailure(message: "\(file): error: \(error)")
        }
        let (map, path) = try readMap(of: run)
        let replay: ModelReplay
        do { replay = try ModelReplay(run, map: map, policy: policy, rounds: rounds) } catch {
            throw CommandFailure(message: "\(path ?? file): error: \(error)")
        }
        Terminal.write((output.format == .json ? try JSON.line(replay) : replay.rendered()) + "\n")
        let code: Int32 =
            switch replay.verdict {
            case .reproduced: 0
            case .refused, .goesOn: 1
            case .unknown: 3
            }
        if code != 0 { throw ExitCode(code) }
    }

    private func readMap(of run: ModelRun) throws -> (ReplayMap, String?) {
        let beside = run.file.hasSuffix(".csp") ? run.file.dropLast(4) + ".replay" : nil
        let path = map ?? beside.map(String.init).flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }
        guard let path else { return (ReplayMap(), nil) }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CommandFailure(message: "\(path): error: can't be read")
        }
        do { return (try ReplayMap(text), path) } catch { throw CommandFailure(message: "\(path): error: \(error)") }
    }
}
