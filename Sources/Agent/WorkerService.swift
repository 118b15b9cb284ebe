import CPlatform
import Coordination
import Foundation
import Glibc
import Logging
import Messaging

/// Carries out what the worker's state machine decides. It lives on the reactor's thread, which also starts the
/// processes: the kernel ends them with that thread.
actor WorkerService {
    /// Bytes that may wait in the connection before the units' pipes are left alone.
    static let bytesInFlight = 1 << 20
    /// How often a full connection is looked at.
    static let retryInterval = Duration.milliseconds(10)
    /// Starting up takes some three times the code that an idle agent needs; so long after it, the rest is given back.
    static let startUp = Duration.seconds(2)

    nonisolated let reactor: Reactor
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

    private let configuration: Agent.Configuration
    private let logger: Logger
    private let folder: WorkFolder
    private var ports: PortReservations
    private var devices: DeviceShares
    private var machine: WorkerMachine
    private let clock = AgentClock()
    private var connection: CoordinatorConnection?
    private var surroundings: RunningUnit.Surroundings?
    private var telemetry: Telemetry?
    private var units: [Lease: RunningUnit] = [:]
    /// The folders that were made; a lease's is removed once the machine has forgotten it and its process is gone.
    private var folders: [Lease: WorkFolder.LeaseFolder] = [:]
    /// The checkpoint that came with `start`, until the rank starts.
    private var restored: [Lease: [UInt8]] = [:]
    private var wakeTimer: ReactorTimer?
    private var retryTimer: ReactorTimer?
    private var settledTimer: ReactorTimer?
    private var signals: DescriptorWatch?
    /// Inputs that came up while another was handled.
    private var inputs: [WorkerInput] = []
    private var isHandling = false
    private var refusal: String?
    private var isStopping = false
    private var exit: CheckedContinuation<Void, Never>?
    private var exitReason: Agent.ExitReason?

    init(
        _ configuration: Agent.Configuration, folder: WorkFolder, ports: PortReservations, devices: DeviceShares,
        reactor: Reactor, logger: Logger
    ) {
        self.configuration = configuration
        self.folder = folder
        self.ports = ports
        self.devices = devices
        self.reactor = reactor
        self.logger = logger
        machine = WorkerMachine(
            name: configuration.name, incarnation: clock.incarnation, slots: configuration.slots,
            host: configuration.host, offer: configuration.offer,
            shutdownGraceMilliseconds: configuration.shutdownGraceMilliseconds)
    }

    /// Serves until the machine exits.
    func serve() async throws -> Agent.ExitReason {
        try start()
        await withCheckedContinuation { waitForEnd($0) }
        close()
        return exitReason ?? .stopped
    }

    private func waitForEnd(_ continuation: CheckedContinuation<Void, Never>) {
        if exitReason == nil { exit = continuation } else { continuation.resume() }
    }

    /// The operator wants the agent to stop; said twice, at once.
    func stop() {
        guard !isStopping else { return end(.interrupted) }
        isStopping = true
        logger.info("stopping")
        take(.shutdown)
    }

    private func start() throws {
        wakeTimer = reactor.makeTimer { [unowned self] in take(.clock) }
        retryTimer = reactor.makeTimer { [unowned self] in resumeUnits() }
        settledTimer = reactor.makeTimer { banquet_release_code() }
        settledTimer?.arm(after: Self.startUp)
        let (processGuard, buffer) = (try ProcessGuard(), ReadBuffer())
        surroundings = RunningUnit.Surroundings(
            reactor: reactor, processGuard: processGuard,
            confinement: Confinement(account: configuration.account, limits: configuration.limits),
            buffer: buffer,
            send: { [unowned self] message in sendFromUnit(message) },
            isConnected: { [unowned self] in connection?.isConnected ?? false },
            ended: { [unowned self] lease, outcome in take(.processEnded(lease, outcome)) })
        telemetry = Telemetry(
            reactor: reactor, processGuard: processGuard, buffer: buffer, root: configuration.hostRoot, logger: logger)
        if configuration.catchesSignals { try catchSignals() }
        connection = try CoordinatorConnection(
            to: configuration.coordinator, on: reactor, security: configuration.security, logger: logger,
            handlers: CoordinatorConnection.Handlers(
                connected: { [unowned self] in connected() }, disconnected: { [unowned self] in disconnected() },
                received: { [unowned self] message, checkpoint in received(message, checkpoint) }))
        logger.info(
            "worker \(configuration.name) with \(configuration.slots) slots looks for \(configuration.coordinator)")
    }

    private func catchSignals() throws {
        let descriptor = banquet_catch_signals(SIGTERM, SIGINT)
        guard descriptor >= 0 else {
            throw AgentError.system(operation: "catching signals", reason: String(cString: strerror(errno)))
        }
        signals = reactor.watch(descriptor) { [unowned self] in signalled(descriptor) }
    }

    private func signalled(_ descriptor: Int32) {
        var number: UInt8 = 0
        while read(descriptor, &number, 1) == 1 { stop() }
    }

    private func close() {
        // What still runs (only after an interrupt or a refusal) is killed here, and by the guard.
        for unit in units.values { unit.stop(graceMilliseconds: 0) }
        signals?.cancel()
        connection?.close()
        connection = nil
        units = [:]
        telemetry?.stop()
        telemetry = nil
        surroundings = nil
        wakeTimer?.disarm()
        retryTimer?.disarm()
        settledTimer?.disarm()
    }

    private func end(_ reason: Agent.ExitReason) {
        guard exitReason == nil else { return }
        exitReason = reason
        exit?.resume()
        exit = nil
    }

    // MARK: The machine

    /// Hands an input to the machine and carries out what it answers, before the next input.
    private func take(_ input: WorkerInput) {
        inputs.append(input)
        guard !isHandling else { return }
        isHandling = true
        defer { isHandling = false }
        while !inputs.isEmpty {
            let input = inputs.removeFirst()
            for effect in machine.handle(input, at: clock.now) { carryOut(effect) }
            forgetOver()
        }
    }

    private func carryOut(_ effect: WorkerEffect) {
        switch effect {
        case .send(let message): tell(message)
        case .reservePort(let lease):
            if let port = ports.reserve(for: lease) {
                inputs.append(.portReserved(lease, port))
            } else {
                inputs.append(.processEnded(lease, .notStarted(reason: "no port is free on \(configuration.host)")))
            }
        case .spawn(let assignment, let rendezvous): spawn(assignment, rendezvous)
        case .kill(let lease, let grace):
            logger.info("ends \(lease)", metadata: ["grace": "\(grace) ms"])
            units[lease]?.stop(graceMilliseconds: grace)
        case .wake(let time): wakeTimer?.arm(after: .milliseconds(max(0, time - clock.now)))
        case .exit(let reason):
            logger.info("exits: \(refusal ?? reason)")
            end(refusal.map { .refused(reason: $0) } ?? .stopped)
        }
    }

    private func spawn(_ assignment: Assignment, _ rendezvous: Rendezvous?) {
        let lease = assignment.lease
        ports.handOver(lease)
        let checkpoint = restored.removeValue(forKey: lease)
        // It does nothing, so it needs no process to do it.
        if case .builtin("noop", _) = assignment.program {
            return inputs.append(.processEnded(lease, .exited(code: 0)))
        }
        do {
            guard let surroundings else { return }
            let folder = try folder.make(for: lease)
            folders[lease] = folder
            let companions = machine.companions(of: assignment)
            devices.give(assignment.devices, to: companions)
            let launch = try Launch(
                assignment, rendezvous, on: host, in: folder,
                checkpoint: try restore(checkpoint, rendezvous, in: folder), localRanks: companions.count,
                devices: devices.variables(of: lease, among: companions),
                gangKey: try keep(rendezvous?.gangKey, in: folder),
                isExecutable: { access($0, X_OK) == 0 && !isFolder($0) })
            try self.folder.handOver(folder)
            units[lease] = try RunningUnit(lease, launch, in: surroundings)
            logger.info("runs \(lease)", metadata: ["program": "\(launch.path)", "attempt": "\(assignment.attempt)"])
        } catch {
            let reason = (error as? Launch.Impossible)?.reason ?? "\(error)"
            logger.warning("can't run \(lease): \(reason)")
            inputs.append(.processEnded(lease, .notStarted(reason: reason)))
        }
    }

    /// Worked out once: nobody changes the agent's own environment.
    private lazy var host = Launch.Host(
        worker: configuration.name, executable: configuration.executable,
        environment: ProcessInfo.processInfo.environment, account: configuration.account,
        secrets: SecretFolder(path: configuration.secretFolder))

    /// Puts the checkpoint that the gang goes on from into the lease's folder.
    private func restore(
        _ bytes: [UInt8]?, _ rendezvous: Rendezvous?, in folder: WorkFolder.LeaseFolder
    ) throws -> (path: String, step: UInt64)? {
        guard let step = rendezvous?.checkpointStep else { return nil }
        guard let bytes else { throw Launch.Impossible(reason: "checkpoint \(step) did not come with the start") }
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: folder.restored))
        } catch {
            throw Launch.Impossible(reason: "can't write \(folder.restored): \(error.localizedDescription)")
        }
        return (folder.restored, step)
    }

    /// Puts the gang's key where its rank alone finds it: not into the environment, which is shown in more places than a file.
    private func keep(_ key: GangKey?, in folder: WorkFolder.LeaseFolder) throws -> String? {
        guard let key else { return nil }
        let file = open(folder.gangKey, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            throw Launch.Impossible(reason: "can't write \(folder.gangKey): \(String(cString: strerror(errno)))")
        }
        defer { Glibc.close(file) }
        let bytes = Array(key.revealed.utf8)
        guard write(file, bytes, bytes.count) == bytes.count else {
            throw Launch.Impossible(reason: "can't write \(folder.gangKey): \(String(cString: strerror(errno)))")
        }
        return folder.gangKey
    }

    /// Lets go of what belongs to leases that the machine has forgotten, once their processes are gone.
    private func forgetOver() {
        func isOver(_ lease: Lease) -> Bool { !machine.holds(lease) && units[lease]?.hasEnded ?? true }
        devices.release(where: isOver)
        for lease in folders.keys where isOver(lease) {
            units[lease] = nil
            folders[lease] = nil
            folder.remove(lease)
        }
        for lease in restored.keys where !machine.holds(lease) { restored[lease] = nil }
        ports.release { !machine.holds($0) }
    }

    // MARK: The connection

    private func connected() {
        logger.info("connected to \(configuration.coordinator)")
        // First the lease, then what its unit printed, then its end.
        for unit in units.values { unit.reconnected() }
        take(.connected)
        resumeUnits()
    }

    private func disconnected() {
        logger.warning("lost the connection to \(configuration.coordinator)")
        connection?.forgetPending()
        take(.disconnected)
    }

    private func received(_ message: CoordinatorMessage, _ checkpoint: [UInt8]?) {
        if case .start(let lease, _) = message { restored[lease] = checkpoint }
        if case .refuse(let reason) = message { refusal = reason }
        take(.message(message))
        switch message {
        case .renew(let sequence, _), .welcome(_, let sequence, _): renewed(sequence)
        default: break
        }
    }

    /// Messages of the units wait while much is on its way, so that heartbeats and results are not behind them for
    /// long.
    private func sendFromUnit(_ message: WorkerMessage) -> Bool {
        guard let connection, connection.isConnected else { return false }
        if connection.unsentBytes <= Self.bytesInFlight && connection.send(message) { return true }
        retryTimer?.arm(after: Self.retryInterval)
        return false
    }

    /// Sends what the machine has to say, except the end of a unit whose last output has not left on this connection:
    /// until it has, its lease is listed as running. The unit then says again that it ended.
    private func tell(_ message: WorkerMessage) {
        switch message {
        case .finish(let lease, _) where isEndHeldBack(lease): return
        case .join(var join):
            join.held = concealed(join.held)
            join.takesGangKeys = true
            if connection?.sendSoon(.join(join)) == true { beat(join.sequence) }
        case .heartbeat(var heartbeat):
            heartbeat.held = concealed(heartbeat.held)
            // What is lost with a heartbeat is old five seconds later.
            heartbeat.devices = telemetry?.takeNews() ?? []
            if connection?.sendSoon(.heartbeat(heartbeat)) == true { beat(heartbeat.sequence) }
        default: _ = connection?.sendSoon(message, mayWait: machine.mayWait(message))
        }
    }

    private func beat(_ sequence: UInt64) {
        for unit in units.values { unit.beat(sequence) }
    }

    private func renewed(_ sequence: UInt64) {
        for unit in units.values { unit.renewed(sequence) }
    }

    private func isEndHeldBack(_ lease: Lease) -> Bool {
        guard let unit = units[lease] else { return false }
        return unit.hasEnded && !unit.mayTellEnd
    }

    private func concealed(_ held: [HeldLease]) -> [HeldLease] {
        held.map { isEndHeldBack($0.lease) ? HeldLease($0.lease, .running) : $0 }
    }

    private func resumeUnits() {
        for unit in units.values { unit.resume() }
    }
}

private func isFolder(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
}
