import Testing

@testable import Coordination

/// What tells the policies apart.
struct PolicyTests {
    @Test func areChosenByName() {
        #expect(
            Policies.all.map { type(of: $0).name } == [
                "fair", "fifo", "strict-priority", "backfill", "first-fit", "greedy-gang",
            ])
        for policy in Policies.all { #expect(Policies.named(type(of: policy).name) != nil) }
        #expect(Policies.named("lottery") == nil)
    }

    @Test func fifoLetsNobodyPassTheHead() {
        var table = Table(Fifo(), slots: [2, 2])
        table.submit(.array(1))
        table.submit(.gang(4))
        table.submit(.array(3))
        #expect(table.holding == [1: 1])
        table.end(job: 1)
        #expect(table.holding == [2: 4])
    }

    /// However much a tenant at its quota has waiting before them, others start.
    @Test(arguments: Policies.all) func aTenantAtItsQuotaHoldsNobodyBack(policy: any SchedulingPolicy) {
        var configuration = CoordinatorConfiguration.forTests
        configuration.tenants = TenantRules(named: ["full": TenantLimits(slots: 2)])
        var table = Table(policy, slots: [4], configuration: configuration)
        for _ in 0..<200 { table.submit(.array(1), tenant: "full") }
        #expect(table.shares == ["full": 2])
        table.submit(.array(1), tenant: "other")
        table.submit(.gang(1), tenant: "other")
        #expect(table.shares == ["full": 2, "other": 2])
    }

