import Testing

@testable import Coordination

/// The faults of `Specs/postmortems`, tried on the coordinator itself: one test a report. docs/postmortems.md names them.
struct PostmortemTests {
    /// Two gangs each lose a node and keep none of what is left: one of them is formed anew, then the other.
    @Test func ray65147() {
        var table = Table(Fair(), slots: [1, 1, 1, 1])
        table.submit(.gang(2), tenant: "a")
        table.submit(.gang(2), tenant: "b")
        #expect(table.holding == [1: 2, 2: 2])
        for job in [UInt64(1), 2] { table.leave(table.worker(of: job)!) }
        #expect(table.holding.count == 1 && table.holding.values.first == 2)
        table.runToTheEnd()
        #expect(table.succeeded([1, 2]))
    }

    /// Two gangs that each want the whole cluster: one has all of it, and the other nothing.
    @Test func volcano3373() {
        var table = Table(Fair(), slots: [1, 1, 1, 1])
        table.submit(.array(4))
        table.submit(.gang(4), tenant: "a")
        table.submit(.gang(4), tenant: "b")
        for _ in 0..<4 {
            table.end(job: 1)
            // Never a part.
            #expect([nil, 4].contains(table.holding[2]) && [nil, 4].contains(table.holding[3]))
        }
        #expect(table.holding.filter { $0.key > 1 }.values.elementsEqual([4]))
        table.runToTheEnd()
        #expect(table.succeeded([2, 3]))
    }

    /// What must start together is one gang: whatever else is submitted in between, nobody holds a part while it waits.
    @Test func koordinator872() {
        for order in [[2, 2, 1, 1], [1, 2, 2, 1], [2, 1, 1, 2]] as [[UInt32]] {
            var table = Table(Fair(), slots: [1, 1])
            for (index, ranks) in order.enumerated() { table.submit(.gang(ranks), tenant: "t\(index)") }
            while let lease = table.running.first {
                for job in table.holding.keys { #expect(table.hasStarted(job)) }
                table.end(lease)
            }
            #expect(table.succeeded([1, 2, 3, 4]))
        }
    }

    /// No member of a gang waits for another before it has its slot: launcher and workers are its ranks, and all are there from the beginning.
    @Test func mpiOperator608() {
        var table = Table(Fair(), slots: [1, 1, 1])
        table.submit(.gang(3))
        #expect(table.hasStarted(1) && table.holding == [1: 3])
    }

    /// The answer to an old lease is not taken for that to the new one.
    @Test func dask5370() {
        var table = Table(Fair(), slots: [1, 1])
        table.submit(.array(1))
        let old = table.running[0]
        table.leave(table.worker(of: 1)!)
        let new = table.running.last!
        #expect(new != old && new.task == old.task)
        table.say(.finish(old, .exited(code: 0)), from: table.worker(of: 1)!)
        #expect(table.core.state.jobs[JobID(1)]?.end == nil && table.holding == [1: 1])
        table.end(new)
        #expect(table.succeeded([1]))
    }

    /// A silent worker's task is given to nobody before the worker itself, by its own clock, must have ended it.
    @Test func nomad6212() {
        var table = Table(Fair(), slots: [1, 1])
        table.submit(.array(1))
        let old = table.running[0]
        let silent = table.worker(of: 1)!
        var worker = WorkerMachine(name: silent, incarnation: Incarnation(1), slots: 1, host: "h")
        let configuration = CoordinatorConfiguration.forTests
        // The worker counts from when it sent what was last renewed, which is not later than its receipt.
        _ = worker.handle(.connected, at: table.time)
        _ = worker.handle(
            .message(.welcome(configuration.terms, sequence: 1, floor: Epoch(1))), at: table.time)
        let assignment = Assignment(
            lease: old, program: .builtin("noop", parameters: [:]), environment: [:], workingDirectory: nil, slots: 1,
            isGang: false, worldSize: 1, attempt: 1)
        #expect(
            worker.handle(.message(.assign(assignment)), at: table.time).contains {
                if case .spawn = $0 { true } else { false }
            })
        var killed: Timestamp?
        while table.running.last == old, table.time < Timestamp(milliseconds: 10_000) {
            table.pass(milliseconds: 10, silent: [silent])
            let effects = worker.handle(.clock, at: table.time)
            if killed == nil, effects.contains(where: { if case .kill = $0 { true } else { false } }) {
                killed = table.time
            }
        }
        #expect(killed != nil && killed! + Int64(configuration.lapseMarginMilliseconds) <= table.time)
    }

