import Access
import Coordination
import Foundation
import Logging
import Messaging
import Storage
import Testing
import Wire

@testable import Daemon

/// A coordinator with keys, and peers who hold good keys and say what they must not: frames made by hand, over real sockets.
@Suite(.timeLimit(.minutes(30))) struct IntruderTests {
    private let site: Site
    init() async throws { site = try await Site() }

    @Test func aWorkerCannotJoinAsAnother() async throws {
        let w2 = try site.peer(.worker, "w2")
        #expect(try w2.join(as: "w1", incarnation: 1).refusal?.contains("may not join as worker w1") == true)
        #expect(try site.workers().isEmpty)
        #expect(try w2.join(as: "w2", incarnation: 1).isWelcome)
        #expect(try site.workers().map(\.name.description) == ["w2"])
        try await site.end()
    }

    @Test(arguments: [Role.operator, .tenant, .viewer]) func whoIsNoWorkerCannotJoin(_ role: Role) async throws {
        let peer = try site.peer(role, "w1")
        #expect(try peer.join(as: "w1", incarnation: 1).refusal?.contains("is no worker") == true)
        #expect(try site.workers().isEmpty)
        try await site.end()
    }

    /// A lease is its worker's: another one, with a good key of its own, can neither end it nor write into its log.
    @Test func anothersLeaseIsOutOfReach() async throws {
        let w1 = try site.peer(.worker, "w1")
        let w2 = try site.peer(.worker, "w2")
        #expect(try w1.join(as: "w1", incarnation: 1).isWelcome)
        #expect(try w2.join(as: "w2", incarnation: 1).isWelcome)
        let job = try site.submit(slots: 1)
        let lease = try #require(try w1.assigned() ?? w2.assigned())
        let (owner, thief) = try site.holder(of: job) == "w1" ? (w1, w2) : (w2, w1)
        try owner.say(.fromWorker(.accept(lease, port: 0)))
        for message: WorkerMessage in [
            .accept(lease, port: 0), .finish(lease, .exited(code: 0)), .metrics(lease, json: "{\"epoch\":1}"),
            .log(lease, .output, offset: 0, bytes: Array("forged".utf8)), .checkpoint(lease, step: 9, bytes: [1]),
        ] { try thief.say(.fromWorker(message)) }
        // An answer to the thief shows that all of it was read.
        try thief.say(.fromWorker(.heartbeat(Heartbeat(incarnation: Incarnation(1), sequence: 2, held: []))))
        try thief.hear { if case .toWorker(.renew(2, _), _) = $0 { true } else { false } }
        #expect(try site.job(job).summary.state == .running)
        #expect(try site.job(job).checkpointStep == nil)
        #expect(try site.log(of: job).isEmpty)
        try owner.say(.fromWorker(.finish(lease, .exited(code: 0))))
        try owner.hear { if case .toWorker(.settle(lease), _) = $0 { true } else { false } }
        #expect(try site.job(job).summary.state == .succeeded)
        try await site.end()
    }

    /// An end that is told again, and an end of a lease that was never granted.
    @Test func aReplayedLeaseCountsForNothing() async throws {
        let w1 = try site.peer(.worker, "w1")
        #expect(try w1.join(as: "w1", incarnation: 1).isWelcome)
        let first = try site.submit(slots: 1)
        let lease = try #require(try w1.assigned())
        try w1.say(.fromWorkers([.accept(lease, port: 0), .finish(lease, .exited(code: 3))]))
        try w1.hear { if case .toWorker(.settle(lease), _) = $0 { true } else { false } }
        #expect(try site.job(first).summary.state == .failed)
        let second = try site.submit(slots: 1)
        let next = try #require(try w1.assigned())
        // The same task's old epoch, and the new task with an old epoch.
        try w1.say(
            .fromWorkers([
                .finish(lease, .exited(code: 0)), .finish(Lease(next.task, lease.epoch), .exited(code: 0)),
                .finish(Lease(next.task, Epoch(next.epoch.number + 7)), .exited(code: 0)),
            ]))
        try w1.say(
            .fromWorker(
                .heartbeat(
                    Heartbeat(
                        incarnation: Incarnation(1), sequence: 2, held: [HeldLease(next, .queued)]))))
        try w1.hear { if case .toWorker(.renew(2, _), _) = $0 { true } else { false } }
        #expect(try site.job(first).summary.state == .failed)
        #expect(try site.job(second).summary.unitsSucceeded == 0)
        try await site.end()
    }

    /// Somebody who has the worker's very key, while the worker lives: the one who is there stays.
    @Test func aSecondConnectionCannotTakeALiveWorkersPlace() async throws {
        let real = try site.peer(.worker, "w1")
        #expect(try real.join(as: "w1", incarnation: 5).isWelcome)
        let thief = try site.peer(.worker, "w1")
        #expect(thief.key == real.key)
        try thief.say(thief.joining(as: "w1", incarnation: 6))
        for sequence in 2...4 as ClosedRange<UInt64> {
            try real.say(.fromWorker(.heartbeat(Heartbeat(incarnation: Incarnation(5), sequence: sequence, held: []))))
            try real.hear { if case .toWorker(.renew(sequence, _), _) = $0 { true } else { false } }
        }
        let answer = try thief.hear { if case .toWorker(.refuse, _) = $0 { true } else { false } }
        #expect(answer.refusal?.contains("in use by a live worker") == true)
        // Heartbeats of the thief's count for nothing.
        try thief.say(.fromWorker(.heartbeat(Heartbeat(incarnation: Incarnation(5), sequence: 9, held: []))))
        try real.say(.fromWorker(.heartbeat(Heartbeat(incarnation: Incarnation(5), sequence: 5, held: []))))
        try real.hear { if case .toWorker(.renew(5, _), _) = $0 { true } else { false } }
        try await site.end()
    }

    @Test func malformedAndOversizedFramesChangeNothing() async throws {
        let tenant = try site.peer(.tenant, "vision")
        let before = try site.entries()
        let good = try WireCodec().encode(.request(.workers, number: 1))
        for frame in [
            [], [0], Array("BNQT".utf8), Array("GET / HTTP/1.1".utf8), Array(good.dropLast()) + [0xff, 0xff, 0xff],
            [UInt8](repeating: 0xff, count: 100_000), [UInt8](repeating: 0, count: (8 << 20) + 1),
        ] { try tenant.connection.send(frame, deadline: soon()) }
        // It is served on: nothing of that was read.
        try tenant.say(.request(.workers, number: 7))
        try tenant.hear { if case .reply(.workers, 7) = $0 { true } else { false } }
        // One that no frame of ours is as large as ends the connection before it is read.
        try tenant.connection.send([UInt8](repeating: 0, count: 17 << 20), deadline: soon())
        #expect(throws: MessagingError.disconnected(site.endpoint)) {
            _ = try tenant.connection.receive(deadline: soon())
        }
        #expect(try site.entries() == before)
        try await site.end()
    }

    @Test func onlyTheCoordinatorSaysWhatTheCoordinatorSays() async throws {
        let tenant = try site.peer(.tenant, "vision")
        try tenant.say(.toWorker(.fence(Incarnation(1))))
        try tenant.say(.reply(.submitted(JobID(1)), number: 1))
        try tenant.say(.request(.workers, number: 2))
        try tenant.hear { if case .reply(.workers, 2) = $0 { true } else { false } }
        try await site.end()
    }
}

