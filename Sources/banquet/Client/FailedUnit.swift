import Coordination
import Display

/// A dead letter as people look for it: a task or a gang that isn't tried any more, and why.
struct FailedUnit: Encodable {
    let job: JobID
    let name: String
    let tenant: String
    /// A task's own number; nil for a gang, or for a job none of whose tasks was tried.
    let task: UInt32?
    let attempts: UInt32
    let reason: String

    /// Those of the jobs that have failed, or of whose tasks some have.
    static func all(of jobs: [JobSummary], from client: CoordinatorClient) throws -> [FailedUnit] {
        var all: [FailedUnit] = []
        for job in jobs where job.state == .failed || (job.unitsFailed > 0 && job.shape == "array") {
            guard case .job(let detail) = try client.ask(.show(job.id)) else { throw CommandFailure.unexpectedReply }
            let letters = detail.deadLetters ?? []
            all += letters.map { FailedUnit(job, task: $0.number ?? $0.index, $0.attempts, $0.reason) }
            if letters.isEmpty, detail.summary.state == .failed {
                all.append(FailedUnit(job, task: nil, job.attempts, detail.summary.reason ?? ""))
            }
            if letters.count < Int(job.unitsFailed), detail.summary.state == .failed, !letters.isEmpty {
                let rest = Int(job.unitsFailed) - letters.count
                all.append(FailedUnit(job, task: nil, 0, "and \(rest) more of its tasks"))
            }
        }
        return all
    }

    private init(_ job: JobSummary, task: UInt32?, _ attempts: UInt32, _ reason: String) {
        self.job = job.id
        name = job.name
        tenant = job.tenant
        self.task = task
        self.attempts = attempts
        self.reason = reason
    }

    static func table(_ units: [FailedUnit]) -> String {
        var table = Table([
            .init("JOB", priority: 9), .init("NAME", priority: 4), .init("TENANT", priority: 3),
            .init("TASK", numeric: true, priority: 7), .init("TRIED", numeric: true, priority: 2),
            .init("REASON", priority: 5, minimum: 16),
        ])
        table.rows = units.map { unit in
            [
                unit.job.description, unit.name, unit.tenant, unit.task.map { "\($0)" } ?? "-",
                unit.attempts == 0 ? "-" : "\(unit.attempts)", unit.reason,
            ]
        }
        return table.rendered()
    }
}

extension CoordinatorClient {
    /// All jobs that the coordinator knows, oldest first.
    func jobs() throws -> [JobSummary] {
        var jobs: [JobSummary] = []
        while true {
            guard case .jobs(let page) = try ask(.jobs(after: jobs.last?.id ?? JobID(0))) else {
                throw CommandFailure.unexpectedReply
            }
            if page.isEmpty { return jobs }
            jobs += page
        }
    }
}
