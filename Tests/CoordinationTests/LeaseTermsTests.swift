import Testing

@testable import Coordination

/// The operator changes the lease's duration over a restart: what was promised before is kept.
struct LeaseTermsTests {
    static func configuration(lease: UInt32) -> CoordinatorConfiguration {
        CoordinatorConfiguration(
            terms: Terms(heartbeatMilliseconds: 100, leaseMilliseconds: lease), stopGraceMilliseconds: 300,
            limits: ClusterLimits(gangSlots: 8, unitSlots: 4))
    }

    /// A task runs on a worker with the first lease; then the coordinator restarts with each of the others in turn, and the
    /// worker hears nothing any more.
    /// - Returns: how long after the last restart the lease lapsed, and how long the worker had it from there.
    static func lapse(after leases: [UInt32], isHeardBetween: Bool) -> (lapse: Int64, held: Int64) {
        var world = World(workers: [1], configuration: configuration(lease: leases[0]), policy: Fair())
        world.startAgent(0)
        world.connect(0)
        world.settle()
        world.submit(.array(1))
        world.settle()
        for lease in leases.dropFirst() {
            world.pass(milliseconds: 50)
            world.settle()
            world.configuration = configuration(lease: lease)
            world.restartCoordinator()
            if isHeardBetween, lease != leases.last {
                world.connect(0)
                world.settle()
            }
        }
        let restart = world.time
        var held: Int64 = 0
        while world.coordinator.state.leases.count == 1, world.time < restart + 60_000 {
            world.pass(milliseconds: 10)
            if !world.nodes[0].processes.isEmpty { held = world.time - restart }
        }
        #expect(world.violations.isEmpty, "\(world.violations)")
        return (world.time - restart, held)
    }

    @Test(
        arguments: [
            [10_000, 1000], [1000, 10_000, 1000], [10_000, 1000, 1000], [3000, 10_000, 1000, 2000], [1000, 10_000],
            [1000, 1000],
        ] as [[UInt32]])
    func noLeaseLapsesBeforeItsWorkerLetsGo(leases: [UInt32]) {
        for isHeard in [false, true] {
            let (lapse, held) = Self.lapse(after: leases, isHeardBetween: isHeard)
            #expect(lapse > held, "after \(leases) it lapsed at \(lapse), and ran until \(held)")
        }
    }

    @Test func whatNoLongerTermsWerePromisedLapsesByThePresentOnes() {
        #expect(Self.lapse(after: [1000, 1000], isHeardBetween: false).lapse <= 1260)
    }

    /// A journal from before terms were written down is read as if they had always been the present ones.
    @Test func oldJournalsAreRead() throws {
        let core = try ReplayTests.replay(ReplayTests.good)
        #expect(core.state.workers[ReplayTests.worker]?.longestLeaseMilliseconds == nil)
    }
}
