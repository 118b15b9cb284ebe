import Coordination
import Foundation
import Testing
import Wire

/// How many mutated messages each fuzzer sends: a hundred thousand, or as many as BANQUET_FUZZ says. BANQUET_FUZZ_SEED begins
/// elsewhere; each failure names its seed.
enum Campaign {
    static let seeds = 4
    static func messages(of total: Int) -> Int {
        (ProcessInfo.processInfo.environment["BANQUET_FUZZ"].flatMap { Int($0) } ?? total) / seeds
    }
    static let firstSeed = ProcessInfo.processInfo.environment["BANQUET_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1000
}

/// Both state machines under mutated messages: frames of plausible conversations are changed in a few bits, and whatever the wire
/// still reads is handed to the real machines. They must never stop, and keep to what they promise.
@Suite struct MachineFuzzTests {
    private let codec = WireCodec()

    @Test(arguments: 0..<UInt64(Campaign.seeds)) func theCoordinatorOutlivesWhateverItIsTold(_ seed: UInt64) throws {
        let seed = Campaign.firstSeed + seed
        var talk = Conversation(seed: seed)
        var core = Coordinator(configuration: CoordinatorConfiguration())
        var copy = Coordinator(configuration: CoordinatorConfiguration())
        var now = Timestamp(milliseconds: 1_000_000)
        var read = 0
        let messages = Campaign.messages(of: 100_000)
        func carryOut(_ effects: [CoordinatorEffect]) throws {
            for effect in effects {
                switch effect {
                case .record(let entry): try copy.replay(entry)
                case .send(.assign(let assignment), _): talk.note(assignment.lease)
                case .reply(.submitted(let job), _, _): talk.note(job)
                default: break
                }
            }
        }
        try carryOut(core.start(at: now))
        for number in 0..<messages {
            if talk.random.below(50) == 0 { now = now + Int64(talk.random.below(4000)) }
            let connection = ConnectionID(UInt64(1 + talk.random.below(6)))
            switch talk.random.below(200) {
            case 0: try carryOut(core.handle(.connectionLost(connection), at: now))
            case 1: try carryOut(core.handle(.clock, at: now))
            default: break
            }
            let frame = talk.mutate(try codec.encode(talk.toCoordinator()))
            guard let message = try? codec.decode(frame) else { continue }
            read += 1
            switch message {
            case .fromWorker(let message): try carryOut(core.handle(.worker(message, connection), at: now))
            case .fromWorkers(let messages):
                try carryOut(core.handle(messages.map { .worker($0, connection) }, at: now))
            case .request(let request, let id):
                try carryOut(core.handle(.client(request, connection, request: id), at: now))
            default: break
            }
            // Over-full workers, and a journal that says something else than the machine: the two ways to lie.
            if number % 1000 == 0 {
                for worker in core.workers(at: now) where worker.slotsUsed > worker.slots {
                    #expect(worker.offer?.credit ?? 0 > 0, "seed \(seed), message \(number): \(worker)")
                }
            }
        }
        // Why a job waits depends on who is connected, which no journal knows.
        func durable(_ core: Coordinator) -> [JobSummary] {
            core.jobs().map { summary in
                var summary = summary
                summary.reason = nil
                return summary
            }
        }
        let isSame = durable(copy) == durable(core)
        #expect(isSame, "seed \(seed): the journal folds to something else")
        #expect(copy.snapshot.sequence == core.snapshot.sequence)
        #expect(
            read > messages / 4 && talk.leases.count > 20, "seed \(seed): read \(read), leases \(talk.leases.count)")
    }

