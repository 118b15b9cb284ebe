import Testing

@testable import Coordination

/// Room for others: preemption, drained workers, tasks ahead of their slots.
struct RoomTests {
    static var preempting: CoordinatorConfiguration {
        var configuration = CoordinatorConfiguration.forTests
        configuration.preemptionMilliseconds = 1000
        return configuration
    }

    @Test func aTenantBelowItsShareGetsRoom() {
        var table = Table(Fair(), slots: [4], configuration: Self.preempting)
        table.submit(.array(4), tenant: "big")
        table.submit(.gang(2), tenant: "small")
        table.pass(milliseconds: 900)
        #expect(table.shares == ["big": 4])
        table.pass(milliseconds: 200)
        #expect(table.shares == ["big": 2, "small": 2])
        // The youngest made room, are tried again, and nothing counts against them.
        #expect(table.core.state.jobs[JobID(1)]?.array?.live.keys.sorted() == [0, 1])
        #expect(table.core.state.jobs[JobID(1)]?.array?.tries[3] == Tries(preemptions: 1))
        while let lease = table.running.first { table.end(lease) }
        #expect(table.core.jobs().map(\.state) == [.succeeded, .succeeded])
    }

    /// Nobody is stopped for a job that would get more than its tenant's share by it, or that wouldn't fit even then.
    @Test func nobodyGivesMoreThanItsShare() {
        var table = Table(Fair(), slots: [4], configuration: Self.preempting)
        table.submit(.array(4), tenant: "a")
        table.submit(.gang(3), tenant: "b")
        table.submit(.gang(8), tenant: "c")
        table.pass(milliseconds: 5000)
        #expect(table.holding == [1: 4])
    }

    /// Nobody makes room for a job of its own tenant, even where the tenant's share would be the same with it and without: what counts
    /// here is memory, all of which it holds, and the job that waits asks for none.
    @Test func aTenantsOwnUnitsStay() {
        var table = Table(Fair(), configuration: Self.preempting)
        var offer = WorkerOffer()
        offer.memory = 1000
        table.join("w0", slots: 4, offer: offer)
        table.submit(LifecycleTests.job(.array(1)) { $0.requirements.memory = 1000 })
        table.submit(.array(1))
        table.submit(.array(2), tenant: "b")
        table.submit(.gang(1))
        table.pass(milliseconds: 5000)
        #expect(table.holding == [1: 1, 2: 1, 3: 2])
        #expect(table.core.state.jobs[JobID(2)]?.array?.tries == [:])
    }

    /// A gang that gives way takes all of its slots out of its tenant's share: what the tenant has left is smaller than what the
    /// other would get, so nothing more is its to give, and then nobody is stopped in vain.
    @Test func aGangGivesAllOfItsShare() {
        var table = Table(Fair(), slots: [8], configuration: Self.preempting)
        table.submit(.array(4), tenant: "big")
        table.submit(.gang(4), tenant: "big")
        table.submit(.gang(5), tenant: "small")
        table.pass(milliseconds: 5000)
        #expect(table.holding == [1: 4, 2: 4])
        // Were it stopped, it would have others stopped in turn, and hold the same in the end.
        #expect(table.core.state.jobs.values.allSatisfy { $0.tries(of: 0) == Tries() })
    }

    static func full(_ jobs: [JobSpecification]) -> World {
        var world = World(workers: [4], configuration: Self.preempting, policy: Fair())
        world.startAgent(0)
        world.connect(0)
        for job in jobs { world.submit(LifecycleTests.job(job) { $0.tenant = "big" }) }
        world.settle()
        return world
    }

    /// Units take their time to end. Whoever looks again meanwhile counts with the slots that they will give back.
    @Test func whatIsStoppingIsEnough() {
        var world = Self.full([.array(4)])
        world.submit(LifecycleTests.job(.gang(2)) { $0.tenant = "small" })
        world.goOn(milliseconds: 1100)
        #expect(world.coordinator.state.jobs[JobID(1)]?.array?.halted.count == 2)
        world.submit(LifecycleTests.job(.array(1)) { $0.tenant = "other" })
        #expect(world.coordinator.state.jobs[JobID(1)]?.array?.halted.count == 2)
        #expect(world.violations.isEmpty)
    }

