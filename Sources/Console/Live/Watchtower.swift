import Coordination
import Daemon
import Foundation
import Logging
import Storage

/// Looks at the cluster once a second while somebody watches, and every few seconds otherwise: for the pages that are open, for the
/// history of shares, and for the alerts.
actor Watchtower {
    /// What tenants held at one time.
    struct Sample: Codable {
        let time: Timestamp
        let slots: UInt64
        let slotsUsed: UInt64
        /// Slots held, by tenant.
        let tenants: [String: UInt64]
        /// Units that wait, by tenant.
        let queued: [String: UInt64]
    }

    private let service: CoordinatorService
    private let log: Logger
    private let file: AlertFile
    private let post: AlertPost
    private var book: AlertBook
    private var samples: [Sample] = []
    private var watchers: [Int: AsyncStream<LiveEvent>.Continuation] = [:]
    private var lastWatcher = 0
    private var lastShown: ClusterOverview?
    private var hasStopped = false

    /// Looks while nobody watches, in seconds.
    private static let patience = 5
    /// An hour of samples.
    private static let samplesKept = 720
    /// Tenants that a sample names; what the others hold is under an empty name.
    private static let tenantsSampled = 24

    init(service: CoordinatorService, rules: AlertRules, delivery: AlertDelivery, log: Logger) {
        self.service = service
        self.log = log
        post = AlertPost(delivery, log: log)
        file = AlertFile(path: "\(service.stateFolder)/alerts.jsonl")
        let alerts = file.read()
        book = AlertBook(rules: rules, alerts: alerts)
        if !alerts.isEmpty { try? file.rewrite(book.alerts) }
    }

    /// Looks until the task is cancelled.
    func run() async {
        var second = 0
        while !Task.isCancelled {
            await look(isSample: second % Self.patience == 0)
            second += 1
            try? await Task.sleep(for: .seconds(1))
        }
        hasStopped = true
        post.stop()
        for watcher in watchers.values { watcher.finish() }
        watchers = [:]
    }

    private func look(isSample: Bool) async {
        guard isSample || !watchers.isEmpty, let overview = await service.overview() else { return }
        if isSample { await sample(overview) }
        if var last = lastShown {
            last.time = overview.time
            guard isSample || last != overview else { return }
        }
        lastShown = overview
        tell(LiveEvent(name: "overview", overview))
    }

    private func sample(_ overview: ClusterOverview) async {
        let shown = overview.tenants.sorted { $0.slotsUsed > $1.slotsUsed }.prefix(Self.tenantsSampled)
        samples.append(
            Sample(
                time: overview.time, slots: overview.slots, slotsUsed: overview.slotsUsed,
                tenants: Dictionary(uniqueKeysWithValues: shown.map { ($0.name, $0.slotsUsed) }),
                queued: Dictionary(uniqueKeysWithValues: shown.map { ($0.name, $0.queuedUnits) })))
        if samples.count > Self.samplesKept { samples.removeFirst(samples.count - Self.samplesKept) }
        var observation = AlertBook.Observation(time: overview.time, overview: overview)
        observation.gangs = await service.runningGangs()
        observation.crashes = await service.crashes()
        observation.freeBytes = DiskSpace(at: service.stateFolder)?.free
        observation.devices = await service.devices()
        observation.violations = await service.violations()
        observation.proved = await service.proof()?.overtaking
        observation.overtakenInTurn = await service.overtakenInTurn()
        publish(book.observe(observation))
    }

    private func publish(_ changed: [Alert]) {
        guard !changed.isEmpty else { return }
        do { try file.append(changed) } catch { log.error("\(file.path) can't be written: \(error)") }
        for alert in changed {
            let state = alert.cleared == nil ? "alert" : "over"
            log.warning("\(state) \(alert.id), \(alert.kind.rawValue): \(alert.message)")
            post.send(alert)
        }
        tell(LiveEvent(name: "alerts", alerts))
    }

    // MARK: For the pages

    var history: [Sample] { samples }
    var alerts: [Alert] { book.alerts.reversed() }

    func acknowledge(_ id: Int, at time: Timestamp) -> Alert? {
        guard let alert = book.acknowledge(id, at: time) else { return nil }
        do { try file.append([alert]) } catch { log.error("\(file.path) can't be written: \(error)") }
        tell(LiveEvent(name: "alerts", alerts))
        return alert
    }

    /// What is to be told to a page, from now on; it begins with the present state.
    func watch() async -> AsyncStream<LiveEvent> {
        // A page that is too slow gets the newest.
        let (stream, continuation) = AsyncStream.makeStream(of: LiveEvent.self, bufferingPolicy: .bufferingNewest(8))
        guard !hasStopped else {
            continuation.finish()
            return stream
        }
        lastWatcher += 1
        let number = lastWatcher
        continuation.onTermination = { [weak self] _ in
            guard let self else { return }
            Task { await self.forget(number) }
        }
        watchers[number] = continuation
        if let overview = await service.overview() { continuation.yield(LiveEvent(name: "overview", overview)) }
        continuation.yield(LiveEvent(name: "alerts", alerts))
        return stream
    }

    private func forget(_ watcher: Int) { watchers[watcher] = nil }
    private func tell(_ event: LiveEvent) { for watcher in watchers.values { watcher.yield(event) } }
}

/// One event of an event stream (https://html.spec.whatwg.org/multipage/server-sent-events.html).
struct LiveEvent: Sendable {
    let text: String

    init(name: String, _ value: some Encodable) { self.init(name: name, json: ConsoleServer.text(value)) }

    /// - Parameter json: one document on one line.
    init(name: String, json: String) { text = "event: \(name)\ndata: \(json)\n\n" }
}
