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
}
