import Testing

@testable import Coordination

/// Bounds of tenants: what is over one is refused at once, changes nothing, and touches nobody else.
struct TenantTests {
    static func table(_ limits: TenantLimits, slots: [UInt32] = [4]) -> Table {
        var configuration = CoordinatorConfiguration.forTests
        configuration.tenants = TenantRules(named: ["a": limits])
        return Table(Fair(), slots: slots, configuration: configuration)
    }

    @Test func queuesAreBounded() {
        var table = Self.table(TenantLimits(queuedUnits: 10))
        table.submit(.array(10))
        #expect(
            table.submit(.array(5))
                == .busy(
                    reason: "6 units of a wait, 5 more are too many: it may have 10; try again in 1s",
                    retryMilliseconds: 1000))
        #expect(table.submit(.array(4)) == .submitted(JobID(2)))
        #expect(table.submit(.array(1000), tenant: "b") == .submitted(JobID(3)))
    }

    @Test func jobsAreBounded() {
        var table = Self.table(TenantLimits(activeJobs: 1))
        table.submit(.array(1))
        #expect(
            table.submit(.array(1))
                == .busy(
                    reason: "1 jobs of a haven't ended, and it may have 1; try again in 5s", retryMilliseconds: 5000))
        table.end(job: 1)
        #expect(table.submit(.array(1)) == .submitted(JobID(2)))
        #expect(table.core.state.tenants["b"] == nil)
    }

    @Test func ratesAreBounded() {
        var table = Self.table(TenantLimits(submissionsPerSecond: 10, submissionBurst: 3))
        for _ in 0..<3 { #expect(table.submit(.array(1)) != nil) }
        #expect(
            table.submit(.array(1))
                == .busy(reason: "a submits more than 10 jobs a second; try again in 100ms", retryMilliseconds: 100))
        #expect(table.submit(.array(1), tenant: "b") == .submitted(JobID(4)))
        table.pass(milliseconds: 100)
        #expect(table.submit(.array(1)) == .submitted(JobID(5)))
        guard case .busy = table.submit(.array(1)) else { return #expect(Bool(false), "one token came back") }
    }

    /// Over any span the bucket lets through what the rate and the burst allow, and no more: also after a long silence.
    @Test func bucketsKeepTheRate() {
        var random = SplitMix64(seed: 3)
        for _ in 0..<100 {
            let (rate, burst) = (UInt32.random(in: 1...2000, using: &random), UInt32.random(in: 1...20, using: &random))
            var bucket = TokenBucket(burst: burst, at: Timestamp(milliseconds: 0))
            var time = Timestamp(milliseconds: 0)
            var taken: [Timestamp] = []
            for _ in 0..<300 {
                if random.chance(30) { time = time + Int64.random(in: 0...40, using: &random) }
                if random.chance(3) { time = time + Int64.random(in: 0...20_000, using: &random) }
                if let wait = bucket.take(perSecond: rate, burst: burst, at: time) {
                    #expect(wait > 0)
                    var later = bucket
                    #expect(later.take(perSecond: rate, burst: burst, at: time + wait) == nil)
                } else {
                    taken.append(time)
                }
            }
            let isKept = taken.indices.allSatisfy { last in
                (0...last).allSatisfy { first in
                    let span = taken[last] - taken[first]
                    return Int64(last - first + 1) * 1000 <= Int64(burst) * 1000 + span * Int64(rate)
                }
            }
            #expect(isKept, "\(rate) a second, \(burst) at once: \(taken)")
        }
    }

    /// Who goes on asking thousands of times a second gets a tenth, until it waits; who waits as it is told gets all of its rate.
    @Test(arguments: [200, 1000] as [UInt32]) func aFloodGetsATenth(rate: UInt32) {
        var bucket = TokenBucket(burst: 10, at: Timestamp(milliseconds: 0))
        /// How many of what is asked so many times a millisecond are let through.
        func taken(from start: Int64, seconds: Int64, asking times: Int) -> Int {
            (start * 1000..<(start + seconds) * 1000).reduce(0) { sum, time in
                sum
                    + (0..<times).count { _ in
                        bucket.take(perSecond: rate, burst: 10, at: Timestamp(milliseconds: time)) == nil
                    }
            }
        }
        #expect(taken(from: 1, seconds: 5, asking: 1) >= 5 * Int(rate) - 10, "one that asks a little too often")
        // The first second of a flood isn't one yet.
        _ = taken(from: 6, seconds: 2, asking: 12)
        let flooding = taken(from: 8, seconds: 10, asking: 12)
        #expect((Int(rate) - 10...Int(rate) + 10).contains(flooding), "\(flooding) in ten seconds")
        // It waits for as long as it is told.
        var (time, calm) = (Timestamp(milliseconds: 18_000), 0)
        while time < Timestamp(milliseconds: 30_000) {
            let wait = bucket.take(perSecond: rate, burst: 10, at: time)
            if wait == nil, time >= Timestamp(milliseconds: 20_000) { calm += 1 }
            time = time + (wait ?? 0)
        }
        #expect(calm >= 10 * Int(rate) - 10, "\(calm) in ten seconds")
    }

    /// What an elastic gang can begin with is held against the quota, not what it would like.
    @Test func anElasticGangIsAdmittedByItsLeast() {
        var table = Self.table(TenantLimits(slots: 3))
        #expect(table.submit(LifecycleTests.job(.gang(4)) { $0.minimumRanks = 3 }) == .submitted(JobID(1)))
        #expect(
            table.submit(LifecycleTests.job(.gang(5)) { $0.minimumRanks = 4 })
                == .refused(reason: "a gang of 4 slots could never start: a may hold 3"))
        #expect(table.holding == [1: 3])
    }

    @Test func slotsAreBounded() {
        var table = Self.table(TenantLimits(slots: 2))
        table.submit(.array(4))
        #expect(table.holding == [1: 2])
        #expect(table.reason(1) == "2 tasks wait for slots of its tenant: a may hold 2, and holds 2")
        table.submit(.array(4), tenant: "b")
        #expect(table.shares == ["a": 2, "b": 2])
        #expect(
            table.submit(.gang(3))
                == .refused(reason: "a gang of 3 slots could never start: a may hold 2"))
        table.submit(.gang(2))
        table.end(job: 1)
        #expect(table.shares["a"] == 2)
    }

    /// A tenant can't use up the cluster's own bound: the others still get in.
    @Test func aFloodLeavesTheOthersRoom() {
        var configuration = CoordinatorConfiguration.forTests
        configuration.limits.activeJobs = 16
        var table = Table(Fair(), slots: [1], configuration: configuration)
        for _ in 0..<14 { #expect(table.submit(.array(1)) != nil) }
        guard case .busy(let reason, _) = table.submit(.array(1)) else { return #expect(Bool(false), "all is a's") }
        #expect(
            reason.hasPrefix(
                "14 jobs haven't ended, 14 of them a's; the rest of the 16 that this cluster admits is for"))
        #expect(table.submit(.array(1), tenant: "b") == .submitted(JobID(15)))
    }

    @Test func aFloodOfNewTenantsTakesNoMemory() {
        var configuration = CoordinatorConfiguration.forTests
        configuration.tenants = TenantRules(others: TenantLimits(submissionsPerSecond: 1, submissionBurst: 1))
        var table = Table(Fair(), slots: [1], configuration: configuration)
        for index in 0..<5000 {
            table.submit(.array(1), tenant: "t\(index)")
            table.ask(.cancel(table.core.state.lastJob))
            if index % 1000 == 999 { table.pass(milliseconds: 1000) }
        }
        #expect(table.core.state.tenants.count <= 1)
        #expect(table.core.submissionRates.count <= 2100)
    }

    static func job(_ change: (inout JobSpecification) -> Void) -> JobSpecification { AdmissionTests.job(change) }

    @Test(
        arguments: [
            (job { $0.timeLimitMilliseconds = 0 }, "a time limit is from 1ms to 365 days"),
            (job { $0.timeLimitMilliseconds = -5 }, "a time limit is from 1ms to 365 days"),
            (job { $0.retryDelayMilliseconds = .max }, "a retry delay is at most 24 hours"),
            (job { $0.checkpointMilliseconds = 5 }, "checkpoints are for gangs: the tasks of an array begin anew"),
            (
                job {
                    $0.shape = .gang(ranks: 1)
                    $0.checkpointMilliseconds = 0
                }, "a checkpoint's age is from 1ms to 365 days"
            ),
            (job { $0.priority = 101 }, "a priority is from -100 to 100"),
            (job { $0.concurrency = 0 }, "concurrency is at least 1"),
            (job { $0.minimumRanks = 1 }, "a least number of ranks is for gangs"),
            (
                job {
                    $0.shape = .gang(ranks: 2)
                    $0.minimumRanks = 3
                }, "an elastic gang of at most 2 ranks has a least number from 1 to that, not 3"
            ),
            (job { $0.requirements.cores = .max }, "a unit asks for at most 1000000 cores"),
            (job { $0.requirements.memory = .max }, "a unit asks for at most 1 PiB of memory"),
            (job { $0.requirements.devices = ["gpu": 0] }, "a unit asks for 1 to 1000000 devices of a kind"),
            (job { $0.requirements.labels = ["si\u{7}te": "x"] }, "a label has 1 to 64 printable ASCII characters"),
            (
                job { $0.requirements.labels = ["sit": "x"] },
                "no worker has the label 'sit'; the workers' labels are: site"
            ),
            (
                job { $0.after = [JobID(2)] },
                "there is no job j2 that it could come after: a job comes after jobs that were submitted before it"
            ),
            (
                job { $0.after = [JobID(1)] },
                "j1, which it is to come after, did not succeed: the job could never start"
            ),
        ] as [(JobSpecification, String)])
    func absurdJobsAreRefused(job: JobSpecification, reason: String) {
        var table = Table(Fair())
        var offer = WorkerOffer()
        offer.labels = ["site": "bonn"]
        table.join("w1", slots: 2, offer: offer)
        table.submit(.array(1))
        table.end(job: 1, .exited(code: 1))
        #expect(table.submit(job) == .refused(reason: reason))
    }
}
