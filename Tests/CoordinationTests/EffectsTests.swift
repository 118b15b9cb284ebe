import Testing

@testable import Coordination

/// The coordinator by itself, against every effect that it has, in order, and none besides.
struct EffectsTests {
    static let one = ConnectionID(1)
    static let client = ConnectionID(9)
    static let name = WorkerName("w1")!
    static let terms = CoordinatorConfiguration.forTests.terms

    static func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }
    static func lease(_ epoch: UInt64, _ index: UInt32 = 0, job: UInt64 = 1) -> Lease {
        Lease(TaskID(JobID(job), index), Epoch(epoch))
    }

    static func join(_ life: UInt64 = 7, sequence: UInt64 = 1, held: [HeldLease] = []) -> WorkerMessage {
        .join(Join(worker: name, incarnation: Incarnation(life), sequence: sequence, slots: 2, host: "h", held: held))
    }

    static func beat(_ sequence: UInt64, _ held: [HeldLease] = [], life: UInt64 = 7) -> WorkerMessage {
        .heartbeat(Heartbeat(incarnation: Incarnation(life), sequence: sequence, held: held))
    }

    static func assignment(_ lease: Lease, _ job: JobSpecification, attempt: UInt32 = 1) -> CoordinatorMessage {
        .assign(
            Assignment(
                lease: lease, program: job.program, environment: [:], workingDirectory: nil, slots: 1,
                isGang: job.isGang, worldSize: job.isGang ? job.units : 1, attempt: attempt, tenant: job.tenant))
    }

    static func welcome(_ sequence: UInt64, floor: UInt64) -> CoordinatorEffect {
        .send(.welcome(terms, sequence: sequence, floor: Epoch(floor)), one)
    }

    /// The coordinator under test, and what its journal should be.
    struct Subject {
        var core = Coordinator(configuration: .forTests)
        var sequence: UInt64 = 0

        init() { #expect(core.start(at: at(0)) == []) }

        mutating func entry(_ event: ProtocolEvent, at time: Int64) -> CoordinatorEffect {
            sequence += 1
            return .record(JournalEntry(sequence: sequence, time: EffectsTests.at(time), event: event))
        }

        mutating func hear(_ message: WorkerMessage, at time: Int64, on connection: ConnectionID = one)
            -> [CoordinatorEffect]
        {
            core.handle(.worker(message, connection), at: EffectsTests.at(time))
        }

        mutating func submit(_ job: JobSpecification, key: String, at time: Int64) -> [CoordinatorEffect] {
            core.handle(.client(.submit(job, key: key), client, request: 5), at: EffectsTests.at(time))
        }

        /// A worker has joined at 0, and an array of one task runs on it.
        static func running(_ job: JobSpecification = .array(1)) -> Subject {
            var subject = Subject()
            _ = subject.hear(join(), at: 0)
            _ = subject.submit(job, key: "k", at: 1)
            _ = subject.hear(.accept(lease(1), port: 0), at: 2)
            subject.sequence = subject.core.state.sequence
            return subject
        }
    }

    @Test func lifeOfATask() {
        var subject = Subject()
        let job = JobSpecification.array(1)
        let joined = subject.entry(.join(Self.name, Incarnation(7), slots: 2, host: "h", terms: Self.terms), at: 0)
        #expect(subject.hear(Self.join(), at: 0) == [joined, Self.welcome(1, floor: 1), .wake(Self.at(250))])
        let submitted = subject.entry(.submit(JobID(1), job, key: "k"), at: 10)
        let assigned = subject.entry(.assign(Self.lease(1), Self.name, attempt: 1), at: 10)
        #expect(
            subject.submit(job, key: "k", at: 10) == [
                submitted, .reply(.submitted(JobID(1)), Self.client, request: 5), assigned,
                .send(Self.assignment(Self.lease(1), job), Self.one),
            ])
        #expect(
            subject.submit(job, key: "k", at: 11) == [
                .count(.duplicateSubmissions), .reply(.submitted(JobID(1)), Self.client, request: 5),
            ])
        let accepted = subject.entry(.accept(Self.lease(1), port: 0), at: 20)
        #expect(subject.hear(.accept(Self.lease(1), port: 0), at: 20) == [accepted])
        #expect(subject.hear(.accept(Self.lease(1), port: 0), at: 21) == [])
        let held = [HeldLease(Self.lease(1), .running)]
        #expect(
            subject.hear(Self.beat(2, held), at: 100) == [.send(.renew(sequence: 2, floor: Epoch(2)), Self.one)])
        #expect(subject.hear(Self.beat(2, held), at: 101) == [], "a copy")
        let finished = subject.entry(.finish(Self.lease(1)), at: 110)
        let ended = subject.entry(.end(JobID(1), .succeeded), at: 110)
        let settle = CoordinatorEffect.send(.settle(Self.lease(1)), Self.one)
        #expect(subject.hear(.finish(Self.lease(1), .exited(code: 0)), at: 110) == [finished, settle, ended])
        #expect(subject.hear(.finish(Self.lease(1), .exited(code: 0)), at: 111) == [settle])
        let left = subject.entry(.leave(Self.name), at: 120)
        #expect(subject.hear(.leave, at: 120) == [left])
        #expect(
            subject.hear(.leave, at: 121) == [.send(.fence(Incarnation(7)), Self.one), .count(.unknownWorkerRefused)])
    }

    @Test func staleResultsAreRefusedAndCounted() {
        var subject = Subject.running()
        // The result of another epoch, and of another task.
        for lease in [Self.lease(2), Self.lease(1, 1), Self.lease(1, job: 2)] {
            #expect(
                subject.hear(.finish(lease, .exited(code: 0)), at: 10)
                    == [.count(.staleEpochRefused), .send(.settle(lease), Self.one)])
            #expect(subject.hear(.accept(lease, port: 0), at: 10) == [.count(.staleEpochRefused)])
            #expect(subject.hear(.metrics(lease, json: "{}"), at: 10) == [.count(.staleEpochRefused)])
            #expect(subject.hear(.checkpoint(lease, step: 1, bytes: []), at: 10) == [.count(.staleEpochRefused)])
            #expect(!subject.core.holds(lease, on: Self.one))
        }
        #expect(subject.hear(.metrics(Self.lease(1), json: "{}"), at: 10) == [])
        #expect(subject.core.holds(Self.lease(1), on: Self.one))
        #expect(!subject.core.holds(Self.lease(1), on: ConnectionID(2)))
        // What this worker doesn't hold, it is told to stop.
        let held = [HeldLease(Self.lease(1), .running), HeldLease(Self.lease(9), .running)]
        #expect(
            subject.hear(Self.beat(2, held), at: 20) == [
                .send(.stop(Self.lease(9), graceMilliseconds: 0), Self.one),
                .send(.renew(sequence: 2, floor: Epoch(2)), Self.one),
            ])
    }

    @Test func cancelStopsWhatRuns() {
        var subject = Subject.running(.array(3))
        let cancelled = subject.entry(.cancel(JobID(1)), at: 10)
        let stops = [Self.lease(1), Self.lease(2, 1)].map {
            CoordinatorEffect.send(.stop($0, graceMilliseconds: 300), Self.one)
        }
        #expect(
            subject.core.handle(.client(.cancel(JobID(1)), Self.client, request: 6), at: Self.at(10))
                == [cancelled] + stops + [.reply(.cancelled(JobID(1)), Self.client, request: 6)])
        let records = [
            subject.entry(.fail(Self.lease(1), .stopped), at: 20),
            subject.entry(.fail(Self.lease(2, 1), .stopped), at: 21),
            subject.entry(.end(JobID(1), .cancelled), at: 21),
        ]
        let settled = [Self.lease(1), Self.lease(2, 1)].map { CoordinatorEffect.send(.settle($0), Self.one) }
        #expect(subject.hear(.finish(Self.lease(1), .stopped), at: 20) == [records[0], settled[0]])
        #expect(subject.hear(.finish(Self.lease(2, 1), .stopped), at: 21) == [records[1], settled[1], records[2]])
    }

    @Test func aWorkerCantSpeakForAnother() {
        var subject = Subject.running()
        let two = ConnectionID(2)
        let other = Join(
            worker: WorkerName("w2")!, incarnation: Incarnation(8), sequence: 1, slots: 1, host: "h", held: [])
        _ = subject.hear(.join(other), at: 10, on: two)
        #expect(
            subject.hear(.finish(Self.lease(1), .exited(code: 0)), at: 11, on: two)
                == [.count(.staleEpochRefused), .send(.settle(Self.lease(1)), two)])
        #expect(subject.hear(.metrics(Self.lease(1), json: "{}"), at: 11, on: two) == [.count(.staleEpochRefused)])
        let claim = Heartbeat(incarnation: Incarnation(8), sequence: 2, held: [HeldLease(Self.lease(1), .running)])
        #expect(
            subject.hear(.heartbeat(claim), at: 11, on: two) == [
                .send(.stop(Self.lease(1), graceMilliseconds: 0), two),
                .send(.renew(sequence: 2, floor: Epoch(2)), two),
            ])
        #expect(
            subject.hear(Self.join(), at: 12, on: two) == [
                .send(.refuse(reason: "this connection is worker w2's, not w1's"), two), .count(.unknownWorkerRefused),
            ])
        #expect(subject.hear(Self.beat(5), at: 13, on: ConnectionID(3)) == [.count(.unknownWorkerRefused)])
    }

    @Test func silenceLapsesTheLeases() {
        var subject = Subject.running()
        #expect(subject.core.handle(.clock, at: Self.at(251)) == [.wake(Self.at(252))], "it was heard at 2")
        let probe = CoordinatorEffect.send(.probe, Self.one)
        #expect(
            subject.core.handle(.clock, at: Self.at(252)) == [.count(.suspicions), probe, .wake(Self.at(352))],
            "it is late, and asked for a sign of life")
        #expect(subject.core.handle(.clock, at: Self.at(1190)) == [probe, .wake(Self.at(1202))])
        let lapsed = subject.entry(.lapse(Self.lease(1)), at: 1202)
        let retried = subject.entry(.retry(JobID(1), index: 0, reason: .lost), at: 1202)
        let crashed = subject.entry(.crash(Self.name, Incarnation(7)), at: 1202)
        #expect(subject.core.handle(.clock, at: Self.at(1202)) == [lapsed, retried, crashed])
        // It hears that only when it is back, and then begins its next life.
        #expect(
            subject.hear(Self.beat(3), at: 1300) == [
                .send(.fence(Incarnation(7)), Self.one), .count(.unknownWorkerRefused),
            ])
        #expect(subject.hear(Self.join(7, sequence: 4), at: 1301) == [.send(.fence(Incarnation(7)), Self.one)])
        let joined = subject.entry(.join(Self.name, Incarnation(8), slots: 2, host: "h", terms: Self.terms), at: 1310)
        let assigned = subject.entry(.assign(Self.lease(2), Self.name, attempt: 2), at: 1310)
        #expect(
            subject.hear(Self.join(8, sequence: 5), at: 1310) == [
                joined, Self.welcome(5, floor: 2), assigned,
                .send(Self.assignment(Self.lease(2), .array(1), attempt: 2), Self.one), .wake(Self.at(1560)),
            ])
    }

    @Test func newerIncarnationTakesTheNameOfADeadOne() {
        var subject = Subject.running()
        _ = subject.core.handle(.connectionLost(Self.one), at: Self.at(10))
        let two = ConnectionID(2)
        let effects = subject.hear(Self.join(8), at: 20, on: two)
        let lapsed = subject.entry(.lapse(Self.lease(1)), at: 20)
        let retried = subject.entry(.retry(JobID(1), index: 0, reason: .lost), at: 20)
        let crashed = subject.entry(.crash(Self.name, Incarnation(7)), at: 20)
        let joined = subject.entry(.join(Self.name, Incarnation(8), slots: 2, host: "h", terms: Self.terms), at: 20)
        #expect(
            effects.prefix(5) == [
                lapsed, retried, crashed, joined, .send(.welcome(Self.terms, sequence: 1, floor: Epoch(2)), two),
            ])
        // Late words of the old one, on either connection.
        #expect(subject.hear(Self.join(7), at: 30, on: two) == [], "a late copy")
        #expect(subject.hear(Self.join(7), at: 31, on: ConnectionID(3)).count == 2, "a refusal, counted")
        #expect(subject.hear(Self.beat(9, life: 7), at: 32, on: two) == [])
    }

    @Test func aNameInUseIsRefused() {
        var subject = Subject.running()
        let two = ConnectionID(2)
        #expect(subject.hear(Self.join(8), at: 10, on: two) == [], "is the old one alive?")
        #expect(subject.hear(Self.beat(2, [HeldLease(Self.lease(1), .running)]), at: 100).count == 1)
        #expect(
            subject.hear(Self.beat(3, [HeldLease(Self.lease(1), .running)]), at: 200) == [
                .send(.refuse(reason: "the name w1 is in use by a live worker at h"), two),
                .count(.unknownWorkerRefused), .send(.renew(sequence: 3, floor: Epoch(2)), Self.one),
            ])
    }

    @Test func aNameWhoseHolderStaysSilentIsTaken() {
        var subject = Subject.running()
        let two = ConnectionID(2)
        for time in [10, 110, 210] { #expect(subject.hear(Self.join(8), at: Int64(time), on: two) == []) }
        #expect(subject.core.handle(.clock, at: Self.at(252)).count == 3, "it is probed")
        #expect(subject.hear(Self.join(8), at: 309, on: two) == [])
        #expect(subject.hear(Self.join(8), at: 310, on: two).count == 8)
        #expect(subject.core.workers(at: Self.at(310)).map(\.state) == [.connected])
    }

    /// A worker that is heard and doesn't hear: it must not hold leases for ever that it never learns of.
    @Test func aDeafWorkerLosesItsLeases() {
        var subject = Subject()
        _ = subject.hear(Self.join(), at: 0)
        _ = subject.submit(.array(1), key: "k", at: 0)
        for sequence in UInt64(2)...5 {
            #expect(
                subject.hear(Self.join(sequence: sequence), at: Int64(sequence) * 100).first
                    == Self.welcome(sequence, floor: 1))
        }
        for sequence in UInt64(6)...11 {
            #expect(subject.hear(Self.join(sequence: sequence), at: Int64(sequence) * 100) == [])
        }
        subject.sequence = subject.core.state.sequence
        let lapsed = subject.entry(.lapse(Self.lease(1)), at: 1700)
        let retried = subject.entry(.retry(JobID(1), index: 0, reason: .lost), at: 1700)
        let crashed = subject.entry(.crash(Self.name, Incarnation(7)), at: 1700)
        #expect(subject.core.handle(.clock, at: Self.at(1700)) == [lapsed, retried, crashed], "it was answered at 500")
        #expect(subject.hear(Self.join(sequence: 18), at: 1800) == [.send(.fence(Incarnation(7)), Self.one)])
    }

    @Test func lostMessagesAreSaidAgain() {
        var subject = Subject()
        let job = JobSpecification.gang(2)
        _ = subject.hear(Self.join(), at: 0)
        _ = subject.submit(job, key: "k", at: 0)
        let (first, second) = (Self.lease(1, 0), Self.lease(2, 1))
        let assigns = [first, second].map { CoordinatorEffect.send(Self.assignment($0, job), Self.one) }
        let renew = { (sequence: UInt64, floor: UInt64) in
            CoordinatorEffect.send(.renew(sequence: sequence, floor: Epoch(floor)), Self.one)
        }
        #expect(subject.hear(Self.beat(2), at: 99) == [renew(2, 1)], "they may still be on their way")
        #expect(subject.hear(Self.beat(3), at: 100) == assigns + [renew(3, 1)])
        // The list stands for the accepts that were lost.
        let held = [HeldLease(first, .accepted(port: 77)), HeldLease(second, .accepted(port: 0))]
        subject.sequence = subject.core.state.sequence
        let records = [
            subject.entry(.accept(first, port: 77), at: 110), subject.entry(.accept(second, port: 0), at: 110),
            subject.entry(.start(JobID(1), attempt: 1), at: 110),
        ]
        let starts = [(first, UInt32(0)), (second, 1)].map { lease, rank in
            CoordinatorEffect.send(
                .start(lease, Rendezvous(host: "h", port: 77, localRank: rank, checkpointStep: nil)), Self.one)
        }
        #expect(subject.hear(Self.beat(4, held), at: 110) == records + starts + [renew(4, 3)])
        #expect(subject.hear(Self.beat(5, held), at: 209) == [renew(5, 3)])
        #expect(subject.hear(Self.beat(6, held), at: 210) == starts + [renew(6, 3)])
        // The same for a stop.
        let stops = [first, second].map { CoordinatorEffect.send(.stop($0, graceMilliseconds: 300), Self.one) }
        let cancelled = subject.entry(.cancel(JobID(1)), at: 220)
        let reply = CoordinatorEffect.reply(.cancelled(JobID(1)), Self.client, request: 6)
        #expect(
            subject.core.handle(.client(.cancel(JobID(1)), Self.client, request: 6), at: Self.at(220))
                == [cancelled] + stops + [reply])
        #expect(subject.core.handle(.client(.cancel(JobID(1)), Self.client, request: 6), at: Self.at(221)) == [reply])
        let running = [HeldLease(first, .running), HeldLease(second, .running)]
        #expect(subject.hear(Self.beat(7, running), at: 320) == stops + [renew(7, 3), .wake(Self.at(570))])
    }
}
