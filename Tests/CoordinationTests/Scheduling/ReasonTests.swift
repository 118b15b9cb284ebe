import Testing

@testable import Coordination

/// Whatever a job waits for, the reason is shown.
struct ReasonTests {
    static func job(_ base: JobSpecification, _ change: (inout JobSpecification) -> Void) -> JobSpecification {
        LifecycleTests.job(base, change)
    }

    @Test func ofElasticGangs() {
        var table = Table(Fair(), slots: [2, 2])
        table.submit(.array(3), tenant: "b")
        table.submit(Self.job(.gang(4)) { $0.minimumRanks = 2 })
        #expect(
            table.reason(2)
                == "waits for 1 slot of 2; 2 of its 4 ranks are enough; reserved on w0, w1 once what runs there has ended"
        )
        table.end(job: 1)
        #expect(table.reason(2) == nil)
    }

    @Test func ofDrainedAndSilentWorkers() {
        var table = Table(Fair(), slots: [2, 1])
        table.ask(.drain(WorkerName("w0")!, now: false))
        table.submit(.array(1, slots: 2))
        #expect(table.reason(1) == "1 task waits for a worker with 2 slots: w0 is drained")
        table.submit(.gang(2))
        #expect(
            table.reason(2)
                == "waits for workers: those that are here could hold 1 of 2 ranks; w0 is drained; 1 job ahead")
        table.ask(.drain(WorkerName("w1")!, now: false))
        #expect(
            table.reason(2) == "waits for a worker with 1 slot: w0 is drained, w1 is drained; 1 job ahead")
        table.ask(.undrain(WorkerName("w0")!))
        #expect(table.reason(1) == nil)
    }

    @Test func ofWhatIsLackingBesidesSlots() {
        var table = Table(Fair())
        var offer = WorkerOffer()
        offer.devices = ["gpu": 2]
        offer.memory = 4 << 30
        table.join("w0", slots: 4, offer: offer)
        let job = Self.job(.array(1)) { $0.requirements.devices = ["gpu": 2] }
        table.submit(job)
        table.submit(job)
        #expect(table.reason(1) == nil)
        #expect(table.reason(2) == "1 task waits for 2 gpu; reserved on w0 once what runs there has ended")
    }

    @Test func ofPreemption() {
        var configuration = CoordinatorConfiguration.forTests
        configuration.preemptionMilliseconds = 61_000
        var table = Table(Fair(), slots: [2], configuration: configuration)
        table.submit(.array(2), tenant: "a")
        table.submit(.gang(1), tenant: "b")
        #expect(
            table.reason(2) == "waits for 1 slot; reserved on w0 once what runs there has ended; "
                + "others may be stopped for it from 00:01:01 UTC")
    }

    @Test func ofWhatIsBeingStopped() {
        var world = World.joined([2])
        world.submit(.gang(2))
        #expect(
            world.coordinator.job(JobID(1))?.summary.reason
                == "waits until these have accepted: rank 0 on w0, rank 1 on w0")
        world.settle()
        #expect(world.coordinator.job(JobID(1))?.summary.reason == nil)
        world.endProcess(world.processes[0].assignment.lease, .exited(code: 1), on: 0)
        world.deliver(0)
        #expect(world.coordinator.job(JobID(1))?.summary.reason == "rank 0 failed: 1 rank is being stopped")
        world.cancel(JobID(1))
        #expect(world.coordinator.job(JobID(1))?.summary.reason == "cancelled: 1 rank is being stopped")
    }
}
