import Testing

@testable import Coordination

/// Time limits, back-off, dependencies, elastic gangs, limits of arrays.
struct LifecycleTests {
    static func job(_ base: JobSpecification, _ change: (inout JobSpecification) -> Void) -> JobSpecification {
        var job = base
        change(&job)
        return job
    }

    static func end(_ table: Table, _ job: UInt64) -> JobEnd? { table.core.state.jobs[JobID(job)]?.end }

    // MARK: Time limits

    @Test func aTaskThatRunsTooLongHasFailed() {
        var table = Table(Fair(), slots: [1])
        table.submit(Self.job(.array(1)) { $0.timeLimitMilliseconds = 1000 })
        table.pass(milliseconds: 900)
        #expect(table.holding == [1: 1])
        table.pass(milliseconds: 200)
        #expect(Self.end(table, 1) == .failed(code: 124, reason: "task 0 ran for longer than its time limit of 1s"))
        #expect(table.core.state.leases.isEmpty)
    }

    @Test func aGangThatRunsTooLongIsTriedAgainAndThenADeadLetter() {
        var table = Table(Fair(), slots: [2])
        table.submit(
            Self.job(.gang(2, retries: 1)) {
                $0.timeLimitMilliseconds = 1000
                $0.retryDelayMilliseconds = 500
            })
        table.pass(milliseconds: 1100)
        #expect(table.holding == [:])
        #expect(table.reason(1) == "waits until 00:00:01 UTC before it is tried again")
        table.pass(milliseconds: 500)
        #expect(table.holding == [1: 2])
        table.pass(milliseconds: 1100)
        #expect(Self.end(table, 1) == .failed(code: 124, reason: "the gang ran for longer than its time limit of 1s"))
    }

    /// A task that ended well before it heard that it should stop has ended well.
    @Test func theLastMomentCounts() {
        var world = World.joined([1])
        world.submit(Self.job(.array(1)) { $0.timeLimitMilliseconds = 500 })
        world.settle()
        let lease = world.processes[0].assignment.lease
        world.endProcess(lease, .exited(code: 0), on: 0)
        world.time = world.time + 600
        world.give(.clock)
        #expect(world.journal.contains { $0.event == .expire(JobID(1), index: 0) })
        world.settle()
        #expect(world.state(1) == .succeeded)
        #expect(world.violations.isEmpty)
    }

    /// The other ranks of a gang whose first is done go on no longer than its limit.
    @Test func aGangKeepsToItsLimitWhenARankIsDone() {
        var table = Table(Fair(), slots: [2])
        table.submit(Self.job(.gang(2)) { $0.timeLimitMilliseconds = 1000 })
        table.pass(milliseconds: 500)
        table.end(job: 1)
        #expect(table.holding == [1: 1])
        table.pass(milliseconds: 600)
        #expect(Self.end(table, 1) == .failed(code: 124, reason: "the gang ran for longer than its time limit of 1s"))
    }

    @Test(arguments: [JobSpecification.array(1), .gang(1), .gang(2)])
    func timeLimitsOutliveTheCoordinator(base: JobSpecification) {
        var world = World.joined([2])
        world.submit(Self.job(base) { $0.timeLimitMilliseconds = 800 })
        world.settle()
        world.pass(milliseconds: 400)
        // Of two ranks one is done by then.
        if world.processes.count > 1 { world.endProcess(world.processes[0].assignment.lease, .exited(code: 0), on: 0) }
        world.settle()
        world.restartCoordinator()
        world.connect(0)
        world.settle()
        for _ in 0..<10 {
            world.pass(milliseconds: 100)
            world.settle()
        }
        #expect(world.state(1) == .failed)
        #expect(world.violations.isEmpty)
    }

    // MARK: Back-off

    /// A failure that was made good by another attempt gives the job neither its exit code nor its reason.
    @Test func whatWasMadeGoodIsForgiven() {
        var table = Table(Fair(), slots: [2])
        table.submit(Self.job(.array(2, retries: 1)) { $0.retryDelayMilliseconds = 0 })
        func end(_ index: UInt32, _ code: Int32) {
            if let lease = table.running.first(where: { $0.task.index == index }) {
                table.end(lease, .exited(code: code))
            }
        }
        end(0, 3)
        end(0, 0)
        end(1, 4)
        end(1, 5)
        #expect(Self.end(table, 1) == .failed(code: 5, reason: "1 of 2 tasks failed; task 1 exited with code 5"))
    }

    /// So many jobs that ended are remembered, the last ones, and not one less.
    @Test func theLastOnesAreRemembered() {
        var configuration = CoordinatorConfiguration.forTests
        configuration.limits.retention = Retention(jobs: 3, milliseconds: 1_000_000)
        var table = Table(Fair(), slots: [1], configuration: configuration)
        for count in 1...6 {
            table.submit(.array(1))
            table.runToTheEnd()
            #expect(table.core.state.ended.jobs.map(\.number) == Array(UInt64(max(count - 2, 1))...UInt64(count)))
        }
    }

