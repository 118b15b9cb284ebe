import Access
import Coordination
import Testing

/// Every role against every request: the table, written out.
@Suite struct PermissionsTests {
    private let own = JobID(1)
    private let foreign = JobID(2)

    private func owner(_ job: JobID) -> String? { [own: "vision", foreign: "speech"][job] }

    private func job(_ tenant: String) -> JobSpecification {
        JobSpecification(name: "n", tenant: tenant, shape: .array(tasks: 1), program: .command(["true"]))
    }

    private var requests: [(request: ClientRequest, name: String)] {
        let worker = WorkerName("w1")!
        func about(_ job: JobID, _ whose: String) -> [(ClientRequest, String)] {
            [
                (.cancel(job), "cancel \(whose)"), (.retry(job, key: "k"), "retry \(whose)"),
                (.show(job), "show \(whose)"),
                (.watch(job, events: true, output: true), "watch \(whose)"),
                (.log(TaskID(job, 0), .output, offset: 0, limit: 1), "log \(whose)"),
            ]
        }
        return [
            (.submit(job("vision"), key: "k"), "submit own"), (.submit(job("speech"), key: "k"), "submit foreign"),
            (.jobs(after: JobID(0)), "jobs"), (.workers, "workers"), (.drain(worker, now: true), "drain"),
            (.page(JobFilter(), .newest, offset: 0, limit: 9), "page"), (.overview, "overview"),
            (.report(since: "7d", until: nil), "report"), (.alerts(acknowledging: nil), "alerts"),
            (.alerts(acknowledging: 1), "acknowledge"),
            (.undrain(worker), "undrain"), (.status, "status"), (.reload, "reload"),
        ] + about(own, "own") + about(foreign, "foreign") + about(JobID(9), "none")
    }

    @Test(arguments: [
        (
            Role.operator,
            [
                "submit", "jobs", "page", "overview", "report", "alerts", "acknowledge", "workers", "drain", "undrain",
                "status", "reload", "cancel",
                "retry", "show", "watch", "log",
            ]
        ),
        (
            .tenant,
            [
                "submit own", "jobs", "page", "overview", "workers", "cancel own", "retry own", "show own", "watch own",
                "log own",
            ]
        ),
        (.viewer, ["jobs", "page", "overview", "report", "alerts", "workers", "status", "show", "watch", "log"]),
        (.worker, []),
    ]) func whatARoleMayAsk(_ role: Role, _ allowed: [String]) {
        let permissions = Permissions(Principal(role, "vision"))
        for (request, name) in requests {
            let reason = permissions.refusal(of: request, owner: owner)
            let isAllowed = allowed.contains { name == $0 || name.hasPrefix("\($0) ") }
            #expect((reason == nil) == isAllowed, "\(role) \(name): \(reason ?? "allowed")")
        }
    }

    @Test func onlyAWorkerSpeaksAsAWorkerAndOnlyAsItself() throws {
        func join(_ name: String) -> WorkerMessage {
            .join(
                Join(
                    worker: WorkerName(name)!, incarnation: Incarnation(1), sequence: 1, slots: 1, host: "h", held: []))
        }
        let worker = Permissions(Principal(.worker, "w1"))
        #expect(worker.refusal(of: join("w1")) == nil)
        #expect(worker.refusal(of: join("w2")) != nil)
        #expect(worker.refusal(of: .leave) == nil)
        for role in Role.allCases where role != .worker {
            #expect(Permissions(Principal(role, "w1")).refusal(of: join("w1")) != nil)
            #expect(Permissions(Principal(role, "w1")).refusal(of: .leave) != nil)
        }
    }

    @Test func aTenantSeesItsOwnPartOfTheCluster() {
        func tenant(_ name: String) -> TenantSummary {
            TenantSummary(
                name: name, weight: 1, quota: nil, slotsUsed: 1, dominantShare: 0.5, activeJobs: 1, queuedUnits: 0,
                firstWaiting: nil, waitsSince: nil, overtaken: 0)
        }
        let overview = ClusterOverview(
            sequence: 1, time: Timestamp(milliseconds: 0), policy: "fair", isUnverified: false, jobs: ["queued": 3],
            workers: ["connected": 1], slots: 4, slotsUsed: 2, tenants: [tenant("speech"), tenant("vision")])
        let seen = Permissions(Principal(.tenant, "vision")).view(overview)
        #expect(seen.tenants.map(\.name) == ["vision"] && seen.jobs.isEmpty && seen.slots == 4)
        #expect(Permissions(Principal(.tenant, "vision")).view(JobFilter(tenant: "speech")).tenant == "vision")
        for role in [Role.operator, .viewer] {
            #expect(Permissions(Principal(role, "v")).view(overview) == overview)
            #expect(Permissions(Principal(role, "v")).view(JobFilter(tenant: "speech")).tenant == "speech")
        }
    }

    @Test func aViewerSeesNoValuesOfVariables() {
        var specification = job("vision")
        specification.environment = ["TOKEN": "hush"]
        let detail = JobDetail(
            summary: JobSummary(
                id: own, name: "n", tenant: "vision", shape: "array", units: 1, slotsPerUnit: 1, state: .queued,
                submitted: Timestamp(milliseconds: 0), unitsRunning: 0, unitsSucceeded: 0, unitsFailed: 0, attempts: 0),
            specification: specification, placements: [])
        #expect(Permissions(Principal(.viewer, "v")).view(detail).specification.environment == ["TOKEN": "…"])
        for role in [Role.operator, .tenant] {
            #expect(Permissions(Principal(role, "v")).view(detail) == detail)
        }
        #expect(Permissions(Principal(.tenant, "speech")).sees(detail.summary) == false)
        #expect(Permissions(Principal(.tenant, "vision")).sees(detail.summary))
    }
}
