import CSP
import Foundation
import Testing

@testable import Coordination
@testable import Verification

/// An honest journal with one thing changed, as a faulty coordinator would have written it: `Journals/tampered.json`.
struct Tampering: Codable, Sendable, CustomTestStringConvertible {
    let name: String
    /// An entry that is left out.
    var remove: UInt64?
    /// Two entries that change places.
    var swap: [UInt64]?
    /// An entry that is there once more, before the one that is named by `at`.
    var copy: UInt64?
    /// An event that is put before the entry `at`.
    var insert: ProtocolEvent?
    var at: UInt64?
    /// An entry whose event is another one.
    var change: UInt64?
    var to: ProtocolEvent?
    /// The entry that must be refused, in the tampered journal's own counting, and its word.
    let refused: UInt64
    let event: String
    /// How the repair must begin, where there is one.
    var repair: String?

    var testDescription: String { name }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Journals")

    static func all() throws -> [Tampering] {
        try JSONDecoder().decode(
            [Tampering].self, from: Data(contentsOf: folder.appendingPathComponent("tampered.json")))
    }

    static func honest() throws -> [JournalEntry] {
        try String(contentsOf: folder.appendingPathComponent("honest.jsonl"), encoding: .utf8)
            .split(separator: "\n").map { try JSONDecoder().decode(JournalEntry.self, from: Data($0.utf8)) }
    }

    func applied(to honest: [JournalEntry]) -> [JournalEntry] {
        var events = honest.map(\.event)
        func index(_ sequence: UInt64) -> Int { Int(sequence) - 1 }
        if let remove { events.remove(at: index(remove)) }
        if let swap { events.swapAt(index(swap[0]), index(swap[1])) }
        if let at { events.insert(insert ?? events[index(copy ?? at)], at: index(at)) }
        if let change, let to { events[index(change)] = to }
        return events.enumerated().map { place, event in
            JournalEntry(sequence: UInt64(place) + 1, time: honest[min(place, honest.count - 1)].time, event: event)
        }
    }
}

struct TamperedJournalTests {
    typealias Entries = SimulatedJournalTests.Entries

    @Test func theHonestJournalConforms() throws {
        let report = try Conformance.check(Entries(entries: Tampering.honest()), SimulatedJournalTests.rules)
        #expect(report.conforms, "\(report.rendered())")
        #expect(report.entries == 567 && report.jobs == 17 && report.workers == 3)
    }

    @Test("Each tampered journal is refused at the right entry", arguments: try Tampering.all())
    func isRefused(tampering: Tampering) throws {
        let entries = tampering.applied(to: try Tampering.honest())
        let report = try Conformance.check(Entries(entries: entries), SimulatedJournalTests.rules)
        #expect(report.refusal?.entry.sequence == tampering.refused, "\(report.rendered())")
        #expect(report.refusal?.entry.event.name == tampering.event, "\(report.rendered())")
        #expect(report.refusal?.processes.contains { !$0.allows } == true, "\(report.rendered())")
        if let repair = tampering.repair {
            #expect(report.repairText == repair, "\(report.rendered())")
            #expect(report.repair?.isWhole == true, "\(report.rendered())")
        }
    }

    @Test func aHoleIsNamed() throws {
        var entries = try Tampering.honest()
        entries.remove(at: 99)
        let report = try Conformance.check(Entries(entries: entries), SimulatedJournalTests.rules)
        #expect(report.gap?.after == 99 && report.gap?.next == 101)
        #expect(!report.conforms)
    }

    /// Whatever one entry is lost, the monitor says nothing false: what it refuses would have been allowed with the entry.
    @Test func whatIsRefusedAfterALossIsMendedByTheLostEntry() throws {
        let honest = try Tampering.honest()
        var refused = 0
        for lost in stride(from: 0, to: honest.count, by: 3) {
            var monitor = JournalMonitor(SimulatedJournalTests.rules)
            var events = honest.map(\.event)
            events.remove(at: lost)
            if events.contains(where: { !monitor.step($0) }) { refused += 1 }
        }
        // What may be lost unnoticed: checkpoints, the end of the journal, and what the next entries don't depend on.
        #expect(refused > honest.count / 3 * 9 / 10)
    }

    @Test func anyEntryMayBeTheFirstAfterASnapshot() throws {
        let honest = try Tampering.honest()
        for first in stride(from: 1, to: honest.count, by: 7) {
            var monitor = JournalMonitor(SimulatedJournalTests.rules, hasPast: true)
            for entry in honest[first...] {
                let refusal = monitor.observe(entry)
                #expect(refusal == nil, "from \(first): \(refusal?.summary ?? "")")
            }
        }
    }

