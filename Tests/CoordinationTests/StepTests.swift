import Testing

@testable import Coordination

/// What follows from a job's state.
struct StepTests {
    /// Two tasks are lost with one worker. The first has no tries left; the job goes on, because the second has.
    @Test func aJobDoesNotEndWhileOneOfItsTasksMayBeTriedAgain() {
        var job = JobRecord(id: JobID(1), specification: .array(2, crashLimit: 1), submitted: at(0), key: "k")
        let worker = WorkerName("w1")!
        job.grant(0, Epoch(1), to: worker)
        job.release(0, wasAccepted: true, as: .lost, at: at(1))
        job.retry(0, .lost)
        job.grant(0, Epoch(2), to: worker)
        job.grant(1, Epoch(3), to: worker)
        job.release(0, wasAccepted: true, as: .lost, at: at(1))
        job.release(1, wasAccepted: true, as: .lost, at: at(1))
        #expect(job.nextStep(after: 0, at: at(1)) == .wait)
        #expect(job.nextStep(after: nil, at: at(1)) == .wait)
        #expect(job.nextStep(after: 1, at: at(1)) == .retry(1, .lost))
        job.retry(1, .lost)
        #expect(job.nextStep(after: 1, at: at(1)) == .wait)
        job.grant(1, Epoch(4), to: worker)
        job.release(1, wasAccepted: true, as: .succeeded, at: at(1))
        guard case .end(.failed) = job.nextStep(after: 1, at: at(1)) else {
            Issue.record("task 0 has failed for good")
            return
        }
    }

    private func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }
}
