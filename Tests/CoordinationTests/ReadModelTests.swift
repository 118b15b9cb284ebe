import Testing

@testable import Coordination

struct ReadModelTests {
    static func reason(_ world: World, _ job: UInt64) -> String? { world.coordinator.job(JobID(job))?.summary.reason }

    @Test func manyJobsAreShownAsEachIs() {
        var world = World(workers: [2, 1])
        for job in [JobSpecification.gang(2), .array(3), .gang(3)] { world.submit(job) }
        let ids = [3, 9, 1, 2, 1].map { JobID($0) }
        let each = ids.compactMap(world.coordinator.job)
        #expect(world.coordinator.details(of: ids) == each)
        let brief = world.coordinator.details(of: ids, explained: false)
        #expect(brief.map(\.summary.id) == each.map(\.summary.id))
        #expect(brief.allSatisfy { $0.explanation == nil && $0.summary.reason == nil })
    }

    @Test func saysWhyAJobWaits() {
        var world = World(workers: [2, 1])
        world.submit(.gang(2))
        #expect(Self.reason(world, 1) == "waits for a worker: none is connected")
        world.submit(.array(3))
        #expect(Self.reason(world, 2) == "3 tasks wait for a worker: none is connected; 1 job ahead")
        for index in 0..<2 {
            world.startAgent(index)
            world.connect(index)
        }
        world.settle()
        // The gang runs on w0, one task on w1.
        #expect(Self.reason(world, 1) == nil)
        #expect(Self.reason(world, 2) == "2 tasks wait for 1 slot")
        world.submit(.gang(3))
        #expect(Self.reason(world, 3) == "waits for 3 slots; 1 job ahead")
        world.endProcess(world.processes[0].assignment.lease, .exited(code: 0), on: 0)
        world.settle()
        #expect(Self.reason(world, 2) == "1 task waits for 1 slot")
        world.endProcess(world.processes[0].assignment.lease, .exited(code: 0), on: 0)
        world.settle()
        #expect(Self.reason(world, 2) == nil)
        world.endProcess(world.processes[0].assignment.lease, .exited(code: 0), on: 1)
        world.settle()
        #expect(Self.reason(world, 3) == "waits for 2 slots of 3")
        world.submit(.array(2))
        #expect(Self.reason(world, 4) == "2 tasks wait for their turn; 1 job ahead")
        world.submit(.gang(2))
        #expect(Self.reason(world, 5) == "waits for 1 slot of 2; 2 jobs ahead")
        world.submit(.gang(1))
        #expect(Self.reason(world, 6) == "waits for its turn; 3 jobs ahead")
    }

    @Test func showsAGangOnItsWay() {
        var world = World.joined([2])
        world.submit(.gang(2))
        #expect(world.state(1) == .starting)
        let starting = world.coordinator.job(JobID(1))!
        #expect(starting.placements.map(\.accepted) == [false, false])
        #expect(starting.summary.started == nil)
        world.settle()
        let running = world.coordinator.job(JobID(1))!
        #expect(running.summary.state == .running)
        #expect(running.summary.unitsRunning == 2)
        #expect(running.summary.started == world.time)
        let name = WorkerName("w0")!
        #expect(
            running.placements == [
                Placement(index: 0, worker: name, epoch: Epoch(1), accepted: true),
                Placement(index: 1, worker: name, epoch: Epoch(2), accepted: true),
            ])
        world.cancel(JobID(1))
        #expect(world.state(1) == .stopping)
        world.endAll()
        let ended = world.coordinator.job(JobID(1))!
        #expect(ended.summary.state == .cancelled)
        #expect(ended.summary.ended == world.time)
        #expect(ended.placements.isEmpty)
        #expect(world.coordinator.job(JobID(2)) == nil)
    }

    @Test func showsTheWorkers() {
        var world = World.joined([2, 1])
        world.submit(.array(2))
        world.settle()
        let workers = world.coordinator.workers(at: world.time)
        #expect(workers.map(\.name.description) == ["w0", "w1"])
        #expect(workers.map(\.state) == [.connected, .connected])
        #expect(workers.map(\.slotsUsed) == [1, 1])
        #expect(workers[1].holding == [Lease(TaskID(JobID(1), 0), Epoch(1))])
        let suspicion = Int64(world.configuration.terms.heartbeatMilliseconds) * 5 / 2
        #expect(world.coordinator.workers(at: world.time + (suspicion - 1)).map(\.state) == [.connected, .connected])
        #expect(world.coordinator.workers(at: world.time + suspicion).map(\.state) == [.suspect, .suspect])
        world.disconnect(1)
        #expect(world.coordinator.workers(at: world.time).map(\.state) == [.connected, .suspect])
    }
}
