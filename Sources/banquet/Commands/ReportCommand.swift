import ArgumentParser
import Coordination
import Foundation
import Reporting
import Storage

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Add up what the cluster did: utilisation, waiting times, failures, retries, preemptions.",
        discussion: """
            Asks the coordinator, for which an operator's or a viewer's key is enough. With --state it reads a state folder's journal, its \
            snapshots and its archive of old jobs instead, also while a coordinator runs on it; or a file with one JSON object a line as \
            written by `banquet simulate --trace` or `banquet journal --format json`, - for standard input. Exit code 2 where nothing is \
            known of the period.
            """)

    @Option(
        help: ArgumentHelp(
            "The state folder (the coordinator's --state), or a file of journal entries, in place of the coordinator.",
            valueName: "dir"),
        completion: .directory)
    var state: String?
    @Option(
        help: ArgumentHelp(
            "From when on: \(ReportPeriod.forms). Ages count back from the period's end; days and times are UTC.",
            valueName: "time")) var since: String = "7d"
    @Option(
        help: ArgumentHelp(
            "Until when, likewise (default: now; the last entry's time where no coordinator runs on the folder).",
            valueName: "time"))
    var until: String?
    @Option(
        help: ArgumentHelp(
            "Write a page with plots to this file, too; it needs nothing besides itself.", valueName: "file.html"),
        completion: .file(extensions: ["html"]))
    var html: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: FormatOption

    func validate() throws {
        if let fault = JournalReport(since: since, until: until).fault { throw ValidationError(fault) }
        if state != nil, connection.coordinator != nil {
            throw ValidationError(
                "give --state or --coordinator, not both: a state folder is read without asking anybody")
        }
    }

    func run() throws {
        let report: UsageReport
        let asked = JournalReport(since: since, until: until)
        do { report = try state.map { try asked.read($0) } ?? ask(asked) } catch let error as StorageError {
            throw CommandFailure(message: "banquet: \(error)")
        }
        if let html {
            do {
                try Data(report.page.utf8).write(to: URL(fileURLWithPath: html), options: .atomic)
            } catch {
                throw CommandFailure(message: "\(html): error: can't be written: \(error.localizedDescription)")
            }
        }
        switch output.format {
        case .json: Terminal.write(try JSON.line(report) + "\n")
        case .text: Terminal.write(report.text(width: Terminal.columns(of: STDOUT_FILENO)) + "\n")
        }
    }

    private func ask(_ asked: JournalReport) throws -> UsageReport {
        var options = connection
        // It reads its whole journal for it.
        options.timeout = max(options.timeout, 120)
        guard
            case .report(let json) = try CoordinatorClient(options).ask(
                .report(since: asked.since, until: asked.until))
        else { throw CommandFailure.unexpectedReply }
        do { return try JSONDecoder().decode(UsageReport.self, from: Data(json)) } catch {
            throw CommandFailure(message: "banquet: the coordinator's report can't be read: \(error)")
        }
    }
}
