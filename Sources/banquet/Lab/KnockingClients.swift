import Coordination
import ArgumentParser
import Foundation
import Lab
import Synchronization

/// Clients that knock at the door of the lab's coordinator again and again, each on a thread and with a connection of its own.
final class KnockingClients: Sendable {
    private struct State {
        var isOver = false
        var running = 0
        var events: [(channel: String, client: String, at: Date)] = []
    }

    private let state = Mutex(State())

    /// - Parameter endpoint: the lab's own coordinator.
    func start(_ plan: Knockers, endpoint: String) {
        let beginning = Date()
        state.withLock { $0.running += plan.names.count }
        for name in plan.names {
            Thread.detachNewThread { [self] in
                knock(as: name, plan, endpoint, since: beginning)
                state.withLock { $0.running -= 1 }
            }
        }
    }

    /// What has happened since this was asked last.
    func take() -> [(channel: String, client: String, at: Date)] {
        state.withLock { state in
            defer { state.events = [] }
            return state.events
        }
    }

    /// Ends them, and waits until they have ended.
    func stop() {
        state.withLock { $0.isOver = true }
        while state.withLock({ $0.running > 0 }) { usleep(20_000) }
    }

    private var isOver: Bool { state.withLock { $0.isOver } }

    private func note(_ channel: String, _ client: String) {
        let now = Date()
        state.withLock { $0.events.append((channel, client, now)) }
    }

    private func knock(as name: String, _ plan: Knockers, _ endpoint: String, since beginning: Date) {
        var round = 0
        var client: CoordinatorClient?
        while !isOver {
            let due: Date
            if plan.jitter {
                due = Date().addingTimeInterval(plan.period * Double.random(in: 0.4...1.6))
            } else {
                round += 1
                due = beginning.addingTimeInterval(plan.period * Double(round) + (plan.lateness[name] ?? 0))
            }
            while !isOver, case let rest = due.timeIntervalSinceNow, rest > 0 { usleep(UInt32(min(rest, 0.1) * 1e6)) }
            if isOver { return }
            do {
                if client == nil {
                    client = try CoordinatorClient(
                        try ConnectionOptions.parse(LabCluster.reaching(endpoint) + ["--timeout", "5"]))
                }
                note("knock", name)
                let job = JobSpecification(
                    name: name, tenant: "clients", shape: .array(tasks: 1), program: .builtin("noop", parameters: [:]))
                _ = try client?.ask(.submit(job, key: UUID().uuidString))
                note("enter", name)
            } catch is CommandFailure {
                note("refuse", name)
            } catch {
                // The coordinator isn't there: the next knock finds it, perhaps.
                client = nil
            }
        }
    }
}
