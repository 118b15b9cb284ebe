public import Coordination

/// Adds up a journal, entry by entry, to the figures of a period. What it needs grows with the jobs that haven't ended, not with the
/// journal.
///
/// Slots are used from a lease's `accept` to its end (`finish`, `fail`, `lapse`), and available from a worker's `join` to its
/// `leave` or `crash`.
public struct Ledger {
    /// Into how many parts the period is cut for the plot over time.
    static let slices = 120

    let period: ReportPeriod
    private var books: [WorkerName: WorkerBook] = [:]
    private var leases: [Epoch: LiveLease] = [:]
    private var open: [JobID: OpenJob] = [:]
    private var tenants: [String: TenantBook] = [:]
    private var failures: [String: Int] = [:]
    private var retries = UsageReport.Retries()
    private var preemptions = 0
    private var deadLetters = 0
    private var deadLetterJobs: [UsageReport.DeadLetter] = []
    private var restarts = 0
    private var unverified = 0
    private var entries = 0
    private var time: Timestamp?
    private var knownFrom: Timestamp?
    private var overTime: SliceBook

    private struct LiveLease {
        var task: TaskID
        var worker: WorkerName
        /// Nil until it was accepted.
        var since: Timestamp?
    }

    private struct OpenJob {
        var name: String
        var tenant: String
        var isGang: Bool
        var slots: UInt64
        var devices: [String: UInt32]
        var submitted: Timestamp
        var started: Timestamp?
        /// Its units that failed or were lost, and haven't gone back to the queue.
        var broken: Set<UInt32> = []

        init(_ job: JobSpecification, submitted: Timestamp, started: Timestamp? = nil) {
            name = job.name
            tenant = job.tenant
            isGang = job.isGang
            slots = UInt64(job.slots)
            devices = job.requirements.devices
            self.submitted = submitted
            self.started = started
        }
    }

    private struct TenantBook {
        var jobs = UsageReport.Jobs()
        var waits: [Int64] = []
        var slotMilliseconds = 0.0
    }

    public init(_ period: ReportPeriod) {
        self.period = period
        overTime = SliceBook(period, count: Self.slices)
    }

    // MARK: What was before the first entry

    /// The journal begins after this snapshot: what happened before is known of jobs alone.
    /// - Parameter forgotten: jobs that had ended before, and that the snapshot knows no more.
    public mutating func begin(after snapshot: ClusterSnapshot, forgotten: [JobDetail]) {
        knownFrom = snapshot.time
        time = snapshot.time
        overTime.advance(to: snapshot.time)
        for worker in snapshot.knownWorkers {
            change(worker.name) {
                if worker.isMember {
                    $0.join(slots: worker.slots, offer: worker.offer, host: worker.host, counts: false)
                }
                $0.isDraining = worker.isDraining
            }
        }
        for job in snapshot.knownJobs {
            remember(job.specification, job.id, job.submitted, job.started, job.ended, job.end)
        }
        for lease in snapshot.heldLeases {
            leases[lease.lease.epoch] = LiveLease(task: lease.lease.task, worker: lease.worker)
            if lease.isAccepted { accept(lease.lease, at: snapshot.time) }
        }
        let known = Set(snapshot.knownJobs.map(\.id))
        for detail in forgotten where !known.contains(detail.summary.id) {
            let job = detail.summary
            guard let ended = job.ended, ended <= snapshot.time else { continue }
            let end: JobEnd =
                switch job.state {
                case .succeeded: .succeeded
                case .cancelled: .cancelled
                default: .failed(code: job.exitCode ?? 1, reason: job.reason ?? "")
                }
            remember(
                detail.specification, job.id, job.submitted, job.started, ended, end,
                units: detail.deadLetters?.count ?? 1)
        }
    }

    /// The journal begins in the middle, and nothing is known of what was before.
    public mutating func begin(at time: Timestamp) {
        knownFrom = time
        self.time = time
    }

    private mutating func remember(
        _ specification: JobSpecification, _ id: JobID, _ submitted: Timestamp, _ started: Timestamp?,
        _ ended: Timestamp?, _ end: JobEnd?, units: Int = 1
    ) {
        let tenant = specification.tenant
        if period.contains(submitted) { tenants[tenant, default: TenantBook()].jobs.submitted += 1 }
        if let started { note(start: started, of: submitted, tenant) }
        guard let ended, let end else {
            open[id] = OpenJob(specification, submitted: submitted, started: started)
            return
        }
        note(end, of: id, specification.name, tenant, units: units, at: ended)
    }