    /// What is stopping already, for whatever reason, is none of its tenant's share any more: the rest is no more than that of
    /// the job that waits, and stays.
    @Test func whatIsStoppingIsNoShare() {
        var limited = JobSpecification.array(2)
        limited.timeLimitMilliseconds = 900
        var world = Self.full([limited, .array(2)])
        world.submit(LifecycleTests.job(.gang(3)) { $0.tenant = "small" })
        world.goOn(milliseconds: 950)
        #expect(world.coordinator.state.jobs[JobID(1)]?.array?.halted.count == 2)
        world.goOn(milliseconds: 100)
        #expect(world.processes.count == 4, "none has ended yet")
        #expect(world.coordinator.state.jobs[JobID(2)]?.array?.halted == [:])
        #expect(world.violations.isEmpty)
    }

    /// Jobs of others come again and again, each of which may have others stopped for it: nobody begins anew for ever.
    /// (An array gives two tasks at a time, so all of its four have been stopped three times after six rounds.)
    @Test(arguments: [(JobSpecification.gang(4), 3), (.array(4), 6)])
    func nobodyIsStoppedForEver(big: JobSpecification, most: Int) {
        var table = Table(Fair(), slots: [4], configuration: Self.preempting)
        table.submit(big, tenant: "big")
        var stops = 0
        for round in 0..<8 {
            let before = table.shares["big"] ?? 0
            table.submit(.array(2), tenant: "small")
            table.pass(milliseconds: 1200)
            if table.shares["big"] ?? 0 < before { stops += 1 }
            for lease in table.running where lease.task.job != JobID(1) { table.end(lease) }
            #expect((table.shares["big"] ?? 0) == 4, "round \(round)")
        }
        #expect(stops == most)
        let tries = table.core.state.jobs[JobID(1)].map { job in (0..<4).map { job.tries(of: $0).preemptions }.max() }
        #expect(tries == 3)
        table.runToTheEnd()
        #expect(table.core.jobs().allSatisfy { $0.state == .succeeded })
    }

    @Test func aPreemptedGangGoesOnLater() {
        var world = World(workers: [4], configuration: Self.preempting, policy: Fair())
        world.startAgent(0)
        world.connect(0)
        world.submit(LifecycleTests.job(.gang(4)) { $0.tenant = "big" })
        world.submit(LifecycleTests.job(.array(1)) { $0.tenant = "small" })
        world.submit(LifecycleTests.job(.gang(2)) { $0.tenant = "other" })
        for _ in 0..<40 {
            world.settle()
            world.pass(milliseconds: 50)
        }
        #expect(world.processes.allSatisfy { $0.assignment.lease.task.job != JobID(1) || $0.killTime != nil })
        world.endAll()
        for _ in 0..<40 {
            world.pass(milliseconds: 50)
            world.settle()
            world.endAll()
        }
        #expect(world.coordinator.jobs().allSatisfy { $0.state == .succeeded })
        #expect(world.violations.isEmpty)
    }

    // MARK: Draining

