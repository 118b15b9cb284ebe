import ArgumentParser
import Coordination
import Foundation
import Storage

struct JournalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "Print a state folder's journal, or verify it.",
        discussion: """
            Reads only, also while a coordinator runs on the folder. What is older than the snapshots is not there any more. --verify holds \
            every row against its checksum and reads every snapshot; the exit code is 1 where something is wrong.
            """)

    @Argument(help: ArgumentHelp("The state folder.", valueName: "dir"), completion: .directory) var folder: String
    @Flag(help: "Check the checksums, the entries and the snapshots instead of printing.") var verify = false
    @Option(help: ArgumentHelp("Print from this entry on.", valueName: "sequence")) var from: UInt64 = 1
    @Option(
        help: ArgumentHelp("Print what is about this job only, such as j12.", valueName: "job"),
        completion: Completions.jobs)
    var job: String?
    @Option(help: ArgumentHelp("Print so many entries at most.", valueName: "entries")) var limit: Int?
    @Option(
        help: ArgumentHelp(
            "Give up this entry and all after it, where the journal's middle is damaged and there is no backup. No coordinator may run.",
            valueName: "sequence"))
    var cut: UInt64?
    @OptionGroup var output: FormatOption

    func validate() throws {
        if let job, JobID(job) == nil { throw ValidationError("--job is '\(job)'; it must be a job's id, such as j12") }
        if from == 0 || cut == 0 { throw ValidationError("entries are counted from 1") }
        if cut != nil, verify { throw ValidationError("give --cut or --verify, not both") }
    }

    func run() throws {
        do {
            if let cut {
                try JournalInspection.cut(folder: folder, from: cut)
                Terminal.write("entry \(cut) and all after it are given up; a coordinator starts on what was before\n")
                return
            }
            let journal = try JournalInspection(folder: folder)
            if verify { try report(try journal.verify()) } else { try print(journal) }
        } catch let error as StorageError {
            throw CommandFailure(message: "banquet: \(error)")
        }
    }

    private struct Enough: Error {}

    private func print(_ journal: JournalInspection) throws {
        let wanted = job.flatMap { JobID($0) }
        var left = limit ?? .max
        do {
            try journal.forEach(from: from) { entry in
                guard wanted == nil || entry.event.job == wanted else { return }
                guard left > 0 else { throw Enough() }
                left -= 1
                let line =
                    output.format == .json ? try JournalRendering.json(entry) : try JournalRendering.text(entry)
                Terminal.write(line + "\n")
            }
        } catch is Enough {}
    }

    private func report(_ found: JournalInspection.Verification) throws {
        if output.format == .json {
            Terminal.write(try JSON.line(found) + "\n")
        } else {
            let snapshots = found.snapshots.map { "\($0)" }.joined(separator: ", ")
            Terminal.write(
                """
                entries    \(found.entries) in \(found.rows) rows\(found.entries == 0 ? "" : ", \(found.first) to \(found.last)")
                snapshots  \(snapshots.isEmpty ? "none" : "after entry \(snapshots)")
                \(found.faults.isEmpty ? "good" : found.isUsable ? "damaged at the end; a coordinator starts" : "DAMAGED; no coordinator starts")

                """)
            for fault in found.faults { Terminal.complain("banquet: \(fault)") }
        }
        if !found.faults.isEmpty { throw ExitCode(1) }
    }
}
