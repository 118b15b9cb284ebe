import Coordination
import Glibc
import Messaging

/// One task or rank that runs as a process: passes on what it prints and measures, and tells when it has ended. Lives
/// on the reactor's thread.
///
/// Nothing here grows without bound: while the connection has no room, or much is unacknowledged, the pipes are not read, and a
/// unit that prints endlessly waits in its own write, as it would for a slow terminal.
final class RunningUnit {
    /// What a unit needs of its agent.
    struct Surroundings {
        let reactor: Reactor
        let processGuard: ProcessGuard
        let confinement: Confinement
        let buffer: ReadBuffer
        /// Gives a message to the connection; false when it has no room now.
        let send: (WorkerMessage) -> Bool
        let isConnected: () -> Bool
        /// The unit has ended. Called at the end, and again each time that all it printed has been given to a
        /// connection and its end may follow (`mayTellEnd`).
        let ended: (Lease, Outcome) -> Void
    }

    /// What is read after the end at most: the pipe's content, unless a process that left the group still writes.
    static let bytesAfterEnd = 1 << 20

    private let lease: Lease
    private let directory: String
    private let surroundings: Surroundings
    private let child: ChildProcess
    private var outbox: UnitOutbox
    private var lines = MetricsLines()
    private var watches: [(descriptor: Int32, watch: DescriptorWatch)] = []
    private var paused: Set<Int32> = []
    private var killTimer: ReactorTimer?
    private var killDeadline: ContinuousClock.Instant?
    private var outcome: Outcome?
    /// What it had to say, all of it, was given to the connection that stands, so its end may be told on it. An end that
    /// comes before the last output, metrics or checkpoint makes these stale, and the coordinator drops them.
    private(set) var mayTellEnd = false

    /// Starts the process.
    /// - Throws: `Launch.Impossible`.
    init(_ lease: Lease, _ launch: Launch, in surroundings: Surroundings) throws {
        self.lease = lease
        self.surroundings = surroundings
        directory = launch.directory
        outbox = UnitOutbox(lease)
        child = try ChildProcess(
            launch, confinement: surroundings.confinement, processGuard: surroundings.processGuard)
        killTimer = surroundings.reactor.makeTimer { [unowned self] in child.signal(SIGKILL) }
        watch(child.process) { $0.endIfEnded() }
        for descriptor in [child.output, child.error, child.metrics] {
            watch(descriptor) { $0.readIfAllowed(descriptor) }
        }
    }

    deinit {
        for (_, watch) in watches { watch.cancel() }
        killTimer?.disarm()
        guard outcome == nil else { return }
        child.signal(SIGKILL)
        child.close()
    }

    /// SIGTERM to the group now, SIGKILL once the grace is over. Of several graces the one that ends first counts.
    func stop(graceMilliseconds: UInt32) {
        guard outcome == nil else { return }
        if graceMilliseconds == 0 { return child.signal(SIGKILL) }
        let deadline = ContinuousClock.now.advanced(by: .milliseconds(graceMilliseconds))
        if killDeadline == nil { child.signal(SIGTERM) }
        guard deadline < killDeadline ?? deadline.advanced(by: .seconds(1)) else { return }
        killDeadline = deadline
        killTimer?.arm(at: deadline)
    }

    /// Nothing of it runs any more.
    var hasEnded: Bool { outcome != nil }

    /// There may be room again.
    func resume() {
        sendWaiting()
        guard outbox.hasRoom else { return }
        for (descriptor, watch) in watches where paused.remove(descriptor) != nil { watch.resume() }
    }

    /// A join or heartbeat was sent; what was sent before it is acknowledged with it.
    func beat(_ sequence: UInt64) { outbox.beat(sequence) }

    /// The coordinator has answered a join or heartbeat of the connection that stands.
    func renewed(_ sequence: UInt64) {
        outbox.renewed(sequence)
        resume()
    }

    /// A new connection stands; `resume` follows once the coordinator was told about the lease on it.
    func reconnected() {
        mayTellEnd = false
        outbox.connectionWasLost()
    }

    private func watch(_ descriptor: Int32, _ ready: @escaping (RunningUnit) -> Void) {
        watches.append((descriptor, surroundings.reactor.watch(descriptor) { [unowned self] in ready(self) }))
    }

    private func readIfAllowed(_ descriptor: Int32) {
        guard let watch = watches.first(where: { $0.descriptor == descriptor })?.watch else { return }
        guard outbox.hasRoom else {
            paused.insert(descriptor)
            return watch.pause()
        }
        // At the end of the file the descriptor stays readable for ever.
        if read(descriptor) == 0 { watch.cancel() }
        sendWaiting()
    }

    /// Reads once.
    /// - Returns: the bytes read; 0 at the end of the file; nil when nothing is there.
    private func read(_ descriptor: Int32) -> Int? {
        guard let bytes = surroundings.buffer.read(descriptor) else { return nil }
        switch descriptor {
        case _ where bytes.isEmpty: break
        case child.output: outbox.print(Array(bytes), on: .output)
        case child.error: outbox.print(Array(bytes), on: .error)
        default: lines.append(bytes) { take($0) }
        }
        return bytes.count
    }

    private func take(_ line: MetricsLines.Line) {
        switch line {
        case .metrics(let json): outbox.measure(json: json)
        case .unreadable(let reason): note(reason)
        case .checkpoint(let path, let step):
            guard lease.task.index == 0 else { return note("only rank 0 writes checkpoints") }
            do {
                outbox.checkpoint(
                    step: step,
                    bytes: try CheckpointFile.read(path, in: directory, owner: surroundings.confinement.account?.user))
            } catch {
                note("checkpoint \(step) is not kept: \((error as? CheckpointFile.Unfit)?.reason ?? "\(error)")")
            }
        }
    }

    /// Puts a line of the agent's own among the unit's errors, for its owner to read.
    private func note(_ text: String) { outbox.print(Array("[banquet: \(text)]\n".utf8), on: .error) }

    private func sendWaiting() {
        outbox.send(surroundings.send)
        guard let outcome, !mayTellEnd, outbox.isEmpty, surroundings.isConnected() else { return }
        mayTellEnd = true
        surroundings.ended(lease, outcome)
    }

    private func endIfEnded() {
        guard let outcome = child.reap() else { return }
        for (_, watch) in watches { watch.cancel() }
        watches = []
        killTimer?.disarm()
        killTimer = nil
        for descriptor in [child.output, child.error, child.metrics] {
            var count = 0
            while count < Self.bytesAfterEnd, let more = read(descriptor), more > 0 { count += more }
        }
        lines.end { take($0) }
        child.close()
        self.outcome = outcome
        sendWaiting()
        if !mayTellEnd { surroundings.ended(lease, outcome) }
    }
}

/// Memory that all units of an agent read into, one after the other on the reactor's thread.
final class ReadBuffer {
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    deinit { memory.deallocate() }

    /// Reads once from a descriptor that doesn't block.
    /// - Returns: the bytes, valid until the next call; none at the end of the file (or a failure); nil when nothing is
    ///   there.
    func read(_ descriptor: Int32) -> UnsafeRawBufferPointer? {
        while true {
            let count = Glibc.read(descriptor, memory.baseAddress!, memory.count)
            if count >= 0 { return UnsafeRawBufferPointer(rebasing: memory[..<count]) }
            if errno == EAGAIN { return nil }
            if errno != EINTR { return UnsafeRawBufferPointer(rebasing: memory[..<0]) }
        }
    }
}
