import Coordination
import Foundation
import Testing

@testable import Lab

/// What the lab makes of a journal.
@Suite struct RecordTests {
    func entry(_ number: UInt64, at milliseconds: Int64, _ event: ProtocolEvent) -> JournalEntry {
        JournalEntry(sequence: number, time: Timestamp(milliseconds: milliseconds), event: event)
    }

    func job(_ name: String, gang: UInt32? = nil) -> JobSpecification {
        JobSpecification(
            name: name, tenant: "t", shape: gang.map { .gang(ranks: $0) } ?? .array(tasks: 1), program: .command(["x"]))
    }

    /// Ada waits while two others start, and then starts.
    @Test func waitingAndOvertaking() throws {
        let scenario = try #require(Scenario.named("priority-flood"))
        var record = LiveRecord(scenario)
        record.begin(at: 1000)
        let w = WorkerName("w1")!
        let lease = { (job: UInt64, epoch: UInt64) in Lease(TaskID(JobID(job), 0), Epoch(epoch)) }
        record.note(entry(1, at: 1000, .submit(JobID(1), job("Ada", gang: 1), key: "a")))
        record.note(entry(2, at: 1500, .submit(JobID(2), job("Flood.0"), key: "b")))
        record.note(entry(3, at: 2000, .assign(lease(2, 1), w, attempt: 1)))
        record.note(entry(4, at: 2500, .submit(JobID(3), job("Flood.1"), key: "c")))
        record.note(entry(5, at: 3000, .assign(lease(3, 2), w, attempt: 1)))
        #expect(record.events.map(\.text).suffix(1) == ["start.Flood.1"])
        #expect(record.events.last?.overtakes == "Ada")
        let before = PhaseOutcome(record, from: 0, to: 3, isGoalReached: nil)
        #expect(scenario.isFaultSeen(in: before))
        #expect(before.groups.map(\.group) == ["Ada", "Flood"])
        #expect(before.groups[0].waiting == [3] && before.groups[0].overtaken == 2)
        #expect(before.groups[1].served == [0.5, 0.5])
        // The wait of before counts from the phase's beginning on.
        record.note(entry(6, at: 4500, .assign(lease(1, 3), w, attempt: 1)))
        record.note(entry(6, at: 4500, .start(JobID(1), attempt: 1)))
        record.note(entry(7, at: 5000, .start(JobID(1), attempt: 1)))
        let after = PhaseOutcome(record, from: 3, to: 6, isGoalReached: true)
        #expect(after.groups[0].served == [1] && after.groups[0].waiting.isEmpty)
        #expect(scenario.isRecovered(in: after) && !scenario.isFaultSeen(in: after))
    }

    @Test func whatIsCancelledIsNotServed() throws {
        let scenario = try #require(Scenario.named("hold-and-wait"))
        var record = LiveRecord(scenario)
        record.begin(at: 0)
        record.note(entry(1, at: 0, .submit(JobID(1), job("Left", gang: 2), key: "a")))
        record.note(entry(2, at: 0, .submit(JobID(2), job("Right", gang: 2), key: "b")))
        let fault = PhaseOutcome(record, from: 0, to: 1, isGoalReached: nil)
        #expect(scenario.isFaultSeen(in: fault))
        record.note(entry(3, at: 2000, .cancel(JobID(2))))
        let after = PhaseOutcome(record, from: 1, to: 3, isGoalReached: false)
        #expect(after.groups.map(\.group) == ["Left"])
    }

    /// A write of an epoch after one of a later epoch of the same job is work that is done twice.
    @Test func lateWrites() throws {
        let scenario = try #require(Scenario.named("double-work"))
        var record = LiveRecord(scenario)
        record.begin(at: 0)
        record.note(entry(1, at: 0, .submit(JobID(1), job("Ada"), key: "a")))
        for (line, time) in [("write Ada 1", 0.1), ("write Ada 2", 0.2), ("write Ada 1", 0.3), ("refuse Ada 1", 0.4)] {
            record.note(trace: Substring(line), at: time)
        }
        let outcome = PhaseOutcome(record, from: 0, to: 1, isGoalReached: nil)
        #expect(outcome.lateWrites == 1 && outcome.refusedWrites == 1)
        #expect(scenario.isFaultSeen(in: outcome))
        #expect(record.events.map(\.text).suffix(4) == ["write.1", "write.2", "write.1", "refuse.1"])
    }

    @Test func columnsFitTheScreen() throws {
        let screen = Screen(width: 120, isColoured: true)
        let lines = screen.beside([screen.paint("left", .red), "x"], ["right"])
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { Screen.visibleCount($0) <= 120 })
        #expect(lines[0].contains("right"))
        #expect(Screen(width: 80, isColoured: false).beside(["a"], ["b"]) == ["a", "", "b"])
        #expect(Screen.wrapped("one two three", to: 7) == ["one two", "three"])
    }
}
