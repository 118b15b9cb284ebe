import Testing

@testable import Coordination

/// The default policy: shares, and its bound on waiting.
struct FairTests {
    @Test func aFloodLeavesTheOthersTheirShare() {
        var table = Table(Fair(), slots: [2, 2])
        for _ in 0..<50 { table.submit(.array(10), tenant: "flood") }
        #expect(table.shares == ["flood": 4])
        table.submit(.array(10), tenant: "b")
        for _ in 0..<2 { table.end(table.running[0]) }
        #expect(table.shares == ["flood": 2, "b": 2])
        for _ in 0..<20 {
            table.end(table.running.randomElement()!)
            #expect(table.shares["flood"] == 2 || table.shares["b"] ?? 0 == 0 || table.shares["flood"]! <= 3)
        }
    }

    @Test func weightsDivideTheCluster() {
        var configuration = CoordinatorConfiguration.forTests
        configuration.tenants = TenantRules(named: ["heavy": TenantLimits(weight: 3)])
        var table = Table(Fair(patience: 1000), slots: [8], configuration: configuration)
        table.submit(.array(1000), tenant: "light")
        table.submit(.array(1000), tenant: "heavy")
        for _ in 0..<100 { table.end(table.running[0]) }
        #expect(table.shares == ["light": 2, "heavy": 6])
    }

    /// The example of the paper: 9 CPUs and 18 GB; A's tasks take 1 and 4, B's take 3 and 1. Each gets two thirds of what it
    /// needs most: A three tasks, B two.
    @Test func dominantResources() {
        var table = Table(Fair())
        var offer = WorkerOffer()
        (offer.cores, offer.memory) = (9, 18)
        table.join("w1", slots: 1000, offer: offer)
        var a = JobSpecification.array(100)
        (a.requirements.cores, a.requirements.memory) = (1, 4)
        var b = JobSpecification.array(100)
        (b.requirements.cores, b.requirements.memory) = (3, 1)
        // What was there before either comes ends once both wait.
        var all = JobSpecification.array(1)
        all.requirements.cores = 9
        table.submit(all, tenant: "before")
        table.submit(a, tenant: "a")
        table.submit(b, tenant: "b")
        table.end(job: 1)
        #expect(table.shares == ["a": 3, "b": 2])
    }

