import Testing

@testable import Coordination

/// Late workers: suspicion, which follows their rhythm, and the lapse, which doesn't.
struct SuspicionTests {
    static let terms = Terms(heartbeatMilliseconds: 1000, leaseMilliseconds: 10_000)

    static func rhythm(_ intervals: some Sequence<Int64>) -> HeartbeatRhythm {
        var rhythm = HeartbeatRhythm()
        var time = Timestamp(milliseconds: 0)
        rhythm.beat(at: time)
        for interval in intervals {
            time = time + interval
            rhythm.beat(at: time)
        }
        return rhythm
    }

    @Test func aSteadyRhythmIsHeldToItsBeat() {
        #expect(HeartbeatRhythm().suspicionMilliseconds(by: Self.terms) == 2500, "nothing is known")
        let steady = Self.rhythm(repeatElement(1000, count: 200))
        #expect(steady.suspicionMilliseconds(by: Self.terms) == 1000 + 250 * 561 / 100)
    }

    @Test func aLateNetworkIsGivenMoreTime() {
        // One in four comes two seconds late, and the next ones at once.
        let jitter = Self.rhythm((0..<200).map { $0 % 4 == 0 ? 3000 : $0 % 4 == 1 ? 0 : 500 })
        let suspicion = jitter.suspicionMilliseconds(by: Self.terms)
        #expect(suspicion > 6000, "\(suspicion)")
        // It forgets: once the network is good again, so is the watch over it.
        let calm = Self.rhythm((0..<200).map { $0 < 100 ? ($0 % 2 == 0 ? 3000 : 0) : 1000 })
        #expect(calm.suspicionMilliseconds(by: Self.terms) == 1000 + 250 * 561 / 100)
    }

    /// Whatever the rhythm: never for one heartbeat that is late, and never as late as the lapse.
    @Test func itKeepsWithinItsBounds() {
        var random = SplitMix64(seed: 7)
        for _ in 0..<300 {
            let most = Int64.random(in: 1...100_000, using: &random)
            let rhythm = Self.rhythm((0..<90).map { _ in Int64.random(in: 0...most, using: &random) })
            let terms = Terms(
                heartbeatMilliseconds: 1000, leaseMilliseconds: UInt32.random(in: 3000...60_000, using: &random))
            let suspicion = rhythm.suspicionMilliseconds(by: terms)
            #expect((2000...max(2000, Int64(terms.leaseMilliseconds) * 3 / 4)).contains(suspicion))
        }
    }

    /// The window's sums are those of the intervals in it.
    @Test func theSpreadIsThatOfTheLastIntervals() {
        var random = SplitMix64(seed: 3)
        let intervals = (0..<500).map { _ in Int64.random(in: 900...1900, using: &random) }
        let last = intervals.suffix(HeartbeatRhythm.window).map(Double.init)
        let mean = last.reduce(0, +) / Double(last.count)
        let deviation = (last.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(last.count)).squareRoot()
        let expected = mean + 5.61 * max(deviation, 250)
        let suspicion = Double(Self.rhythm(intervals).suspicionMilliseconds(by: Self.terms))
        #expect(abs(suspicion - expected) < 10, "\(suspicion), and not \(expected)")
    }

    @Test func aSuspectGetsNothingNewIsProbedAndMayRefuteIt() {
        var world = World.joined([1, 1])
        world.disconnect(1, isNoticed: false)
        world.connect(1)
        world.settle()
        // Worker 0 is cut off, and worker 1 is heard.
        let cut = world.nodes[0].connection!
        for _ in 0..<3 {
            world.pass(milliseconds: 100)
            world.flights.removeAll { $0.connection == cut }
            world.settle()
        }
        #expect(world.coordinator.workers(at: world.time).map(\.state) == [.suspect, .connected])
        #expect(world.counters[.suspicions] == 1)
        world.submit(.array(2))
        #expect(world.coordinator.workers(at: world.time).map(\.slotsUsed) == [0, 1])
        // The next probe gets through, and is answered before the next heartbeat is due.
        let beats = world.nodes[0].machine!.sequence
        world.flights.append(World.Flight(connection: cut, content: .toWorker(.probe)))
        world.settle()
        #expect(world.nodes[0].machine!.sequence == beats + 1)
        #expect(world.counters[.suspicionsRefuted] == 1)
        #expect(world.coordinator.workers(at: world.time).map(\.state) == [.connected, .connected])
        #expect(world.coordinator.workers(at: world.time).map(\.slotsUsed) == [1, 1])
        #expect(world.violations.isEmpty)
    }

    /// Suspicion makes no lease lapse sooner or later.
    @Test func aSuspectsLeasesLapseAtTheirTime() {
        var world = World.joined([1])
        world.submit(.array(1))
        world.settle()
        let heard = world.coordinator.sessions[world.nodes[0].name]!.lastHeard
        let cut = world.nodes[0].connection!
        while world.coordinator.state.leases.count == 1, world.time < heard + 5000 {
            world.pass(milliseconds: 10)
            world.flights.removeAll { $0.connection == cut }
        }
        let lapse = world.configuration.lapseMilliseconds
        #expect((lapse...lapse + 10).contains(world.time - heard))
        #expect(world.counters[.suspicions] == 1)
    }

    /// A worker that is being stopped gives back what it holds: it gets nothing new, and nobody loses a second try on it.
    @Test func aWorkerThatLeavesGetsNothingNew() {
        var world = World.joined([1])
        world.submit(.array(1, crashLimit: 1))
        world.settle()
        world.give(.shutdown, to: 0)
        for _ in 0..<10 {
            world.settle()
            world.pass(milliseconds: 50)
        }
        #expect(world.nodes[0].machine == nil, "it is gone")
        #expect(world.state(1) == .queued)
        #expect(world.coordinator.state.jobs[JobID(1)]?.array?.tries[0] == Tries(losses: 1))
        world.startAgent(0)
        world.connect(0)
        world.settle()
        #expect(world.processes.count == 1)
        #expect(world.violations.isEmpty)
    }
}
