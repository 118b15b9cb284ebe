import Coordination

/// The three lists as tables, and how their cells look.
extension TopSnapshot {
    private var now: Timestamp { overview.time }

    static let jobColumns: [Table.Column] = [
        .init("JOB", priority: 9), .init("STATE", priority: 8, minimum: 7), .init("TENANT", priority: 4, minimum: 4),
        .init("NAME", priority: 5, minimum: 8), .init("RUN", numeric: true, priority: 6),
        .init("DONE", numeric: true, priority: 7),
        .init("FAIL", numeric: true, priority: 3), .init("TRY", numeric: true, priority: 1),
        .init("TIME", numeric: true, priority: 6), .init("WHY", priority: 2, minimum: 12),
    ]

    var jobsTable: Table { Table(Self.jobColumns, rows: page.jobs.map(row)) }

    private func row(_ job: JobSummary) -> [String] {
        let time: Int64 =
            switch (job.started, job.ended) {
            case (let started?, let ended): (ended ?? now) - started
            case (nil, let ended): (ended ?? now) - job.submitted
            }
        let done = UInt64(job.unitsSucceeded)
        return [
            job.id.description, job.state.rawValue, job.tenant, job.name,
            job.unitsRunning == 0 ? "" : "\(job.unitsRunning)",
            job.units == 1 ? "\(done)/1" : "\(Self.count(done))/\(Self.count(UInt64(job.units)))",
            job.unitsFailed == 0 ? "" : "\(job.unitsFailed)", job.attempts == 0 ? "" : "\(job.attempts)",
            Self.elapsed(milliseconds: time), job.reason ?? "",
        ].map(\.withoutControls)
    }

    static func style(of state: JobState) -> CellStyle {
        switch state {
        case .running: CellStyle(.green)
        case .starting, .stopping: CellStyle(.yellow)
        case .failed: CellStyle(.red)
        case .queued: .plain
        case .succeeded, .cancelled: .dim
        }
    }

    static let workerColumns: [Table.Column] = [
        .init("WORKER", priority: 9), .init("STATE", priority: 8, minimum: 7), .init("LOAD", priority: 7, minimum: 10),
        .init("SLOTS", numeric: true, priority: 7), .init("DEVICES", priority: 4), .init("HOST", priority: 2),
        .init("HEARD", numeric: true, priority: 3), .init("HOLDS", priority: 1, minimum: 8),
    ]

    func workersTable(_ workers: [WorkerSummary]) -> Table {
        Table(
            Self.workerColumns,
            rows: workers.map { worker in
                let devices = (worker.offer?.devices ?? [:]).sorted { $0.key < $1.key }
                return [
                    worker.name.description,
                    worker.isDraining == true ? "\(worker.state.rawValue), drained" : worker.state.rawValue,
                    Progress.bar(Self.load(worker), width: 10), "\(worker.slotsUsed)/\(worker.slots)",
                    devices.map { "\($0.value) \($0.key)" }.joined(separator: ", "), worker.host,
                    worker.silentMilliseconds.map { Self.elapsed(milliseconds: $0) } ?? "",
                    worker.holding.prefix(20).map(\.task.description).joined(separator: " "),
                ].map(\.withoutControls)
            })
    }

    static func load(_ worker: WorkerSummary) -> Double {
        worker.slots == 0 ? 0 : Double(worker.slotsUsed) / Double(worker.slots)
    }

    static func style(of worker: WorkerSummary) -> CellStyle {
        switch worker.state {
        case .connected: worker.isDraining == true ? CellStyle(.yellow) : CellStyle(.green)
        case .suspect: CellStyle(.yellow)
        case .gone: .dim
        }
    }

    static let tenantColumns: [Table.Column] = [
        .init("TENANT", priority: 9), .init("SHARE", numeric: true, priority: 8), .init("", priority: 7, minimum: 10),
        .init("SLOTS", numeric: true, priority: 7), .init("QUOTA", numeric: true, priority: 2),
        .init("WEIGHT", numeric: true, priority: 2), .init("JOBS", numeric: true, priority: 5),
        .init("QUEUED", numeric: true, priority: 6), .init("FIRST", priority: 4),
        .init("WAITS", numeric: true, priority: 4),
        .init("OVERTAKEN", numeric: true, priority: 3),
    ]

    func tenantsTable(_ tenants: [TenantSummary]) -> Table {
        Table(
            Self.tenantColumns,
            rows: tenants.map { tenant in
                [
                    tenant.name.withoutControls, "\(Int((tenant.dominantShare * 100).rounded())) %",
                    Progress.bar(tenant.dominantShare, width: 10), Self.count(tenant.slotsUsed),
                    tenant.quota.map { "\($0)" } ?? "", "\(tenant.weight)", Self.count(UInt64(tenant.activeJobs)),
                    Self.count(tenant.queuedUnits), tenant.firstWaiting?.description ?? "",
                    tenant.waitsSince.map { Self.elapsed(milliseconds: now - $0) } ?? "",
                    tenant.firstWaiting == nil ? "" : Self.count(tenant.overtaken),
                ]
            })
    }

    /// `0.4s`, `59s`, `12m05s`, `3h20m`, `2d4h`
    static func elapsed(milliseconds: Int64) -> String {
        let (tenths, seconds) = (max(0, milliseconds) / 100, max(0, milliseconds) / 1000)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        switch seconds {
        case ..<10: return "\(tenths / 10).\(tenths % 10)s"
        case ..<60: return "\(seconds)s"
        case ..<3600: return "\(seconds / 60)m\(two(seconds % 60))s"
        case ..<86_400: return "\(seconds / 3600)h\(two(seconds / 60 % 60))m"
        default: return "\(seconds / 86_400)d\(seconds / 3600 % 24)h"
        }
    }

    // MARK: Once

    /// One picture as text, for a pipe.
    /// - Parameter width: of the terminal; nil: as wide as it needs to be.
    public func text(width: Int?) -> String {
        var lines = ["banquet at \(endpoint)"]
        lines += head(barWidth: 20).map { spans in
            let line = spans.map(\.text.withoutControls).joined()
            return width.map { line.fitted(to: $0) } ?? line
        }
        func add(_ table: Table, _ name: String, more: Int = 0) {
            guard !table.rows.isEmpty else { return lines.append(contentsOf: ["", "no \(name)"]) }
            lines += [""] + table.lines(width: width)
            if more > 0 { lines.append("and \(Progress.grouped(more)) more") }
        }
        add(tenantsTable(overview.tenants), "tenant has a job that hasn't ended")
        add(workersTable(workers), "workers")
        add(jobsTable, "jobs", more: page.total - page.offset - page.jobs.count)
        return lines.joined(separator: "\n")
    }
}
