import ArgumentParser
import CSP
import Coordination
import Foundation
import Storage
import Verification

struct ConformCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conform", abstract: "Hold a run's journal against the protocol.",
        discussion: """
            Takes a state folder (also while a coordinator runs on it), or a file with one JSON object a line as written by `banquet simulate \
            --trace` or `banquet journal --format json`; - is standard input's. Exit code 0: every entry is allowed. 1: one is not; it is \
            named, with the state of the processes that it concerns and the shortest change that would explain it. 2: bad input.
            """)

    @Argument(help: ArgumentHelp("A state folder, or a file of journal entries.", valueName: "journal")) var journal:
        String
    @Option(
        help: ArgumentHelp(
            "The policy that the coordinator ran; under greedy-gang gangs are granted in pieces.", valueName: "name"))
    var policy: String = Fair.name
    @Option(
        help: ArgumentHelp(
            "Hold it against the processes of this script in place of the built-in Specs/journal/journal.csp.",
            valueName: "file.csp"), completion: Completions.scripts)
    var spec: String?
    @Flag(help: "Don't look for the shortest repair.") var noRepair = false
    @OptionGroup var output: FormatOption

    func validate() throws {
        guard Policies.named(policy) != nil else {
            let names = Policies.all.map { type(of: $0).name }.joined(separator: ", ")
            throw ValidationError("there is no policy '\(policy)'; there are: \(names)")
        }
    }

    func run() throws {
        let rules = try rules()
        let report: ConformanceReport
        do {
            let input = try JournalInput(journal)
            let progress = ProgressLine(input.counter)
            defer { progress.end() }
            report = try Conformance.check(input, rules, repairs: !noRepair)
        } catch let error as StorageError {
            throw CommandFailure(message: "banquet: \(error)")
        }
        switch output.format {
        case .json: Terminal.write(try JSON.line(report) + "\n")
        case .text: Terminal.write(report.rendered(Terminal.style) + "\n")
        }
        if !report.conforms { throw ExitCode(1) }
    }

    private func rules() throws -> JournalProtocol {
        let grantsAtOnce = Policies.named(policy).map { !type(of: $0).grantsPieces } ?? true
        guard let spec else { return try .shipped(grantsAtOnce: grantsAtOnce) }
        do {
            return try JournalProtocol(Script.load(path: spec), grantsAtOnce: grantsAtOnce)
        } catch let fault as ScriptFault {
            throw CommandFailure(message: "\(fault)")
        } catch {
            throw CommandFailure(message: "\(spec): error: not the spec of a journal: \(error)")
        }
    }
}