    /// The tenants' queues, merged, are the queue itself without those whom their tenant's quota leaves no room.
    @Test func whoWaitsIsLookedAtInOrder() {
        var configuration = CoordinatorConfiguration.forTests
        configuration.tenants = TenantRules(named: ["a": TenantLimits(slots: 3), "b": TenantLimits(slots: 1)])
        var table = Table(Fifo(), slots: [6], configuration: configuration)
        var numbers = SplitMix64(seed: 5)
        var longest = 0
        for _ in 0..<400 {
            let tenant = ["a", "b", "c", "d"].randomElement(using: &numbers)!
            var job =
                Bool.random(using: &numbers) ? JobSpecification.array(2) : .gang(.random(in: 1...3, using: &numbers))
            job.priority = .random(in: 0...2, using: &numbers)
            if numbers.chance(40) {
                table.submit(job, tenant: tenant)
            } else {
                table.running.randomElement(using: &numbers).map { table.end($0) }
            }
            let view = table.core.view(table.core.capacity(at: table.time))
            let state = view.state
            let all = state.queue.jobs.filter { view.demand($0) != nil }
            longest = max(longest, all.count)
            #expect(view.waiting.map(\.job) == all)
            for priority in Int32(0)...2 {
                #expect(
                    view.waiting(at: priority).map(\.job)
                        == all.filter { state.jobs[$0]?.specification.priority == priority })
            }
        }
        #expect((4..<SchedulingView.backfillDepth).contains(longest))
    }

    @Test func strictPriorityStarvesTheLow() {
        var table = Table(StrictPriority(), slots: [2])
        func job(_ priority: Int32) -> JobSpecification {
            var job = JobSpecification.array(1)
            job.priority = priority
            return job
        }
        for _ in 0..<3 { table.submit(job(1)) }
        table.submit(job(-1))
        for _ in 0..<200 {
            table.submit(job(1))
            table.end(table.running[0])
            #expect(!table.hasStarted(4))
        }
        while let lease = table.running.first { table.end(lease) }
        #expect(table.core.state.jobs[JobID(4)]?.end == .succeeded)
    }

    /// A gang of two never finds both slots free as long as tasks come in; a reservation gets them for it.
    @Test(arguments: [true, false]) func firstFitStarvesTheBig(isFirstFit: Bool) {
        var table = Table(isFirstFit ? FirstFit() as any SchedulingPolicy : Backfill(), slots: [1, 1])
        table.submit(.array(1))
        table.submit(.array(1))
        table.submit(.gang(2))
        for _ in 0..<100 {
            table.submit(.array(1))
            table.end(table.running[0])
        }
        #expect(table.hasStarted(3) == !isFirstFit)
        while let lease = table.running.first { table.end(lease) }
        #expect(table.core.state.jobs[JobID(3)]?.end == .succeeded)
    }

    /// Hold and wait: each gang has a half, and nothing ever moves again. The fair policy on the same input runs both.
    @Test(arguments: [true, false]) func greedyGangsDeadlock(isGreedy: Bool) {
        var table = Table(isGreedy ? GreedyGang() as any SchedulingPolicy : Fair(), slots: [1, 1])
        table.submit(.array(2))
        table.submit(.gang(2))
        table.submit(.gang(2))
        table.end(job: 1)
        table.end(job: 1)
        if isGreedy {
            #expect(table.holding == [2: 1, 3: 1])
            #expect(!table.hasStarted(2) && !table.hasStarted(3))
            table.pass(milliseconds: 60_000)
            #expect(table.holding == [2: 1, 3: 1])
            // A person who cancels one of them ends it.
            table.ask(.cancel(JobID(3)))
            #expect(table.holding == [2: 2])
        } else {
            while let lease = table.running.first { table.end(lease) }
            #expect(table.core.state.activeJobs == 0)
        }
    }

    /// A coordinator that comes back with another policy finds gangs that hold a part. It gives them the rest, or nothing.
    @Test func partsAreCompletedUnderAnotherPolicy() {
        var table = Table(GreedyGang(), slots: [1, 1])
        table.submit(.array(2))
        table.submit(.gang(2))
        table.submit(.gang(2))
        table.end(job: 1)
        table.end(job: 1)
        #expect(table.holding == [2: 1, 3: 1])
        table.restart(Fair(), slots: [1, 1])
        #expect(table.holding == [2: 1, 3: 1])
        table.ask(.cancel(JobID(3)))
        #expect(table.holding == [2: 2])
        while let lease = table.running.first { table.end(lease) }
        #expect(table.core.state.jobs[JobID(2)]?.end == .succeeded)
    }

    @Test func greedyGangsAloneStart() {
        var table = Table(GreedyGang(), slots: [1, 1])
        table.submit(.gang(2))
        #expect(table.hasStarted(1))
        table.end(job: 1, .exited(code: 1))
        #expect(table.core.state.jobs[JobID(1)]?.end != nil)
    }

    // MARK: Backfilling

    static func limited(_ milliseconds: Int64) -> JobSpecification {
        var job = JobSpecification.array(1)
        job.timeLimitMilliseconds = milliseconds
        return job
    }

    @Test(arguments: [Backfill() as any SchedulingPolicy, Fair()]) func backfillsWhatEndsInTime(
        policy: any SchedulingPolicy
    ) {
        var table = Table(policy, slots: [2])
        table.submit(Self.limited(10_000))
        table.submit(.gang(2))
        // Ends by 10.3 s at the latest, with the grace of 0.3 s; so does the one of 9 s, and not that of 11 s.
        table.pass(milliseconds: 1000)
        #expect(table.reason(2) == "waits for 1 slot of 2; reserved on w0 from 00:00:10 UTC")
        table.submit(Self.limited(11_000))
        table.submit(.array(1))
        #expect(table.holding == [1: 1])
        table.submit(Self.limited(9000))
        #expect(table.holding == [1: 1, 5: 1])
        table.end(job: 5)
        #expect(table.holding == [1: 1])
        table.end(job: 1)
        #expect(table.holding == [2: 2])
    }

    @Test(arguments: [Backfill() as any SchedulingPolicy, Fair()]) func backfillsOutsideTheReservation(
        policy: any SchedulingPolicy
    ) {
        var table = Table(policy, slots: [2, 3])
        table.submit(.array(1, slots: 2))
        #expect(table.core.job(JobID(1))?.placements.first?.worker == WorkerName("w0"))
        table.submit(.array(1, slots: 2))
        table.submit(.gang(1, slots: 3))
        table.submit(.array(3))
        // The gang fits on w1 alone: its free slot is kept, and nothing else is free.
        #expect(table.reason(3)?.contains("reserved on w1") == true)
        #expect(table.holding == [1: 1, 2: 1])
        table.end(job: 1)
        #expect(table.holding == [2: 1, 4: 2], "w0 is outside")
        table.end(job: 2)
        #expect(table.holding == [3: 1, 4: 2])
    }

    /// With time limits everywhere, the reserved job starts no later than promised, whatever is backfilled.
    @Test(arguments: 0..<40) func reservationsAreKept(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        var table = Table(seed % 2 == 0 ? Backfill() as any SchedulingPolicy : Fair(patience: 1), slots: [2, 2, 1])
        for _ in 0..<6 { table.submit(Self.limited(Int64.random(in: 500...4000, using: &random)), tenant: "b") }
        var gang = JobSpecification.gang(4)
        gang.timeLimitMilliseconds = 1000
        table.submit(gang)
        var promised = table.core.outlook.reservation
        while !table.hasStarted(7) {
            let job = Self.limited(Int64.random(in: 100...4000, using: &random))
            table.submit(job, tenant: "b")
            table.pass(milliseconds: 100)
            let now = table.core.outlook.reservation
            if let now, now.job == JobID(7), let promise = promised, promise.job == now.job, let start = promise.start {
                #expect(now.start.map { $0 <= start } == true, "\(start) became \(String(describing: now.start))")
            }
            promised = now
            #expect(table.time.milliseconds < 60_000)
            if table.time.milliseconds >= 60_000 { break }
        }
    }
}
