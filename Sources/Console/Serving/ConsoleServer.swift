import Coordination
public import Daemon
import Foundation
import Hummingbird
public import Logging
import Storage

/// The web console and `/metrics`: what the coordinator's read model says, over HTTP.
///
///     GET  /                       the page
///     GET  /api/live               event stream: `overview` when it changes, `alerts`
///     GET  /api/overview           jobs and workers by state, slots, tenants
///     GET  /api/history            slots held by tenant over the last hour
///     GET  /api/workers            all workers
///     GET  /api/jobs               kind, tenant, text, offset, limit: a page of jobs, newest first
///     GET  /api/jobs/ID            one job, without its environment
///     GET  /api/jobs/ID/log        unit, stream, offset: bytes of what a unit printed; `X-Next-Offset` says where they end
///     GET  /api/jobs/ID/metrics    offset: lines of metrics
///     GET  /api/jobs/ID/live       event stream: `job`, `metrics`, `output`
///     GET  /api/journal            from, limit: entries of the journal, and what there is of it
///     GET  /api/status             policy, what was proved, what the monitor of the journal found
///     GET  /api/verification       what the preflight proved: `files` with their assertions, `text`, which says for what, and
///                                  `overtaking`, how often others go first
///     GET  /api/alerts             newest first
///     POST /api/alerts/ID/acknowledge
///     GET  /metrics                Prometheus' text format
public struct ConsoleServer: Sendable {
    public struct Settings: Sendable {
        public var host: String
        /// 0 takes a free one.
        public var port: Int
        /// Who knows it may look; nil: whoever reaches the port, which then must be on loopback.
        public var token: String?
        public var rules = AlertRules()
        public var delivery = AlertDelivery()

        public init(host: String, port: Int, token: String? = nil) {
            self.host = host
            self.port = port
            self.token = token
        }

        /// Without a token only this host may reach the console.
        public var isSafe: Bool { token != nil || ["127.0.0.1", "::1", "localhost"].contains(host) }
    }

    let settings: Settings
    let service: CoordinatorService
    let registry: PrometheusRegistry
    let log: Logger
    let watchtower: Watchtower
    private let page = Page()

    public init(_ settings: Settings, service: CoordinatorService, registry: PrometheusRegistry, log: Logger) {
        precondition(settings.isSafe, "a console beyond loopback needs a token")
        self.settings = settings
        self.service = service
        self.registry = registry
        self.log = log
        watchtower = Watchtower(service: service, rules: settings.rules, delivery: settings.delivery, log: log)
    }

    /// Serves until the task is cancelled.
    /// - Parameter listening: is told the real port.
    /// - Throws: where the address can't be had.
    public func run(listening: @escaping @Sendable (_ port: Int) async -> Void) async throws {
        var log = log
        log.logLevel = max(log.logLevel, .warning)
        let application = Application(
            router: router(), configuration: .init(address: .hostname(settings.host, port: settings.port)),
            onServerRunning: { channel in await listening(channel.localAddress?.port ?? 0) }, logger: log)
        await service.answerAlerts { [watchtower, service] id in
            if let id {
                let now = await service.overview()?.time ?? Timestamp(milliseconds: 0)
                guard await watchtower.acknowledge(Int(clamping: id), at: now) != nil else { return nil }
            }
            return await watchtower.alerts
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await watchtower.run() }
            group.addTask { try await application.runService(gracefulShutdownSignals: []) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.add(middleware: ConsoleAccess<BasicRequestContext>(token: settings.token))
        router.get("/") { _, _ in file("index.html") }
        router.get("/{file}") { _, context in file(context.parameters.get("file") ?? "") }
        router.post("/login") { request, _ in try await logIn(request) }
        router.get("/metrics") { _, _ in try await metrics() }
        addCluster(to: router)
        addJobs(to: router)
        return router
    }

    private func file(_ name: String) -> Response {
        guard let file = page[name] else { return Self.refusal(.notFound, "there is no \(name) here") }
        return Response(status: .ok, headers: [.contentType: file.type], body: .init(byteBuffer: file.bytes))
    }

    private func logIn(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: 4096)
        guard let token = settings.token, ConsoleAccess<BasicRequestContext>.isSame(String(buffer: body), token) else {
            // Slow, so that nobody tries many.
            try await Task.sleep(for: .milliseconds(500))
            return Self.refusal(.unauthorized, "this is not the token")
        }
        return Response(
            status: .noContent,
            headers: [.setCookie: "banquet=\(token); HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000"])
    }