    // MARK: Entries

    /// - Returns: false for an entry that comes after the period: no later one counts.
    @discardableResult
    public mutating func add(_ entry: JournalEntry) -> Bool {
        guard entry.time <= period.to else { return false }
        overTime.advance(to: entry.time)
        time = entry.time
        let counts = period.contains(entry.time)
        if counts {
            entries += 1
            if entry.isUnverified { unverified += 1 }
        }
        fold(entry.event, at: entry.time, counts)
        return true
    }

    private mutating func fold(_ event: ProtocolEvent, at time: Timestamp, _ counts: Bool) {
        switch event {
        case .submit(let id, let specification, _):
            open[id] = OpenJob(specification, submitted: time)
            if counts { tenants[specification.tenant, default: TenantBook()].jobs.submitted += 1 }
        case .assign(let lease, let worker, _):
            leases[lease.epoch] = LiveLease(task: lease.task, worker: worker)
        case .accept(let lease, _):
            accept(lease, at: time)
            if open[lease.task.job]?.isGang == false { start(lease.task.job, at: time) }
        case .start(let job, _): start(job, at: time)
        case .finish(let lease): release(lease, at: time)
        case .fail(let lease, let outcome):
            release(lease, at: time)
            open[lease.task.job]?.broken.insert(lease.task.index)
            if counts, let cause = Self.cause(outcome) { failures[cause, default: 0] += 1 }
        case .lapse(let lease):
            release(lease, at: time)
            open[lease.task.job]?.broken.insert(lease.task.index)
            if counts { failures["worker lost", default: 0] += 1 }
        case .expire:
            if counts { failures["time limit", default: 0] += 1 }
        case .preempt:
            if counts { preemptions += 1 }
        case .retry(let job, let index, let reason):
            if let index { open[job]?.broken.remove(index) } else { open[job]?.broken = [] }
            guard counts else { break }
            switch reason {
            case .failed: retries.failed += 1
            case .lost: retries.lost += 1
            case .preempted: retries.preempted += 1
            }
        case .end(let id, let end):
            guard let job = open.removeValue(forKey: id) else { break }
            note(end, of: id, job.name, job.tenant, units: job.isGang ? 1 : max(1, job.broken.count), at: time)
        case .join(let name, _, let slots, let host, let offer, _):
            change(name) { $0.join(slots: slots, offer: offer, host: host, counts: counts) }
        case .leave(let name): change(name) { $0.leave() }
        case .crash(let name, _):
            change(name) {
                $0.leave()
                if counts { $0.crashes += 1 }
            }
        case .cordon(let name): change(name) { $0.isDraining = true }
        case .uncordon(let name): change(name) { $0.isDraining = false }
        case .recover: if counts { restarts += 1 }
        case .form, .checkpoint, .cancel: break
        }
    }

    /// Nil for a unit that was told to stop: the reason is counted where it arose.
    private static func cause(_ outcome: Outcome) -> String? {
        switch outcome {
        case .exited(let code): "exit code \(code)"
        case .signalled(let signal): "signal \(signal)"
        case .notStarted: "could not be started"
        case .stopped: nil
        }
    }

    private mutating func start(_ id: JobID, at time: Timestamp) {
        guard let job = open[id], job.started == nil else { return }
        open[id]?.started = time
        note(start: time, of: job.submitted, job.tenant)
    }

    private mutating func note(start: Timestamp, of submitted: Timestamp, _ tenant: String) {
        guard period.contains(start) else { return }
        tenants[tenant, default: TenantBook()].jobs.started += 1
        tenants[tenant, default: TenantBook()].waits.append(start - submitted)
    }

    private mutating func note(
        _ end: JobEnd, of id: JobID, _ name: String, _ tenant: String, units: Int, at time: Timestamp
    ) {
        guard period.contains(time) else { return }
        switch end {
        case .succeeded: tenants[tenant, default: TenantBook()].jobs.succeeded += 1
        case .cancelled: tenants[tenant, default: TenantBook()].jobs.cancelled += 1
        case .failed(_, let reason):
            tenants[tenant, default: TenantBook()].jobs.failed += 1
            deadLetters += units
            deadLetterJobs.append(.init(job: id, name: name, tenant: tenant, units: units, reason: reason))
            if deadLetterJobs.count > 200 { deadLetterJobs.removeFirst(100) }
        }
    }

    // MARK: Slots

