import Access
import Coordination
import Logging
import Storage
import Wire

/// What clients ask: answered from the state as it is, or handed to the core.
extension Desk {
    /// An answer with so many is far below a frame's limit.
    private static let jobsAPage = 1000

    func answer(
        _ request: ClientRequest, _ number: UInt64, to connection: ConnectionID, as permissions: Permissions
    ) throws {
        func reply(_ reply: ClientReply) { send(.reply(reply, number: number), to: connection) }
        if case .waitFor(let key) = request {
            try decide()
            guard let job = core.job(submittedWith: key) else {
                return reply(.refused(reason: "no job was submitted with the key '\(key)'"))
            }
            return try answer(.wait(job), number, to: connection, as: permissions)
        }
        switch request {
        // Whose a job is may be among what is not decided yet.
        case .cancel where !permissions.seesAll, .retry where !permissions.seesAll: try decide()
        case .submit, .retry, .cancel, .drain, .undrain: break
        default: try decide()
        }
        if let reason = permissions.refusal(of: request, owner: { detail($0)?.summary.tenant }) {
            counters.notAllowed += 1
            return reply(.refused(reason: reason))
        }
        switch request {
        case .submit(let job, let key):
            if let reason = Builtins.refusal(of: job.program) { return reply(.refused(reason: reason)) }
            if PlanChecks.isNeeded(for: job) {
                let submission = PlanChecks.Submission(job: job, key: key, connection: connection, request: number)
                if let reason = plans.add(submission) { reply(.busy(reason: reason, retryMilliseconds: 5000)) }
                return
            }
            inputs.append(.client(request, connection, request: number))
        case .retry, .cancel, .drain, .undrain: inputs.append(.client(request, connection, request: number))
        case .jobs(let after): reply(.jobs(page(after: after, for: permissions)))
        case .page(let filter, let order, let offset, let limit):
            let limit = min(Int(limit), Self.jobsAPage)
            reply(.page(core.jobs(permissions.view(filter), by: order, offset: Int(offset), limit: limit)))
        case .overview: reply(.overview(permissions.view(core.overview(at: clock.now()))))
        case .workers: reply(.workers(workers()))
        case .status: reply(.status(status))
        case .report, .alerts:
            let question = Asides.Question(request: request, connection: connection, number: number)
            if let reason = asides.add(question) { reply(.busy(reason: reason, retryMilliseconds: 5000)) }
        case .reload: reloads.waiting.append((connection, number))
        case .show(let job): reply(detail(job).map { .job(permissions.view($0)) } ?? unknown(job))
        case .watch(let job, let events, let output):
            guard let detail = detail(job) else { return reply(unknown(job)) }
            if !detail.summary.state.isFinal {
                let kind = Watchers.Kind.follow(events: events, output: output)
                watchers.add(
                    .init(connection: connection, request: number, kind: kind, permissions: permissions), to: job)
            }
            reply(.job(permissions.view(detail)))
        case .wait(let job):
            if let end = core.end(of: job) ?? (core.knows(job) ? nil : archived(job)?.end) {
                reply(.ended(job, end))
            } else if core.knows(job) {
                watchers.add(
                    .init(connection: connection, request: number, kind: .end, permissions: permissions), to: job)
            } else {
                reply(unknown(job))
            }
        case .waitFor: break
        case .log(let task, let stream, let offset, let limit):
            guard let detail = detail(task.job) else { return reply(unknown(task.job)) }
            guard task.index < detail.summary.units else {
                return reply(
                    .refused(reason: "\(task.job) has units 0 to \(detail.summary.units - 1), and no \(task.index)"))
            }
            do {
                let bytes = try runs.readLog(task, stream, offset: offset, limit: limit)
                reply(.log(bytes: bytes, offset: offset, ended: detail.summary.state.isFinal && bytes.count < limit))
            } catch {
                log.error("a log can't be read: \(error)")
                reply(.refused(reason: "the log of \(task) can't be read: \(error)"))
            }
        }
    }

    /// The next jobs that a principal sees; none at the end of all.
    private func page(after: JobID, for permissions: Permissions) -> [JobSummary] {
        var after = after
        while true {
            let jobs = core.jobs(after: after, limit: Self.jobsAPage)
            let seen = jobs.filter(permissions.sees)
            guard seen.isEmpty, let last = jobs.last else { return seen }
            after = last.id
        }
    }

    /// A submission whose communication is to be checked now, beside the turns; `checked` hears what was found.
    func nextPlan() -> PlanChecks.Submission? { plans.next() }

    func checked(_ submission: PlanChecks.Submission, refusal: String?) {
        plans.finished()
        let (connection, number) = (submission.connection, submission.request)
        if let refusal { return send(.reply(.refused(reason: refusal), number: number), to: connection) }
        inputs.append(.client(.submit(submission.job, key: submission.key), connection, request: number))
    }

    /// A question that is to be answered beside the turns; `answered` hears the answer.
    func nextAside() -> Asides.Question? {
        guard let question = asides.next() else { return nil }
        // A report counts the last minutes, too.
        writeEnergy()
        return question
    }

    func answered(_ question: Asides.Question, _ reply: ClientReply) {
        asides.finished()
        send(.reply(reply, number: question.number), to: question.connection)
    }

    // MARK: The coordinator itself

    var status: ClusterStatus {
        ClusterStatus(
            policy: type(of: core.policy).name, isVerified: !core.configuration.isUnverified, preflight: proof.summary,
            lastEntry: lastEntry, entriesHeld: watch?.held ?? 0, activeJobs: core.activeJobs,
            members: core.workers(at: clock.now()).count { $0.state != .gone }, alertCount: watch?.count ?? 0,
            alerts: watch?.alerts ?? [], reloads: reloads.taken, refusedReload: reloads.refused)
    }

    // MARK: What is known of a job

    private func unknown(_ job: JobID) -> ClientReply {
        .refused(reason: "there is no job \(job); `banquet jobs` lists those that there are")
    }

    func detail(_ job: JobID) -> JobDetail? {
        guard var detail = core.job(job) ?? archived(job) else { return nil }
        detail.folder = runs.folder(of: job)
        if let time = detail.checkpointed { detail.checkpointAgeMilliseconds = max(0, clock.now() - time) }
        return detail
    }
}
