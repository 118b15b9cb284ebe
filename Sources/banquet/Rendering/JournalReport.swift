import Coordination
import Daemon
import Foundation
import Reporting
import Storage

/// A report on a period, as somebody asks for it: for the command on a state folder, and for the coordinator that is asked over a
/// connection.
struct JournalReport {
    let since: String
    let until: String?

    /// What is wrong with the period's words; nil where nothing is.
    var fault: String? {
        for (flag, text) in [("--since", since), ("--until", until ?? "all")]
        where ReportPeriod.moment(text, now: Self.now) == nil {
            return "\(flag) is '\(text)'; it must be \(ReportPeriod.forms)"
        }
        return until == "all" ? "--until is a moment: all is for --since" : nil
    }

    private static var now: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    /// What a coordinator answers that runs on this folder.
    func answer(_ state: String) -> Result<[UInt8], CoordinatorService.ReportRefused> {
        if let fault { return .failure(.init(reason: fault)) }
        do {
            return .success([UInt8](try JSONLine.data(read(state, shows: false))))
        } catch let failure as CommandFailure {
            let reason = failure.message
            return .failure(.init(reason: reason.hasPrefix("banquet: ") ? String(reason.dropFirst(9)) : reason))
        } catch {
            return .failure(.init(reason: "\(error)"))
        }
    }

    /// - Parameters:
    ///   - state: a state folder, or a file of journal entries.
    ///   - shows: a line of progress is for a terminal, not for a coordinator that is asked.
    /// - Throws: `StorageError`; `CommandFailure` where nothing is known of the period.
    func read(_ state: String, shows: Bool = true) throws -> UsageReport {
        let input = try JournalInput(state)
        let progress = shows ? ProgressLine(input.counter) : nil
        defer { progress?.end() }
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
