public import ArgumentParser
import CSP
import Foundation
public import Verification

extension CheckPhase: ExpressibleByArgument {}

/// What bounds a run of the checker.
struct LimitOptions: ParsableArguments {
    @Option(help: "The most states of one exploration; beyond it the verdict is unknown, and the exit code 3.")
    var maxStates: Int?
    @Option(help: "The most memory of one exploration, in MiB.") var maxMemory: Int?
    @Option(help: "The most seconds for one assertion.") var timeout: Double?

    func validate() throws {
        if let maxStates, maxStates < 1 { throw ValidationError("--max-states must be at least 1") }
        if let maxMemory, !(1...(1 << 24)).contains(maxMemory) {
            throw ValidationError("--max-memory must be from 1 to \(1 << 24) MiB")
        }
        if let timeout, !(timeout > 0 && timeout < 1e9) {
            throw ValidationError("--timeout must be more than 0 seconds")
        }
    }

    var verification: VerificationOptions {
        VerificationOptions(
            maximumStates: maxStates, maximumBytes: maxMemory.map { $0 << 20 },
            timeout: timeout.map { .milliseconds(Int64($0 * 1000)) },
            isCancelled: { Interruption.isRequested })
    }
}

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Model-check the assertions of CSPm files.",
        discussion: """
            Exit code 0: all hold. 1: one fails. 2: a file can't be read or checked. 3: a limit was reached. A folder stands for all .csp files in it. \
            With --format json, one JSON object a file, each on one line.
            """)

    @Argument(help: ArgumentHelp("CSPm files, or folders of them.", valueName: "file.csp")) var files: [String]
    @Option(help: "Stop early: parse, types, or assertions.") var until: CheckPhase = .assertions
    @OptionGroup var limits: LimitOptions
    @OptionGroup var output: FormatOption

    func run() throws {
        Interruption.requestsEnd()
        var verdicts: [FileReport.Verdict] = []
        for file in try expanded() where !Interruption.isRequested {
            let report = FileCheck.run(path: file, until: until, options: limits.verification) { assertion in
                if output.format == .text { print(assertion.rendered(coloured: Terminal.isColoured) + "\n") }
            }
            if output.format == .json { print(try JSON.line(report)) }
            for diagnostic in report.diagnostics { Terminal.complain(diagnostic.rendered()) }
            for refused in report.assertions where refused.isRefused {
                Terminal.complain(
                    "\(refused.file):\(refused.line): error: \(refused.explanation ?? "this assertion can't be checked")"
                )
            }
            verdicts.append(report.verdict)
        }
        if Interruption.isRequested { throw ExitCode(3) }
        let code = FileReport.Verdict.together(verdicts).exitCode
        if code != 0 { throw ExitCode(code) }
    }

    private func expanded() throws -> [String] {
        try files.flatMap { file -> [String] in
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), isFolder.boolValue else {
                return [file]
            }
            let folder = URL(fileURLWithPath: file, isDirectory: true)
            let names = FileManager.default.enumerator(atPath: file)?.compactMap { $0 as? String } ?? []
            let scripts = names.filter { $0.hasSuffix(".csp") || $0.hasSuffix(".cspm") }.sorted()
            guard !scripts.isEmpty else { throw CommandFailure(message: "\(file): error: no .csp file in this folder") }
            // What another file includes is a part of that file, and often can't stand alone.
            let included = Set(scripts.flatMap { Self.includes(of: folder.appendingPathComponent($0)) })
            return scripts.filter { !included.contains(folder.appendingPathComponent($0).standardizedFileURL.path) }
                .map { file.hasSuffix("/") ? file + $0 : "\(file)/\($0)" }
        }
    }

    /// The files that a script includes.
    private static func includes(of script: URL) -> [String] {
        let text = (try? String(contentsOf: script, encoding: .isoLatin1)) ?? ""
        return text.matches(of: /(?m)^\s*include\s+"([^"]+)"/).map {
            script.deletingLastPathComponent().appendingPathComponent(String($0.output.1)).standardizedFileURL.path
        }
    }
}

struct PreflightCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preflight", abstract: "Make the coordinator's check, and nothing else.",
        discussion: "Exit code 0: a coordinator with this configuration would start.")

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var output: FormatOption

    func run() throws {
        Interruption.requestsEnd()
        let report = try cluster.preflight(cluster.configuration())
        switch output.format {
        case .json: for file in report.files { print(try JSON.line(file)) }
        case .text: print(report.rendered(coloured: Terminal.isColoured))
        }
        for diagnostic in report.diagnostics { Terminal.complain(diagnostic) }
        if report.verdict != .holds { throw ExitCode(report.verdict.exitCode) }
    }
}
