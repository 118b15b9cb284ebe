import Testing

@testable import Coordination

struct JobQueueTests {
    /// Against a sorted array.
    @Test func keepsSubmissionOrder() {
        var random = SplitMix64(seed: 1)
        var queue = JobQueue()
        var model: Set<UInt64> = []
        for _ in 0..<5000 {
            let job = UInt64.random(in: 1...200, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                queue.insert(JobID(job))
                model.insert(job)
            case 1:
                queue.remove(JobID(job))
                model.remove(job)
            default:
                if let first = model.min() {
                    queue.remove(JobID(first))
                    model.remove(first)
                }
            }
            #expect(queue.jobs.map(\.number) == model.sorted())
            #expect(queue.isEmpty == model.isEmpty)
            #expect(queue.contains(JobID(job)) == model.contains(job))
            #expect(queue.jobsAhead(of: JobID(job)) == model.count { $0 < job })
        }
    }
}
