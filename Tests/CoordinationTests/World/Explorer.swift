@testable import Coordination

/// Explores every interleaving of a small cluster, breadth first, up to a depth and a number of faults of one kind.
struct Explorer {
    enum Fault: CaseIterable { case loss, doubling, restart, kill, silence }

    let fault: Fault
    /// How often the fault may happen on one path.
    let faults: Int
    let depth: Int

    private(set) var states = 0
    private(set) var transitions = 0
    private(set) var violations: [String] = []

    init(_ fault: Fault, faults: Int, depth: Int) {
        self.fault = fault
        self.faults = faults
        self.depth = depth
    }

    private struct Path {
        var world: World
        var faultsLeft: Int
        var moves: [Move]
    }

    enum Move: Hashable {
        case deliver(Int)
        case end(Int, Lease, Outcome)
        /// Time passes until the next wake, whatever is still under way.
        case pass
        case reconnect(Int)
        case lose(Int)
        case double(Int)
        case restartCoordinator
        case killAgent(Int)
        /// A partition: time passes until all leases have lapsed, and nothing arrives.
        case passLeases

        var isFault: Bool {
            switch self {
            case .deliver, .end, .pass, .reconnect: false
            case .lose, .double, .restartCoordinator, .killAgent, .passLeases: true
            }
        }
    }

    mutating func explore(from start: World) {
        var seen: Set<Key> = [Key(start, faults)]
        var frontier = [Path(world: start, faultsLeft: faults, moves: [])]
        for _ in 0..<depth {
            var next: [Path] = []
            for path in frontier {
                for move in Self.moves(of: path.world, path.faultsLeft > 0 ? fault : nil) {
                    transitions += 1
                    var after = path
                    after.world.make(move)
                    after.faultsLeft -= move.isFault ? 1 : 0
                    after.moves.append(move)
                    if let violation = after.world.violations.first {
                        return violations.append("\(violation) after \(after.moves)")
                    }
                    if seen.insert(Key(after.world, after.faultsLeft)).inserted { next.append(after) }
                }
            }
            frontier = next
        }
        states = seen.count
        // Whatever happened, everything ends once the faults have stopped.
        for path in stride(from: 0, to: frontier.count, by: max(1, frontier.count / 50)).map({ frontier[$0] }) {
            var walk = Walk(seed: 1, faults: .none)
            walk.world = path.world
            walk.drain()
            if let violation = walk.world.violations.first {
                return violations.append("\(violation) after \(path.moves)")
            }
        }
    }

    private static func moves(of world: World, _ fault: Fault?) -> [Move] {
        var moves: [Move] = []
        var different: Set<World.Flight> = []
        for index in world.flights.indices where different.insert(world.flights[index]).inserted {
            moves.append(.deliver(index))
            if fault == .loss { moves.append(.lose(index)) }
            if fault == .doubling { moves.append(.double(index)) }
        }
        for (index, node) in world.nodes.enumerated() {
            for lease in node.processes.keys.sorted(by: { $0.epoch < $1.epoch }) {
                moves += [.end(index, lease, .exited(code: 0)), .end(index, lease, .exited(code: 1))]
            }
            if node.connection == nil { moves.append(.reconnect(index)) }
            if fault == .kill, node.machine != nil { moves.append(.killAgent(index)) }
        }
        moves.append(.pass)
        if fault == .restart { moves.append(.restartCoordinator) }
        if fault == .silence { moves.append(.passLeases) }
        return moves
    }

    /// What tells two states of the world apart.
    private struct Key: Hashable {
        let state: ClusterState
        let sessions: [WorkerName: Session]
        let bindings: [ConnectionID: WorkerName]
        let dispatches: [Epoch: Dispatch]
        let nodes: [World.Node]
        let flights: [World.Flight: Int]
        let time: Timestamp
        let faultsLeft: Int

        init(_ world: World, _ faultsLeft: Int) {
            var state = world.coordinator.state
            state.sequence = 0
            self.state = state
            sessions = world.coordinator.sessions
            bindings = world.coordinator.bindings
            dispatches = world.coordinator.dispatches
            nodes = world.nodes
            flights = Dictionary(world.flights.map { ($0, 1) }, uniquingKeysWith: +)
            time = world.time
            self.faultsLeft = faultsLeft
        }
    }
}

extension World {
    mutating func make(_ move: Explorer.Move) {
        switch move {
        case .deliver(let flight): deliver(flight)
        case .end(let node, let lease, let outcome): endProcess(lease, outcome, on: node)
        case .pass: if let wake = nextWake { pass(to: wake) }
        case .reconnect(let node):
            startAgent(node)
            connect(node)
        case .lose(let flight): flights.remove(at: flight)
        case .double(let flight): deliver(flight, keep: true)
        case .restartCoordinator: restartCoordinator()
        case .killAgent(let node): killAgent(node)
        case .passLeases:
            pass(milliseconds: configuration.lapseMilliseconds + 1)
            flights = []
        }
    }
}
