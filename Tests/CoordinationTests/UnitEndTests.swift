import Testing

@testable import Coordination

/// How a unit may end before its acceptance, or its gang's start, is known; and how long it has to end.
struct UnitEndTests {
    typealias Subject = EffectsTests.Subject

    /// A worker has joined, and the job's units are assigned to it.
    static func assigned(_ job: JobSpecification) -> Subject {
        var subject = Subject()
        _ = subject.hear(EffectsTests.join(), at: 0)
        _ = subject.submit(job, key: "k", at: 1)
        subject.sequence = subject.core.state.sequence
        return subject
    }

    static func records(_ effects: [CoordinatorEffect]) -> [CoordinatorEffect] {
        effects.filter { if case .record = $0 { true } else { false } }
    }

    /// A result that comes before the acceptance is both: the journal tells the whole of each life.
    @Test(arguments: [Outcome.exited(code: 0), .exited(code: 3), .signalled(signal: 9)])
    func aResultStandsForALostAcceptance(outcome: Outcome) {
        var subject = Self.assigned(.array(1))
        let lease = EffectsTests.lease(1)
        let expected = [
            subject.entry(.accept(lease, port: 0), at: 10),
            subject.entry(outcome.isSuccess ? .finish(lease) : .fail(lease, outcome), at: 10),
            subject.entry(
                .end(
                    JobID(1),
                    outcome.isSuccess
                        ? .succeeded
                        : .failed(code: outcome.exitCode, reason: "task 0 \(outcome.explanation)")), at: 10),
        ]
        #expect(Self.records(subject.hear(.finish(lease, outcome), at: 10)) == expected)
    }

    /// What was stopped before it began never ran.
    @Test func whatWasStoppedBeforeItBeganWasNeverAccepted() {
        var subject = Self.assigned(.array(1))
        _ = subject.core.handle(.client(.cancel(JobID(1)), EffectsTests.client, request: 6), at: EffectsTests.at(5))
        subject.sequence = subject.core.state.sequence
        let expected = [
            subject.entry(.fail(EffectsTests.lease(1), .stopped), at: 10),
            subject.entry(.end(JobID(1), .cancelled), at: 10),
        ]
        #expect(Self.records(subject.hear(.finish(EffectsTests.lease(1), .stopped), at: 10)) == expected)
    }

    /// A rank accepts with a port: one that found none has ended, and was never there.
    @Test func aRankWithoutAPortHasNotAccepted() {
        var subject = Self.assigned(.gang(2))
        let expected = subject.entry(.fail(EffectsTests.lease(1), .notStarted(reason: "no port")), at: 10)
        let effects = subject.hear(.finish(EffectsTests.lease(1), .notStarted(reason: "no port")), at: 10)
        #expect(Self.records(effects) == [expected])
    }

    /// Whatever a worker says of it, a rank has done nothing as long as its gang wasn't started.
    @Test func aRankCannotSucceedBeforeItsStart() {
        var subject = Self.assigned(.gang(2))
        _ = subject.hear(.accept(EffectsTests.lease(1), port: 7), at: 5)
        subject.sequence = subject.core.state.sequence
        let expected = subject.entry(.fail(EffectsTests.lease(1), .stopped), at: 10)
        #expect(Self.records(subject.hear(.finish(EffectsTests.lease(1), .exited(code: 0)), at: 10)) == [expected])
    }

    /// What makes room is given time for a checkpoint; nobody will ask for the one of a cancelled job.
    @Test func whatMakesRoomHasTimeForACheckpoint() {
        var subject = Subject.running()
        func stop(_ milliseconds: UInt32) -> CoordinatorEffect {
            .send(.stop(EffectsTests.lease(1), graceMilliseconds: milliseconds), EffectsTests.one)
        }
        let (short, long) = (
            subject.core.configuration.stopGraceMilliseconds, subject.core.configuration.preemptionGraceMilliseconds
        )
        #expect(short < long)
        let drain = ClientRequest.drain(EffectsTests.name, now: true)
        let drained = subject.core.handle(.client(drain, EffectsTests.client, request: 6), at: EffectsTests.at(10))
        #expect(drained.contains(stop(long)))
        let cancel = ClientRequest.cancel(JobID(1))
        _ = subject.core.handle(.client(cancel, EffectsTests.client, request: 7), at: EffectsTests.at(50))
        let beat = EffectsTests.beat(2, [HeldLease(EffectsTests.lease(1), .running)])
        #expect(subject.hear(beat, at: 110).contains(stop(short)))
    }
}
