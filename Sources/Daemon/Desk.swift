import Access
import Coordination
import Logging
import Storage
import Wire

/// What happens at the coordinator's desk between reading a batch of frames and sending the answers: frames become inputs of the
/// core, the core's records go to the store, and what may be said once they are durable waits in the outbox.
final class Desk {
    let recoveredEntries: UInt64
    var activeJobs: Int { core.activeJobs }

    let log: Logger
    private let codec = WireCodec()
    let clock: MonotoneClock
    private let store: RuntimeStore
    let runs: RunDesk
    var core: Coordinator
    var watchers = Watchers()
    private var updates = StateUpdates()
    private var refusals = Refusals()
    var counters = ServiceCounters()
    var plans = PlanChecks()
    var watch: JournalWatch?
    var reloads = Reloads()
    var asides = Asides()
    private(set) var proof: Proof
    private var signs = LifeSigns()
    private var reports: DeviceReports
    private var gangKeys: GangKeys

    /// What came in and was not decided yet: the core decides them together.
    var inputs: [CoordinatorInput] = []
    private var records: [JournalEntry] = []
    /// On disk since this turn, and not reviewed yet.
    private var committed: [JournalEntry] = []
    private var commitTook = Duration.zero
    private var lastSequence: UInt64
    private var lastSnapshot: UInt64
    private var deferral = CommitDeferral()
    private var outbox = Outbox()

    init(_ settings: CoordinatorService.Settings, log: Logger) throws {
        self.log = log
        let store = try RuntimeStore(
            folder: settings.stateFolder, now: MonotoneClock(notBefore: nil).now(), limits: settings.runs)
        var core = Coordinator(configuration: settings.cluster, policy: settings.policy)
        for warning in store.warnings { log.warning("\(warning)") }
        let snapshot = try store.loadSnapshot()
        if let snapshot { core.restore(snapshot) }
        let first = (snapshot?.sequence ?? 0) + 1
        var last: JournalEntry?
        var watch = settings.rules.map { JournalWatch($0, hasPast: first > 1, log: log) }
        try store.loadJournal(from: first) { entry in
            try core.replay(entry)
            watch?.observe(entry)
            last = entry
        }
        watch?.follow(grantsAtOnce: !type(of: settings.policy).grantsPieces)
        if settings.cluster.isUnverified { log.warning("UNVERIFIED: \(settings.proof.summary)") }
        self.watch = watch
        proof = settings.proof
        self.store = store
        self.core = core
        clock = MonotoneClock(notBefore: last?.time ?? snapshot?.time)
        recoveredEntries = last?.sequence ?? snapshot?.sequence ?? 0
        lastSequence = recoveredEntries
        lastSnapshot = snapshot?.sequence ?? 0
        reports = DeviceReports(EnergyLedger(folder: settings.stateFolder, now: clock.now()))
        gangKeys = GangKeys(settings.keys == nil ? nil : store.runs, lastJob: core.lastJob, log: log)
        runs = RunDesk(store.runs, lastJob: core.lastJob, log: log)
    }

    func start() throws { try carryOut(core.start(at: clock.now())) }
    func tick() { inputs.append(.clock) }

    /// For whoever only looks: the state as the last turn left it.
    func read<Result>(_ body: (borrowing Coordinator, Timestamp) -> Result) -> Result { body(core, clock.now()) }
    func look(up job: JobID) -> JobDetail? { detail(job) }
    var runFolders: RunFolders { store.runs }
    var lastSigns: [JobID: Timestamp] { signs.jobs }
    var crashes: [WorkerName: [Timestamp]] { signs.crashes }
    var devices: [WorkerName: [DeviceState]] { reports.fresh(at: clock.now()) }
    var energy: [WorkerName: Double] { reports.energy }
    /// Entries of the journal that the protocol doesn't allow: how many there were, and the last of them.
    var violations: (count: UInt64, last: [ClusterStatus.Alert]) { (watch?.count ?? 0, watch?.alerts ?? []) }

    /// All workers, with what their devices say.
    func workers() -> [WorkerSummary] {
        let now = clock.now()
        return core.workers(at: now).map { worker in
            guard let devices = reports.devices(of: worker.name, at: now) else { return worker }
            var worker = worker
            worker.devices = devices
            return worker
        }
    }

    /// The core takes what came in. To be called before it is asked for anything, and at the end of a turn.
    func decide() throws {
        guard !inputs.isEmpty else { return }
        let effects = core.handle(inputs, at: clock.now())
        inputs.removeAll(keepingCapacity: true)
        try carryOut(effects)
    }