    private mutating func accept(_ lease: Lease, at time: Timestamp) {
        guard let live = leases[lease.epoch], live.since == nil, let job = open[lease.task.job] else { return }
        leases[lease.epoch]?.since = time
        change(live.worker) { $0.take(slots: job.slots, devices: job.devices) }
    }

    private mutating func release(_ lease: Lease, at time: Timestamp) {
        guard let live = leases.removeValue(forKey: lease.epoch), let since = live.since,
            let job = open[lease.task.job]
        else { return }
        change(live.worker) { $0.give(slots: job.slots, devices: job.devices) }
        charge(job, since, time)
    }

    private mutating func charge(_ job: OpenJob, _ since: Timestamp, _ time: Timestamp) {
        tenants[job.tenant, default: TenantBook()].slotMilliseconds +=
            Double(period.overlap(since, time)) * Double(job.slots)
    }

    private mutating func change(_ name: WorkerName, _ body: (inout WorkerBook) -> Void) {
        var book = books[name] ?? WorkerBook()
        book.advance(to: time ?? period.from, in: period)
        let before = (book.available, book.used)
        body(&book)
        overTime.change(
            available: Double(book.available) - Double(before.0), used: Double(book.used) - Double(before.1))
        books[name] = book
    }

    // MARK: The end

    /// The figures, once all entries are in.
    /// - Parameter end: until when the cluster is as the last entry left it: now, if a coordinator runs.
    public func report(knownTo end: Timestamp) -> UsageReport {
        var ledger = self
        return ledger.close(at: min(max(end, time ?? end), period.to))
    }

    private mutating func close(at end: Timestamp) -> UsageReport {
        overTime.advance(to: end)
        for name in books.keys { books[name]?.advance(to: end, in: period) }
        for lease in leases.values {
            if let since = lease.since, let job = open[lease.task.job] { charge(job, since, end) }
        }
        for job in open.values where job.started == nil {
            tenants[job.tenant, default: TenantBook()].jobs.waiting += 1
            let longest = max(tenants[job.tenant]!.jobs.longestWaiting, Double(end - job.submitted) / 1000)
            tenants[job.tenant]!.jobs.longestWaiting = longest
        }
        let workers = books.sorted { $0.key < $1.key }.filter { $0.value.wasThere }
        var devices: [String: UsageReport.Use] = [:]
        for (_, book) in workers {
            for (kind, amount) in book.deviceMilliseconds {
                devices[kind, default: .init()].available += amount.available / 3_600_000
                devices[kind, default: .init()].used += amount.used / 3_600_000
            }
        }
        let held = tenants.values.reduce(0) { $0 + $1.slotMilliseconds }
        let seen = tenants.filter { $0.value.jobs != .init() || $0.value.slotMilliseconds > 0 }
        var slots = UsageReport.Use()
        for (_, book) in workers {
            slots.available += book.availableMilliseconds / 3_600_000
            slots.used += book.usedMilliseconds / 3_600_000
        }
        return UsageReport(
            from: period.from, to: period.to, knownFrom: knownFrom.flatMap { $0 > period.from ? $0 : nil },
            entries: entries, slots: slots,
            workers: workers.map { $0.value.summary(of: $0.key) },
            devices: devices.sorted { $0.key < $1.key }.map { .init(kind: $0.key, hours: $0.value) },
            jobs: seen.values.reduce(into: .init()) { $0.add($1.jobs) },
            waits: .init(milliseconds: seen.values.flatMap(\.waits)),
            tenants: seen.sorted { $0.key < $1.key }.map { name, book in
                .init(
                    name: name, jobs: book.jobs, waits: .init(milliseconds: book.waits),
                    slotHours: book.slotMilliseconds / 3_600_000, share: held > 0 ? book.slotMilliseconds / held : 0)
            },
            failures: failures.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
                .init(cause: $0.key, count: $0.value)
            },
            retries: retries, preemptions: preemptions, deadLetters: deadLetters,
            deadLetterJobs: deadLetterJobs.suffix(100), restarts: restarts, unverified: unverified,
            energyKilowattHours: nil, slices: overTime.slices)
    }
}

extension UsageReport.Jobs {
    mutating func add(_ other: Self) {
        submitted += other.submitted
        started += other.started
        succeeded += other.succeeded
        failed += other.failed
        cancelled += other.cancelled
        waiting += other.waiting
        longestWaiting = max(longestWaiting, other.longestWaiting)
    }
}
