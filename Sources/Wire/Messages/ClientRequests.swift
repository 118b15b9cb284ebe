internal import CWire
internal import Coordination

extension Arena {
    func request(_ request: ClientRequest, _ number: UInt64) -> UnsafeMutablePointer<Wire__ClientRequest> {
        let frame = make(wire__client_request__init)
        frame.pointee.request = number
        switch request {
        case .submit(let specification, let key):
            let message = make(wire__submit__init)
            message.pointee.job = job(specification)
            message.pointee.key = data(key)
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_SUBMIT
            frame.pointee.submit = message
        case .retry(let job, let key):
            let message = make(wire__retry__init)
            message.pointee.job = job.number
            message.pointee.key = data(key)
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_RETRY
            frame.pointee.retry = message
        case .cancel(let job):
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_CANCEL
            frame.pointee.cancel = job.number
        case .jobs(let after):
            let page = make(wire__page__init)
            page.pointee.after = after.number
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_JOBS
            frame.pointee.jobs = page
        case .show(let job):
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_SHOW
            frame.pointee.show = job.number
        case .page(let filter, let order, let offset, let limit):
            let message = make(wire__job_page__init)
            message.pointee.kind = data(filter.kind.rawValue)
            message.pointee.tenant = data(filter.tenant ?? "")
            message.pointee.text = data(filter.text ?? "")
            message.pointee.order = data(order.rawValue)
            message.pointee.offset = offset
            message.pointee.limit = limit
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_PAGE
            frame.pointee.page = message
        case .overview:
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_OVERVIEW
            frame.pointee.overview = nothing()
        case .workers:
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_WORKERS
            frame.pointee.workers = nothing()
        case .status:
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_STATUS
            frame.pointee.status = nothing()
        case .reload:
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_RELOAD
            frame.pointee.reload = nothing()
        case .report(let since, let until):
            let message = make(wire__report_period__init)
            message.pointee.since = data(since)
            message.pointee.until = data(until ?? "")
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_REPORT
            frame.pointee.report = message
        case .alerts(let acknowledged):
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_ALERTS
            frame.pointee.alerts = acknowledged ?? 0
        case .drain(let worker, let isNow):
            let message = make(wire__drain__init)
            message.pointee.worker = data(worker.description)
            message.pointee.now = isNow ? 1 : 0
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_DRAIN
            frame.pointee.drain = message
        case .undrain(let worker):
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_UNDRAIN
            frame.pointee.undrain = data(worker.description)
        case .wait(let job):
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_WAIT
            frame.pointee.wait = job.number
        case .waitFor(let key):
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_WAIT_FOR
            frame.pointee.wait_for = data(key)
        case .watch(let job, let events, let output):
            let message = make(wire__watch__init)
            message.pointee.job = job.number
            message.pointee.output = output ? 1 : 0
            message.pointee.events = events ? 1 : 0
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_WATCH
            frame.pointee.watch = message
        case .log(let task, let stream, let offset, let limit):
            let message = make(wire__read_log__init)
            message.pointee.job = task.job.number
            message.pointee.index = task.index
            message.pointee.stream = self.stream(stream)
            message.pointee.offset = offset
            message.pointee.limit = limit
            frame.pointee.message_case = WIRE__CLIENT_REQUEST__MESSAGE_LOG
            frame.pointee.log = message
        }
        return frame
    }

    private func job(_ specification: JobSpecification) -> UnsafeMutablePointer<Wire__JobSpecification> {
        let message = make(wire__job_specification__init)
        message.pointee.name = data(specification.name)
        message.pointee.tenant = data(specification.tenant)
        switch specification.shape {
        case .gang(let ranks):
            message.pointee.shape_case = WIRE__JOB_SPECIFICATION__SHAPE_GANG_RANKS
            message.pointee.gang_ranks = ranks
        case .array(let tasks):
            message.pointee.shape_case = WIRE__JOB_SPECIFICATION__SHAPE_ARRAY_TASKS
            message.pointee.array_tasks = tasks
        }
        message.pointee.program = program(specification.program)
        message.pointee.n_environment = specification.environment.count
        message.pointee.environment = pairs(specification.environment)
        message.pointee.working_directory = data(specification.workingDirectory ?? "")
        message.pointee.slots = specification.slots
        message.pointee.retries = specification.retries
        message.pointee.crash_limit = specification.crashLimit
        message.pointee.time_limit_milliseconds = UInt64(clamping: specification.timeLimitMilliseconds ?? 0)
        message.pointee.retry_delay_milliseconds = specification.retryDelayMilliseconds
        message.pointee.concurrency = specification.concurrency ?? 0
        message.pointee.minimum_ranks = specification.minimumRanks ?? 0
        message.pointee.priority = specification.priority
        message.pointee.n_after = specification.after.count
        message.pointee.after = list(specification.after.map(\.number))
        message.pointee.requirements = requirements(specification.requirements)
        if let communication = specification.communication {
            message.pointee.communication = data(communication.text)
            message.pointee.communication_unchecked = communication.isUnchecked ? 1 : 0
        }
        message.pointee.checkpoint_milliseconds = UInt64(clamping: specification.checkpointMilliseconds ?? 0)
        return message
    }
}