    func lost(_ connection: ConnectionID) {
        watchers.lost(connection)
        refusals.lost(connection)
        gangKeys.lost(connection)
        asides.lost(connection)
        inputs.append(.connectionLost(connection))
    }

    func writeEnergy() {
        do { try reports.flush() } catch { log.error("the energy of the last minutes can't be written: \(error)") }
    }

    /// - Parameter isOrderly: no write has failed.
    func close(isOrderly: Bool) {
        if isOrderly, !records.isEmpty {
            do {
                try append()
                committed += records
                try review()
            } catch { log.error("the last records can't be written: \(error)") }
        }
        log.notice(
            "counted: \(counters); \(watch?.held ?? 0) entries held against the protocol, \(watch?.count ?? 0) refused")
        writeEnergy()
        // So that the next start needs no replay.
        if isOrderly, core.snapshot.sequence == lastSequence,
            lastSequence - lastSnapshot > Self.entriesBeforeSnapshot / 10
        {
            do { try store.begin(core.snapshot).write() } catch {
                log.error("no snapshot was written at the end: \(error)")
            }
        }
        try? store.close()
    }

    // MARK: Snapshots

    /// A restart replays this many entries at most, or four for every job that is known, whichever is more: the work for
    /// snapshots stays a small part of all.
    private static let entriesBeforeSnapshot: UInt64 = 200_000

    /// A snapshot to be written, when enough has happened since the last.
    func snapshotIfDue() -> RuntimeStore.PendingSnapshot? {
        guard records.isEmpty, lastSequence - lastSnapshot >= Self.entriesBeforeSnapshot else { return nil }
        let snapshot = core.snapshot
        guard lastSequence - lastSnapshot >= 4 * UInt64(snapshot.jobs) else { return nil }
        lastSnapshot = lastSequence
        return store.begin(snapshot)
    }

    func adopt(_ snapshot: RuntimeStore.PendingSnapshot) throws { try store.adopt(snapshot) }

    // MARK: Frames in

    /// A frame that can't be read, or that only the coordinator may send, is counted and logged, and changes nothing.
    /// - Parameter permissions: what its sender may do.
    func receive(
        _ bytes: UnsafeRawBufferPointer, from connection: ConnectionID, as permissions: Permissions = Permissions(nil)
    ) throws {
        let message: WireMessage
        do {
            message = try codec.decode(bytes)
        } catch {
            if case .unknownVersion = error, let answer = codec.answer(to: bytes, because: error) {
                outbox.frames.append((answer, connection))
            }
            return refuse(bytes, from: connection, because: error)
        }
        switch message {
        case .fromWorker(let message): try receive([message], from: connection, as: permissions)
        case .fromWorkers(let messages): try receive(messages, from: connection, as: permissions)
        case .request(let request, let number): try answer(request, number, to: connection, as: permissions)
        case .toWorker, .toWorkers, .reply:
            refuse(
                bytes, from: connection, because: .garbage(field: "kind", reason: "only the coordinator sends these"))
        }
    }

    private func refuse(_ bytes: UnsafeRawBufferPointer, from connection: ConnectionID, because error: WireError) {
        let count = counters.refused(error)
        // Ever more seldom, so that a flood of bad frames is not one of log lines.
        guard count & (count - 1) == 0 else { return }
        log.warning(
            "refused a frame of \(bytes.count) bytes from connection \(connection.number) (the \(count)th of its kind): \(error)"
        )
    }

    /// A frame of a worker's: all of it counts, or nothing.
    private func receive(
        _ messages: [WorkerMessage], from connection: ConnectionID, as permissions: Permissions
    ) throws {
        if let reason = messages.lazy.compactMap(permissions.refusal).first {
            counters.notAllowed += 1
            return send(.toWorker(.refuse(reason: reason)), to: connection)
        }
        for message in messages { try receive(message, from: connection) }
    }

