import Foundation
import Logging
import Storage
import Testing
import Verification
import Wire

@testable import Coordination
@testable import Daemon

/// The desk between frames and the store, without a socket.
@Suite struct DeskTests {
    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("banquet-desk-\(UUID().uuidString)")
            .path
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private let folder = Folder()
    private let codec = WireCodec()
    private let worker = ConnectionID(1)
    private let client = ConnectionID(2)

    private func desk() throws -> Desk {
        let desk = try Desk(
            CoordinatorService.Settings(endpoint: "tcp://127.0.0.1:*", stateFolder: folder.path),
            log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        try desk.start()
        _ = try desk.commit()
        return desk
    }

    /// One turn: frames in, a commit, and what was said.
    private func turn(_ desk: Desk, _ messages: [(WireMessage, ConnectionID)]) throws -> [(WireMessage, ConnectionID)] {
        for (message, connection) in messages {
            try codec.encode(message).withUnsafeBytes { try desk.receive($0, from: connection) }
        }
        defer { #expect(throws: Never.self) { try desk.review() } }
        return try desk.commit().frames.map { (try codec.decode($0.bytes), $0.connection) }
    }

    private func journal() throws -> [String] {
        var events: [String] = []
        try JournalInspection(folder: folder.path).forEach { events.append($0.event.name) }
        return events
    }

    private func join(_ slots: UInt32) -> (WireMessage, ConnectionID) {
        let join = Join(
            worker: WorkerName("w1")!, incarnation: Incarnation(1), sequence: 1, slots: slots, host: "h", held: [])
        return (.fromWorker(.join(join)), worker)
    }

    private func submit(_ tasks: UInt32) -> (WireMessage, ConnectionID) {
        let job = JobSpecification(name: "n", shape: .array(tasks: tasks), program: .builtin("noop", parameters: [:]))
        return (.request(.submit(job, key: "k"), number: 1), client)
    }

    private func assignments(_ said: [(WireMessage, ConnectionID)]) -> [[Lease]] {
        said.compactMap { message, _ in
            switch message {
            case .toWorkers(let messages):
                messages.compactMap { if case .assign(let assignment) = $0 { assignment.lease } else { nil } }
            case .toWorker(.assign(let assignment), _): [assignment.lease]
            default: nil
            }
        }
    }

    /// A policy with a fault: it gives to any worker, also to one that an operator took out of service.
    private struct Reckless: SchedulingPolicy {
        static let name = "reckless"
        func next(_ view: SchedulingView) -> Decision {
            guard let worker = WorkerName("w1"), view.capacity.workers.isEmpty,
                let demand = view.demand(JobID(1)), demand.units > 0
            else {
                return Decision()
            }
            return Decision(grant: Grant(job: JobID(1), workers: [worker]))
        }
    }

    @Test func aCoreThatDepartsFromTheProtocolIsAnAlert() throws {
        var settings = CoordinatorService.Settings(
            endpoint: "tcp://127.0.0.1:*", stateFolder: folder.path, policy: Reckless())
        settings.rules = try JournalProtocol.shipped()
        let desk = try Desk(settings, log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        try desk.start()
        _ = try desk.commit()
        _ = try turn(desk, [join(1)])
        _ = try turn(desk, [(.request(.drain(WorkerName("w1")!, now: false), number: 1), client)])
        _ = try turn(desk, [submit(1)])
        let said = try turn(desk, [(.request(.status, number: 2), client)])
        let status = said.compactMap { message, _ -> ClusterStatus? in
            if case .reply(.status(let status), 2) = message { status } else { nil }
        }.first
        let alert = try #require(status?.alerts.first)
        #expect(status?.alertCount == 1)
        #expect(
            alert.text.contains("assign") && alert.text.contains("WORKER(w1), which is MEMBER(true)"), "\(alert.text)")
        #expect(alert.text.contains("allowed were"), "\(alert.text)")
    }

    @Test func whatIsSaidAtOnceIsOneFrameAndOneCommit() throws {
        let desk = try desk()
        _ = try turn(desk, [join(8)])
        let said = try turn(desk, [submit(20)])
        #expect(assignments(said).map(\.count) == [8])
        #expect(said.contains { if case .reply(.submitted(JobID(1)), 1) = $0.0 { $0.1 == client } else { false } })
        let leases = assignments(said)[0]
        let finished = leases.flatMap { [WorkerMessage.accept($0, port: 0), .finish($0, .exited(code: 0))] }
        let next = try turn(desk, [(.fromWorkers(finished), worker)])
        // Eight settled and eight granted, in one frame.
        #expect(next.count == 1)
        #expect(assignments(next).map(\.count) == [8])
        #expect(try JournalInspection(folder: folder.path).verify().rows == 3)
        desk.close(isOrderly: true)
    }

    /// Whoever asks for a report hears of the energy of the last minutes, too.
    @Test func aReportCountsTheEnergyUntilNow() throws {
        let desk = try desk()
        _ = try turn(desk, [join(1)])
        var device = DeviceState(kind: "nvidia", name: "n")
        device.milliwatts = 500_000
        var sequence: UInt64 = 1
        while desk.energy.isEmpty, sequence < 1_000_000 {
            sequence += 1
            let beat = Heartbeat(incarnation: Incarnation(1), sequence: sequence, held: [], devices: [device])
            _ = try turn(desk, [(.fromWorker(.heartbeat(beat)), worker)])
        }
        #expect(EnergyLedger.spans(in: folder.path).isEmpty)
        _ = try turn(desk, [(.request(.report(since: "1h", until: nil), number: 9), client)])
        #expect(desk.nextAside() != nil)
        #expect(EnergyLedger.spans(in: folder.path).count == 1)
        desk.close(isOrderly: true)
    }

    /// Answers to heartbeats wait for a moment, so that those of many workers leave together.
    @Test func answersToHeartbeatsLeaveTogether() throws {
        let desk = try desk()
        let second = Join(
            worker: WorkerName("w2")!, incarnation: Incarnation(1), sequence: 1, slots: 1, host: "h", held: [])
        _ = try turn(desk, [join(1), (.fromWorker(.join(second)), ConnectionID(3))])
        func beat(_ connection: ConnectionID) throws -> Desk.Outbox {
            let beat = Heartbeat(incarnation: Incarnation(1), sequence: 2, held: [])
            try codec.encode(.fromWorker(.heartbeat(beat))).withUnsafeBytes { try desk.receive($0, from: connection) }
            return try desk.commit()
        }
        let first = try beat(worker)
        #expect(first.frames.isEmpty)
        let until = try #require(first.commitBy)
        let next = try beat(ConnectionID(3))
        while ContinuousClock.now <= until { sched_yield() }
        let frames = next.frames + (try desk.commit().frames)
        #expect(Set(frames.map(\.connection)) == [worker, ConnectionID(3)])
        #expect(frames.count == 2)
        desk.close(isOrderly: true)
    }

    /// Who works is told first, then who asked, then who need not hurry.
    @Test func whatSomebodyWaitsForLeavesFirst() throws {
        let desk = try desk()
        _ = try turn(desk, [join(1)])
        let said = try turn(desk, [submit(1), (.request(.waitFor(key: "k"), number: 2), client)])
        #expect(said.map(\.1) == [worker, client])
        let lease = assignments(said)[0][0]
        let end = try turn(desk, [(.fromWorkers([.accept(lease, port: 0), .finish(lease, .exited(code: 0))]), worker)])
        #expect(end.map(\.1) == [client, worker])
        desk.close(isOrderly: true)
    }

    /// Who waits for the end hears of it once, and of nothing before.
    @Test func aWaitIsAnsweredAtTheEnd() throws {
        let desk = try desk()
        _ = try turn(desk, [join(1)])
        let wait = (WireMessage.request(.waitFor(key: "k"), number: 2), client)
        // In one batch with the submission, and again later, by which time it takes the first one's place.
        let said = try turn(desk, [submit(2), wait])
        #expect(said.count { $0.1 == client } == 1)
        _ = try turn(desk, [(.request(.watch(JobID(1), events: false, output: false), number: 3), client)])
        let first = assignments(said)[0][0]
        let second = assignments(
            try turn(desk, [(.fromWorkers([.accept(first, port: 0), .finish(first, .exited(code: 0))]), worker)]))[0][0]
        let end = try turn(
            desk, [(.fromWorkers([.accept(second, port: 0), .finish(second, .exited(code: 3))]), worker)])
        let ended = ClientReply.ended(
            JobID(1), .failed(code: 3, reason: "1 of 2 tasks failed; task 1 exited with code 3"))
        #expect(end.count { $0.0 == .reply(ended, number: 2) && $0.1 == client } == 1)
        // The watch beside it was told too.
        #expect(end.contains { if case .reply(.update(.state), 3) = $0.0 { true } else { false } })
        #expect(try turn(desk, [(.request(.wait(JobID(1)), number: 4), client)]).map(\.0) == [.reply(ended, number: 4)])
        let other = try turn(desk, [(.request(.waitFor(key: "other"), number: 5), client)])
        #expect(other.contains { if case .reply(.refused, 5) = $0.0 { true } else { false } })
        let unknown = try turn(desk, [(.request(.wait(JobID(7)), number: 5), client)])
        #expect(unknown.contains { if case .reply(.refused, 5) = $0.0 { true } else { false } })
        desk.close(isOrderly: true)
    }

    /// An acceptance is told to nobody: it waits for the commit that something else is worth, or for a moment.
    @Test func anAcceptanceWaitsForTheNextCommit() throws {
        let desk = try desk()
        _ = try turn(desk, [join(1)])
        let lease = assignments(try turn(desk, [submit(1)]))[0][0]
        #expect(try turn(desk, [(.fromWorker(.accept(lease, port: 0)), worker)]).isEmpty)
        #expect(try journal() == ["join", "submit", "assign"])
        _ = try turn(desk, [(.fromWorker(.finish(lease, .exited(code: 0))), worker)])
        #expect(try journal() == ["join", "submit", "assign", "accept", "finish", "end"])
        desk.close(isOrderly: true)
    }

    @Test func anAcceptanceDoesNotWaitForLong() throws {
        let desk = try desk()
        _ = try turn(desk, [join(1)])
        let lease = assignments(try turn(desk, [submit(1)]))[0][0]
        try codec.encode(.fromWorker(.accept(lease, port: 0))).withUnsafeBytes { try desk.receive($0, from: worker) }
        let until = try #require(try desk.commit().commitBy)
        while ContinuousClock.now <= until { sched_yield() }
        _ = try desk.commit()
        #expect(try journal().last == "accept")
        desk.close(isOrderly: true)
    }

    /// A stopped coordinator has written all that it decided.
    @Test func stoppingWritesWhatWaits() throws {
        let desk = try desk()
        _ = try turn(desk, [join(1)])
        let lease = assignments(try turn(desk, [submit(1)]))[0][0]
        _ = try turn(desk, [(.fromWorker(.accept(lease, port: 0)), worker)])
        desk.close(isOrderly: true)
        #expect(try journal() == ["join", "submit", "assign", "accept"])
    }

    /// Whatever client it comes from: what gets stuck is not admitted, unless the submission says that nobody looked.
    @Test func communicationIsCheckedBeforeTheCoreHearsOfTheJob() throws {
        let desk = try desk()
        func submit(_ text: String, isUnchecked: Bool, key: String) -> (WireMessage, ConnectionID) {
            let job = JobSpecification(
                name: "n", shape: .gang(ranks: 2), program: .builtin("noop", parameters: [:]),
                communication: DeclaredCommunication(text: text, isUnchecked: isUnchecked))
            return (.request(.submit(job, key: key), number: 1), client)
        }
        let stuck = "communication: { program: [send: 1 - rank, recv: 1 - rank] }"
        for (text, reason) in [(stuck, "ranks 0 and 1 wait for each other"), ("communication: 3", "must be a mapping")]
        {
            #expect(try turn(desk, [submit(text, isUnchecked: false, key: "a")]).isEmpty)
            let submission = try #require(desk.nextPlan())
            #expect(desk.nextPlan() == nil)
            desk.checked(submission, refusal: submission.refusal())
            let said = try turn(desk, [])
            guard case .reply(.refused(let told), 1)? = said.first?.0 else {
                Issue.record("\(said)")
                return
            }
            #expect(told.contains(reason), "\(told)")
        }
        _ = try turn(desk, [submit(stuck, isUnchecked: true, key: "b")])
        let good = "communication: { sends: eager, program: [send: 1 - rank, recv: 1 - rank] }"
        _ = try turn(desk, [submit(good, isUnchecked: false, key: "c")])
        let submission = try #require(desk.nextPlan())
        desk.checked(submission, refusal: submission.refusal())
        _ = try turn(desk, [])
        #expect(try journal() == ["submit", "submit"])
    }
}

@Suite struct StateUpdatesTests {
    private let job = JobID(1)
    private let start = ContinuousClock.now

    @Test func manySmallChangesAreToldNowAndThenAndTheLastAlways() {
        var updates = StateUpdates()
        var told: [Int] = []
        for millisecond in 0..<1000 {
            let now = start.advanced(by: .milliseconds(millisecond))
            for _ in updates.due(now: now) {
                told.append(millisecond)
                updates.wasTold(job, now: now)
            }
            if millisecond < 500, updates.mayTell(job, now: now) {
                told.append(millisecond)
                updates.wasTold(job, now: now)
            }
        }
        #expect(told == [0, 100, 200, 300, 400, 500])
        #expect(updates.next == nil)
    }

    @Test func whatIsForgottenIsNotToldAnyMore() {
        var updates = StateUpdates()
        updates.wasTold(job, now: start)
        let isAtOnce = updates.mayTell(job, now: start)
        #expect(!isAtOnce)
        updates.forget(job)
        #expect(updates.next == nil)
        let isFirst = updates.mayTell(job, now: start)
        #expect(isFirst)
    }
}
