import Foundation
import Messaging
import Testing

@testable import Training

@Suite struct RendezvousMessageTests {
    static let member = GangMember(job: "j12", generation: 2, rank: 1, worldSize: 3)
    static let registration = Registration(member: member, step: 90, fingerprint: 77, endpoint: "tcp://127.0.0.1:4321")
    static let all: [RendezvousMessage] = [
        .register(registration), .ring(generation: 2, endpoints: ["a", "bé", ""]), .ring(generation: 0, endpoints: []),
        .refuse(generation: 9, reason: "no"),
    ]

    @Test(arguments: all) func roundTrip(message: RendezvousMessage) {
        #expect(RendezvousMessage(decoding: message.encoded()) == message)
    }

    @Test(arguments: all) func cutsAndTailsAreRefused(message: RendezvousMessage) {
        let bytes = message.encoded()
        for length in 0..<bytes.count { #expect(RendezvousMessage(decoding: Array(bytes[..<length])) == nil) }
        #expect(RendezvousMessage(decoding: bytes + [0]) == nil)
    }

    /// 50,000 damaged messages: each is refused or read as some message, and nothing traps.
    @Test func damageNeverTraps() {
        var random = SplitMix64(seed: 1)
        var refused = 0
        for round in 0..<50_000 {
            var bytes = Self.all[round % Self.all.count].encoded()
            for _ in 0...random.next(below: 3) {
                bytes[random.next(below: bytes.count)] = UInt8(random.next(below: 256))
            }
            if RendezvousMessage(decoding: bytes) == nil { refused += 1 }
        }
        #expect(refused > 10_000)
    }

    @Test func ranksOutsideTheirWorldAreRefused() {
        var other = Self.registration
        other.member.rank = 3
        #expect(RendezvousMessage(decoding: RendezvousMessage.register(other).encoded()) == nil)
    }
}

@Suite struct RollTests {
    static func registration(_ change: (inout Registration) -> Void = { _ in }) -> Registration {
        var registration = RendezvousMessageTests.registration
        change(&registration)
        return registration
    }

    static func roll() -> Roll {
        Roll(
            own: registration {
                $0.member.rank = 0; $0.endpoint = "tcp://127.0.0.1:1"
            })
    }

    @Test func completeWhenAllAreThere() {
        var roll = Self.roll()
        #expect(roll.missing == [1, 2])
        #expect(roll.take(Self.registration()) == .taken)
        #expect(roll.take(Self.registration()) == .taken)
        #expect(roll.ring == nil)
        #expect(
            roll.take(
                Self.registration {
                    $0.member.rank = 2; $0.endpoint = "tcp://127.0.0.1:2"
                }) == .taken)
        #expect(roll.ring == ["tcp://127.0.0.1:1", "tcp://127.0.0.1:4321", "tcp://127.0.0.1:2"])
    }

    @Test func strangersAreRefusedAndChangeNothing() {
        var roll = Self.roll()
        for change in [{ $0.member.generation = 1 }, { $0.member.job = "j13" }] as [(inout Registration) -> Void] {
            guard case .refused = roll.take(Self.registration(change)) else {
                Issue.record("taken")
                continue
            }
        }
        #expect(roll.missing == [1, 2])
    }

    @Test func membersThatDoNotFitBreakTheGang() {
        let changes: [(String, (inout Registration) -> Void)] = [
            ("expects 4 ranks", { $0.member.worldSize = 4 }), ("starts from step 60", { $0.step = 60 }),
            ("other parameters", { $0.fingerprint = 1 }), ("two processes", { $0.member.rank = 0 }),
        ]
        for (complaint, change) in changes {
            var roll = Self.roll()
            guard case .broken(let reason) = roll.take(Self.registration(change)) else {
                Issue.record("not broken: \(complaint)")
                continue
            }
            #expect(reason.contains(complaint))
        }
        var roll = Self.roll()
        #expect(roll.take(Self.registration()) == .taken)
        guard case .broken = roll.take(Self.registration { $0.endpoint = "tcp://127.0.0.1:5" }) else {
            Issue.record("two processes with one rank")
            return
        }
    }
}

@Suite struct RendezvousTests {
    static func rendezvous(
        _ rank: Int, of size: Int, _ port: UInt16, generation: UInt32 = 1, job: String = "j1",
        patience: Duration = .seconds(60), key: CurveKeyPair? = nil
    ) -> Rendezvous {
        let member = GangMember(job: job, generation: generation, rank: rank, worldSize: size)
        return Rendezvous(member: member, host: "127.0.0.1", port: port, patience: patience, key: key)
    }

