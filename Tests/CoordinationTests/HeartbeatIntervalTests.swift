import Testing

@testable import Coordination

/// Many workers say more seldom that they live, and none of them is taken for late because of it.
struct HeartbeatIntervalTests {
    /// A heartbeat each 100 ms and two seconds of lease, so four intervals at most; two workers' heartbeats at the operator's.
    static let configuration: CoordinatorConfiguration = {
        var configuration = CoordinatorConfiguration.forTests
        configuration.terms = Terms(heartbeatMilliseconds: 100, leaseMilliseconds: 2000)
        configuration.heartbeatsPerSecond = 20
        return configuration
    }()

    static func world(workers: Int) -> World {
        var world = World(workers: Array(repeating: 1, count: workers), configuration: configuration)
        for index in 0..<workers { join(index, &world) }
        return world
    }

    static func join(_ index: Int, _ world: inout World) {
        world.startAgent(index)
        world.connect(index)
        world.settle()
    }

    static func pass(_ milliseconds: Int64, _ world: inout World) {
        let end = world.time + milliseconds
        while world.time < end {
            world.pass(milliseconds: 10)
            world.settle()
        }
    }

    /// The intervals that the workers keep to.
    static func intervals(_ world: World) -> Set<UInt32> {
        Set(world.nodes.compactMap { $0.machine?.terms.heartbeatMilliseconds })
    }

    @Test(arguments: zip([1, 2, 3, 4, 5, 6, 7, 9, 20], [100, 100, 200, 200, 300, 300, 400, 400, 400] as [UInt32]))
    func manySayMoreSeldomThatTheyLive(workers: Int, interval: UInt32) {
        var world = Self.world(workers: workers)
        #expect(world.coordinator.terms.heartbeatMilliseconds == interval)
        // Those who joined first learn it with the answer to their next heartbeat.
        Self.pass(500, &world)
        #expect(Self.intervals(world) == [interval])
        let before = world.nodes.reduce(0) { $0 + $1.machine!.sequence }
        Self.pass(1200, &world)
        let beats = world.nodes.reduce(0) { $0 + $1.machine!.sequence } - before
        #expect(abs(Int(beats) - workers * 1200 / Int(interval)) <= workers)
        #expect(world.counters[.suspicions] == nil)
        #expect(world.violations.isEmpty)
    }