extension Reading {
    func request(_ frame: Wire__ClientRequest) throws(WireError) -> ClientRequest {
        switch frame.message_case {
        case WIRE__CLIENT_REQUEST__MESSAGE_SUBMIT:
            let message = try required(frame.submit, "submit")
            return .submit(
                try job(try required(message.job, "submit.job")), key: try text(message.key, "submit.key"))
        case WIRE__CLIENT_REQUEST__MESSAGE_RETRY:
            let message = try required(frame.retry, "retry")
            return .retry(JobID(message.job), key: try text(message.key, "retry.key"))
        case WIRE__CLIENT_REQUEST__MESSAGE_CANCEL: return .cancel(JobID(frame.cancel))
        case WIRE__CLIENT_REQUEST__MESSAGE_JOBS:
            return .jobs(after: JobID(try required(frame.jobs, "jobs").after))
        case WIRE__CLIENT_REQUEST__MESSAGE_SHOW: return .show(JobID(frame.show))
        case WIRE__CLIENT_REQUEST__MESSAGE_PAGE: return try page(try required(frame.page, "page"))
        case WIRE__CLIENT_REQUEST__MESSAGE_OVERVIEW: return .overview
        case WIRE__CLIENT_REQUEST__MESSAGE_WORKERS: return .workers
        case WIRE__CLIENT_REQUEST__MESSAGE_STATUS: return .status
        case WIRE__CLIENT_REQUEST__MESSAGE_RELOAD: return .reload
        case WIRE__CLIENT_REQUEST__MESSAGE_REPORT:
            let message = try required(frame.report, "report")
            let until = try text(message.until, "report.until")
            return .report(since: try text(message.since, "report.since"), until: until.isEmpty ? nil : until)
        case WIRE__CLIENT_REQUEST__MESSAGE_ALERTS:
            return .alerts(acknowledging: frame.alerts == 0 ? nil : frame.alerts)
        case WIRE__CLIENT_REQUEST__MESSAGE_DRAIN:
            let message = try required(frame.drain, "drain")
            return .drain(try worker(message.worker, "drain.worker"), now: message.now != 0)
        case WIRE__CLIENT_REQUEST__MESSAGE_UNDRAIN: return .undrain(try worker(frame.undrain, "undrain"))
        case WIRE__CLIENT_REQUEST__MESSAGE_WAIT: return .wait(JobID(frame.wait))
        case WIRE__CLIENT_REQUEST__MESSAGE_WAIT_FOR: return .waitFor(key: try text(frame.wait_for, "waitFor"))
        case WIRE__CLIENT_REQUEST__MESSAGE_WATCH:
            let message = try required(frame.watch, "watch")
            return .watch(JobID(message.job), events: message.events != 0, output: message.output != 0)
        case WIRE__CLIENT_REQUEST__MESSAGE_LOG:
            let message = try required(frame.log, "log")
            return .log(
                TaskID(JobID(message.job), message.index), try stream(message.stream, "log.stream"),
                offset: message.offset, limit: message.limit)
        default: throw .garbage(field: "frame", reason: "none of the requests known here")
        }
    }

    private func page(_ message: Wire__JobPage) throws(WireError) -> ClientRequest {
        guard let kind = JobFilter.Kind(rawValue: try text(message.kind, "page.kind")) else {
            throw .garbage(field: "page.kind", reason: "none of the kinds known here")
        }
        guard let order = JobOrder(rawValue: try text(message.order, "page.order")) else {
            throw .garbage(field: "page.order", reason: "none of the orders known here")
        }
        func given(_ text: String) -> String? { text.isEmpty ? nil : text }
        return .page(
            JobFilter(
                kind: kind, tenant: given(try text(message.tenant, "page.tenant")),
                text: given(try text(message.text, "page.text"))),
            order, offset: message.offset, limit: message.limit)
    }

    private func job(_ message: Wire__JobSpecification) throws(WireError) -> JobSpecification {
        let shape: JobSpecification.Shape
        switch message.shape_case {
        case WIRE__JOB_SPECIFICATION__SHAPE_GANG_RANKS: shape = .gang(ranks: message.gang_ranks)
        case WIRE__JOB_SPECIFICATION__SHAPE_ARRAY_TASKS: shape = .array(tasks: message.array_tasks)
        default: throw .garbage(field: "submit.job.shape", reason: "neither a gang nor an array")
        }
        let timeLimit = try milliseconds(message.time_limit_milliseconds, "submit.job.timeLimit")
        let checkpoint = try milliseconds(message.checkpoint_milliseconds, "submit.job.checkpoint")
        let after = try list(message.after, message.n_after, "submit.job.after", limit: limits.pairs)
        return JobSpecification(
            name: try systemText(message.name, "submit.job.name"),
            tenant: try systemText(message.tenant, "submit.job.tenant"),
            shape: shape, program: try program(message.program, "submit.job.program"),
            environment: try pairs(message.environment, message.n_environment, "submit.job.environment"),
            workingDirectory: try workingDirectory(message.working_directory, "submit.job.workingDirectory"),
            slots: message.slots, retries: message.retries, crashLimit: message.crash_limit,
            timeLimitMilliseconds: timeLimit,
            retryDelayMilliseconds: message.retry_delay_milliseconds,
            concurrency: message.concurrency == 0 ? nil : message.concurrency,
            minimumRanks: message.minimum_ranks == 0 ? nil : message.minimum_ranks, priority: message.priority,
            after: after.map { JobID($0) }, requirements: try requirements(message.requirements, "submit.job"),
            communication: try communication(message), checkpointMilliseconds: checkpoint)
    }

    /// 0 on the wire stands for none.
    private func milliseconds(_ number: UInt64, _ field: String) throws(WireError) -> Int64? {
        guard let time = Int64(exactly: number) else {
            throw .garbage(field: field, reason: "\(number) ms is no time")
        }
        return time == 0 ? nil : time
    }

    /// An empty text on the wire stands for none.
    private func communication(_ message: Wire__JobSpecification) throws(WireError) -> DeclaredCommunication? {
        let text = try text(message.communication, "submit.job.communication", limit: DeclaredCommunication.byteLimit)
        return text.isEmpty
            ? nil : DeclaredCommunication(text: text, isUnchecked: message.communication_unchecked != 0)
    }
}
