import Coordination
import Logging
import Testing
import Verification

@testable import Daemon

/// What the coordinator does when its own journal departs from the protocol.
struct JournalWatchTests {
    private func entries(_ events: ProtocolEvent...) -> [JournalEntry] {
        events.enumerated().map {
            JournalEntry(sequence: UInt64($0.offset) + 1, time: Timestamp(milliseconds: 1), event: $0.element)
        }
    }

    @Test func aRefusedEntryIsAnAlertAndIsToldOnce() throws {
        let name = try #require(WorkerName("w1"))
        let job = JobSpecification(name: "j", shape: .array(tasks: 1), program: .command(["true"]))
        let lease = Lease(TaskID(JobID(1), 0), Epoch(1))
        var watch = JournalWatch(
            try JournalProtocol.shipped(), hasPast: false, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        for entry in entries(
            .join(name, Incarnation(1), slots: 1, host: "h"), .submit(JobID(1), job, key: "k"),
            .assign(lease, name, attempt: 1), .finish(lease), .end(JobID(1), .succeeded))
        { watch.observe(entry) }
        #expect(watch.held == 5 && watch.count == 1)
        #expect(watch.alerts.map(\.sequence) == [4])
        #expect(watch.alerts[0].text.contains("finish of j1.0@1") && watch.alerts[0].text.contains("accept"))
    }

    /// What was granted in pieces, under a policy that may, is no fault of the one that came after it.
    @Test(arguments: [true, false]) func anotherPolicyIsHeldAgainstItsOwnGrantsAlone(grantsAtOnce: Bool) throws {
        let (one, other) = try (#require(WorkerName("w1")), #require(WorkerName("w2")))
        let job = JobSpecification(name: "j", shape: .gang(ranks: 2), program: .command(["true"]))
        func lease(_ rank: UInt32, _ epoch: UInt64) -> Lease { Lease(TaskID(JobID(1), rank), Epoch(epoch)) }
        var watch = JournalWatch(
            try JournalProtocol.shipped(), hasPast: false, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let all = entries(
            .join(one, Incarnation(1), slots: 1, host: "h"), .submit(JobID(1), job, key: "k"),
            .assign(lease(0, 1), one, attempt: 1), .join(other, Incarnation(1), slots: 1, host: "h"),
            .assign(lease(1, 2), other, attempt: 1), .accept(lease(0, 1), port: 1),
            .fail(lease(0, 1), .exited(code: 1)),
            .accept(lease(1, 2), port: 0), .fail(lease(1, 2), .stopped), .end(JobID(1), .failed(code: 1, reason: "")),
            .submit(JobID(2), job, key: "l"), .assign(Lease(TaskID(JobID(2), 0), Epoch(3)), one, attempt: 1),
            .cordon(other))
        for entry in all[..<4] { watch.observe(entry) }
        watch.follow(grantsAtOnce: grantsAtOnce)
        for entry in all[4...] { watch.observe(entry) }
        #expect(watch.alerts.map(\.sequence) == (grantsAtOnce ? [13] : []), "\(watch.alerts)")
    }
}