    /// A gang starts, whatever small jobs of others come in.
    @Test func volcano947() {
        var table = Table(Fair(), slots: [1, 1, 1])
        for _ in 0..<6 { table.submit(.array(1), tenant: "small") }
        table.submit(.gang(3), tenant: "big")
        var rounds = 0
        while !table.hasStarted(7), rounds < 100 {
            rounds += 1
            table.submit(.array(1), tenant: "small")
            table.end(table.running[0])
        }
        #expect(rounds <= 3)
    }

    /// What ends before the reservation begins may use it; what might not, may not.
    @Test func kaiScheduler1969() {
        func limited(_ milliseconds: Int64?) -> JobSpecification {
            var job = JobSpecification.array(1)
            job.timeLimitMilliseconds = milliseconds
            return job
        }
        var table = Table(Fair(), slots: [1, 1])
        table.submit(limited(10_000), tenant: "long")
        table.submit(.gang(2), tenant: "large")
        table.submit(limited(nil), tenant: "endless")
        table.submit(limited(30_000), tenant: "slow")
        table.submit(limited(1_000), tenant: "quick")
        #expect(table.holding == [1: 1, 5: 1])
        table.end(job: 5)
        table.end(job: 1)
        #expect(table.holding == [2: 2])
    }

    /// Who waits for a machine of one kind holds back nobody who wants another.
    @Test func kueue8309() {
        func onGPU() -> JobSpecification {
            var job = JobSpecification.array(1)
            job.requirements.devices = ["gpu": 1]
            return job
        }
        var table = Table(Fair())
        var offer = WorkerOffer()
        offer.devices = ["gpu": 1]
        table.join("w0", slots: 1, offer: offer)
        table.join("w1", slots: 1)
        table.submit(onGPU(), tenant: "old")
        table.submit(onGPU(), tenant: "head")
        for job in UInt64(3)..<10 {
            table.submit(.array(1), tenant: "next")
            #expect(table.holding == [1: 1, job: 1])
            table.end(job: job)
        }
        table.end(job: 1)
        #expect(table.holding == [2: 1])
    }

    /// After one loss the next silence has its whole time again.
    @Test func skypilot10155() {
        var table = Table(Fair(), slots: [1])
        table.submit(.array(1, crashLimit: 100))
        let configuration = CoordinatorConfiguration.forTests
        let patience = Int64(configuration.terms.leaseMilliseconds) + Int64(configuration.lapseMarginMilliseconds)
        let name = WorkerName("w0")!
        for round in 1...3 {
            let heard = table.time
            while table.core.state.workers[name]?.isMember == true, table.time - heard < 10 * patience {
                table.pass(milliseconds: 50, silent: [name])
            }
            #expect(table.time - heard >= patience, "round \(round)")
            table.join("w0", slots: 1, incarnation: UInt64(round) + 1)
            #expect(table.holding == [1: 1])
        }
    }

    /// Each generation meets at what its own rank 0 has found, which the coordinator tells all ranks.
    @Test func pytorch135712() {
        var table = Table(Fair(), slots: [1, 1, 1, 1])
        table.submit(.gang(2, crashLimit: 10))
        for generation in 1...3 {
            let meeting = table.meetings.suffix(2)
            #expect(meeting.count == 2 && Set(meeting.map(\.rendezvous.port)).count == 1)
            let first = meeting.map(\.lease).min { $0.task.index < $1.task.index }!
            #expect(meeting.allSatisfy { $0.rendezvous.port == UInt16(first.epoch.number) }, "generation \(generation)")
            if generation < 3 { table.leave(table.worker(of: 1)!) }
        }
        #expect(table.meetings.count == 6)
        #expect(Set(table.meetings.map(\.rendezvous.port)).count == 3)
    }
}
