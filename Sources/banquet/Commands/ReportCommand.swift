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
            Reads a state folder's journal, its snapshots and its archive of old jobs, also while a coordinator runs on it; or a file with one \
            JSON object a line as written by `banquet simulate --trace` or `banquet journal --format json`, - for standard input. Exit code 2 \
            where nothing is known of the period.
            """)

    @Option(
        help: ArgumentHelp(
            "The state folder (the coordinator's --state), or a file of journal entries.", valueName: "dir"),
        completion: .directory)
    var state: String
    @Option(
        help: ArgumentHelp(
            "From when on: \(ReportPeriod.forms). Ages count back from the period's end; days and times are UTC.",
            valueName: "time")) var since: String = "7d"
    @Option(
        help: ArgumentHelp(
            "Until when, likewise (default: now if a coordinator runs on the folder, otherwise the last entry's time).",
            valueName: "time"))
    var until: String?
    @Option(
        help: ArgumentHelp(
            "Write a page with plots to this file, too; it needs nothing besides itself.", valueName: "file.html"),
        completion: .file(extensions: ["html"]))
    var html: String?
    @OptionGroup var output: FormatOption

    func validate() throws {
        for (flag, text) in [("--since", since), ("--until", until ?? "all")]
        where ReportPeriod.moment(text, now: Self.now) == nil {
            throw ValidationError("\(flag) is '\(text)'; it must be \(ReportPeriod.forms)")
        }
        if until == "all" { throw ValidationError("--until is a moment: all is for --since") }
    }

    private static var now: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    func run() throws {
        let report: UsageReport
        do { report = try read() } catch let error as StorageError {
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

    private func read() throws -> UsageReport {
        let input = try JournalInput(state)
        let progress = ProgressLine(input.counter)
        defer { progress.end() }
        guard let extent = try input.extent() else {
            throw CommandFailure(message: "\(state): error: this journal has no entries")
        }
        // Until when the cluster is as the last entry left it.
        let known = input.isOwned ? max(Self.now, extent.last) : extent.last
        let period = try period(extent, known)
        guard period.to >= extent.first, period.from <= known else {
            throw CommandFailure(
                message:
                    "banquet: nothing is known of \(text(period.from)) to \(text(period.to)): the journal has entries from \(text(extent.first)) to \(text(extent.last))"
            )
        }
        var ledger = Ledger(period)
        let past = try input.past()
        if let past {
            ledger.begin(after: past, forgotten: try input.archive())
        } else if extent.firstSequence > 1 {
            ledger.begin(at: extent.first)
        }
        try input.forEach { entry in
            // What came before the snapshot is in it.
            if let past, entry.sequence <= past.sequence { return true }
            return ledger.add(entry)
        }
        var report = ledger.report(knownTo: known)
        report.energyKilowattHours = input.kilowattHours(from: period.from, to: period.to)
        return report
    }

    private func period(_ extent: JournalInput.Extent, _ known: Timestamp) throws -> ReportPeriod {
        let end = until.flatMap { ReportPeriod.moment($0, now: Self.now) } ?? known
        let begin = since == "all" ? min(extent.first, end) : ReportPeriod.moment(since, now: end) ?? end
        guard begin < end || since == "all" else {
            throw CommandFailure(
                message: "banquet: the period is empty: it would go from \(text(begin)) to \(text(end))")
        }
        return ReportPeriod(from: begin, to: end)
    }

    private func text(_ time: Timestamp) -> String {
        Date(timeIntervalSince1970: Double(time.milliseconds) / 1000).formatted(.iso8601)
    }
}
