import Foundation
import Lab

/// Plays a scenario's phases on a live cluster.
final class LabStage {
    private let scenario: Scenario
    private let cluster: LabCluster
    private(set) var record: LiveRecord
    private let beginning = Date()
    private var numbers: [String: Int] = [:]
    private var settings: Settings?

    /// Between two looks at the cluster; microseconds.
    private static let tick: UInt32 = 40_000

    init(_ scenario: Scenario, _ cluster: LabCluster) {
        self.scenario = scenario
        self.cluster = cluster
        record = LiveRecord(scenario)
        record.begin(at: Int64(beginning.timeIntervalSince1970 * 1000))
    }

    private var now: Double { Date().timeIntervalSince(beginning) }

    /// Starts the coordinator with the phase's settings, and the workers if there are none yet.
    /// - Parameter spec: the file that must hold before it starts; nil: it starts unverified.
    func prepare(_ phase: Phase, spec: String?) throws {
        guard settings != phase.settings else { return }
        try cluster.startCoordinator(phase.settings, specs: spec.map { [$0] } ?? [])
        if settings == nil { try cluster.startWorkers(scenario.workers) }
        settings = phase.settings
    }

    /// - Parameters:
    ///   - isQuick: the short form.
    ///   - mayEnd: asked when the phase has lasted long enough; until it says yes, everything goes on.
    ///   - show: told what has happened, now and then.
    func play(
        _ phase: Phase, isQuick: Bool, mayEnd: () -> Bool, show: (LiveRecord, PhaseOutcome) -> Void
    ) throws -> PhaseOutcome {
        try update()
        let start = now
        var acts = phase.acts[...]
        let clients = KnockingClients()
        defer { clients.stop() }
        var areKnocking = false
        var shownAt = 0.0
        while !Interruption.isRequested {
            try update()
            for event in clients.take() {
                record.note(event.channel, event.client, at: event.at.timeIntervalSince(beginning))
            }
            while let act = acts.first, now - start >= act.at {
                acts.removeFirst()
                try carryOut(act.deed)
            }
            for flood in phase.floods where now - start >= flood.from { try keepUp(flood) }
            if let knockers = phase.knockers, acts.isEmpty, !areKnocking {
                areKnocking = true
                clients.start(knockers, endpoint: cluster.endpoint)
            }
            let isReached = phase.goal.map { record.has($0, since: start) }
            let lasted = now - start
            let isOver =
                isReached.map { $0 || lasted > Phase.patience }
                ?? (lasted >= (isQuick ? phase.seconds.quick : phase.seconds.full))
            let outcome = PhaseOutcome(record, from: start, to: now, isGoalReached: isReached)
            if isOver && mayEnd() {
                show(record, outcome)
                return outcome
            }
            if now - shownAt > 0.2 {
                show(record, outcome)
                shownAt = now
            }
            usleep(Self.tick)
        }
        throw CommandFailure(message: "", exitCode: 3)
    }

    private func update() throws { try cluster.update(&record, at: now) }

    private func keepUp(_ flood: Flood) throws {
        let alive = record.active.count { LiveRecord.group($0) == flood.group }
        for _ in alive..<max(alive, flood.alive) {
            let number = numbers[flood.group, default: 0]
            numbers[flood.group] = number + 1
            try cluster.submit(flood.job(number))
        }
    }

    private func carryOut(_ deed: Deed) throws {
        switch deed {
        case .submit(let plan): try cluster.submit(plan)
        case .cancel(let name): if let job = record.job(named: name) { try cluster.cancel(job) }
        case .freezeHolder(let job): if let worker = record.holders[job] { cluster.freeze(worker) }
        case .thaw: cluster.thaw()
        case .crashCoordinator: try cluster.crashCoordinator()
        }
    }
}