    @Test(arguments: 0..<UInt64(Campaign.seeds)) func theWorkerOutlivesWhateverItIsTold(_ seed: UInt64) throws {
        let seed = Campaign.firstSeed + seed
        var talk = Conversation(seed: seed)
        var life: UInt64 = 1
        var now = Timestamp(milliseconds: 1_000_000)
        func born() -> WorkerMachine {
            WorkerMachine(name: WorkerName("w1")!, incarnation: Incarnation(life), slots: 4, host: "h")
        }
        var machine = born()
        var running: Set<Lease> = []
        var read = 0
        let messages = Campaign.messages(of: 100_000)
        var dying: [Lease] = []
        func take(_ input: WorkerInput) {
            var spawned: [Lease] = []
            for effect in machine.handle(input, at: now) {
                switch effect {
                case .spawn(let assignment, _):
                    let isNew = running.insert(assignment.lease).inserted
                    #expect(isNew, "seed \(seed): \(assignment.lease) runs twice")
                    spawned.append(assignment.lease)
                case .kill(let lease, _): if running.remove(lease) != nil { dying.append(lease) }
                case .send(.join(let join)): talk.sequence = join.sequence
                case .send(.heartbeat(let beat)): talk.sequence = beat.sequence
                case .exit:
                    // A refused agent ends, and all that it ran; another is started.
                    life = machine.incarnation.number + 1
                    (running, dying) = ([], [])
                default: break
                }
            }
            // In an order of their own, for the machine keeps them in a dictionary.
            for lease in spawned.sorted(by: { $0.epoch < $1.epoch }) { talk.note(lease) }
        }
        for number in 0..<messages {
            if life > machine.incarnation.number || number == 0 {
                if number > 0 { machine = born() }
                take(.connected)
            }
            if talk.random.below(50) == 0 { now = now + Int64(talk.random.below(4000)) }
            switch talk.random.below(40) {
            case 0: take(.disconnected)
            case 1, 2: take(.connected)
            case 3, 4: take(.clock)
            case 5, 6, 7:
                // In an order of its own, for a set has another one in each process.
                if !running.isEmpty {
                    let lease = talk.random.one(of: running.sorted { ($0.epoch, $0.task) < ($1.epoch, $1.task) })
                    running.remove(lease)
                    take(.processEnded(lease, .exited(code: 0)))
                }
            case 8, 9: if let lease = dying.popLast() { take(.processEnded(lease, .stopped)) }
            case 10: take(.portReserved(talk.lease(), 4000))
            default: break
            }
            life = max(life, machine.incarnation.number)
            let frame = talk.mutate(try codec.encode(talk.toWorker()))
            guard let message = try? codec.decode(frame) else { continue }
            read += 1
            switch message {
            case .toWorker(let message, _): take(.message(message))
            case .toWorkers(let messages): for message in messages { take(.message(message)) }
            default: break
            }
        }
        #expect(
            read > messages / 4 && talk.leases.count > 20, "seed \(seed): read \(read), leases \(talk.leases.count)")
    }
}

/// Draws messages that fit into a conversation, for the most part: names, leases and numbers that were heard before.
private struct Conversation {
    var random: Generator
    var sequence: UInt64 = 1
    private(set) var leases: [Lease] = []
    private var jobs: [JobID] = []
    private var spare: [UInt8] = []

    init(seed: UInt64) { random = Generator(seed: seed) }

    mutating func note(_ lease: Lease) { if leases.count < 100_000 { leases.append(lease) } }
    mutating func note(_ job: JobID) { jobs.append(job) }

    private mutating func job() -> JobID {
        jobs.last.map { _ in jobs[max(0, jobs.count - 1 - random.below(20))] } ?? JobID(1)
    }
    mutating func lease() -> Lease {
        guard !leases.isEmpty, random.below(20) > 0 else { return random.lease() }
        return leases[max(0, leases.count - 1 - random.below(12))]
    }
    private mutating func worker() -> WorkerName { WorkerName("w\(1 + random.below(4))")! }

    private mutating func held() -> [HeldLease] {
        (0..<random.below(4)).map { _ in
            HeldLease(
                lease(), random.one(of: [.queued, .running, .accepted(port: 9), .finished(.exited(code: 0))]))
        }
    }

    private mutating func next() -> UInt64 {
        sequence += UInt64(random.below(3))
        return sequence
    }

    private mutating func specification() -> JobSpecification {
        JobSpecification(
            name: "n", tenant: random.one(of: ["default", "vision"]),
            shape: random.flag()
                ? .gang(ranks: UInt32(1 + random.below(4))) : .array(tasks: UInt32(1 + random.below(6))),
            program: .builtin("noop", parameters: [:]), slots: UInt32(1 + random.below(2)),
            retries: UInt32(random.below(3)),
            timeLimitMilliseconds: random.flag() ? nil : Int64(1 + random.below(5000)),
            retryDelayMilliseconds: UInt32(random.below(2) * 500),
            minimumRanks: random.below(4) == 0 ? 1 : nil, priority: Int32(random.below(3)),
            after: random.below(8) == 0 ? [job()] : [])
    }

