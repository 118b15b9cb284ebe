import Coordination

/// What tells two worlds apart as far as their futures go. Parts that are equal are kept once, as in SPIN's collapse compression (Holzmann,
/// "State compression in SPIN", 1997): a world is a few numbers, and equal numbers mean equal parts, so that nothing is lost.
struct CoreKey: Hashable {
    let parts: [Int32]
}

struct CoreParts {
    private var cores: [CoreSide: Int32] = [:]
    private var nodes: [NodeSide: Int32] = [:]
    private var rests: [Rest: Int32] = [:]

    private struct CoreSide: Hashable {
        let core: CoordinatorImage?
        /// Nil where the disk says what the core knows, as it always does between two steps of one that is up.
        let disk: CoordinatorImage?
        let wake: Timestamp?
    }

    private struct NodeSide: Hashable {
        let machine: WorkerMachine?
        let connection: ConnectionID?
        let wake: Timestamp?
        let processes: [CoreWorld.Process]
        let isCut: Bool
    }

    private struct Rest: Hashable {
        let budget: CoreScope.Budget
        let late: Int
        let held: [CoreWorld.Flight: Int]
        let clients: [CoreWorld.Client]
        let known: [Int: JobID]
        let hasEnded: [Bool]
        let cordoned: Set<Int>
        let leases: [Epoch: CoreWorld.LeaseName]
        let grants: [[CoreWorld.Grant]]
    }

    /// The world's key. Leases that nothing speaks of any more are taken out of its book.
    mutating func key(of world: inout CoreWorld) -> CoreKey {
        let names = Renamer(at: world.time, world.scope.horizons, world.scope.configuration)
        _ = Self.sides(of: world, names)
        let mentioned = names.leases
        world.leases = world.leases.filter { mentioned.contains($0.key) }
        names.close()
        let (core, nodes, rest) = Self.sides(of: world, names)
        var parts = [Self.number(core, &cores), Self.number(rest, &rests)]
        for node in nodes { parts.append(Self.number(node, &self.nodes)) }
        return CoreKey(parts: parts)
    }

    private static func number<Part: Hashable>(_ part: Part, _ known: inout [Part: Int32]) -> Int32 {
        let next = Int32(known.count)
        return { (number: inout Int32?) in
            if let number { return number }
            number = next
            return next
        }(&known[part])
    }

    private static func sides(of world: CoreWorld, _ names: Renamer) -> (CoreSide, [NodeSide], Rest) {
        let isSaved = world.coordinator?.snapshot == world.disk.snapshot
        let core = CoreSide(
            core: world.coordinator?.image(names), disk: isSaved ? nil : world.disk.image(names),
            wake: world.coordinatorWake.map(names.future))
        let nodes = world.nodes.map { node in
            NodeSide(
                machine: node.machine?.image(names), connection: node.connection.map(names.connection),
                wake: node.wake.map(names.future),
                processes: node.processes.map {
                    CoreWorld.Process(
                        lease: names.lease($0.lease), killTime: $0.killTime.map(names.future), isFresh: $0.isFresh)
                },
                isCut: node.isCut)
        }
        let held = world.held.map { flight in
            let name = world.nodes[flight.worker].name
            let content: CoreWorld.Flight.Content =
                switch flight.content {
                case .up(let message): .up(message.image(names, from: name))
                case .down(let message): .down(message.image(names, to: name))
                case .closed: .closed
                }
            return CoreWorld.Flight(
                worker: flight.worker, connection: names.connection(flight.connection), content: content)
        }
        let rest = Rest(
            budget: world.budget, late: world.late, held: Dictionary(held.map { ($0, 1) }, uniquingKeysWith: +),
            clients: world.clients, known: world.known.mapValues(names.job), hasEnded: world.hasEnded,
            cordoned: world.cordoned,
            leases: Dictionary(
                world.leases.compactMap { names.leases.contains($0.key) ? (names.epoch($0.key), $0.value) : nil },
                uniquingKeysWith: { first, _ in first }),
            grants: world.grants)
        return (core, nodes, rest)
    }
}
