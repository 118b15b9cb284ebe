import Testing

@testable import Coordination

/// The worker by itself, against every effect that it has, and none besides.
struct WorkerMachineTests {
    static let terms = Terms(heartbeatMilliseconds: 100, leaseMilliseconds: 1000)
    static let name = WorkerName("w1")!

    /// A worker that was welcomed at time 0 with its first join.
    static func joined() -> WorkerMachine {
        var worker = WorkerMachine(
            name: name, incarnation: Incarnation(7), slots: 2, host: "h", terms: terms, shutdownGraceMilliseconds: 50)
        let join = Join(worker: name, incarnation: Incarnation(7), sequence: 1, slots: 2, host: "h", held: [])
        #expect(worker.handle(.connected, at: at(0)) == [.send(.join(join)), .wake(at(100))])
        #expect(worker.handle(.message(.welcome(terms, sequence: 1, floor: Epoch(1))), at: at(0)) == [])
        return worker
    }

    static func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    static func assignment(_ epoch: UInt64, index: UInt32 = 0, isGang: Bool = false) -> Assignment {
        Assignment(
            lease: lease(epoch, index: index), program: .command(["true"]), environment: [:], workingDirectory: nil,
            slots: 1, isGang: isGang, worldSize: isGang ? 2 : 1, attempt: 1)
    }

    static func lease(_ epoch: UInt64, index: UInt32 = 0) -> Lease { Lease(TaskID(JobID(1), index), Epoch(epoch)) }

    static func beat(_ sequence: UInt64, _ held: [HeldLease], life: UInt64 = 7) -> WorkerEffect {
        .send(.heartbeat(Heartbeat(incarnation: Incarnation(life), sequence: sequence, held: held)))
    }

