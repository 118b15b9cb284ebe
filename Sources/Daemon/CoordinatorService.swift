public import Access
public import Coordination
internal import Glibc
public import Logging
public import Messaging
public import Storage
public import Verification

/// The coordinator's service: the shell around `Coordination.Coordinator`. It receives frames in batches, lets the core decide,
/// makes all records of a batch durable in one commit, and only then lets anybody hear of them.
///
/// It lives on its reactor's thread: socket, store and core are touched nowhere else.
public actor CoordinatorService {
    public struct Settings: Sendable {
        /// `tcp://ADDRESS:PORT`; `*` as the port takes a free one.
        public var endpoint: String
        /// The state folder; made when it is not there.
        public var stateFolder: String
        public var cluster: CoordinatorConfiguration
        public var policy: any SchedulingPolicy
        public var runs: RunLimits
        /// The coordinator's key and the list of those who may connect; nil: connections are plain, and whoever reaches the
        /// endpoint may do everything.
        public var keys: KeyFolder?
        /// How much one peer may say.
        public var rate: RateLimit?
        /// What the journal is held against; nil: it is not.
        public var rules: JournalProtocol?
        public var proof = Proof("nothing was checked")
        /// What the cluster did in a period, by its state folder; nil: nobody is told.
        public var report: Report?
        /// How a changed configuration is read and checked; nil: it can't be.
        public var reload: Reload?

        public init(
            endpoint: String, stateFolder: String, cluster: CoordinatorConfiguration = CoordinatorConfiguration(),
            policy: any SchedulingPolicy = Fair(), runs: RunLimits = RunLimits(), keys: KeyFolder? = nil,
            rate: RateLimit? = nil
        ) {
            self.keys = keys
            self.rate = rate
            self.endpoint = endpoint
            self.stateFolder = stateFolder
            self.cluster = cluster
            self.policy = policy
            self.runs = runs
        }
    }

    /// What a started coordinator has to say.
    public struct Start: Sendable {
        /// With the real port.
        public let endpoint: String
        public let recoveredEntries: UInt64
        public let activeJobs: Int
    }

    private let reactor: Reactor
    let settings: Settings
    private let log: Logger
    private(set) var desk: Desk?
    private var server: ServerSocket?
    private var doorkeeper: Doorkeeper?
    private var listTimer: ReactorTimer?
    private var timer: ReactorTimer?
    private var commitTimer: ReactorTimer?
    private var isWritingSnapshot = false
    private var alerts: Alerts?
    private var ended: CheckedContinuation<Void, any Error>?
    private var end: Result<Void, any Error>?

    public nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

    public init(_ settings: Settings, log: Logger) throws {
        self.settings = settings
        self.log = log
        reactor = try Reactor(name: "coordinator", busyPolling: Self.busyPolling)
    }

    /// Opens the state folder, takes up what its journal says, and listens.
    /// - Throws: `AccessError` (the keys), `StorageError` (the folder is another's, damaged, not to be written), `JournalFault`, `MessagingError` (the port is in use).
    public func start() throws -> Start {
        // The port first: where it is in use, no state folder is made. Frames wait until this call has returned.
        var options = SocketOptions()
        // Clients and workers ask more often themselves, and what is silent on both sides is found a little later.
        options.heartbeatMilliseconds = 5000
        options.largestConnections = FileDescriptors.raiseLimit() - Self.descriptorsOfOurOwn
        options.rate = settings.rate
        let doorkeeper = try settings.keys.map { try Doorkeeper($0) }
        if let doorkeeper { options.security = .server(keys: doorkeeper.keys) }
        self.doorkeeper = doorkeeper
        let server = try reactor.listen(
            at: settings.endpoint, options: options, allows: { doorkeeper?.allows($0) ?? true },
            received: { [unowned self] batch in
                // The reactor calls on this actor's own thread, and the batch doesn't outlive the call.
                nonisolated(unsafe) let batch = batch
                self.assumeIsolated { $0.received(batch) }
            },
            lost: { [unowned self] connection in self.assumeIsolated { $0.lost(connection) } })
        do {
            desk = try Desk(settings, log: log)
        } catch {
            server.close()
            throw error
        }
        timer = reactor.makeTimer { [unowned self] in self.assumeIsolated { $0.turn { $0.tick() } } }
        commitTimer = reactor.makeTimer { [unowned self] in self.assumeIsolated { $0.turn { _ in } } }
        listTimer = reactor.makeTimer { [unowned self] in self.assumeIsolated { $0.readAllowList() } }
        self.server = server
        if doorkeeper != nil { readAllowList() }
        turn { try $0.start() }
        return Start(
            endpoint: server.endpoint, recoveredEntries: desk?.recoveredEntries ?? 0, activeJobs: desk?.activeJobs ?? 0)
    }

    /// Returns when the coordinator was stopped; throws when it had to stop, because a write failed.
    public func run() async throws {
        if let end { return try end.get() }
        try await withCheckedThrowingContinuation { ended = $0 }
    }

    /// Stops in good order: workers keep their leases, and find the coordinator again when it comes back.
    public func stop() async { await finish(.success(())) }

    /// The journal, logs that are being written, libzmq's own.
    private static let descriptorsOfOurOwn = 128

    private func received(_ batch: MessageBatch) {
        take { desk in
            for message in batch {
                guard let permissions = permissions(of: message.connection) else {
                    server?.cut(message.connection, because: "its key is not allowed")
                    continue
                }
                try desk.receive(message.bytes, from: ConnectionID(message.connection), as: permissions)
            }
            if desk.beginsReload() { Task { await reload() } }
        }
    }

    // MARK: A changed configuration

    private var isReloading = false

    /// Reads the configuration again, checks it, and takes it if it holds.
    public func reload() async {
        guard let reload = settings.reload else {
            return answerReload(.failure(.init(reason: "this coordinator was started without a configuration file")))
        }
        guard !isReloading else { return }
        isReloading = true
        // A check may take its time; the coordinator goes on meanwhile.
        let result = await Task.detached { reload() }.value
        isReloading = false
        answerReload(result)
    }

    private func answerReload(_ result: Result<Reconfiguration, ReloadRefused>) {
        switch result {
        case .success: log.notice("the configuration was read again, and is taken")
        case .failure(let error):
            log.error("the configuration has changed and is not taken; the one before stays in force: \(error.reason)")
        }
        turn { try $0.reloaded(result) }
    }

    private func permissions(of connection: UInt64) -> Permissions? {
        guard let doorkeeper, let server else { return Permissions(nil) }
        return doorkeeper.permissions(of: connection, key: server.key(of:))
    }

    private func lost(_ connection: UInt64) {
        doorkeeper?.lost(connection)
        turn { $0.lost(ConnectionID(connection)) }
    }

    /// Takes up a change of the allow list, and ends the connections of those who are not on it any more.
    private func readAllowList() {
        defer { listTimer?.arm(at: .now.advanced(by: Self.listInterval)) }
        do {
            guard let ended = try doorkeeper?.reload() else { return }
            log.notice("the allow list was read again; connections ended by it: \(ended.count)")
            for connection in ended { server?.cut(connection, because: "its key was revoked") }
        } catch {
            log.error("the allow list has changed and can't be used; the one before stays in force: \(error)")
        }
    }

    private static let listInterval = Duration.milliseconds(500)
    /// As long as a worker takes for a task that does nothing, and half as much again.
    private static let busyPolling = Duration.microseconds(400)

    private var isCommitDue = false
    /// What went wrong, from then until the service has ended.
    private var failure: (any Error)?

    /// Decide, commit, then say.
    private func turn(_ body: (Desk) throws -> Void) {
        attempt { desk, server in
            try body(desk)
            try commit(desk, server)
        }
    }

    /// Lets the core decide on what has come; what follows is committed and said at the end of the reactor's turn, before anything else
    /// runs that could read the core's state.
    private func take(_ body: (Desk) throws -> Void) {
        attempt { desk, _ in
            try body(desk)
            try desk.decide()
            guard !isCommitDue else { return }
            isCommitDue = true
            reactor.atEndOfTurn { self.assumeIsolated { service in service.attempt(service.commit) } }
        }
    }

    /// First to disk, then to whom it concerns.
    private func commit(_ desk: Desk, _ server: ServerSocket) throws {
        isCommitDue = false
        let outbox = try desk.commit()
        for frame in outbox.frames where server.send(frame.bytes, to: frame.connection.number) == .full {
            desk.droppedFrame(to: frame.connection)
        }
        // libzmq's thread, which carries them, is often woken on this processor: it goes first, for nobody waits for the rest.
        if !outbox.frames.isEmpty { sched_yield() }
        // A worker that was given a short task, or a client that was told of an end, has more to say soon.
        if try desk.review(), !outbox.frames.isEmpty { reactor.expectAnswer() }
        if let wake = outbox.wake { timer?.arm(at: wake) }
        if let time = outbox.commitBy { commitTimer?.arm(at: time) }
        if !isWritingSnapshot, let snapshot = desk.snapshotIfDue() { write(snapshot) }
        if let submission = desk.nextPlan() { check(submission) }
        if let question = desk.nextAside() { answer(question) }
    }

    /// After an error nothing is said any more, so nothing that was acknowledged is lost.
    private func attempt(_ body: (Desk, ServerSocket) throws -> Void) {
        guard let desk, let server, failure == nil else { return }
        do { try body(desk, server) } catch {
            failure = error
            log.critical("stopping: \(error)")
            Task { await finish(.failure(error)) }
        }
    }

    /// Encoding a large state takes a while, and goes on beside the turns.
    private func write(_ snapshot: RuntimeStore.PendingSnapshot) {
        isWritingSnapshot = true
        Task.detached { [weak self] in
            let result = Result { try snapshot.write() }
            await self?.wrote(snapshot, result)
        }
    }

    private func wrote(_ snapshot: RuntimeStore.PendingSnapshot, _ result: Result<Void, any Error>) {
        isWritingSnapshot = false
        turn { desk in
            try result.get()
            try desk.adopt(snapshot)
        }
    }

    private func check(_ submission: PlanChecks.Submission) {
        Task.detached { [weak self] in
            let refusal = submission.refusal()
            await self?.turn { $0.checked(submission, refusal: refusal) }
        }
    }

    // MARK: What others know

    /// The figures of a period as a JSON document, in the words of `banquet report --since` and `--until`.
    public typealias Report = @Sendable (_ since: String, _ until: String?) -> Result<[UInt8], ReportRefused>

    public struct ReportRefused: Error, Sendable {
        public let reason: String
        public init(reason: String) { self.reason = reason }
    }

    /// All alerts, newest first, once somebody has taken note of the one that is named; nil where there is no such alert.
    public typealias Alerts = @Sendable (_ acknowledging: UInt64?) async -> [Alert]?

    /// From now on somebody looks for what operators should know of.
    public func answerAlerts(_ alerts: @escaping Alerts) { self.alerts = alerts }

    private func answer(_ question: Asides.Question) {
        Task.detached { [weak self, settings, alerts] in
            let reply: ClientReply
            switch question.request {
            case .report(let since, let until):
                switch settings.report?(since, until) {
                case .success(let json): reply = .report(json: json)
                case .failure(let refused): reply = .refused(reason: refused.reason)
                case nil: reply = .refused(reason: "this coordinator makes no reports")
                }
            case .alerts(let id):
                if let alerts {
                    reply = await alerts(id).map { .alerts($0) } ?? .refused(reason: "there is no alert \(id ?? 0)")
                } else {
                    reply = .refused(
                        reason: "this coordinator has no console (`console:` in its configuration), "
                            + "and without one it looks for no alerts")
                }
            default: reply = .refused(reason: "nobody answers this")
            }
            await self?.turn { $0.answered(question, reply) }
        }
    }

    private func finish(_ result: Result<Void, any Error>) async {
        guard end == nil else { return }
        // Who stops it meanwhile hears of a failure all the same.
        let result = failure.map { .failure($0) } ?? result
        end = result
        if case .success = result { desk?.close(isOrderly: true) } else { desk?.close(isOrderly: false) }
        desk = nil
        listTimer?.disarm()
        await reactor.shutdown()
        ended?.resume(with: result)
        ended = nil
    }
}