    private func receive(_ message: WorkerMessage, from connection: ConnectionID) throws {
        switch message {
        case .log, .metrics, .checkpoint: try decide()
        case .join(let join):
            gangKeys.joined(join, on: connection)
            return inputs.append(.worker(message, connection))
        case .heartbeat(let beat) where !beat.devices.isEmpty:
            if let worker = core.worker(on: connection) {
                try reports.note(beat.devices, of: worker, at: clock.now())
            }
            return inputs.append(.worker(message, connection))
        default: return inputs.append(.worker(message, connection))
        }
        switch message {
        case .log(let lease, let stream, let offset, let bytes):
            guard core.holds(lease, on: connection) else { return counters.stale += 1 }
            let piece = try runs.log(lease, stream, offset: offset, bytes: bytes, quota: logQuota(of: lease.task.job))
            signs.heard(lease.task.job, at: clock.now())
            guard !piece.bytes.isEmpty else { return }
            for watch in watchers.following(lease.task.job) where watch.wantsOutput {
                reply(.output(lease.task, stream, offset: piece.position, bytes: piece.bytes), watch)
            }
        case .metrics(let lease, let json):
            guard core.holds(lease, on: connection) else { return counters.stale += 1 }
            guard runs.metrics(lease, json, at: clock.now()) else { return }
            signs.heard(lease.task.job, at: clock.now())
            for watch in watchers.following(lease.task.job) {
                reply(.update(.metrics(index: lease.task.index, json: json)), watch)
            }
        case .checkpoint(let lease, let step, let bytes):
            guard core.holds(lease, on: connection) else { return counters.stale += 1 }
            // The core says whether it counts; the bytes are on disk before the record that names them.
            let effects = core.handle(.worker(message, connection), at: clock.now())
            let isRecorded = effects.contains {
                if case .record(let entry) = $0, case .checkpoint = entry.event { true } else { false }
            }
            if isRecorded { try runs.checkpoint(lease.task.job, step: step, bytes) }
            try carryOut(effects)
        default: break
        }
    }

    private func logQuota(of job: JobID) -> LogQuota? {
        core.logQuota(of: job).map { tenant, bytes in
            LogQuota(tenant: tenant, bytes: bytes) { [core] in core.jobs(of: tenant) }
        }
    }

    // MARK: The configuration

    /// Whether somebody waits for the configuration to be read again, and nobody has begun with it.
    func beginsReload() -> Bool { reloads.begin() }

    /// The configuration was read again and checked.
    func reloaded(
        _ result: Result<CoordinatorService.Reconfiguration, CoordinatorService.ReloadRefused>
    ) throws {
        let answer: ClientReply
        switch result {
        case .success(let changed):
            try decide()
            try carryOut(core.adopt(changed.cluster, policy: changed.policy, at: clock.now()))
            proof = changed.proof
            watch?.follow(grantsAtOnce: !type(of: changed.policy).grantsPieces)
            reloads.taken += 1
            reloads.refused = nil
            answer = .reloaded(
                (["the configuration is taken: \(changed.proof.summary)"] + changed.remarks).joined(separator: "\n"))
        case .failure(let error):
            reloads.refused = error.summary
            answer = .refused(reason: error.reason)
        }
        for (connection, number) in reloads.end() { send(.reply(answer, number: number), to: connection) }
    }

    // MARK: The journal

    /// Also of those that this turn has yet to write.
    var lastEntry: UInt64 { lastSequence + UInt64(records.count) }

    func archived(_ job: JobID) -> JobDetail? {
        do { return try store.archivedJob(job) } catch {
            log.error("\(error)")
            return nil
        }
    }

    private func append() throws {
        let forgotten = core.takeForgotten()
        try store.append(entries: records, archived: forgotten)
        for job in forgotten { runs.forgot(job) }
        lastSequence += UInt64(records.count)
    }

    // MARK: Effects out

    /// A `start` of a gang of the built-in trainer's gets the gang's key.
    private func keyed(_ message: CoordinatorMessage) throws -> CoordinatorMessage {
        guard case .start(let lease, var rendezvous) = message,
            let generation = core.builtinGeneration(of: lease.task.job)
        else { return message }
        rendezvous.gangKey = try gangKeys.key(of: lease.task.job, generation: generation)
        return .start(lease, rendezvous)
    }

    private func carryOut(_ effects: [CoordinatorEffect]) throws {
        for effect in effects {
            switch effect {
            case .record(let entry): records.append(entry)
            case .send(let unkeyed, let connection):
                let message = try keyed(unkeyed)
                let checkpoint = runs.checkpoint(for: message)
                if checkpoint == nil {
                    outbox.messages[connection, default: []].append(message)
                } else {
                    encodeMessages(to: connection)
                    send(.toWorker(message, checkpoint: checkpoint), to: connection)
                }
            case .reply(let reply, let connection, let request):
                send(.reply(reply, number: request), to: connection)
                if case .busy = reply { holdLast() }
            case .wake(let time): outbox.wake = clock.instant(of: time)
            case .count(let counter): counters.counted(counter)
            }
        }
    }

    /// What a worker is told in one turn travels in few frames.
    private func encodeMessages(to connection: ConnectionID) {
        guard let messages = outbox.messages.removeValue(forKey: connection) else { return }
        outbox.workers[connection] = outbox.workers[connection] == true || !messages.allSatisfy(\.isForGoodOrder)
        for start in stride(from: 0, to: messages.count, by: Self.messagesAFrame) {
            let part = messages[start..<min(start + Self.messagesAFrame, messages.count)]
            if part.count > 1, let frame = try? codec.encode(.toWorkers(Array(part))) {
                outbox.frames.append((frame, connection))
            } else {
                // Too large together, or one alone.
                for message in part { send(.toWorker(message), to: connection) }
            }
        }
    }

