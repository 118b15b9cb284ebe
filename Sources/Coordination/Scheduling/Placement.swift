/// Where units go. A task goes where it is estimated to finish first; a gang on as few sites, racks and hosts as hold it.
extension Capacity {
    /// A worker for each unit that is granted in one step: for a gang as many as it may have ranks, but not fewer than it
    /// must have; for an array one. Nil if that doesn't fit.
    func place(_ demand: Demand) -> [WorkerName]? {
        guard demand.isGang else { return best(for: demand, among: workers).map { [$0.name] } }
        let units = min(demand.units, units(of: demand))
        guard units >= demand.minimumUnits, units > 0 else { return nil }
        return pack(demand, units: units)
    }

    /// A worker that takes one task of the demand to wait there for a slot: the one where fewest wait. Only for tasks that
    /// ask for slots alone.
    func placeAhead(_ demand: Demand) -> [WorkerName]? {
        guard !demand.isGang, demand.requirements == Requirements() else { return nil }
        var best: Worker?
        for worker in workers where UInt64(worker.credit) >= demand.needs.slots && worker.slots >= demand.needs.slots {
            if worker.credit > best?.credit ?? 0 { best = worker }
        }
        return best.map { [$0.name] }
    }

    private func best(for demand: Demand, among workers: [Worker]) -> Worker? {
        var best: (worker: Worker, rank: Rank, units: UInt32)?
        for worker in workers {
            let units = worker.units(of: demand)
            guard units > 0 else { continue }
            let rank = Rank(worker, demand)
            if let best, best.rank < rank || (best.rank == rank && best.units <= units) { continue }
            best = (worker, rank, units)
        }
        return best?.worker
    }

    // MARK: Gangs

    /// Tries one rack, one site, and then all of them; among racks or sites that hold the gang, the one that needs fewest hosts.
    func pack(_ demand: Demand, units: UInt32) -> [WorkerName]? {
        let fitting = workers.filter { $0.units(of: demand) > 0 }
        for level in [["site", "rack"], ["site"]] {
            let groups = Dictionary(grouping: fitting) { worker in level.map { worker.offer.labels[$0] ?? "" } }
            guard groups.count > 1 else { continue }
            var best: (placed: [Worker], cost: GroupCost)?
            for (name, group) in groups.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                guard let placed = Self.fill(group, demand, units) else { continue }
                let cost = GroupCost(placed, demand, name: name)
                if let best, best.cost <= cost { continue }
                best = (placed, cost)
            }
            if let best { return best.placed.map(\.name) }
        }
        let sites = Dictionary(grouping: fitting) { $0.offer.labels["site"] ?? "" }
        if sites.count > 1 { return spread(demand, units, over: sites)?.map(\.name) }
        return Self.fill(fitting, demand, units)?.map(\.name)
    }

    /// Takes the sites that hold most, so that there are few of them.
    private func spread(_ demand: Demand, _ units: UInt32, over sites: [String: [Worker]]) -> [Worker]? {
        func size(_ site: [Worker]) -> UInt64 { site.reduce(0) { $0 + UInt64($1.units(of: demand)) } }
        let order = sites.map { (name: $0.key, workers: $0.value, size: size($0.value)) }.sorted {
            ($1.size, $0.name) < ($0.size, $1.name)
        }
        var placed: [Worker] = []
        for site in order where placed.count < units {
            let count = min(UInt64(units) - UInt64(placed.count), site.size)
            placed += Self.fill(site.workers, demand, UInt32(count)) ?? []
        }
        return placed.count == units ? placed : nil
    }

    /// Packs on the fewest workers: as long as no worker can take all of the rest, the one that takes most; at the end the
    /// one where the rest fits most tightly. The faster, the cheaper and then the name decide between equals.
    private static func fill(_ workers: [Worker], _ demand: Demand, _ units: UInt32) -> [Worker]? {
        var left = workers.map { (worker: $0, units: $0.units(of: demand)) }
        var rest = units
        var placed: [Worker] = []
        while rest > 0 {
            var best: (index: Int, taken: UInt32)?
            for (index, candidate) in left.enumerated() where candidate.units > 0 {
                let taken = min(candidate.units, rest)
                guard let chosen = best else {
                    best = (index, taken)
                    continue
                }
                if taken < chosen.taken { continue }
                let (rank, other) = (Rank(candidate.worker, demand), Rank(left[chosen.index].worker, demand))
                let isBetter =
                    taken > chosen.taken || rank < other
                    || (rank == other && candidate.units < left[chosen.index].units)
                if isBetter { best = (index, taken) }
            }
            guard let best else { return nil }
            placed += repeatElement(left[best.index].worker, count: Int(best.taken))
            rest -= best.taken
            left[best.index].units = 0
        }
        return placed
    }
}

/// How good a worker is for a unit: smaller is better.
struct Rank: Comparable {
    /// Preferred labels that it doesn't have.
    let misses: Int
    /// Milliseconds until a unit that went there now would be done, as far as anybody can tell.
    let finish: Int64
    let price: UInt32

    init(_ worker: Capacity.Worker, _ demand: Demand) {
        misses = demand.requirements.preferredLabels.count { worker.offer.labels[$0.key] != $0.value }
        finish = Self.transfer(worker, demand) + Self.work(worker, demand)
        price = worker.offer.price
    }

    static func < (a: Rank, b: Rank) -> Bool { (a.misses, a.finish, a.price) < (b.misses, b.finish, b.price) }

    /// A unit whose time nobody stated counts as a minute's work on the reference device.
    static func work(_ worker: Capacity.Worker, _ demand: Demand) -> Int64 {
        (demand.timeLimitMilliseconds ?? 60_000) * 100 / Int64(max(worker.offer.speedPercent, 1))
    }

    /// Milliseconds to move the unit's data there. A path that nobody measured counts as 100 MB/s.
    static func transfer(_ worker: Capacity.Worker, _ demand: Demand) -> Int64 {
        let here = worker.offer.labels["site"]
        return demand.requirements.data.reduce(Int64(0)) { sum, part in
            if part.key == here { return sum }
            let link = worker.offer.links[part.key] ?? .init(bytesPerSecond: 100_000_000, latencyMicroseconds: 50_000)
            let seconds = Double(part.value) / Double(max(link.bytesPerSecond, 1))
            return sum + Int64(link.latencyMicroseconds / 1000) + Int64(min(seconds * 1000, 1e12))
        }
    }
}

/// How good a group of workers is for a gang: few hosts first, then its slowest rank.
private struct GroupCost: Comparable {
    let hosts: Int
    let slowest: Rank
    let name: [String]

    init(_ placed: [Capacity.Worker], _ demand: Demand, name: [String]) {
        hosts = Set(placed.map(\.name)).count
        slowest = placed.map { Rank($0, demand) }.max()!
        self.name = name
    }

    static func < (a: GroupCost, b: GroupCost) -> Bool {
        if a.hosts != b.hosts { return a.hosts < b.hosts }
        if a.slowest != b.slowest { return a.slowest < b.slowest }
        return a.name.lexicographicallyPrecedes(b.name)
    }
}