/// A coordinator of its own in a folder of its own, and who speaks to it.
final class Site {
    let endpoint: String
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent(
        "banquet-site-\(UUID().uuidString)"
    )
    .path
    private let folder: KeyFolder
    private let service: CoordinatorService
    private let owner: KeyFile
    private let context: MessagingContext
    private var client: Peer?
    private var number: UInt64 = 0

    init() async throws {
        folder = KeyFolder("\(path)/keys")
        context = try MessagingContext()
        owner = try folder.initialize(operator: "ada")
        _ = try folder.add(
            [Principal(.worker, "w1"), Principal(.worker, "w2"), Principal(.tenant, "vision")]
                + [.operator, .tenant, .viewer].map { Principal($0, "w1") })
        service = try CoordinatorService(
            CoordinatorService.Settings(endpoint: "tcp://127.0.0.1:*", stateFolder: "\(path)/state", keys: folder),
            log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        endpoint = try await service.start().endpoint
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func end() async throws { await service.stop() }

    func peer(_ role: Role, _ name: String) throws -> Peer {
        try Peer(KeyFile(reading: folder.path(of: #require(Principal(role, name)))), endpoint, context)
    }

    func ask(_ request: ClientRequest) throws -> ClientReply {
        let client = try self.client ?? Peer(owner, endpoint, context)
        self.client = client
        number += 1
        try client.say(.request(request, number: number))
        let answer = try client.hear { if case .reply(_, self.number) = $0 { true } else { false } }
        guard case .reply(let reply, _) = answer else { throw Unexpected() }
        return reply
    }

    func workers() throws -> [WorkerSummary] {
        guard case .workers(let workers) = try ask(.workers) else { throw Unexpected() }
        return workers
    }

    func submit(slots: UInt32) throws -> JobID {
        let job = JobSpecification(name: "n", shape: .array(tasks: 1), program: .command(["true"]), slots: slots)
        guard case .submitted(let id) = try ask(.submit(job, key: UUID().uuidString)) else { throw Unexpected() }
        return id
    }

    func job(_ job: JobID) throws -> JobDetail {
        guard case .job(let detail) = try ask(.show(job)) else { throw Unexpected() }
        return detail
    }

    func holder(of job: JobID) throws -> String? { try self.job(job).placements.first?.worker.description }

    func log(of job: JobID) throws -> [UInt8] {
        guard case .log(let bytes, _, _) = try ask(.log(TaskID(job, 0), .output, offset: 0, limit: 1000)) else {
            throw Unexpected()
        }
        return bytes
    }

    func entries() throws -> Int {
        _ = try ask(.workers)
        var count = 0
        try JournalInspection(folder: "\(path)/state").forEach { _ in count += 1 }
        return count
    }
}

private struct Unexpected: Error {}

func soon() -> ContinuousClock.Instant { .now.advanced(by: .seconds(20)) }

/// Somebody with a key, who says what they like.
final class Peer {
    let connection: RequestConnection
    let key: CurvePublicKey
    /// The version of the wire that its frames carry.
    var version = WireVersion.current
    private let codec = WireCodec()
    private var heard: [WireMessage] = []

    init(_ file: KeyFile, _ endpoint: String, _ context: MessagingContext) throws {
        var options = SocketOptions()
        options.security = file.security
        // It may be slow to read; that is not what these tests are about.
        options.heartbeatMilliseconds = 0
        key = file.keys.publicKey
        connection = try RequestConnection(to: endpoint, in: context, options: options, deadline: soon())
    }

    func say(_ message: WireMessage) throws {
        var frame = try codec.encode(message)
        (frame[4], frame[5]) = (version.major, version.minor)
        try connection.send(frame, deadline: soon())
    }

    /// Waits for a message that is as wanted; what comes before it is kept.
    @discardableResult
    func hear(_ isWanted: (WireMessage) -> Bool) throws -> WireMessage {
        while true {
            let bytes = try connection.receive(deadline: soon())
            for message in Self.single(try codec.decode(bytes)) {
                if isWanted(message) { return message }
                heard.append(message)
            }
        }
    }

    private static func single(_ message: WireMessage) -> [WireMessage] {
        if case .toWorkers(let messages) = message { messages.map { .toWorker($0) } } else { [message] }
    }

    func joining(as name: String, incarnation: UInt64) -> WireMessage {
        .fromWorker(
            .join(
                Join(
                    worker: WorkerName(name)!, incarnation: Incarnation(incarnation), sequence: 1, slots: 1,
                    host: "127.0.0.1", held: [])))
    }

    func join(as name: String, incarnation: UInt64) throws -> WireMessage {
        try say(joining(as: name, incarnation: incarnation))
        return try hear { $0.isWelcome || $0.refusal != nil }
    }

    /// The lease that this worker is assigned next, if it is the one who is.
    func assigned() throws -> Lease? {
        func lease(_ message: WireMessage) -> Lease? {
            if case .toWorker(.assign(let assignment), _) = message { assignment.lease } else { nil }
        }
        let known = heard.compactMap(lease)
        if let last = known.last {
            heard.removeAll { lease($0) != nil }
            return last
        }
        let deadline = ContinuousClock.now.advanced(by: .seconds(2))
        while let bytes = try? connection.receive(deadline: deadline) {
            for message in Self.single(try codec.decode(bytes)) {
                if let lease = lease(message) { return lease }
                heard.append(message)
            }
        }
        return nil
    }
}

extension WireMessage {
    var isWelcome: Bool { if case .toWorker(.welcome, _) = self { true } else { false } }
    var refusal: String? { if case .toWorker(.refuse(let reason), _) = self { reason } else { nil } }
}
