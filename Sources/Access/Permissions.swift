public import Coordination

/// Who may ask for what: the one place where it is decided.
///
///     operator  everything
///     tenant    submits as itself; sees and cancels its own jobs; lists the workers
///     viewer    sees everything but the values of environment variables; changes nothing
///     worker    asks for nothing, and speaks for the worker of its name alone
public struct Permissions: Hashable, Sendable {
    /// Nil where connections are plain: whoever reaches the socket may do everything.
    public let principal: Principal?

    public init(_ principal: Principal?) { self.principal = principal }

    /// Why the request is refused; nil where it is not.
    /// - Parameter owner: the tenant of a job; nil when there is no such job.
    public func refusal(of request: ClientRequest, owner: (JobID) -> String?) -> String? {
        guard let principal else { return nil }
        switch principal.role {
        case .operator: return nil
        case .worker: return "\(principal) may not ask for anything: this key is for `banquet worker`"
        case .viewer:
            switch request {
            case .jobs, .page, .overview, .show, .workers, .watch, .wait, .waitFor, .log, .status, .report,
                .alerts(acknowledging: nil):
                return nil
            case .submit, .retry, .cancel, .drain, .undrain, .reload, .alerts:
                return "\(principal) may look, and change nothing"
            }
        case .tenant:
            switch request {
            // A `waitFor` is judged as the `wait` that it stands for.
            case .jobs, .page, .overview, .workers, .waitFor: return nil
            case .submit(let job, _):
                return job.tenant == principal.name
                    ? nil : "\(principal) may submit its own jobs alone, and this one is of tenant '\(job.tenant)'"
            case .cancel(let job), .retry(let job, _), .show(let job), .watch(let job, _, _), .wait(let job):
                return refusal(of: job, owner)
            case .log(let task, _, _, _): return refusal(of: task.job, owner)
            case .drain, .undrain: return "\(principal) may not take workers out of service: that is an operator's"
            case .status, .reload, .report, .alerts:
                return "\(principal) may not ask for the coordinator's own affairs: they are an operator's"
            }
        }
    }

    /// Somebody else's job looks to a tenant like none at all.
    private func refusal(of job: JobID, _ owner: (JobID) -> String?) -> String? {
        owner(job) == principal?.name ? nil : "\(principal?.description ?? "") has no job \(job)"
    }

    /// Why a message of a worker is refused; nil where it is not.
    public func refusal(of message: WorkerMessage) -> String? {
        guard let principal else { return nil }
        guard principal.role == .worker else { return "\(principal) is no worker" }
        // The other messages speak for whoever has joined by this connection.
        guard case .join(let join) = message, join.worker.description != principal.name else { return nil }
        return "\(principal) may not join as worker \(join.worker)"
    }

    /// Whether no job is hidden from this principal.
    public var seesAll: Bool { principal?.role != .tenant }

    /// Whether the job is on the lists that this principal gets.
    public func sees(_ job: JobSummary) -> Bool { seesAll || job.tenant == principal?.name }

    /// The filter that lets through what this principal may see, of what it asks for.
    public func view(_ filter: JobFilter) -> JobFilter {
        guard let principal, !seesAll else { return filter }
        var filter = filter
        filter.tenant = principal.name
        return filter
    }

    /// The cluster as this principal may see it: to a tenant the others aren't there, nor how many jobs there are of all.
    public func view(_ overview: ClusterOverview) -> ClusterOverview {
        guard let principal, !seesAll else { return overview }
        var overview = overview
        overview.jobs = [:]
        overview.tenants.removeAll { $0.name != principal.name }
        return overview
    }

    /// The job as this principal may see it.
    public func view(_ detail: JobDetail) -> JobDetail {
        guard principal?.role == .viewer else { return detail }
        var detail = detail
        detail.specification.environment = detail.specification.environment.mapValues { _ in "…" }
        return detail
    }
}
