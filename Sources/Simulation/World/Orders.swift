import Coordination

/// What an operator asks of the coordinator: asked until it is answered.
struct Order {
    let request: ClientRequest
    var attempt = 0
    var isAnswered = false
}

extension World {
    /// Orders have the link of a submission that isn't there.
    private static var link: Incident.End { .tenant(submission: 0) }

    func order(_ request: ClientRequest) {
        orders.append(Order(request: request))
        ask(order: orders.count - 1, attempt: 0)
    }

    func ask(order index: Int, attempt: Int) {
        guard orders[index].attempt == attempt, !orders[index].isAnswered else { return }
        orders[index].attempt += 1
        let wait = noise.number(in: 2_000_000...4_000_000, .write, index, attempt + 1, 8)
        queue.add(.orderIsRepeated(order: index, attempt: attempt + 1), at: now + wait)
        guard coordinator.isUp else { return }
        let connection = coordinator.connect(.operator(order: index))
        transmit(
            Network.Flight(
                .request(orders[index].request), on: Incident.Link(Self.link, isUp: true), life: coordinator.life,
                connection: connection))
    }

    func answer(_ reply: ClientReply, toOrder index: Int) {
        // The operator reads it sooner or later; nothing hangs on when.
        orders[index].isAnswered = true
    }

    /// The faults have stopped: whoever is out of service is put back, also if an order to take it out was late.
    func undrainAll() {
        for host in workers where referee.workers[host.name]?.isCordoned == true { order(.undrain(host.name)) }
    }

    // MARK: Other terms

    /// `kill -9` of the coordinator, and a start with other terms of leases.
    func reconfigure(heartbeat: Int64, lease: Int64, downtime: Int64) {
        configuration = Self.configuration(
            of: schedule.cluster,
            terms: Terms(heartbeatMilliseconds: UInt32(clamping: heartbeat), leaseMilliseconds: UInt32(clamping: lease))
        )
        longestLease = max(longestLease, lease)
        crashCoordinator(downtime: downtime)
    }

    static func configuration(of cluster: Schedule.Cluster, terms: Terms? = nil) -> CoordinatorConfiguration {
        let terms = terms ?? Terms(heartbeatMilliseconds: cluster.heartbeat, leaseMilliseconds: cluster.lease)
        var configuration = CoordinatorConfiguration(
            terms: terms,
            limits: ClusterLimits(gangSlots: cluster.largestGang, unitSlots: cluster.workers.max() ?? 1),
            tenants: TenantRules(named: cluster.tenants),
            preemptionMilliseconds: cluster.preemption.map { UInt32(clamping: $0.after) },
            preemptionGraceMilliseconds: cluster.preemption.map { UInt32(clamping: $0.grace) } ?? 30_000)
        // With five workers or so each says more seldom that it lives.
        configuration.heartbeatsPerSecond = max(1, 4000 / max(terms.heartbeatMilliseconds, 1))
        return configuration
    }
}
