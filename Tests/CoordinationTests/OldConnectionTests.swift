import Testing

@testable import Coordination

/// A worker that has connected again: what is still said on the connection that it had before changes nothing.
struct OldConnectionTests {
    typealias Subject = EffectsTests.Subject
    static let (one, two) = (EffectsTests.one, ConnectionID(2))
    static let lease = EffectsTests.lease(1)

    static func assign(_ lease: Lease, on connection: ConnectionID) -> CoordinatorEffect {
        .send(EffectsTests.assignment(lease, .array(1)), connection)
    }

    /// A task runs, and its worker has connected again.
    static func reconnected() -> Subject {
        var subject = Subject.running()
        let join = EffectsTests.join(sequence: 2, held: [HeldLease(lease, .running)])
        let welcome = CoordinatorMessage.welcome(EffectsTests.terms, sequence: 2, floor: Epoch(2))
        #expect(subject.hear(join, at: 10, on: two).first == .send(welcome, two))
        return subject
    }

    @Test(
        arguments: [
            .finish(lease, .exited(code: 0)), .leave, EffectsTests.beat(3, [HeldLease(lease, .finished(.stopped))]),
            .checkpoint(lease, step: 1, bytes: []),
        ] as [WorkerMessage])
    func whatIsSaidOnItIsRefused(message: WorkerMessage) {
        var subject = Self.reconnected()
        let (state, sessions) = (subject.core.state, subject.core.sessions)
        #expect(subject.hear(message, at: 20, on: Self.one) == [.count(.unknownWorkerRefused)])
        #expect(subject.core.state == state)
        #expect(subject.core.sessions == sessions)
        #expect(!subject.core.holds(Self.lease, on: Self.one))
    }

    @Test func aLateJoinDoesNotTakeTheWorkerBackToIt() {
        var subject = Self.reconnected()
        #expect(subject.hear(EffectsTests.join(sequence: 1), at: 20, on: Self.one) == [])
        #expect(subject.submit(.array(1), key: "next", at: 21).contains(Self.assign(Self.next, on: Self.two)))
    }

    @Test func itsEndCutsNobodyOff() {
        var subject = Self.reconnected()
        #expect(subject.core.handle(.connectionLost(Self.one), at: EffectsTests.at(20)) == [])
        #expect(subject.submit(.array(1), key: "next", at: 21).contains(Self.assign(Self.next, on: Self.two)))
    }

    private static let next = EffectsTests.lease(2, job: 2)

    /// The farewell of a life that is over doesn't end the next one, which may run what was granted again.
    @Test func theFarewellOfAnEarlierLifeEndsNothing() {
        var subject = Subject.running()
        for time in [10, 110, 210, 310] { _ = subject.hear(EffectsTests.join(8), at: Int64(time), on: Self.two) }
        #expect(subject.core.workers(at: EffectsTests.at(310)).map(\.state) == [.connected])
        let state = subject.core.state
        #expect(state.workers[EffectsTests.name]?.incarnation == Incarnation(8))
        #expect(subject.hear(.leave, at: 311, on: Self.one) == [.count(.unknownWorkerRefused)])
        #expect(subject.core.state == state)
    }
}