    /// A flood of single tasks against a gang that needs every slot: as soon as it leads, what frees is kept for it.
    @Test func aGangGetsItsTurnInAFlood() {
        var table = Table(Fair(), slots: [2, 2])
        for _ in 0..<100 { table.submit(.array(1), tenant: "flood") }
        table.submit(.gang(4), tenant: "victim")
        #expect(
            table.reason(101) == "waits for 4 slots; reserved on w0, w1 once what runs there has ended; 96 jobs ahead")
        for _ in 0..<4 {
            let started = table.hasStarted(101)
            #expect(!started)
            table.end(table.running[0])
            table.submit(.array(1), tenant: "flood")
        }
        let started = table.hasStarted(101)
        #expect(started)
        #expect(table.holding == [101: 4])
    }

    /// Tenants that never were there before come one after the other, each with a share of nothing, against one that holds
    /// something: only age helps it.
    @Test func newTenantsCannotKeepAnAgedGangOut() {
        var table = Table(Fair(patience: 2), slots: [4])
        table.submit(.array(1), tenant: "victim")
        table.submit(.gang(3), tenant: "victim")
        for index in 0..<3 { table.submit(.array(1), tenant: "start\(index)") }
        var ends = 0
        while !table.hasStarted(2), ends < 100 {
            table.submit(.array(1), tenant: "new\(ends)")
            table.end(table.running.last { $0.task.job != JobID(1) }!)
            ends += 1
        }
        #expect(table.hasStarted(2))
        #expect(ends <= 2 * 4 + 4, "\(ends)")
    }

    /// A tenant at its quota submits small jobs behind its own gang, again and again.
    @Test func aTenantCannotStarveItsOwnGangWithinItsQuota() {
        var configuration = CoordinatorConfiguration.forTests
        configuration.tenants = TenantRules(named: ["a": TenantLimits(slots: 2)])
        var table = Table(Fair(patience: 1), slots: [3], configuration: configuration)
        table.submit(.array(1))
        table.submit(.gang(2))
        table.submit(.array(1))
        var ends = 0
        while !table.hasStarted(2), ends < 50 {
            ends += 1
            table.submit(.array(1))
            table.end(table.running[0])
        }
        // Three units age it, and then two end.
        #expect(table.hasStarted(2))
        #expect(ends <= 3 + 2, "\(ends)")
        // Nothing is kept once it has started.
        table.runToTheEnd()
        #expect(table.core.state.queue.isEmpty)
    }

    /// A gang that waits for its tenant's quota has the age of the first; its tenant's small jobs have no claim by that on what
    /// the others wait for.
    @Test func nobodyGoesFirstByTheAgeOfAnother() {
        var configuration = CoordinatorConfiguration.forTests
        configuration.tenants = TenantRules(named: ["a": TenantLimits(slots: 2)])
        var table = Table(Fair(patience: 1), slots: [2], configuration: configuration)
        table.submit(.array(1))
        table.submit(.gang(2))
        for _ in 0..<20 {
            table.submit(.array(1))
            table.submit(.array(1), tenant: "b")
        }
        var ends = 0
        for _ in 0..<20 {
            let lease = table.running[0]
            if table.core.state.jobs[lease.task.job]?.specification.tenant == "b" { ends += 1 }
            table.end(lease)
        }
        #expect(ends >= 8, "\(ends)")
    }

    static var here: WorkerOffer {
        var offer = WorkerOffer()
        offer.labels = ["zone": "here"]
        return offer
    }

    /// What is kept of a quota is kept only for a job that could start: not for one that waits for workers that are away, nor
    /// for one that a smaller quota has overtaken.
    @Test(arguments: [true, false]) func aQuotaIsNotKeptInVain(isAway: Bool) {
        var configuration = CoordinatorConfiguration.forTests
        configuration.tenants = TenantRules(named: ["a": TenantLimits(slots: 2)])
        var table = Table(Fair(patience: 1), configuration: configuration)
        table.join("w0", slots: 3, offer: Self.here)
        table.submit(.array(1))
        var gang = JobSpecification.gang(2)
        if isAway { gang.requirements.labels = ["zone": "away"] }
        table.submit(gang)
        if !isAway {
            configuration.tenants = TenantRules(named: ["a": TenantLimits(slots: 1)])
            _ = table.core.adopt(configuration, policy: Fair(patience: 1), at: table.time)
        }
        for _ in 0..<10 { table.submit(.array(1)) }
        table.runToTheEnd()
        #expect(table.core.state.queue.jobs.map(\.number) == [2])
    }

    /// Jobs for a worker that is away: neither do their tenant's other jobs wait behind everybody's, nor do they go before.
    @Test func whatWaitsForAWorkerThatIsAwayIsPassedOver() {
        var table = Table(Fair(patience: 1))
        table.join("w0", slots: 1, offer: Self.here)
        table.submit(.array(1), tenant: "b")
        var away = JobSpecification.array(1)
        away.requirements.labels = ["zone": "away"]
        for _ in 0..<3 { table.submit(away) }
        for _ in 0..<20 {
            table.submit(.array(1))
            table.submit(.array(1), tenant: "b")
        }
        var shares: [String: Int] = [:]
        for _ in 0..<20 {
            for tenant in table.shares.keys { shares[tenant, default: 0] += 1 }
            table.end(table.running[0])
        }
        #expect(shares["a"] ?? 0 >= 8, "\(shares)")
        #expect(shares["b"] ?? 0 >= 8, "\(shares)")
        table.runToTheEnd()
        #expect(table.core.state.queue.count == 3)
    }

    // MARK: The bound

    /// While a gang with a share of its own waits for the last slots, the others' shares fall below it: what is kept for it
    /// stays its own.
    @Test func aLeaderLeadsUntilItStarts() {
        var table = Table(Fair(patience: 1000), slots: [4])
        table.submit(.array(1), tenant: "victim")
        for _ in 0..<3 { table.submit(.array(1), tenant: "b") }
        table.submit(.gang(3), tenant: "victim")
        for _ in 0..<10 { table.submit(.array(1), tenant: "b") }
        for job in 2...4 { table.end(job: UInt64(job)) }
        #expect(table.holding == [1: 1, 5: 3])
    }

    /// What the adversary may do next.
    enum Move: Hashable {
        case submit(tenant: String, JobSpecification)
        case end(Int)
    }

    /// Follows one gang against an adversary, and counts rounds after it was aged: a round is over when all that ran at its
    /// beginning has ended.
    struct Trial {
        var table: Table
        let victim: UInt64
        let patience: UInt64
        let slots: UInt64
        /// The lines that it may have to wait for.
        let tenants: Int
        let begin: UInt64
        var round: Set<Lease> = []
        var rounds = 0

        init(_ table: Table, patience: UInt64, slots: UInt64) {
            self.table = table
            self.patience = patience
            self.slots = slots
            victim = table.core.state.lastJob.number
            tenants = table.core.state.tenants.values.count { !$0.queue.isEmpty }
            begin = table.core.state.lastEpoch.number
        }

        var isAged: Bool { table.core.state.lastEpoch.number - begin >= patience * slots }

        /// - Returns: what is wrong.
        mutating func make(_ move: Move) -> String? {
            switch move {
            case .submit(let tenant, let job): table.submit(job, tenant: tenant)
            case .end(let index): table.end(table.running[index])
            }
            guard !table.hasStarted(victim), isAged else { return nil }
            // The number that the preflight proves, and by which the coordinator's alert goes: one in the lead, and the first job of
            // each other tenant.
            let times = table.core.overtakenInTurn["victim"] ?? 0
            if times > UInt64(tenants) { return "the gang was overtaken \(times) times since it is aged" }
            round.formIntersection(table.running)
            if round.isEmpty {
                rounds += 1
                round = Set(table.running)
            }
            // The first round begins in the middle of things.
            return rounds > tenants + 2 ? "the gang waits although \(rounds - 1) rounds are over" : nil
        }
    }

    /// Every course of a small table: two slots, a gang of two, two tenants that may submit a task whenever they like, and
    /// units that end in any order.
    @Test(arguments: [[2], [1, 1]] as [[UInt32]]) func everyAdversaryIsBounded(slots: [UInt32]) {
        var table = Table(Fair(patience: 1), slots: slots)
        table.submit(.array(1), tenant: "victim")
        table.submit(.array(2), tenant: "b")
        table.submit(.gang(2), tenant: "victim")
        var started = 0
        var courses = 0
        func explore(_ trial: Trial, depth: Int) {
            if trial.table.hasStarted(trial.victim) {
                started += 1
                return
            }
            guard depth > 0 else {
                courses += 1
                return
            }
            var moves: [Move] = trial.table.running.indices.map(Move.end)
            for tenant in ["b", "c"] where trial.table.core.state.tenants[tenant]?.queue.isEmpty ?? true {
                moves.append(.submit(tenant: tenant, .array(1)))
            }
            for move in moves {
                var next = trial
                if let fault = next.make(move) { Issue.record("\(fault)") }
                explore(next, depth: depth - 1)
            }
        }
        explore(Trial(table, patience: 1, slots: 2), depth: 8)
        #expect(started > 100, "\(courses) courses end before the gang starts")
    }

    /// Adversaries drawn at random on larger tables: floods of tasks and gangs, of old tenants and ever new ones, with and
    /// without time limits.
    @Test(arguments: 0..<60) func randomAdversariesAreBounded(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let slots = (0..<Int.random(in: 1...4, using: &random)).map { _ in UInt32.random(in: 1...3, using: &random) }
        let total = slots.reduce(0, +)
        let patience = UInt32.random(in: 0...2, using: &random)
        var table = Table(Fair(patience: patience), slots: slots)
        func job() -> JobSpecification {
            random.chance(70)
                ? .array(UInt32.random(in: 1...5, using: &random))
                : .gang(UInt32.random(in: 1...min(total, 8), using: &random))
        }
        for index in 0..<10 { table.submit(job(), tenant: "t\(index % 3)") }
        table.submit(.gang(min(total, 8)), tenant: "victim")
        var trial = Trial(table, patience: UInt64(patience), slots: UInt64(total))
        var steps = 0
        while !trial.table.hasStarted(trial.victim), steps < 3000 {
            steps += 1
            let tenant = random.chance(30) ? "new\(steps)" : "t\(Int.random(in: 0..<3, using: &random))"
            let isEnd = random.chance(50) && !trial.table.running.isEmpty
            let move: Move =
                isEnd
                ? .end(Int.random(in: trial.table.running.indices, using: &random)) : .submit(tenant: tenant, job())
            if let fault = trial.make(move) {
                Issue.record("seed \(seed): \(fault)")
                break
            }
        }
        #expect(trial.table.hasStarted(trial.victim))
    }
}