    private func metrics() async throws -> Response {
        var text = PrometheusText(help: ClusterMetrics.help)
        registry.write(to: &text)
        if let overview = await service.overview() { ClusterMetrics.write(overview, to: &text) }
        ClusterMetrics.write(await service.devices(), energy: await service.energy(), to: &text)
        if let free = DiskSpace(at: service.stateFolder)?.free {
            text.add(.gauge, "banquet_state_free_bytes", Double(free))
        }
        let open = await watchtower.alerts.filter { $0.cleared == nil }
        for kind in Alert.Kind.allCases {
            text.add(.gauge, "banquet_alerts", [.init("kind", kind.rawValue)], Double(open.count { $0.kind == kind }))
        }
        ClusterMetrics.writeProcess(to: &text)
        return Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: text.text)))
    }

    private func addCluster(to router: Router<BasicRequestContext>) {
        router.get("/api/live") { _, _ in Self.stream(await watchtower.watch()) }
        router.get("/api/overview") { _, _ in Self.json(await service.overview()) }
        router.get("/api/history") { _, _ in Self.json(await watchtower.history) }
        router.get("/api/workers") { _, _ in Self.json(await service.workers()) }
        router.get("/api/status") { _, _ in Self.json(await service.status()) }
        router.get("/api/verification") { _, _ in Self.json(text: await service.proof()?.document ?? "null") }
        router.get("/api/alerts") { _, _ in Self.json(await watchtower.alerts) }
        router.post("/api/alerts/{id}/acknowledge") { request, context in
            // A foreign page can't send this header without asking first, and is not answered then.
            guard request.headers[.contentType] == "application/json" else {
                return Self.refusal(.unsupportedMediaType, "send application/json")
            }
            let now = await service.overview()?.time ?? Timestamp(milliseconds: 0)
            guard let id = context.parameters.get("id", as: Int.self),
                let alert = await watchtower.acknowledge(id, at: now)
            else { return Self.refusal(.notFound, "there is no such alert") }
            return Self.json(alert)
        }
        router.get("/api/journal") { request, _ in try journal(request) }
    }

    private static let entriesAPage = 2000

    private func journal(_ request: Request) throws -> Response {
        let query = request.uri.queryParameters
        let journal = try JournalInspection(folder: service.stateFolder)
        guard let bounds = try journal.bounds() else { return Self.json(text: #"{"entries":[],"first":0,"last":0}"#) }
        let limit = min(max(query.get("limit", as: Int.self) ?? 500, 1), Self.entriesAPage)
        let newest = bounds.upperBound >= UInt64(limit) ? bounds.upperBound - UInt64(limit) + 1 : 1
        let from = max(query.get("from", as: UInt64.self) ?? newest, bounds.lowerBound)
        let entries = try journal.entries(from: from, limit: limit).map {
            try JournalRendering.json(Self.withoutEnvironment($0))
        }
        return Self.json(
            text:
                #"{"entries":[\#(entries.joined(separator: ","))],"first":\#(bounds.lowerBound),"last":\#(bounds.upperBound)}"#
        )
    }

    /// What a job's environment holds, not everybody who looks should know.
    private static func withoutEnvironment(_ entry: JournalEntry) -> JournalEntry {
        guard case .submit(let job, var specification, let key) = entry.event else { return entry }
        specification.environment = [:]
        var entry = entry
        entry.event = .submit(job, specification, key: key)
        return entry
    }

    // MARK: Answers

    static func json(_ value: some Encodable) -> Response { json(text: text(value)) }

    /// What the read model holds is text and numbers, which JSON takes.
    static func text(_ value: some Encodable) -> String { (try? JSONLine.text(value)) ?? "null" }

    static func json(text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    static func refusal(_ status: HTTPResponse.Status, _ reason: String) -> Response {
        ConsoleAccess<BasicRequestContext>.refusal(status, reason)
    }

    static func stream(_ events: AsyncStream<LiveEvent>) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/event-stream"],
            body: .init { writer in
                for await event in events { try await writer.write(ByteBuffer(string: event.text)) }
                try await writer.finish(nil)
            })
    }
}
