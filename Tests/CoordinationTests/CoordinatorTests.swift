import Testing

@testable import Coordination

/// The coordinator and its workers together, when nothing goes wrong, and when one thing does.
struct CoordinatorTests {
    @Test func arrayRunsToItsEnd() {
        var world = World.joined([2, 1])
        #expect(world.submit(.array(5)) == .submitted(JobID(1)))
        world.settle()
        #expect(world.nodes.map(\.processes.count) == [2, 1])
        world.endAll()
        #expect(world.state(1) == .succeeded)
        #expect(world.violations.isEmpty)
    }

    @Test func gangStartsTogether() {
        var world = World(workers: [2, 1])
        world.submit(.gang(3))
        world.startAgent(0)
        world.connect(0)
        world.settle()
        #expect(world.nodes.map(\.processes.count) == [0, 0])
        #expect(
            world.coordinator.job(JobID(1))?.summary.reason
                == "waits for workers: those that are here could hold 2 of 3 ranks")
        world.startAgent(1)
        world.connect(1)
        world.settle()
        let processes = world.processes
        #expect(processes.map(\.rendezvous?.localRank) == [0, 1, 0])
        #expect(Set(processes.map(\.rendezvous?.port)) == [7001])
        #expect(Set(processes.map(\.rendezvous?.host)) == ["10.0.0.0"])
        #expect(processes.map(\.assignment.worldSize) == [3, 3, 3])
        world.endAll()
        #expect(world.state(1) == .succeeded)
        #expect(world.violations.isEmpty)
    }

    @Test func gangIsGrantedAllOrNothing() {
        var world = World.joined([1, 1])
        world.submit(.gang(3))
        world.submit(.array(1))
        world.settle()
        #expect(world.processes.isEmpty, "nobody overtakes the gang at the head")
        #expect(world.coordinator.state.leases.isEmpty)
        world.cancel(JobID(1))
        world.settle()
        #expect(world.processes.count == 1)
        #expect(world.violations.isEmpty)
    }

    @Test func coordinatorRestartsUnderARunningGang() {
        var world = World.joined([1, 1])
        world.submit(.gang(2))
        world.submit(.gang(2))
        world.settle()
        world.restartCoordinator()
        world.pass(milliseconds: 300)
        for index in 0..<2 { world.connect(index) }
        world.settle()
        #expect(world.processes.map(\.assignment.lease.task.job) == [JobID(1), JobID(1)])
        world.endAll()
        #expect(world.coordinator.jobs().map(\.state) == [.succeeded, .succeeded])
        #expect(world.coordinator.jobs().map(\.attempts) == [1, 1])
        #expect(world.violations.isEmpty)
    }

    @Test func coordinatorStaysAwayForLongerThanALease() {
        var world = World.joined([1, 1])
        world.submit(.gang(2))
        world.settle()
        for index in 0..<2 { world.disconnect(index) }
        world.pass(milliseconds: 1100)
        #expect(world.processes.isEmpty, "the workers fence themselves")
        #expect(world.coordinator.state.leases.count == 2, "and the coordinator waits for longer")
        for index in 0..<2 { world.connect(index) }
        world.settle()
        #expect(world.processes.map(\.assignment.attempt) == [2, 2])
        world.endAll()
        #expect(world.state(1) == .succeeded)
        #expect(world.violations.isEmpty)
    }

    /// Rank 0 speaks for the gang: what another rank kept is not the gang's checkpoint.
    @Test func checkpointsOfOtherRanksDoNotCount() {
        var world = World.joined([1, 1])
        world.submit(.gang(2))
        world.settle()
        world.report(.checkpoint(world.processes[1].assignment.lease, step: 50, bytes: []), from: 1)
        world.settle()
        #expect(world.coordinator.job(JobID(1))?.checkpointStep == nil)
        world.report(.checkpoint(world.processes[0].assignment.lease, step: 40, bytes: []), from: 0)
        world.report(.checkpoint(world.processes[1].assignment.lease, step: 60, bytes: []), from: 1)
        world.settle()
        #expect(world.coordinator.job(JobID(1))?.checkpointStep == 40)
        // Nor is one that comes late.
        world.report(.checkpoint(world.processes[0].assignment.lease, step: 30, bytes: []), from: 0)
        world.settle()
        #expect(world.coordinator.job(JobID(1))?.checkpointStep == 40)
    }

    /// A worker that was late gets nothing new, and is offered to those who wait as soon as it is heard again.
    @Test func whoIsHeardAgainGetsWork() throws {
        var table = Table(Fair(), slots: [1])
        let name = try #require(WorkerName("w0"))
        while table.core.workers(at: table.time).map(\.state) != [.suspect] {
            try #require(table.time < Timestamp(milliseconds: 60_000))
            table.pass(milliseconds: 100, silent: [name])
        }
        table.submit(.array(1))
        #expect(table.holding == [:])
        table.say(.heartbeat(Heartbeat(incarnation: Incarnation(1), sequence: 1000, held: [])), from: name)
        #expect(table.holding == [1: 1])
    }

    /// An incarnation is a time of start in microseconds: one of more than a day from now would lock the name until then.
    @Test func incarnationsOfTheFarFutureAreRefused() {
        var table = Table(Fair())
        table.join("late", slots: 1, incarnation: 86_400_001_000)
        #expect(table.core.state.workers.isEmpty)
        table.join("early", slots: 1, incarnation: 86_400_000_999)
        #expect(table.core.state.workers.keys.map(\.description) == ["early"])
    }

    @Test func lostWorkerTakesItsGangToASpare() {
        var world = World.joined([1, 1, 1])
        world.submit(.gang(2))
        world.settle()
        world.report(.checkpoint(world.processes[0].assignment.lease, step: 40, bytes: []), from: 0)
        world.settle()
        world.killAgent(1)
        for _ in 0..<14 {
            world.pass(milliseconds: 100)
            world.settle()
        }
        let lapsed = world.journal.compactMap { if case .lapse(let lease) = $0.event { lease } else { nil } }
        #expect(lapsed == [Lease(TaskID(JobID(1), 1), Epoch(2))])
        // The rest of the gang was told to stop, and has its grace.
        world.pass(milliseconds: 300)
        world.settle()
        #expect(world.nodes.map(\.processes.count) == [1, 0, 1])
        #expect(world.processes.map(\.assignment.attempt) == [2, 2])
        #expect(world.processes.map(\.rendezvous?.checkpointStep) == [40, 40])
        #expect(world.processes.map(\.rendezvous?.port) == [7003, 7003], "a port of its own for each generation")
        #expect(world.coordinator.job(JobID(1))?.checkpointStep == 40)
        world.endAll()
        #expect(world.state(1) == .succeeded)
        #expect(world.violations.isEmpty)
    }

    @Test func lostTaskGoesToASpare() {
        var world = World.joined([1, 1])
        world.submit(.array(1))
        world.settle()
        #expect(world.nodes.map(\.processes.count) == [1, 0])
        world.killAgent(0)
        for _ in 0..<14 {
            world.pass(milliseconds: 100)
            world.settle()
        }
        #expect(world.nodes.map(\.processes.count) == [0, 1])
        #expect(world.processes.map(\.assignment.attempt) == [2])
        #expect(world.violations.isEmpty)
    }

    @Test func gangFailsForTheRankThatFailedFirst() {
        var world = World.joined([2])
        world.submit(.gang(2, retries: 1))
        world.settle()
        for attempt in 1...2 {
            let lease = world.processes[1].assignment.lease
            world.endProcess(lease, .exited(code: 9), on: 0)
            world.settle()
            #expect(world.state(1) == .stopping)
            world.pass(milliseconds: 300)
            world.settle()
            #expect(world.state(1) == (attempt == 1 ? .running : .failed))
        }
        let summary = world.coordinator.job(JobID(1))?.summary
        #expect(summary?.exitCode == 9)
        #expect(summary?.reason == "rank 1 exited with code 9")
        #expect(world.violations.isEmpty)
    }

    /// A rank fails when its peer dies, and the peer's death is noticed later: that is a loss, not the program's failure.
    @Test func failureBesideALossIsALoss() {
        var world = World.joined([1, 1, 2])
        world.submit(.gang(2))
        world.settle()
        #expect(world.nodes.map(\.processes.count) == [0, 0, 2], "packed on one worker")
        world.killAgent(2)
        world.settle()
        world.pass(milliseconds: 1250)
        world.settle()
        let reasons = world.journal.compactMap { if case .retry(_, _, let reason) = $0.event { reason } else { nil } }
        #expect(reasons == [.lost])
        world.settle()
        let first = world.processes[0].assignment.lease
        #expect(world.nodes.map(\.processes.count) == [1, 1, 0])
        world.killAgent(1)
        world.endProcess(first, .exited(code: 1), on: 0)
        for _ in 0..<13 {
            world.pass(milliseconds: 100)
            world.settle()
        }
        let all = world.journal.compactMap { if case .retry(_, _, let reason) = $0.event { reason } else { nil } }
        #expect(all == [.lost, .lost])
        #expect(world.violations.isEmpty)
    }

    @Test func crashLimitEndsAJobThatKillsItsWorkers() {
        var world = World.joined([1])
        world.submit(.array(1, crashLimit: 2))
        world.settle()
        for _ in 0..<3 {
            #expect(world.processes.count == 1)
            world.killAgent(0)
            world.startAgent(0)
            world.connect(0)
            world.settle()
        }
        let summary = world.coordinator.job(JobID(1))?.summary
        #expect(summary?.state == .failed)
        #expect(summary?.reason == "task 0 lost its worker 3 times, the crash limit is 2")
        #expect(world.violations.isEmpty)
    }

    @Test func taskIsRetriedInItsPlace() {
        var world = World.joined([1])
        world.submit(.array(3, retries: 1))
        world.settle()
        for (index, outcome) in [(0, Outcome.exited(code: 1)), (0, .exited(code: 1)), (1, .exited(code: 0))] {
            #expect(world.processes.map(\.assignment.lease.task.index) == [UInt32(index)])
            world.endProcess(world.processes[0].assignment.lease, outcome, on: 0)
            world.settle()
        }
        world.endAll()
        let summary = world.coordinator.job(JobID(1))?.summary
        #expect(summary?.state == .failed)
        #expect(summary?.unitsSucceeded == 2)
        #expect(summary?.unitsFailed == 1)
        #expect(summary?.attempts == 2)
        #expect(summary?.exitCode == 1)
        #expect(summary?.reason == "1 of 3 tasks failed; task 0 exited with code 1")
    }

    @Test func drainedWorkerGivesItsTaskBack() {
        var world = World.joined([1])
        world.submit(.array(1))
        world.settle()
        world.give(.shutdown, to: 0)
        world.pass(milliseconds: 300)
        world.settle()
        #expect(world.nodes[0].exitReason == "stopped")
        #expect(world.coordinator.workers(at: world.time).map(\.state) == [.gone])
        #expect(world.state(1) == .queued)
        #expect(world.coordinator.job(JobID(1))?.summary.reason == "1 task waits for a worker: none is connected")
        #expect(world.violations.isEmpty)
    }

    /// An agent that shuts down refuses what it is given, so it is given nothing: it would be refused again and again within an instant, until the
    /// crash limit is used up.
    @Test func aWorkerThatShutsDownIsGivenNothingMore() {
        var world = World.joined([1])
        world.submit(.array(1, crashLimit: 1))
        world.settle()
        let lease = world.nodes[0].processes.keys.first!
        world.give(.shutdown, to: 0)
        world.endProcess(lease, .signalled(signal: 15), on: 0)
        world.deliver(0)
        #expect(world.coordinator.state.leases.isEmpty)
        #expect(world.coordinator.state.jobs[JobID(1)]?.end == nil)
        world.settle()
        world.connect(0)
        world.startAgent(0)
        world.connect(0)
        world.settle()
        #expect(world.coordinator.state.leases.count == 1)
        #expect(world.violations.isEmpty)
    }

    @Test func aMillionTasksAreSmall() {
        var world = World.joined([1])
        world.submit(.array(1_000_000))
        world.settle()
        world.endProcess(world.processes[0].assignment.lease, .exited(code: 1), on: 0)
        world.settle()
        let array = world.coordinator.state.jobs[JobID(1)]?.array
        #expect(array?.waiting == 999_998)
        #expect(array?.live.count == 1)
        #expect(array?.failed.count == 1)
        #expect(array?.requeued.capacity == 0)
        #expect(array?.tries.capacity == 0)
    }
}

extension World {
    /// A world whose workers are all up and welcomed.
    static func joined(_ slots: [UInt32]) -> World {
        var world = World(workers: slots)
        for index in slots.indices {
            world.startAgent(index)
            world.connect(index)
        }
        world.settle()
        return world
    }

    var processes: [Process] {
        nodes.flatMap(\.processes.values).sorted { $0.assignment.lease.epoch < $1.assignment.lease.epoch }
    }

    var anyProcess: (Int, Lease)? {
        for (index, node) in nodes.enumerated() {
            if let lease = node.processes.keys.min(by: { $0.epoch < $1.epoch }) { return (index, lease) }
        }
        return nil
    }

    /// Ends everything that runs, and what starts then, until nothing runs any more.
    mutating func endAll() {
        while let (node, lease) = anyProcess {
            endProcess(lease, .exited(code: 0), on: node)
            settle()
        }
    }

    func state(_ job: UInt64) -> JobState? { coordinator.job(JobID(job))?.summary.state }

    mutating func report(_ message: WorkerMessage, from node: Int) {
        flights.append(Flight(connection: nodes[node].connection!, content: .toCoordinator(message)))
    }
}