    /// Nothing of what a journal with a past says is refused for its past, and yet what no past explains is.
    @Test func anUnknownPastExcusesNotEverything() throws {
        let honest = try Tampering.honest()
        var monitor = JournalMonitor(SimulatedJournalTests.rules, hasPast: true)
        for entry in honest[300..<430] { #expect(monitor.observe(entry) == nil) }
        guard case .finish(let lease) = honest[428].event else { throw TestFault() }
        // It was granted before; that it ended was seen, so it can't end again.
        let again = JournalEntry(sequence: 431, time: honest[430].time, event: .finish(lease))
        let answer = monitor.observe(again)
        let refusal = try #require(answer)
        #expect(refusal.processes.contains { !$0.allows && $0.process.hasPrefix("LEASE") }, "\(refusal.summary)")
        // And after the refusal the journal is followed further.
        for entry in honest[430..<500] {
            #expect(monitor.observe(entry) == nil)
        }
    }

    /// A job may come after one from before the first entry, of which nobody knows whether it has ended. So it may start; but if that
    /// one's end is yet to come, and is none that is good, it fails with it, and doesn't start any more.
    @Test func whatCameBeforeTheFirstEntryMayYetFail() throws {
        var second = JobSpecification(name: "s", shape: .array(tasks: 1), program: .builtin("noop", parameters: [:]))
        second.after = [JobID(1), JobID(1)]
        let worker = try #require(WorkerName("w1"))
        let submit = ProtocolEvent.submit(JobID(2), second, key: "k")
        let start = ProtocolEvent.assign(Lease(TaskID(JobID(2), 0), Epoch(9)), worker, attempt: 1)
        let failed = JobEnd.failed(code: 1, reason: "r")
        func isAllowed(_ events: [ProtocolEvent]) -> Bool {
            var monitor = JournalMonitor(SimulatedJournalTests.rules, hasPast: true)
            return events.allSatisfy { monitor.step($0) }
        }
        #expect(isAllowed([submit, start]))
        #expect(isAllowed([submit, .end(JobID(1), .succeeded), start]))
        #expect(isAllowed([submit, .end(JobID(1), failed), .end(JobID(2), failed)]))
        #expect(!isAllowed([submit, .end(JobID(1), failed), start]))
        #expect(!isAllowed([submit, .end(JobID(1), .succeeded), .end(JobID(2), failed)]))
    }
}

struct TestFault: Error {}

/// The monitor is the spec: another spec is another monitor.
struct JournalProtocolTests {
    private func rules(_ find: String = "", _ replace: String = "") throws -> JournalProtocol {
        let text = EmbeddedSpecs.journal
        #expect(find.isEmpty || text.components(separatedBy: find).count == 2, "\(find)")
        return try JournalProtocol(
            Script.load(text: find.isEmpty ? text : text.replacingOccurrences(of: find, with: replace)))
    }

    @Test func aChangedSpecIsAChangedMonitor() throws {
        let strict = try rules("GRANTED = accept.t.e -> TAKEN", "GRANTED = fail.t.e.Failed -> TAKEN")
        let report = try Conformance.check(
            TamperedJournalTests.Entries(entries: Tampering.honest()), strict, repairs: false)
        #expect(report.refusal?.entry.event.name == "accept")
        #expect(report.refusal?.processes.first { !$0.allows }?.states == ["GRANTED"], "\(report.rendered())")
    }

    /// The processes never look at the other objects that an event names: more of them make no other process.
    @Test func theProcessesDoNotDependOnTheirBounds() throws {
        let small = try rules()
        let large = try rules("WORKERS = {0, 1}\n", "WORKERS = {0..3}\n")
        #expect(small.summary.map(\.states) == large.summary.map(\.states))
        #expect(small.summary.map(\.events) == large.summary.map(\.events))
        #expect(small.job.targets == large.job.targets && small.task.targets == large.task.targets)
        #expect(small.grant.targets == large.grant.targets && small.worker.targets == large.worker.targets)
    }

    @Test func everyWordIsSomebodysEvent() throws {
        let rules = try rules()
        for word in Word.allCases {
            let codes = Letter.letters(word, facts: word.facts.map { _ in nil }).map(\.code)
            #expect(
                [rules.lease, rules.task, rules.job, rules.worker, rules.cluster].contains { process in
                    codes.contains { process.symbols[$0] >= 0 }
                }, "\(word)")
        }
    }

    @Test func aProcessThatLooksAtOthersIsRefused() throws {
        #expect(throws: JournalSpecFault.self) {
            try rules("LEASE_EVENTS(t, e) =", "LEASE_EVENTS(t, e) = {| leave |}\nOLD_EVENTS(t, e) =")
        }
    }
}