    private static let messagesAFrame = 512

    func send(_ message: WireMessage, to connection: ConnectionID) {
        do {
            outbox.frames.append((try codec.encode(message), connection))
        } catch {
            log.error("a message to connection \(connection.number) can't be sent: \(error)")
            guard case .reply(_, let number) = message else { return }
            send(
                .reply(.refused(reason: "the answer is too large to be sent: \(error)"), number: number), to: connection
            )
        }
    }

    /// The frame that was added last may have to wait.
    private func holdLast() {
        guard let frame = outbox.frames.last, refusals.keeps(frame.bytes, for: frame.connection, now: .now) else {
            return
        }
        outbox.frames.removeLast()
    }

    private func reply(_ reply: ClientReply, _ watch: Watchers.Watch) {
        send(.reply(reply, number: watch.request), to: watch.connection)
    }

    func droppedFrame(to connection: ConnectionID) {
        counters.dropped += 1
        log.debug("dropped a frame to connection \(connection.number): its queue is full")
    }

    /// Makes the records of this turn durable, all at once; after that, the outbox may be sent.
    func commit() throws -> Outbox {
        try decide()
        outbox.frames += refusals.take(now: .now)
        if let next = refusals.next { outbox.commit(by: next) }
        if let until = deferral.end(of: records, outbox, now: .now) {
            outbox.commit(by: until)
            defer { (outbox.wake, outbox.commitBy) = (nil, nil) }
            var alarms = Outbox()
            (alarms.wake, alarms.commitBy) = (outbox.wake, outbox.commitBy)
            return alarms
        }
        for connection in outbox.messages.keys { encodeMessages(to: connection) }
        if !records.isEmpty {
            let begin = ContinuousClock.now
            try append()
            commitTook = .now - begin
        }
        // Also of what has waited to be told.
        try tellWatchers(of: records)
        committed += records
        records.removeAll(keepingCapacity: true)
        defer { outbox = Outbox() }
        outbox.sort()
        return outbox
    }

    /// What was committed is held against the protocol, counted and logged: to be called when it was said, for nobody waits for this.
    /// - Returns: whether there was anything.
    @discardableResult
    func review() throws -> Bool {
        guard !committed.isEmpty else { return false }
        defer { committed.removeAll(keepingCapacity: true) }
        counters.committed(committed, took: commitTook)
        for entry in committed {
            watch?.observe(entry)
            signs.note(entry)
            log.debug("\(entry.sequence) \(entry.event)")
            if case .checkpoint(let job, let step) = entry.event { try runs.checkpointRecorded(job, step: step) }
        }
        return true
    }

    private func tellWatchers(of entries: [JournalEntry]) throws {
        let now = ContinuousClock.now
        var changed: [JobID] = []
        // Whether it can wait to be told.
        var isMinor: [JobID: Bool] = [:]
        var ends: [JobID: JobEnd] = [:]
        for entry in entries {
            guard let job = entry.event.job else { continue }
            let watches = watchers.following(job)
            if case .end(_, let end) = entry.event { ends[job] = end } else if watches.isEmpty { continue }
            if isMinor[job] == nil { changed.append(job) }
            switch entry.event {
            case .assign, .accept, .finish: isMinor[job] = isMinor[job] ?? true
            default: isMinor[job] = false
            }
            for watch in watches where watch.wantsEvents { reply(.update(.event(entry)), watch) }
        }
        for job in changed where isMinor[job] == false || updates.mayTell(job, now: now) {
            try tellState(of: job, end: ends[job], now: now)
        }
        for job in updates.due(now: now) { try tellState(of: job, end: nil, now: now) }
        if let next = updates.next { outbox.commit(by: next) }
    }

    private func tellState(of job: JobID, end: JobEnd?, now: ContinuousClock.Instant) throws {
        if let end {
            try gangKeys.ended(job)
            runs.close(job, name: core.name(of: job) ?? archived(job)?.summary.name ?? "")
            for watch in watchers.waiting(job) { reply(.ended(job, end), watch) }
        }
        let watches = watchers.following(job)
        if !watches.isEmpty, let detail = detail(job) {
            for watch in watches { reply(.update(.state(watch.permissions.view(detail))), watch) }
            updates.wasTold(job, now: now)
        }
        if end != nil { watchers.end(job) }
        if end != nil || watches.isEmpty { updates.forget(job) }
    }
}