    @Test func taskRunsOnceAndItsEndIsRepeatedUntilSettled() {
        var worker = Self.joined()
        let (lease, assignment) = (Self.lease(1), Self.assignment(1))
        #expect(
            worker.handle(.message(.assign(assignment)), at: Self.at(10))
                == [.send(.accept(lease, port: 0)), .spawn(assignment, nil)])
        #expect(worker.handle(.message(.assign(assignment)), at: Self.at(20)) == [.send(.accept(lease, port: 0))])
        #expect(
            worker.handle(.clock, at: Self.at(100)) == [
                Self.beat(2, [HeldLease(lease, .running)]), .wake(Self.at(200)),
            ])
        #expect(
            worker.handle(.processEnded(lease, .exited(code: 3)), at: Self.at(120))
                == [.send(.finish(lease, .exited(code: 3)))])
        #expect(
            worker.handle(.message(.assign(assignment)), at: Self.at(130)) == [.send(.finish(lease, .exited(code: 3)))])
        let held = HeldLease(lease, .finished(.exited(code: 3)))
        #expect(worker.handle(.clock, at: Self.at(200)) == [Self.beat(3, [held]), .wake(Self.at(300))])
        #expect(worker.handle(.message(.settle(lease)), at: Self.at(210)) == [])
        #expect(worker.handle(.message(.settle(lease)), at: Self.at(211)) == [])
        #expect(worker.handle(.message(.assign(assignment)), at: Self.at(220)) == [], "a late copy")
        #expect(worker.handle(.message(.renew(sequence: 3, floor: Epoch(2))), at: Self.at(230)) == [])
        #expect(worker.handle(.message(.assign(assignment)), at: Self.at(240)) == [], "a later copy")
        #expect(worker.handle(.clock, at: Self.at(300)) == [Self.beat(4, []), .wake(Self.at(400))])
    }

    /// Another generation's ranks, and other jobs, are no companions.
    @Test func companionsAreTheRanksOfOneGeneration() {
        var worker = Self.joined()
        for (epoch, index) in [(2, 1), (1, 0)] as [(UInt64, UInt32)] {
            _ = worker.handle(.message(.assign(Self.assignment(epoch, index: index, isGang: true))), at: Self.at(10))
        }
        var later = Self.assignment(3, index: 2, isGang: true)
        later.attempt = 2
        _ = worker.handle(.message(.assign(later)), at: Self.at(10))
        var other = Self.assignment(4, isGang: true)
        other.lease = Lease(TaskID(JobID(2), 3), Epoch(4))
        _ = worker.handle(.message(.assign(other)), at: Self.at(10))
        #expect(
            worker.companions(of: Self.assignment(1, isGang: true)) == [Self.lease(1), Self.lease(2, index: 1)])
        #expect(worker.companions(of: later) == [Self.lease(3, index: 2)])
        #expect(worker.companions(of: other) == [other.lease])
        let task = Self.assignment(5, index: 4)
        #expect(worker.companions(of: task) == [task.lease])
    }

    /// News that brings this worker no work may leave together with other news; what somebody waits for may not.
    @Test func newsOfATaskMayWaitWhileOthersWaitForItsSlot() {
        var worker = Self.joined()
        for epoch in UInt64(1)...3 {
            _ = worker.handle(.message(.assign(Self.assignment(epoch, index: UInt32(epoch)))), at: Self.at(1))
        }
        let (first, third) = (Self.lease(1, index: 1), Self.lease(3, index: 3))
        #expect(worker.mayWait(.accept(first, port: 0)))
        #expect(worker.mayWait(.finish(first, .exited(code: 0))))
        #expect(!worker.mayWait(.finish(first, .exited(code: 1))))
        #expect(!worker.mayWait(.finish(Self.lease(9), .exited(code: 0))), "not held here")
        #expect(!worker.mayWait(.leave))
        _ = worker.handle(.processEnded(first, .exited(code: 0)), at: Self.at(2))
        #expect(!worker.mayWait(.finish(first, .exited(code: 0))), "the last one has its slot now")
        #expect(!worker.mayWait(.accept(third, port: 0)))
        _ = worker.handle(.message(.assign(Self.assignment(4, isGang: true))), at: Self.at(3))
        #expect(!worker.mayWait(.accept(Self.lease(4), port: 1)), "a gang waits for its ranks")
    }

    /// A coordinator with shorter leases than the agent was started with: they count from the first welcome on.
    @Test func theWelcomesTermsCountAtOnce() {
        var worker = WorkerMachine(name: Self.name, incarnation: Incarnation(7), slots: 2, host: "h")
        _ = worker.handle(.connected, at: Self.at(0))
        _ = worker.handle(.message(.welcome(Self.terms, sequence: 1, floor: Epoch(1))), at: Self.at(10))
        _ = worker.handle(.message(.assign(Self.assignment(1))), at: Self.at(20))
        #expect(worker.handle(.clock, at: Self.at(999)).contains(.send(.leave)) == false)
        let effects = worker.handle(.clock, at: Self.at(1000))
        #expect(effects.first == .kill(Self.lease(1), graceMilliseconds: 0))
    }

    /// Epochs below the floor need not be remembered; those above must be.
    @Test func remembersWhatIsOverAboveTheFloor() {
        var worker = Self.joined()
        for epoch in [UInt64(2), 5] {
            _ = worker.handle(.message(.assign(Self.assignment(epoch))), at: Self.at(1))
            _ = worker.handle(.processEnded(Self.lease(epoch), .exited(code: 0)), at: Self.at(2))
            _ = worker.handle(.message(.settle(Self.lease(epoch))), at: Self.at(3))
        }
        _ = worker.handle(.clock, at: Self.at(100))
        _ = worker.handle(.message(.renew(sequence: 2, floor: Epoch(3))), at: Self.at(101))
        #expect(worker.over == [Epoch(5)])
        for epoch in [UInt64(2), 5] {
            #expect(worker.handle(.message(.assign(Self.assignment(epoch))), at: Self.at(102)) == [])
        }
        #expect(worker.handle(.message(.assign(Self.assignment(4))), at: Self.at(103)).count == 2)
    }

    @Test func rankWaitsForItsGang() {
        var worker = Self.joined()
        let (first, second) = (Self.assignment(1, isGang: true), Self.assignment(2, index: 1, isGang: true))
        #expect(worker.handle(.message(.assign(first)), at: Self.at(1)) == [.reservePort(first.lease)])
        #expect(worker.handle(.message(.assign(first)), at: Self.at(2)) == [])
        #expect(worker.handle(.message(.assign(second)), at: Self.at(3)) == [.send(.accept(second.lease, port: 0))])
        #expect(
            worker.handle(.portReserved(first.lease, 29500), at: Self.at(4))
                == [.send(.accept(first.lease, port: 29500))])
        #expect(worker.handle(.portReserved(first.lease, 29501), at: Self.at(5)) == [])
        #expect(
            worker.handle(.message(.assign(first)), at: Self.at(6)) == [.send(.accept(first.lease, port: 29500))])
        let meeting = Rendezvous(host: "h", port: 29500, localRank: 0, checkpointStep: 12)
        #expect(worker.handle(.message(.start(first.lease, meeting)), at: Self.at(7)) == [.spawn(first, meeting)])
        #expect(worker.handle(.message(.start(first.lease, meeting)), at: Self.at(8)) == [])
        #expect(
            worker.handle(.message(.stop(second.lease, graceMilliseconds: 9)), at: Self.at(9))
                == [.send(.finish(second.lease, .stopped))])
        #expect(worker.handle(.message(.start(second.lease, meeting)), at: Self.at(10)) == [], "it was stopped before")
        #expect(
            worker.handle(.message(.stop(first.lease, graceMilliseconds: 9)), at: Self.at(11))
                == [.kill(first.lease, graceMilliseconds: 9)])
        #expect(worker.handle(.message(.stop(first.lease, graceMilliseconds: 9)), at: Self.at(12)) == [])
        #expect(
            worker.handle(.message(.stop(first.lease, graceMilliseconds: 0)), at: Self.at(13))
                == [.kill(first.lease, graceMilliseconds: 0)])
        #expect(
            worker.handle(.processEnded(first.lease, .exited(code: 0)), at: Self.at(14))
                == [.send(.finish(first.lease, .stopped))])
    }

    @Test func aRankWithoutAPortFails() {
        var worker = Self.joined()
        let rank = Self.assignment(1, isGang: true)
        _ = worker.handle(.message(.assign(rank)), at: Self.at(1))
        let outcome = Outcome.notStarted(reason: "no port is free")
        #expect(
            worker.handle(.processEnded(rank.lease, outcome), at: Self.at(2)) == [.send(.finish(rank.lease, outcome))])
        #expect(worker.handle(.portReserved(rank.lease, 29500), at: Self.at(3)) == [])
        #expect(worker.handle(.message(.assign(rank)), at: Self.at(4)) == [.send(.finish(rank.lease, outcome))])
    }

    /// A port that is found too late makes nothing live again.
    @Test func aPortForWhatWasStoppedIsOfNoUse() {
        var worker = Self.joined()
        let rank = Self.assignment(1, isGang: true)
        _ = worker.handle(.message(.assign(rank)), at: Self.at(1))
        #expect(
            worker.handle(.message(.stop(rank.lease, graceMilliseconds: 9)), at: Self.at(2))
                == [.send(.finish(rank.lease, .stopped))])
        #expect(worker.handle(.portReserved(rank.lease, 29500), at: Self.at(3)) == [])
        #expect(worker.handle(.message(.start(rank.lease, .somewhere)), at: Self.at(4)) == [])
    }

    /// What went ahead begins in the order in which it came.
    @Test func tasksBeginInTheirOrder() {
        var worker = Self.joined()
        var begun: [UInt64] = []
        func note(_ effects: [WorkerEffect]) {
            for effect in effects {
                if case .spawn(let assignment, _) = effect { begun.append(assignment.lease.epoch.number) }
            }
        }
        for epoch in UInt64(1)...6 {
            note(worker.handle(.message(.assign(Self.assignment(epoch, index: UInt32(epoch)))), at: Self.at(1)))
        }
        for epoch in UInt64(1)...4 {
            note(
                worker.handle(.processEnded(Self.lease(epoch, index: UInt32(epoch)), .exited(code: 0)), at: Self.at(2)))
        }
        #expect(begun == Array(1...6))
    }

    @Test func stopOvertakesItsAssignment() {
        var worker = Self.joined()
        #expect(
            worker.handle(.message(.stop(Self.lease(5), graceMilliseconds: 9)), at: Self.at(1))
                == [.send(.finish(Self.lease(5), .stopped))])
        #expect(worker.handle(.message(.assign(Self.assignment(5))), at: Self.at(2)) == [])
        #expect(worker.handle(.message(.start(Self.lease(5), .somewhere)), at: Self.at(3)) == [])
    }

    @Test func leasesAreGoodFromTheSendingOfTheRenewedHeartbeat() {
        var worker = Self.joined()
        let assignment = Self.assignment(1)
        _ = worker.handle(.message(.assign(assignment)), at: Self.at(10))
        _ = worker.handle(.clock, at: Self.at(100))
        _ = worker.handle(.clock, at: Self.at(200))
        // The answer to the heartbeat of 100 comes late, and is no answer to that of 200.
        #expect(worker.handle(.message(.renew(sequence: 2, floor: Epoch(2))), at: Self.at(290)) == [])
        #expect(worker.handle(.disconnected, at: Self.at(295)) == [.wake(Self.at(1100))])
        #expect(worker.handle(.clock, at: Self.at(1099)) == [])
        #expect(worker.handle(.clock, at: Self.at(1100)) == [.kill(assignment.lease, graceMilliseconds: 0)])
        #expect(worker.handle(.processEnded(assignment.lease, .signalled(signal: 9)), at: Self.at(1101)) == [])
        let join = Join(worker: Self.name, incarnation: Incarnation(8), sequence: 4, slots: 2, host: "h", held: [])
        #expect(worker.handle(.connected, at: Self.at(1200)) == [.send(.join(join)), .wake(Self.at(1300))])
        #expect(worker.handle(.message(.assign(Self.assignment(3))), at: Self.at(1210)) == [], "not welcomed yet")
        #expect(worker.handle(.message(.renew(sequence: 3, floor: Epoch(2))), at: Self.at(1220)) == [])
        #expect(
            worker.handle(.message(.assign(Self.assignment(3))), at: Self.at(1230)) == [], "renewed is the old life")
    }

    @Test func fencesWhenToldTo() {
        var worker = Self.joined()
        _ = worker.handle(.message(.assign(Self.assignment(1))), at: Self.at(10))
        #expect(worker.handle(.message(.fence(Incarnation(6))), at: Self.at(20)) == [])
        let join = Join(worker: Self.name, incarnation: Incarnation(8), sequence: 2, slots: 2, host: "h", held: [])
        #expect(
            worker.handle(.message(.fence(Incarnation(7))), at: Self.at(20))
                == [.kill(Self.lease(1), graceMilliseconds: 0), .send(.join(join)), .wake(Self.at(120))])
    }

    @Test func saysAgainWhoItIs() {
        var worker = WorkerMachine(name: Self.name, incarnation: Incarnation(7), slots: 2, host: "h", terms: Self.terms)
        _ = worker.handle(.connected, at: Self.at(0))
        let join = Join(worker: Self.name, incarnation: Incarnation(7), sequence: 2, slots: 2, host: "h", held: [])
        #expect(worker.handle(.clock, at: Self.at(100)) == [.send(.join(join)), .wake(Self.at(200))])
        _ = worker.handle(.message(.welcome(Self.terms, sequence: 2, floor: Epoch(1))), at: Self.at(110))
        for (sequence, time) in zip(UInt64(3)...5, [210, 310, 410]) {
            #expect(
                worker.handle(.clock, at: Self.at(Int64(time)))
                    == [Self.beat(sequence, []), .wake(Self.at(Int64(time) + 100))])
        }
        // Three heartbeats without an answer.
        let again = Join(worker: Self.name, incarnation: Incarnation(7), sequence: 6, slots: 2, host: "h", held: [])
        #expect(worker.handle(.clock, at: Self.at(510)) == [.send(.join(again)), .wake(Self.at(610))])
    }

    @Test func leavesWhenAllIsSettled() {
        var worker = Self.joined()
        let (task, rank) = (Self.assignment(1), Self.assignment(2, index: 1, isGang: true))
        _ = worker.handle(.message(.assign(task)), at: Self.at(1))
        _ = worker.handle(.message(.assign(rank)), at: Self.at(2))
        #expect(
            worker.handle(.shutdown, at: Self.at(3))
                == [.kill(task.lease, graceMilliseconds: 50), .send(.finish(rank.lease, .stopped))])
        #expect(
            worker.handle(.message(.assign(Self.assignment(3))), at: Self.at(4))
                == [.send(.finish(Self.lease(3), .stopped))])
        #expect(worker.handle(.message(.settle(rank.lease)), at: Self.at(5)) == [])
        #expect(
            worker.handle(.processEnded(task.lease, .signalled(signal: 15)), at: Self.at(6))
                == [.send(.finish(task.lease, .stopped))])
        #expect(
            worker.handle(.message(.settle(task.lease)), at: Self.at(7)) == [.send(.leave), .exit(reason: "stopped")])
        #expect(worker.handle(.clock, at: Self.at(100)) == [], "it is gone")
    }

    @Test func refusedWorkerStops() {
        var worker = Self.joined()
        _ = worker.handle(.message(.assign(Self.assignment(1))), at: Self.at(1))
        #expect(
            worker.handle(.message(.refuse(reason: "no")), at: Self.at(2))
                == [.kill(Self.lease(1), graceMilliseconds: 0), .exit(reason: "no")])
    }

    @Test func stopsWithoutACoordinator() {
        var worker = Self.joined()
        _ = worker.handle(.message(.assign(Self.assignment(1))), at: Self.at(1))
        _ = worker.handle(.disconnected, at: Self.at(2))
        #expect(worker.handle(.shutdown, at: Self.at(3)).first == .kill(Self.lease(1), graceMilliseconds: 50))
        #expect(worker.handle(.processEnded(Self.lease(1), .exited(code: 0)), at: Self.at(4)) == [])
        let reason = "stopped; the coordinator was not heard for the time of a lease"
        #expect(worker.handle(.clock, at: Self.at(1000)) == [.exit(reason: reason)])
    }

    /// A rank whose first `assign` was lost comes when tasks that went ahead have its slots: it waits for the next that are free, and
    /// is accepted only then.
    @Test func aRankWaitsForItsSlots() {
        var worker = Self.joined()
        for (epoch, index) in [(UInt64(1), UInt32(1)), (2, 2)] {
            _ = worker.handle(.message(.assign(Self.assignment(epoch, index: index))), at: Self.at(1))
        }
        let ahead = Self.assignment(3, index: 3)
        let rank = Self.assignment(4, index: 4, isGang: true)
        #expect(worker.handle(.message(.assign(ahead)), at: Self.at(1)) == [])
        #expect(worker.handle(.message(.assign(rank)), at: Self.at(2)) == [])
        let first = Self.lease(1, index: 1)
        #expect(
            worker.handle(.processEnded(first, .exited(code: 0)), at: Self.at(3))
                == [.send(.finish(first, .exited(code: 0))), .send(.accept(rank.lease, port: 0))])
        // The one that went ahead has the next.
        let second = Self.lease(2, index: 2)
        #expect(
            worker.handle(.processEnded(second, .exited(code: 0)), at: Self.at(4))
                == [
                    .send(.finish(second, .exited(code: 0))), .send(.accept(ahead.lease, port: 0)), .spawn(ahead, nil),
                ])
    }
}

extension Rendezvous {
    static let somewhere = Rendezvous(host: "h", port: 1, localRank: 0, checkpointStep: nil)
}
