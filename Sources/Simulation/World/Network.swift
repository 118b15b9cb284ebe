import Coordination

/// Links between the coordinator and the others: ordered and lossless like TCP, until the schedule says otherwise.
struct Network {
    enum Content {
        case toCoordinator(WorkerMessage)
        case toWorker(CoordinatorMessage)
        case request(ClientRequest)
        case reply(ClientReply)
    }

    /// A message under way.
    final class Flight {
        let link: Incident.Link
        /// Which life of the coordinator its connection belongs to.
        let life: Int
        let connection: ConnectionID
        let content: Content
        /// Whose request or reply it is; -1 for a worker's message.
        let client: Int

        init(_ content: Content, on link: Incident.Link, life: Int, connection: ConnectionID, client: Int = -1) {
            self.link = link
            self.life = life
            self.connection = connection
            self.content = content
            self.client = client
        }
    }

    struct Key: Hashable {
        let link: Incident.Link
        let number: Int
        init(_ link: Incident.Link, _ number: Int) {
            self.link = link
            self.number = number
        }
    }

    private struct Storm {
        let end: Incident.End
        let weather: Incident.Weather
        let until: Int64
    }

    private struct Partition {
        let worker: Int
        let direction: Incident.Direction
        let mode: Incident.Cut
        let until: Int64
    }

    /// Faults of single messages that the schedule names.
    var expected: [Key: Incident.MessageFault] = [:]
    /// Faults of single messages that the weather brought.
    var suffered: [(key: Key, fault: Incident.MessageFault, time: Int64)] = []

    private var storms: [Storm] = []
    private var partitions: [Partition] = []

    /// For each link of a worker: messages so far, and when the last one arrives.
    private var counts: [Int]
    private var lastArrivals: [Int64]
    private var tenantCounts: [Incident.Link: Int] = [:]

    private var slots: [Flight?] = []
    private var free: [Int] = []

    init(workers: Int) {
        counts = Array(repeating: 0, count: workers * 2)
        lastArrivals = Array(repeating: 0, count: workers * 2)
    }

    // MARK: Flights

    mutating func keep(_ flight: Flight) -> Int {
        if let slot = free.popLast() {
            slots[slot] = flight
            return slot
        }
        slots.append(flight)
        return slots.count - 1
    }

    mutating func take(_ slot: Int) -> Flight {
        defer {
            slots[slot] = nil
            free.append(slot)
        }
        return slots[slot]!
    }

    // MARK: Trouble

    mutating func begin(_ weather: Incident.Weather, at end: Incident.End, until: Int64) {
        storms.append(Storm(end: end, weather: weather, until: until))
    }

    mutating func cut(_ worker: Int, _ direction: Incident.Direction, _ mode: Incident.Cut, until: Int64) {
        partitions.append(Partition(worker: worker, direction: direction, mode: mode, until: until))
    }

    mutating func heal() {
        storms = []
        partitions = []
        expected = [:]
    }

    func isCut(_ worker: Int, at now: Int64) -> Bool {
        partitions.contains { $0.worker == worker && $0.until > now && $0.mode != .dropsHeartbeats }
    }

    /// When the copies of a message arrive that is sent now: none if it is lost.
    mutating func arrivals(of content: Content, on link: Incident.Link, at now: Int64, _ noise: Noise) -> [Int64] {
        if !storms.isEmpty { storms.removeAll { $0.until <= now } }
        if !partitions.isEmpty { partitions.removeAll { $0.until <= now } }
        let number = count(link)
        let place = Self.place(link)
        var arrival = now + Int64(150 + noise.word(.latency, place, number) % 1850)
        if case .worker(let worker) = link.end {
            for partition in partitions where partition.worker == worker && partition.direction.covers(isUp: link.isUp)
            {
                switch partition.mode {
                case .drops: return []
                case .dropsHeartbeats: if content.isHeartbeat { return [] }
                case .holds: arrival = max(arrival, partition.until + arrival - now)
                }
            }
            let index = worker * 2 + (link.isUp ? 0 : 1)
            switch fault(link, number, place, now, noise) {
            case nil: break
            case .lose: return []
            case .double(let later):
                let first = max(arrival, lastArrivals[index])
                lastArrivals[index] = first
                return [first, first + later * 1000]
            case .late(let later): return [arrival + later * 1000]
            }
            arrival = max(arrival, lastArrivals[index])
            lastArrivals[index] = arrival
            return [arrival]
        }
        switch fault(link, number, place, now, noise) {
        case nil: return [arrival]
        case .lose: return []
        case .double(let later): return [arrival, arrival + later * 1000]
        case .late(let later): return [arrival + later * 1000]
        }
    }

    private mutating func count(_ link: Incident.Link) -> Int {
        guard case .worker(let worker) = link.end else {
            tenantCounts[link, default: 0] += 1
            return tenantCounts[link]!
        }
        counts[worker * 2 + (link.isUp ? 0 : 1)] += 1
        return counts[worker * 2 + (link.isUp ? 0 : 1)]
    }

    private static func place(_ link: Incident.Link) -> Int {
        switch link.end {
        case .worker(let worker): worker * 4 + (link.isUp ? 0 : 1)
        case .tenant(let submission): submission * 4 + (link.isUp ? 2 : 3)
        case .tenants: -1
        }
    }

    private mutating func fault(
        _ link: Incident.Link, _ number: Int, _ place: Int, _ now: Int64, _ noise: Noise
    ) -> Incident.MessageFault? {
        if !expected.isEmpty, let fault = expected[Key(link, number)] { return fault }
        var end = link.end
        if case .tenant = end { end = .tenants }
        guard let weather = storms.last(where: { $0.end == end })?.weather else { return nil }
        let later = noise.number(in: 1...max(1, weather.lateBy), .lateBy, place, number)
        let fault: Incident.MessageFault
        if noise.chance(weather.loss, .loss, place, number) {
            fault = .lose
        } else if noise.chance(weather.doubling, .doubling, place, number) {
            fault = .double(later)
        } else if noise.chance(weather.lateness, .lateness, place, number) {
            fault = .late(later)
        } else {
            return nil
        }
        suffered.append((Key(link, number), fault, now / 1000))
        return fault
    }
}

extension Network.Content {
    fileprivate var isHeartbeat: Bool {
        switch self {
        case .toCoordinator(.join), .toCoordinator(.heartbeat), .toWorker(.welcome), .toWorker(.renew): true
        default: false
        }
    }
}

extension World {
    /// Hands a message to the network.
    func transmit(_ flight: Network.Flight) {
        statistics.messages += 1
        for arrival in network.arrivals(of: flight.content, on: flight.link, at: now, noise) {
            let slot = network.keep(flight)
            if case .toWorker = flight.content, case .worker(let index) = flight.link.end {
                queue.add(.worker(index, .arrival(slot: slot)), at: arrival)
            } else {
                queue.add(.arrival(slot: slot), at: arrival)
            }
        }
    }

    /// A message reaches the coordinator, or a tenant.
    func arrive(_ slot: Int) {
        let flight = network.take(slot)
        switch flight.content {
        case .toCoordinator(let message):
            // A connection ends with the coordinator's process.
            if flight.life == coordinator.life { give(.worker(message, flight.connection)) }
        case .request(let request):
            if flight.life == coordinator.life {
                give(.client(request, flight.connection, request: 1))
            }
        case .reply(let reply): hear(reply, client: flight.client)
        case .toWorker: break
        }
    }
}