    static func sum(_ ring: RingAllReduce, _ value: Float) throws -> Float {
        var values = [value]
        try values.withUnsafeMutableBufferPointer { try ring.sum($0) }
        return values[0]
    }

    @Test(arguments: 2...5) func allMeetAndSum(size: Int) async throws {
        let port = try freePort()
        let results = await onThreads(size) { rank in
            let context = try MessagingContext()
            let ring = try Self.rendezvous(rank, of: size, port).meet(step: 0, fingerprint: 1, in: context)
            return try Self.sum(ring, Float(rank))
        }
        for result in results { #expect(try result.get() == Float(size * (size - 1) / 2)) }
    }

    @Test(arguments: 2...4) func aGangWithAKeyMeetsAndSums(size: Int) async throws {
        let port = try freePort()
        let key = try CurveKeyPair.generate()
        let results = await onThreads(size) { rank in
            let context = try MessagingContext()
            let ring = try Self.rendezvous(rank, of: size, port, key: key).meet(step: 0, fingerprint: 1, in: context)
            return try Self.sum(ring, Float(rank))
        }
        for result in results { #expect(try result.get() == Float(size * (size - 1) / 2)) }
    }

    /// Intruders who say all that a rank would say, without a key, with a key of their own, and with that of another generation: rank 0
    /// hears none of them, and the gang meets.
    @Test func whoHasNotTheGangsKeyIsNotHeard() async throws {
        let port = try freePort()
        let key = try CurveKeyPair.generate()
        let others: [CurveKeyPair?] = [nil, try .generate(), try .generate()]
        let intrudersAreGone = DispatchSemaphore(value: 0)
        let results = await onThreads(2 + others.count) { index in
            let context = try MessagingContext()
            if index >= 2 {
                defer { intrudersAreGone.signal() }
                _ = try Self.rendezvous(1, of: 2, port, patience: .seconds(2), key: others[index - 2])
                    .meet(step: 0, fingerprint: 1, in: context)
                return Float(0)
            }
            // The true rank 1 comes last: without the key, an intruder would have its place.
            if index == 1 { for _ in others { intrudersAreGone.wait() } }
            let ring = try Self.rendezvous(index, of: 2, port, key: key).meet(step: 0, fingerprint: 1, in: context)
            return try Self.sum(ring, 1)
        }
        #expect(try results[0].get() == 2)
        #expect(try results[1].get() == 2)
        for intruder in results[2...] {
            let error = #expect(throws: TrainingError.self) { try intruder.get() }
            #expect(error?.description.contains("waited") == true)
        }
    }

    /// Whoever has taken rank 0's port without the key is told nothing: a rank waits for its own.
    @Test func aRankTellsNothingToWhoHasNotTheKey() async throws {
        let port = try freePort()
        let key = try CurveKeyPair.generate()
        let results = await onThreads(2) { index in
            let context = try MessagingContext()
            if index == 0 {
                var options = SocketOptions()
                options.security = .server(keys: try CurveKeyPair.generate())
                let router = try BlockingSocket(.router, in: context, options: options)
                try router.bind("tcp://127.0.0.1:\(port)")
                #expect(throws: MessagingError.timedOut(operation: "receive")) {
                    try router.receiveFrames(deadline: .now + .seconds(3))
                }
                return
            }
            _ = try Self.rendezvous(1, of: 2, port, patience: .seconds(2), key: key)
                .meet(step: 0, fingerprint: 1, in: context)
        }
        #expect(throws: TrainingError.self) { try results[1].get() }
    }

    /// Rank 1 of the generation before, which has not noticed that its gang is dead, comes before the new rank 1.
    @Test func anOlderGenerationIsKeptOut() async throws {
        let port = try freePort()
        let oldIsGone = DispatchSemaphore(value: 0)
        let results = await onThreads(3) { index in
            let context = try MessagingContext()
            if index == 2 {
                defer { oldIsGone.signal() }
                _ = try Self.rendezvous(1, of: 2, port, generation: 1).meet(step: 0, fingerprint: 1, in: context)
                return Float(0)
            }
            if index == 1 { oldIsGone.wait() }
            let ring = try Self.rendezvous(index, of: 2, port, generation: 2).meet(step: 0, fingerprint: 1, in: context)
            return try Self.sum(ring, 1)
        }
        #expect(try results[0].get() == 2)
        #expect(try results[1].get() == 2)
        let error = #expect(throws: TrainingError.self) { try results[2].get() }
        #expect(error?.description.contains("this is attempt 2 of the gang, not attempt 1") == true)
    }

    /// Rank 1 of generation 2 meets a rank 0 of generation 1 that is slow to die: it asks again until its own rank 0 is
    /// there.
    @Test func aRankOutlivesAnOlderRankZero() async throws {
        let port = try freePort()
        let results = await onThreads(2) { rank in
            let context = try MessagingContext()
            if rank == 0 {
                try Self.refuseOnce(port, generation: 1, context)
            }
            let ring = try Self.rendezvous(rank, of: 2, port, generation: 2).meet(step: 0, fingerprint: 1, in: context)
            return try Self.sum(ring, 1)
        }
        for result in results { #expect(try result.get() == 2) }
    }

    /// Plays the older rank 0: answers the first registration with a refusal, and goes away.
    static func refuseOnce(_ port: UInt16, generation: UInt32, _ context: MessagingContext) throws {
        let router = try BlockingSocket(.router, in: context)
        try router.bind("tcp://127.0.0.1:\(port)")
        let request = try router.receiveFrames(deadline: seconds(20))
        let answer = RendezvousMessage.refuse(generation: generation, reason: "this is attempt \(generation)")
        try router.send(frames: [request[0], answer.encoded()], deadline: seconds(20))
        router.close()
        // The listening socket closes on the context's own thread.
        try waitUntilFree(port, seconds(20))
    }

    static func waitUntilFree(_ port: UInt16, _ limit: ContinuousClock.Instant) throws {
        while ContinuousClock.now < limit {
            let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(handle) }
            var one: Int32 = 1
            setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if bound == 0 { return }
            sched_yield()
        }
        throw TrainingError.system("port \(port) stayed in use")
    }

    /// Noise at the rendezvous changes nothing.
    @Test func noiseIsIgnored() async throws {
        let port = try freePort()
        let noiseIsSent = DispatchSemaphore(value: 0)
        let results = await onThreads(3) { index in
            let context = try MessagingContext()
            if index == 2 {
                defer { noiseIsSent.signal() }
                let noise = try BlockingSocket(.dealer, in: context)
                try noise.connect("tcp://127.0.0.1:\(port)")
                try noise.send(Array("hello".utf8), deadline: seconds(20))
                try noise.send(frames: [[], [1, 2, 3], []], deadline: seconds(20))
                return Float(2)
            }
            if index == 1 { noiseIsSent.wait() }
            let ring = try Self.rendezvous(index, of: 2, port).meet(step: 0, fingerprint: 1, in: context)
            return try Self.sum(ring, 1)
        }
        #expect(try results[0].get() == 2)
        #expect(try results[1].get() == 2)
    }

    @Test func ranksThatDoNotFitAllHearWhy() async throws {
        let port = try freePort()
        let results = await onThreads(2) { rank in
            let context = try MessagingContext()
            _ = try Self.rendezvous(rank, of: 2, port).meet(step: UInt64(30 * rank), fingerprint: 1, in: context)
        }
        for result in results {
            let error = #expect(throws: TrainingError.self) { try result.get() }
            #expect(error?.description.contains("rank 1 starts from step 30, rank 0 from step 0") == true)
        }
    }

    @Test func missingRanksAreNamed() async throws {
        let port = try freePort()
        let results = await onThreads(2) { rank in
            let context = try MessagingContext()
            // Of three ranks, number 1 never comes.
            let patience = Duration.milliseconds(rank == 0 ? 700 : 60_000)
            _ = try Self.rendezvous(rank == 0 ? 0 : 2, of: 3, port, patience: patience)
                .meet(step: 0, fingerprint: 1, in: context)
        }
        // Rank 0 says it, and tells it to the one that did come.
        for result in results {
            let error = #expect(throws: TrainingError.self) { try result.get() }
            #expect(error?.description.hasSuffix("for rank 1") == true, "\(error?.description ?? "")")
        }
    }

    @Test func aPortInUseIsTold() async throws {
        let context = try MessagingContext()
        let squatter = try BlockingSocket(.pull, in: context)
        let endpoint = try squatter.bind("tcp://127.0.0.1:*")
        let port = UInt16(endpoint.split(separator: ":").last!)!
        let results = await onThreads(1) { _ in
            let context = try MessagingContext()
            _ = try Self.rendezvous(0, of: 2, port).meet(step: 0, fingerprint: 1, in: context)
        }
        let error = #expect(throws: TrainingError.self) { try results[0].get() }
        #expect(error?.description.contains("127.0.0.1:\(port) is in use") == true)
        squatter.close()
    }

    @Test func addresses() throws {
        #expect(try HostAddress.resolve("127.0.0.1") == "127.0.0.1")
        #expect(try HostAddress.resolve("localhost") == "127.0.0.1")
        #expect(try HostAddress.own(toward: "127.0.0.1") == "127.0.0.1")
        #expect(throws: TrainingError.self) { try HostAddress.resolve("no such host") }
    }
}
