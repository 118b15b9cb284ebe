import Coordination
import Foundation
import Messaging
import Wire

/// The real core behind a real socket, with its journal in memory: what an agent talks to in these tests.
actor TestCoordinator {
    let reactor: Reactor
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

    static let configuration = CoordinatorConfiguration(
        terms: Terms(heartbeatMilliseconds: 50, leaseMilliseconds: 20_000), stopGraceMilliseconds: 300)

    private struct Stream: Hashable {
        var lease: Lease
        var stream: LogStream
    }

    private let codec = WireCodec()
    private var core = Coordinator(configuration: TestCoordinator.configuration)
    private var server: ServerSocket?
    private var timer: ReactorTimer?
    private(set) var journal: [JournalEntry] = []
    private var printed: [Stream: [UInt8]] = [:]
    private(set) var printedBytes = 0
    /// Pieces that came with bytes missing before them.
    private(set) var holes = 0
    private(set) var metrics: [String] = []
    private(set) var checkpoints: [UInt64: [UInt8]] = [:]
    private var waiters: [(condition: (TestCoordinator) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

    init() throws { reactor = try Reactor(name: "coordinator") }

    func listen(at endpoint: String = "tcp://127.0.0.1:*") throws -> String {
        timer = reactor.makeTimer { self.carryOut(self.core.handle(.clock, at: self.now)) }
        let server = try reactor.listen(at: endpoint) { batch in
            for message in batch { self.received(ConnectionID(message.connection), [UInt8](message.bytes)) }
        } lost: { connection in
            self.carryOut(self.core.handle(.connectionLost(ConnectionID(connection)), at: self.now))
        }
        self.server = server
        carryOut(core.start(at: now))
        return server.endpoint
    }

    /// As after `kill -9`: only the journal is left, and what was stored beside it.
    func crash() throws {
        server?.close()
        server = nil
        timer?.disarm()
        core = Coordinator(configuration: Self.configuration)
        for entry in journal { try core.replay(entry) }
    }

    func submit(_ specification: JobSpecification) -> JobID {
        carryOut(
            core.handle(.client(.submit(specification, key: UUID().uuidString), ConnectionID(0), request: 1), at: now))
        return core.jobs().last!.id
    }

    func cancel(_ job: JobID) { carryOut(core.handle(.client(.cancel(job), ConnectionID(0), request: 1), at: now)) }

    func summary(_ job: JobID) -> JobSummary { core.job(job)!.summary }

    func text(_ job: JobID, _ index: UInt32 = 0, _ stream: LogStream = .output) -> String {
        String(decoding: bytes(job, index, stream), as: UTF8.self)
    }

    /// What all attempts of a unit printed.
    func bytes(_ job: JobID, _ index: UInt32 = 0, _ stream: LogStream = .output) -> [UInt8] {
        printed.filter { $0.key.lease.task == TaskID(job, index) && $0.key.stream == stream }
            .sorted { $0.key.lease.epoch < $1.key.lease.epoch }.reduce(into: []) { $0 += $1.value }
    }

    /// Returns when the condition holds; a test's time limit ends a wait in vain.
    func wait(until condition: @escaping @Sendable (isolated TestCoordinator) -> Bool) async {
        let check: (TestCoordinator) -> Bool = { coordinator in coordinator.assumeIsolated { condition($0) } }
        if check(self) { return }
        await withCheckedContinuation { waiters.append((check, $0)) }
    }

    func end(of job: JobID) async -> JobSummary {
        await wait { $0.summary(job).state.isFinal }
        return summary(job)
    }

    private var now: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    private func received(_ connection: ConnectionID, _ bytes: [UInt8]) {
        switch try? codec.decode(bytes) {
        case .fromWorker(let message): received(connection, message)
        case .fromWorkers(let messages): for message in messages { received(connection, message) }
        default: preconditionFailure("an unreadable message")
        }
    }

    private func received(_ connection: ConnectionID, _ message: WorkerMessage) {
        switch message {
        case .log(let lease, _, _, _) where !core.holds(lease, on: connection),
            .metrics(let lease, _) where !core.holds(lease, on: connection),
            .checkpoint(let lease, _, _) where !core.holds(lease, on: connection):
            return
        case .log(let lease, let stream, let offset, let bytes):
            let key = Stream(lease: lease, stream: stream)
            let known = printed[key, default: []].count
            if offset > known { holes += 1 }
            let fresh = bytes.suffix(max(0, Int(offset) + bytes.count - known))
            printed[key, default: []] += fresh
            printedBytes += fresh.count
        case .metrics(_, let json): metrics.append(json)
        case .checkpoint(_, let step, let bytes): checkpoints[step] = bytes
        default: break
        }
        carryOut(core.handle(.worker(message, connection), at: now))
    }

    private func carryOut(_ effects: [CoordinatorEffect]) {
        for effect in effects {
            switch effect {
            case .record(let entry): journal.append(entry)
            case .send(let message, let connection):
                var checkpoint: [UInt8]?
                if case .start(_, let rendezvous) = message {
                    checkpoint = rendezvous.checkpointStep.flatMap { checkpoints[$0] }
                }
                guard let frame = try? codec.encode(.toWorker(message, checkpoint: checkpoint)) else { break }
                server?.send(frame, to: connection.number)
            case .wake(let time): timer?.arm(after: .milliseconds(max(0, time - now)))
            case .reply, .count: break
            }
        }
        let ready = waiters.filter { $0.condition(self) }
        waiters.removeAll { $0.condition(self) }
        for waiter in ready { waiter.continuation.resume() }
    }
}