    @Test func aDrainedWorkerGetsNothingNew() {
        var table = Table(Fair(), slots: [1, 1])
        table.submit(.array(10))
        let name = WorkerName("w0")!
        guard case .workers(let shown) = table.ask(.drain(name, now: false)) else {
            return #expect(Bool(false), "no answer")
        }
        #expect(shown.map(\.isDraining) == [true])
        #expect(table.holding == [1: 2])
        let onIt = table.running.first { table.core.state.live($0)?.worker == name }!
        table.end(onIt)
        #expect(table.holding == [1: 1])
        table.ask(.undrain(name))
        #expect(table.holding == [1: 2])
        #expect(
            table.ask(.drain(WorkerName("w9")!, now: false))
                == .refused(reason: "there is no worker w9; `banquet workers` lists those that there are"))
    }

    @Test func drainingNowMovesWhatRuns() {
        var table = Table(Fair(), slots: [1, 2])
        table.submit(.array(1))
        #expect(table.core.job(JobID(1))?.placements.map(\.worker) == [WorkerName("w0")!])
        table.ask(.drain(WorkerName("w0")!, now: true))
        #expect(table.core.job(JobID(1))?.placements.map(\.worker) == [WorkerName("w1")!])
        #expect(table.core.job(JobID(1))?.explanation?.contains("w0: is drained") == true)
    }

    // MARK: Credit

    static func credited(_ credit: UInt32, slots: UInt32...) -> World {
        var offer = WorkerOffer()
        offer.credit = credit
        var world = World(workers: slots, policy: Fair(), offer: offer)
        for index in slots.indices {
            world.startAgent(index)
            world.connect(index)
        }
        world.settle()
        return world
    }

    @Test func aWorkerTakesTasksAhead() {
        var world = Self.credited(2, slots: 1)
        world.submit(.array(5))
        world.settle()
        #expect(world.processes.count == 1)
        #expect(world.coordinator.state.leases.count == 3)
        // The next starts without a word from the coordinator.
        world.endProcess(world.processes[0].assignment.lease, .exited(code: 0), on: 0)
        #expect(world.processes.map(\.assignment.lease.task.index) == [1])
        world.settle()
        #expect(world.coordinator.state.leases.count == 3)
        world.endAll()
        #expect(world.state(1) == .succeeded)
        #expect(world.violations.isEmpty)
    }

    /// Tasks that wait ahead aren't accepted, so they have no time limit to run out, and heartbeats don't repeat them.
    @Test func whatWaitsAheadIsQuiet() {
        var world = Self.credited(2, slots: 1)
        world.submit(LifecycleTests.job(.array(2)) { $0.timeLimitMilliseconds = 3000 })
        world.settle()
        for _ in 0..<20 {
            world.pass(milliseconds: 100)
            #expect(!world.flights.contains { if case .toWorker(.assign) = $0.content { true } else { false } })
            world.settle()
        }
        #expect(world.processes.count == 1)
        #expect(world.coordinator.state.leases.values.filter { $0.phase == .assigned }.count == 1)
        #expect(world.violations.isEmpty)
    }

    /// Nothing begins to wait ahead on slots that are kept for a gang.
    @Test func nothingWaitsAheadOnWhatIsKept() {
        var world = Self.credited(2, slots: 2)
        world.submit(.array(2))
        world.settle()
        world.submit(LifecycleTests.job(.gang(2)) { $0.tenant = "b" })
        world.submit(LifecycleTests.job(.array(2)) { $0.tenant = "c" })
        world.settle()
        #expect(world.coordinator.state.leases.values.map(\.task.job) == [JobID(1), JobID(1)])
        #expect(world.coordinator.state.jobs[JobID(3)]?.tries(of: 0) == Tries())
        for process in world.processes { world.endProcess(process.assignment.lease, .exited(code: 0), on: 0) }
        world.settle()
        #expect(world.processes.map(\.assignment.lease.task.job) == [JobID(2), JobID(2)])
        world.endAll()
        #expect(world.violations.isEmpty)
    }

    /// A gang that leads takes back what waits ahead on the slots that it is to get.
    @Test func tasksAheadAreTakenBackForAGang() {
        var world = Self.credited(3, slots: 2)
        world.submit(.array(8))
        world.settle()
        #expect(world.coordinator.state.leases.count == 5)
        world.submit(LifecycleTests.job(.gang(2)) { $0.tenant = "b" })
        world.settle()
        #expect(world.coordinator.state.leases.count == 2)
        for process in world.processes { world.endProcess(process.assignment.lease, .exited(code: 0), on: 0) }
        world.settle()
        #expect(world.processes.map(\.assignment.lease.task.job) == [JobID(2), JobID(2)])
        world.endAll()
        #expect(world.coordinator.jobs().map(\.state) == [.succeeded, .succeeded])
        #expect(world.violations.isEmpty)
    }

    /// What is kept for a gang is there when what runs has ended; the end of what only waits ahead brings it nothing.
    @Test func whatWaitsAheadGivesNothingBack() {
        var world = Self.credited(1, slots: 1)
        for limit in [10_000, 1000] as [Int64] {
            world.submit(LifecycleTests.job(.array(1)) { $0.timeLimitMilliseconds = limit })
        }
        world.settle()
        #expect(world.coordinator.workers(at: world.time).map(\.slotsUsed) == [2])
        world.submit(LifecycleTests.job(.gang(1)) { $0.tenant = "b" })
        #expect(world.coordinator.outlook.reservation?.start == world.time + 10_000 + 300)
        #expect(world.violations.isEmpty)
    }

    /// One that was taken back, and is first in order all the same, doesn't come and go for ever. (With all credit used up, nobody leads
    /// when the gang comes.)
    @Test func whatWasTakenBackGoesAheadNoMore() {
        var world = Self.credited(1, slots: 2)
        world.submit(.array(3))
        world.settle()
        #expect(world.coordinator.workers(at: world.time).map(\.slotsUsed) == [3])
        world.submit(.gang(2))
        for _ in 0..<1000 where !world.flights.isEmpty { world.deliver(0) }
        guard world.flights.isEmpty else { return #expect(Bool(false), "messages go to and fro for ever") }
        #expect(world.coordinator.workers(at: world.time).map(\.slotsUsed) == [2])
        #expect(world.coordinator.state.jobs[JobID(1)]?.tries(of: 2) == Tries(preemptions: 1))
        world.endAll()
        #expect(world.coordinator.jobs().map(\.state) == [.succeeded, .succeeded])
        #expect(world.violations.isEmpty)
    }

    /// A rank whose `assign` was lost holds its slots, also where a task that went ahead began on them: only tasks are taken back.
    @Test func aGangThatIsNotThereYetIsNotTakenBack() {
        var world = Self.credited(2, slots: 2)
        world.submit(.array(2))
        world.settle()
        world.submit(LifecycleTests.job(.gang(1)) { $0.tenant = "b" })
        world.settle()
        world.endProcess(world.processes[0].assignment.lease, .exited(code: 0), on: 0)
        while let flight = world.flights.firstIndex(where: {
            if case .toCoordinator = $0.content { true } else { false }
        }) {
            world.deliver(flight)
        }
        world.flights.removeAll { if case .toWorker(.assign(let it)) = $0.content { it.isGang } else { false } }
        world.submit(LifecycleTests.job(.array(1)) { $0.tenant = "c" })
        world.settle()
        #expect(world.coordinator.workers(at: world.time).map(\.slotsUsed) == [3])
        world.submit(LifecycleTests.job(.gang(1)) { $0.tenant = "d" })
        world.settle()
        #expect(world.coordinator.state.jobs[JobID(2)]?.isStopping == false)
        #expect(world.coordinator.state.leases.values.contains { $0.task.job == JobID(2) })
        world.goOn(milliseconds: 2000)
        world.endAll()
        world.goOn(milliseconds: 2000)
        world.endAll()
        #expect(world.coordinator.jobs().map(\.state) == [.succeeded, .succeeded, .succeeded, .succeeded])
        #expect(world.violations.isEmpty)
    }

    /// What waits ahead elsewhere is not in its way, and stays.
    @Test func nothingIsTakenBackElsewhere() {
        var world = Self.credited(1, slots: 2, 1)
        world.submit(.array(8))
        world.settle()
        #expect(world.coordinator.workers(at: world.time).map(\.slotsUsed) == [3, 2])
        world.submit(LifecycleTests.job(.gang(1, slots: 2)) { $0.tenant = "b" })
        world.settle()
        #expect(world.coordinator.workers(at: world.time).map(\.slotsUsed) == [2, 2])
        #expect(world.violations.isEmpty)
    }
}

extension World {
    /// Time passes, and all that is said arrives.
    fileprivate mutating func goOn(milliseconds: Int64) {
        let end = time + milliseconds
        while time < end {
            pass(to: min(end, time + 50))
            settle()
        }
    }
}