    mutating func toCoordinator() -> WireMessage {
        switch random.below(12) {
        case 0:
            return .fromWorker(
                .join(
                    Join(
                        worker: worker(), incarnation: Incarnation(1_000_000 + UInt64(random.below(3))),
                        sequence: next(), slots: 4, host: "h", held: held())))
        case 1, 2:
            return .fromWorker(
                .heartbeat(
                    Heartbeat(
                        incarnation: Incarnation(1_000_000 + UInt64(random.below(3))), sequence: next(), held: held())))
        case 3, 4: return .fromWorker(.accept(lease(), port: 4000))
        case 5, 6: return .fromWorker(.finish(lease(), random.outcome()))
        case 7:
            return .fromWorkers(
                (0..<4).map { _ in random.flag() ? .accept(lease(), port: 1) : .finish(lease(), .exited(code: 0)) })
        case 8: return .request(.submit(specification(), key: "k\(random.next())"), number: 1)
        case 9:
            let request: ClientRequest = random.one(of: [
                .cancel(job()), .drain(worker(), now: true), .undrain(worker()), .retry(job(), key: "k"),
            ])
            return .request(request, number: 2)
        case 10: return .fromWorker(random.one(of: [.checkpoint(lease(), step: 4, bytes: [1]), .leave]))
        default: return random.message(random.below(Generator.cases))
        }
    }

    mutating func toWorker() -> WireMessage {
        switch random.below(10) {
        case 0:
            return .toWorker(
                .welcome(
                    Terms(heartbeatMilliseconds: 500, leaseMilliseconds: 5000), sequence: sequence,
                    floor: Epoch(UInt64(random.below(3)))))
        case 1, 2: return .toWorker(.renew(sequence: sequence, floor: Epoch(UInt64(random.below(leases.count + 1)))))
        case 3, 4, 5:
            let lease = Lease(TaskID(JobID(1), UInt32(random.below(4))), Epoch(UInt64(leases.count + random.below(9))))
            let isGang = random.flag()
            return .toWorkers([
                .assign(
                    Assignment(
                        lease: lease, program: .command(["true"]), environment: [:], workingDirectory: nil,
                        slots: UInt32(1 + random.below(2)), isGang: isGang, worldSize: isGang ? 2 : 1, attempt: 1)),
                .start(lease, Rendezvous(host: "h", port: 1, localRank: 0, checkpointStep: nil)),
            ])
        case 6: return .toWorker(.settle(lease()))
        case 7: return .toWorker(.stop(lease(), graceMilliseconds: UInt32(random.below(100))))
        case 8: return random.below(50) == 0 ? .toWorker(.fence(Incarnation(1))) : .toWorker(.probe)
        default: return random.message(random.below(Generator.cases))
        }
    }

    /// One to three small changes; one message in four stays as it is, so that the conversation goes on.
    mutating func mutate(_ frame: [UInt8]) -> [UInt8] {
        defer { if random.below(16) == 0 { spare = frame } }
        guard random.below(4) > 0 else { return frame }
        var frame = frame
        for _ in 0...random.below(3) {
            guard frame.count > 8 else { return frame }
            let place = 8 + random.below(frame.count - 8)
            switch random.below(6) {
            case 0: frame[place] ^= 1 << UInt8(random.below(8))
            case 1: frame[place] = UInt8(truncatingIfNeeded: random.next())
            case 2: frame[place] = random.one(of: [0, 1, 0x7f, 0x80, 0xff])
            case 3: frame[place] &+= random.flag() ? 1 : 0xff
            case 4: if random.below(4) == 0 { frame.removeSubrange(place..<min(frame.count, place + 2)) }
            default: if random.below(8) == 0 { frame = Array(frame[..<place]) + spare.dropFirst(place) }
            }
        }
        return frame
    }
}
