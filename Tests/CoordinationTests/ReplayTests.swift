import Testing

@testable import Coordination

/// A journal that can't have been written by a coordinator is refused, at its first wrong entry.
struct ReplayTests {
    static let worker = WorkerName("w1")!
    static let good: [ProtocolEvent] = [
        .join(worker, Incarnation(7), slots: 2, host: "h"), .submit(JobID(1), .array(2, retries: 1), key: "a"),
        .submit(JobID(2), .gang(2), key: "b"), .assign(lease(1, 0, 1), worker, attempt: 1),
        .accept(lease(1, 0, 1), port: 0),
    ]

    static func lease(_ job: UInt64, _ index: UInt32, _ epoch: UInt64) -> Lease {
        Lease(TaskID(JobID(job), index), Epoch(epoch))
    }

    static func replay(_ events: [ProtocolEvent], from sequence: UInt64 = 1) throws(JournalFault) -> Coordinator {
        var core = Coordinator(configuration: .forTests)
        for (index, event) in events.enumerated() {
            let time = Timestamp(milliseconds: Int64(index))
            try core.replay(JournalEntry(sequence: sequence + UInt64(index), time: time, event: event))
        }
        return core
    }

    @Test func foldsWhatWasWritten() throws {
        let core = try Self.replay(Self.good)
        #expect(core.job(JobID(1))?.summary.state == .running)
        #expect(core.job(JobID(1))?.summary.submitted == Timestamp(milliseconds: 1))
        #expect(core.job(JobID(2))?.summary.state == .queued)
        #expect(core.workers(at: Timestamp(milliseconds: 9)).map(\.slotsUsed) == [1])
    }

    @Test func refusesAGap() {
        #expect(throws: JournalFault(sequence: 2, reason: "follows entry 0")) { try Self.replay(Self.good, from: 2) }
    }

    @Test(
        arguments: [
            (.submit(JobID(2), .array(1), key: "c"), "job j2 is not a new one"),
            (.assign(lease(1, 1, 1), worker, attempt: 1), "epoch 1 is not a new one"),
            (.assign(lease(1, 1, 2), WorkerName("w2")!, attempt: 1), "w2 is not a member"),
            (.assign(lease(1, 0, 2), worker, attempt: 1), "j1.0 isn't next to be granted"),
            (.assign(lease(2, 1, 2), worker, attempt: 1), "j2.1 isn't next to be granted"),
            (.assign(lease(3, 0, 2), worker, attempt: 1), "j3.0 isn't next to be granted"),
            (.accept(lease(1, 0, 1), port: 0), "lease j1.0@1 isn't one that waits for acceptance"),
            (.start(JobID(2), attempt: 1), "j2 isn't ready to start"),
            (.finish(lease(1, 0, 2)), "lease j1.0@2 isn't live"),
            (.fail(lease(1, 1, 1), .stopped), "lease j1.1@1 isn't live"),
            (.lapse(lease(2, 0, 1)), "lease j2.0@1 isn't live"),
            (.retry(JobID(1), index: 0, reason: .failed), "j1 has nothing to retry"),
            (.retry(JobID(2), index: nil, reason: .lost), "j2 has nothing to retry"),
            (.checkpoint(JobID(3), step: 1), "there is no job j3"),
            (.cancel(JobID(3)), "j3 isn't a job that could be cancelled"),
            (.end(JobID(1), .succeeded), "j1 can't end"),
            (.join(worker, Incarnation(8), slots: 1, host: "h"), "w1 is a member already"),
            (.leave(worker), "w1 isn't a member without leases"),
            (.crash(WorkerName("w2")!, Incarnation(7)), "w2 isn't a member without leases"),
        ] as [(ProtocolEvent, String)])
    func refusesWhatCantFollow(event: ProtocolEvent, reason: String) {
        #expect(throws: JournalFault(sequence: 6, reason: reason)) { try Self.replay(Self.good + [event]) }
    }
}