    @Test func theWaitDoublesWithEachFailure() {
        var table = Table(Fair(), slots: [1])
        table.submit(Self.job(.array(1, retries: 3)) { $0.retryDelayMilliseconds = 1000 })
        for wait in [1000, 2000, 4000] as [Int64] {
            table.end(job: 1, .exited(code: 1))
            #expect(table.reason(1)?.hasPrefix("waits until") == true, "\(table.reason(1) ?? "")")
            table.pass(milliseconds: wait - 1)
            #expect(table.holding == [:])
            table.pass(milliseconds: 1)
            #expect(table.holding == [1: 1])
        }
        table.end(job: 1, .exited(code: 3))
        #expect(Self.end(table, 1) == .failed(code: 3, reason: "task 0 exited with code 3"))
        #expect(
            table.core.job(JobID(1))?.deadLetters
                == [DeadLetter(index: 0, attempts: 4, reason: "exited with code 3")])
    }

    /// A task in its back-off holds no slot, the others go on, and the array doesn't end without it.
    @Test func othersGoOnMeanwhile() {
        var table = Table(Fair(), slots: [1])
        table.submit(Self.job(.array(2, retries: 1)) { $0.retryDelayMilliseconds = 1000 })
        table.end(job: 1, .exited(code: 1))
        #expect(table.running.map(\.task.index) == [1])
        table.end(job: 1)
        #expect(Self.end(table, 1) == nil)
        #expect(table.reason(1) == "waits until 00:00:01 UTC before a task is tried again")
        table.pass(milliseconds: 1000)
        table.end(job: 1)
        #expect(Self.end(table, 1) == .succeeded)
    }

    @Test func backOffOutlivesTheCoordinator() {
        var world = World.joined([1])
        world.submit(Self.job(.array(1, retries: 1)) { $0.retryDelayMilliseconds = 500 })
        world.settle()
        world.endProcess(world.processes[0].assignment.lease, .exited(code: 1), on: 0)
        world.settle()
        world.restartCoordinator()
        world.connect(0)
        world.settle()
        #expect(world.processes.isEmpty)
        world.pass(milliseconds: 500)
        world.settle()
        #expect(world.processes.count == 1)
        #expect(world.violations.isEmpty)
    }

    // MARK: Dependencies

    @Test func waitsForThoseItComesAfter() {
        var table = Table(Fair(), slots: [4])
        table.submit(.array(1))
        table.submit(.array(1))
        table.submit(Self.job(.array(1)) { $0.after = [JobID(1), JobID(2), JobID(1)] })
        #expect(table.holding == [1: 1, 2: 1])
        #expect(table.reason(3) == "waits for the end of j1, j2")
        table.end(job: 1)
        #expect(table.holding == [2: 1])
        table.end(job: 2)
        #expect(table.holding == [3: 1])
    }

    @Test(arguments: [true, false]) func endsWithThoseItComesAfter(isCancelled: Bool) {
        var table = Table(Fair(), slots: [4])
        table.submit(.array(1))
        table.submit(Self.job(.array(1)) { $0.after = [JobID(1)] })
        table.submit(Self.job(.gang(2)) { $0.after = [JobID(2)] })
        if isCancelled { table.ask(.cancel(JobID(1))) } else { table.end(job: 1, .exited(code: 1)) }
        #expect(Self.end(table, 2) == .failed(code: 1, reason: "j1, which it comes after, did not succeed"))
        #expect(Self.end(table, 3) == .failed(code: 1, reason: "j2, which it comes after, did not succeed"))
        #expect(table.core.state.activeJobs == 0)
        #expect(table.core.state.dependents.isEmpty)
    }

    // MARK: Sizes

    @Test func elasticGangsTakeWhatThereIs() {
        var table = Table(Fair(), slots: [2, 1])
        table.submit(.array(1, slots: 1))
        table.submit(Self.job(.gang(4)) { $0.minimumRanks = 2 })
        #expect(table.holding == [1: 1, 2: 2])
        #expect(table.core.state.jobs[JobID(2)]?.gang?.isStarted == true)
        table.end(job: 2)
        table.end(job: 2)
        #expect(Self.end(table, 2) == .succeeded)
        table.submit(Self.job(.gang(4)) { $0.minimumRanks = 3 })
        #expect(
            table.reason(3)
                == "waits for 1 slot of 3; 3 of its 4 ranks are enough; "
                + "reserved on w0, w1 once what runs there has ended")
        table.end(job: 1)
        #expect(table.holding == [3: 3])
    }

    /// An elastic gang that loses a worker goes on with the ranks that then fit.
    @Test func elasticGangsShrink() {
        var world = World.joined([1, 1, 1])
        world.submit(Self.job(.gang(3)) { $0.minimumRanks = 2 })
        world.settle()
        #expect(world.processes.map(\.assignment.worldSize) == [3, 3, 3])
        world.killAgent(2)
        for _ in 0..<30 {
            world.pass(milliseconds: 50)
            world.settle()
        }
        #expect(world.processes.map(\.assignment.worldSize) == [2, 2])
        world.endAll()
        #expect(world.state(1) == .succeeded)
        #expect(world.violations.isEmpty)
    }

    @Test func arraysKeepToTheirConcurrency() {
        var table = Table(Fair(), slots: [4])
        table.submit(Self.job(.array(5)) { $0.concurrency = 2 })
        #expect(table.holding == [1: 2])
        #expect(table.reason(1) == "3 tasks wait: at most 2 of this array run at one time")
        table.submit(.array(2))
        #expect(table.holding == [1: 2, 2: 2])
        while let lease = table.running.first {
            table.end(lease)
            #expect(table.holding[1] ?? 0 <= 2)
        }
        #expect(table.core.state.activeJobs == 0)
    }
}
