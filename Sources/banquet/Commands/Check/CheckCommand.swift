public import ArgumentParser
import CSP
import Foundation
public import Verification

extension CheckPhase: ExpressibleByArgument {}
extension ReportFormat: ExpressibleByArgument {}

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Model-check the assertions of CSPm files.",
        discussion: """
            Exit code 0: all hold. 1: one fails. 2: a file can't be read or checked. 3: a limit was reached, or Ctrl-C came first, and nothing that \
            was found out fails. A folder stands for all .csp and .cspm files in it, without those that others include. With --format json, one \
            JSON object a file, each on one line. docs/checking.md explains verdicts, formats and limits.
            """)

    @Argument(
        help: ArgumentHelp("CSPm files, or folders of them.", valueName: "file.csp"), completion: Completions.scripts)
    var files: [String]
    @Option(help: "Stop early: parse, types, or assertions.") var until: CheckPhase = .assertions
    @OptionGroup var limits: LimitOptions
    @Option(help: "How to print: text, json (one object a file, one line each), junit, or sarif.")
    var format: ReportFormat = .text
    @Option(
        help: ArgumentHelp(
            "Write the report in --format to this file; standard output then has the text.", valueName: "file"))
    var output: String?
    @OptionGroup var graph: GraphOptions

    func validate() throws {
        guard graph.path != nil else { return }
        guard files.count == 1 else { throw ValidationError("--graph draws one process of one file: name one file") }
        guard until == .assertions else { throw ValidationError("--graph needs the whole check, not --until") }
    }

    func run() throws {
        Interruption.requestsEnd()
        // A process by name needs no verdicts.
        if graph.process != nil { return try graph.write(of: files[0], report: nil, limits.verification) }
        let scripts = ScriptFiles(files)
        let progress = CheckLine()
        defer { progress.end() }
        var options = limits.verification
        options.meter = progress.meter
        options.beginning = { progress.begin($0.text) }
        let printed: ReportFormat = output == nil ? format : .text
        var reports: [FileReport] = []
        for path in scripts.paths {
            if Interruption.isRequested { break }
            let report = FileCheck.run(path: path, until: until, options: options) { assertion in
                guard printed == .text else { return }
                progress.aside { Terminal.write(assertion.rendered(Terminal.style) + "\n\n") }
            }
            progress.aside {
                if printed == .json { Terminal.write(report.jsonLine + "\n") }
                if printed == .text, until == .assertions, report.assertions.isEmpty, report.errors.isEmpty {
                    Terminal.write("\(path)  asserts nothing\n\n")
                }
                for complaint in report.complaints(coloured: Terminal.errorsAreColoured) {
                    Terminal.complain(complaint)
                }
            }
            reports.append(report)
        }
        for folder in scripts.emptyFolders {
            Terminal.complain("\(folder): error: no .csp or .cspm file in this folder")
        }
        for path in scripts.paths.dropFirst(reports.count) {
            Terminal.complain("\(path): not checked: interrupted")
        }
        try finish(reports, printed, isIncomplete: reports.count < scripts.paths.count, scripts)
    }

    /// Prints or writes what comes at the end, and ends with the exit code of all verdicts together.
    private func finish(
        _ reports: [FileReport], _ printed: ReportFormat, isIncomplete: Bool, _ scripts: ScriptFiles
    ) throws {
        if printed.isDocument { Terminal.write(format.document(of: reports)) }
        if printed == .text, reports.reduce(0, { $0 + $1.assertions.count }) > 1 {
            Terminal.write(reports.tally + "\n")
        }
        if let output {
            do {
                try Data(format.document(of: reports).utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
            } catch {
                throw CommandFailure(message: "\(output): error: can't be written: \(error.localizedDescription)")
            }
        }
        var verdicts = reports.map(\.verdict)
        if isIncomplete { verdicts.append(.unknown) }
        if !scripts.emptyFolders.isEmpty { verdicts.append(.faulty) }
        if graph.path != nil, let report = reports.first, report.errors.isEmpty, !isIncomplete {
            try graph.write(of: report.file, report: report, limits.verification)
        }
        let code = FileReport.Verdict.together(verdicts).exitCode
        if code != 0 { throw ExitCode(code) }
    }
}
