import Testing

@testable import Coordination

struct CoordinatorTests {
    @Test func arrayRunsToItsEnd() {
        var world = World(workers: [2, 1])
        for index in 0..<2 {
            world.startAgent(index)
            world.connect(index)
        }
        #expect(world.submit(.array(5)) == .submitted(JobID(1)))
        world.settle()
        #expect(world.nodes.map(\.processes.count) == [2, 1])
        while let (node, lease) = world.anyProcess {
            world.endProcess(lease, .exited(code: 0), on: node)
            world.settle()
        }
        #expect(world.coordinator.job(JobID(1))?.summary.state == .succeeded)
        #expect(world.violations.isEmpty)
    }

    @Test func gangStartsTogether() {
        var world = World(workers: [2, 1])
        world.submit(.gang(3))
        world.startAgent(0)
        world.connect(0)
        world.settle()
        #expect(world.nodes.map(\.processes.count) == [0, 0])
        world.startAgent(1)
        world.connect(1)
        world.settle()
        let processes = world.nodes.flatMap(\.processes.values).sorted {
            $0.assignment.lease.epoch < $1.assignment.lease.epoch
        }
        #expect(processes.map { $0.rendezvous?.localRank } == [0, 1, 0])
        #expect(Set(processes.map { $0.rendezvous?.port }).count == 1)
        while let (node, lease) = world.anyProcess {
            world.endProcess(lease, .exited(code: 0), on: node)
            world.settle()
        }
        #expect(world.coordinator.job(JobID(1))?.summary.state == .succeeded)
        #expect(world.violations.isEmpty)
    }

    @Test func coordinatorRestartsUnderARunningGang() {
        var world = World(workers: [1, 1])
        for index in 0..<2 {
            world.startAgent(index)
            world.connect(index)
        }
        world.submit(.gang(2))
        world.settle()
        world.restartCoordinator()
        world.pass(milliseconds: 300)
        for index in 0..<2 { world.connect(index) }
        world.settle()
        #expect(world.nodes.map(\.processes.count) == [1, 1])
        world.pass(milliseconds: 100)
        while let (node, lease) = world.anyProcess {
            world.endProcess(lease, .exited(code: 0), on: node)
            world.settle()
        }
        #expect(world.coordinator.job(JobID(1))?.summary.state == .succeeded)
        #expect(world.coordinator.job(JobID(1))?.summary.attempts == 1)
        #expect(world.violations.isEmpty)
    }
}

extension World {
    var anyProcess: (Int, Lease)? {
        for (index, node) in nodes.enumerated() {
            if let lease = node.processes.keys.min(by: { $0.epoch < $1.epoch }) { return (index, lease) }
        }
        return nil
    }
}