    /// However long a lease is: who falls silent is late within ten seconds.
    @Test(arguments: [(1000, 4000), (1500, 3000), (3000, 3000), (10_000, 10_000)] as [(UInt32, UInt32)])
    func aLongLeaseMakesNobodyUnnoticed(operators: UInt32, told: UInt32) {
        var configuration = CoordinatorConfiguration.forTests
        configuration.terms = Terms(heartbeatMilliseconds: operators, leaseMilliseconds: 60_000)
        configuration.heartbeatsPerSecond = 1
        var world = World(workers: Array(repeating: 1, count: 30), configuration: configuration)
        for index in 0..<30 { Self.join(index, &world) }
        #expect(world.coordinator.terms.heartbeatMilliseconds == told)
        let last = world.coordinator.sessions[world.nodes[29].name]!
        if operators < 4000 { #expect(world.coordinator.suspicionMilliseconds(of: last) <= 10_000) }
    }

    @Test func itFollowsWhoComesAndGoes() {
        var world = Self.world(workers: 7)
        Self.pass(5000, &world)
        #expect(Self.intervals(world) == [400])
        for index in 2..<7 { world.give(.shutdown, to: index) }
        Self.pass(5000, &world)
        #expect(Self.intervals(world) == [100], "two are left")
        for index in 2..<7 { Self.join(index, &world) }
        Self.pass(5000, &world)
        #expect(Self.intervals(world) == [400])
        #expect(world.counters[.suspicions] == nil, "and nobody was ever late")
        #expect(world.violations.isEmpty)
    }

    /// Delivers everything, except welcomes to one connection, for so long.
    /// - Returns: how many were lost.
    private static func passLosingWelcomes(
        to connection: ConnectionID, most: Int, _ milliseconds: Int64, _ world: inout World
    ) -> Int {
        var lost = 0
        let end = world.time + milliseconds
        while world.time < end {
            world.pass(milliseconds: 10)
            while let flight = world.flights.first {
                if case .toWorker(.welcome) = flight.content, flight.connection == connection, lost < most {
                    lost += 1
                    world.flights.removeFirst()
                } else {
                    world.deliver(0)
                }
            }
        }
        return lost
    }

    /// The answers that name another interval are lost, some or all of them: the worker learns it all the same.
    @Test(arguments: [1, 2, 3, 1000], [true, false]) func anIntervalIsLearntThoughAnswersAreLost(most: Int, becomesLonger: Bool) {
        var world = Self.world(workers: becomesLonger ? 2 : 7)
        Self.pass(3000, &world)
        let connection = world.nodes[0].connection!
        if becomesLonger {
            for _ in 0..<5 { world.nodes.append(World.Node(name: WorkerName("more\(world.nodes.count)")!, slots: 1)) }
            for index in 2..<7 {
                world.startAgent(index)
                world.connect(index)
            }
        } else {
            for index in 2..<7 { world.give(.shutdown, to: index) }
        }
        #expect(Self.passLosingWelcomes(to: connection, most: most, 10_000, &world) >= min(most, 3))
        Self.pass(3000, &world)
        #expect(Self.intervals(world) == [becomesLonger ? 400 : 100])
        #expect(world.violations.isEmpty)
    }

    /// What came before is no spread of what comes now: after a change nobody is late later than before.
    @Test func anotherIntervalIsAnotherRhythm() {
        var configuration = CoordinatorConfiguration.forTests
        configuration.terms = Terms(heartbeatMilliseconds: 1000, leaseMilliseconds: 60_000)
        configuration.heartbeatsPerSecond = 1
        var world = World(workers: Array(repeating: 1, count: 5), configuration: configuration)
        Self.join(0, &world)
        Self.pass(70_000, &world)
        for index in 1..<5 { Self.join(index, &world) }
        for _ in 0..<30 {
            Self.pass(4000, &world)
            let session = world.coordinator.sessions[world.nodes[0].name]!
            #expect(world.coordinator.suspicionMilliseconds(of: session) <= 10_000)
        }
        #expect(Self.intervals(world) == [4000])
    }

    /// How late is late goes by what the worker was told; the lapse comes at its time.
    @Test func whoSaysItSeldomIsLateLater() {
        let world = Self.world(workers: 7)
        let last = world.nodes[6].name
        let session = world.coordinator.sessions[last]!
        #expect(world.coordinator.suspicionMilliseconds(of: session) == 1000, "two and a half intervals")
        #expect(world.coordinator.lapse(of: session) - session.lastHeard == 2200)
    }

    /// Another agent with the name of a worker that lives is refused, however seldom that says so.
    @Test func aNameInUseIsHeardInTime() {
        var world = Self.world(workers: 7)
        Self.pass(1000, &world)
        let (name, life) = (world.nodes[0].name, world.nodes[0].machine!.incarnation)
        let stranger = ConnectionID(1000)
        var refusals = 0
        for attempt in 1...100 where refusals == 0 {
            if attempt % 10 == 1 {
                let join = Join(
                    worker: name, incarnation: Incarnation(1_000_000), sequence: UInt64(attempt), slots: 1, host: "h",
                    held: [])
                world.give(.worker(.join(join), stranger))
            }
            world.pass(milliseconds: 10)
            while !world.flights.isEmpty {
                if case .toWorker(.refuse) = world.flights[0].content, world.flights[0].connection == stranger {
                    refusals += 1
                }
                world.deliver(0)
            }
        }
        #expect(refusals == 1)
        #expect(world.coordinator.state.workers[name]?.incarnation == life)
        #expect(world.violations.isEmpty)
    }
}
