import Coordination

/// What can happen to a world next.
extension CoreWorld {
    enum Move {
        case tick
        case ask(Int)
        case cancel(Int)
        case ends(worker: Int, Lease, isWell: Bool)
        case die(Int), rise(Int), connect(Int), cut(Int), heal(Int), depart(Int)
        case drain(Int, isNow: Bool)
        case undrain(Int)
        /// A worker speaks of a lease that isn't its own.
        case lie(Int, Lease, isEnd: Bool)
        case kill, recover
        case arrive(Int), lose(Int), double(Int)
        /// From here on nothing goes wrong.
        case calm
    }

    var moves: [Move] {
        var moves: [Move] = [.tick]
        for (place, client) in clients.enumerated() where coordinator != nil {
            let isReady = scope.jobs[place].after.allSatisfy { known[$0] != nil }
            if client == .idle && isReady || client == .asked { moves.append(.ask(place)) }
            if client == .answered, !hasEnded[place], budget.cancels > 0 { moves.append(.cancel(place)) }
        }
        for index in nodes.indices { moves += self.moves(of: index) }
        for index in held.indices {
            moves.append(.arrive(index))
            if budget.losses > 0 { moves.append(.lose(index)) }
            if budget.doubles > 0 { moves.append(.double(index)) }
        }
        if coordinator == nil { moves.append(.recover) } else if budget.kills > 0 { moves.append(.kill) }
        if budget != CoreScope.Budget() || late > 0 { moves.append(.calm) }
        return moves
    }

    private func moves(of index: Int) -> [Move] {
        let node = nodes[index]
        var moves: [Move] = []
        for process in node.processes where !process.isFresh {
            let isPoisoned = leases[process.lease.epoch].map { scope.jobs[$0.place].isPoisoned } ?? false
            if !isPoisoned { moves.append(.ends(worker: index, process.lease, isWell: true)) }
            if isPoisoned || budget.failures > 0 { moves.append(.ends(worker: index, process.lease, isWell: false)) }
        }
        if node.machine == nil {
            moves.append(.rise(index))
        } else {
            if node.connection == nil, coordinator != nil { moves.append(.connect(index)) }
            if budget.crashes > 0 { moves.append(.die(index)) }
            if budget.departures > 0 { moves.append(.depart(index)) }
        }
        if node.isCut { moves.append(.heal(index)) } else if budget.cuts > 0 { moves.append(.cut(index)) }
        guard coordinator != nil else { return moves }
        if budget.drains > 0 { moves += [.drain(index, isNow: false), .drain(index, isNow: true)] }
        if cordoned.contains(index) { moves.append(.undrain(index)) }
        if budget.lies > 0, node.connection != nil {
            for (epoch, name) in leases where name.worker != index {
                guard let job = known[name.place] else { continue }
                let lease = Lease(TaskID(job, name.index), epoch)
                moves += [.lie(index, lease, isEnd: true), .lie(index, lease, isEnd: false)]
            }
        }
        return moves
    }

    /// The events and the worlds that a move may lead to: every late message makes another one.
    func outcomes(of move: Move) -> [CoreWorld] {
        var open: [CoreWorld] = []
        for cut in cuts {
            var world = self
            world.trace = []
            guard world.make(move, cut) else { continue }
            open.append(world)
            // Only what the coordinator hears has an instant in which it can be killed.
            if case .ask = move {} else if case .arrive = move {} else { break }
        }
        var settled: [CoreWorld] = []
        while var world = open.popLast() {
            guard !world.prompt.isEmpty else {
                settled.append(world)
                continue
            }
            let flight = world.prompt.removeFirst()
            if world.held.count < world.late {
                var late = world
                late.held.append(flight)
                open.append(late)
            }
            if case .down = flight.content {
                world.deliver(flight)
                open.append(world)
            } else {
                for cut in world.cuts {
                    var after = world
                    let before = after.disk.snapshot.sequence
                    if cut != .none { after.budget.kills -= 1 }
                    after.deliver(flight, cut)
                    // Killed over what left no record: the message was lost before the kill.
                    if cut == .afterCommit, after.disk.snapshot.sequence == before { continue }
                    open.append(after)
                }
            }
        }
        return settled
    }

    private var cuts: [Cut] { budget.kills > 0 && coordinator != nil ? [.none, .beforeCommit, .afterCommit] : [.none] }

    /// False if the move makes no sense with this cut.
    private mutating func make(_ move: Move, _ cut: Cut) -> Bool {
        if cut != .none { budget.kills -= 1 }
        switch move {
        case .tick: tick()
        case .ask(let place): ask(place, cut)
        case .cancel(let place):
            budget.cancels -= 1
            trace.append("withdraw.\(place)")
            guard let job = known[place] else { return false }
            give(.client(.cancel(job), ConnectionID(UInt64(place)), request: 0))
        case .ends(let worker, let lease, let isWell):
            if !isWell, let name = leases[lease.epoch], !scope.jobs[name.place].isPoisoned { budget.failures -= 1 }
            end(lease, .exited(code: isWell ? 0 : 1), isWell ? "done" : "broken", on: worker)
        case .die(let index):
            budget.crashes -= 1
            trace.append("die.\(index)")
            stopAgent(index)
        case .rise(let index):
            trace.append("rise.\(index)")
            startAgent(index)
        case .connect(let index):
            trace.append("connect.\(index)")
            connect(index)
        case .cut(let index):
            budget.cuts -= 1
            trace.append("cut.\(index)")
            nodes[index].isCut = true
        case .heal(let index):
            trace.append("heal.\(index)")
            nodes[index].isCut = false
        case .depart(let index):
            budget.departures -= 1
            trace.append("depart.\(index)")
            give(.shutdown, to: index)
        case .drain(let index, let isNow):
            budget.drains -= 1
            trace.append("drain.\(index)")
            give(.client(.drain(nodes[index].name, now: isNow), ConnectionID(1000), request: 0))
        case .undrain(let index):
            trace.append("undrain.\(index)")
            give(.client(.undrain(nodes[index].name), ConnectionID(1000), request: 0))
        case .lie(let index, let lease, let isEnd):
            budget.lies -= 1
            trace.append("lie.\(index)")
            let message: WorkerMessage = isEnd ? .finish(lease, .exited(code: 0)) : .accept(lease, port: 1)
            deliver(Flight(worker: index, connection: nodes[index].connection!, content: .up(message)))
        case .kill:
            budget.kills -= 1
            killCoordinator()
        case .recover: recover()
        case .arrive(let index):
            trace.append("arrive")
            let before = disk.snapshot.sequence
            let flight = held.remove(at: index)
            if case .down = flight.content, cut != .none { return false }
            deliver(flight, cut)
            if cut == .afterCommit, disk.snapshot.sequence == before { return false }
        case .lose(let index):
            budget.losses -= 1
            trace.append("lose")
            held.remove(at: index)
        case .double(let index):
            budget.doubles -= 1
            trace.append("double")
            deliver(held[index])
        case .calm:
            trace.append("calm")
            budget = CoreScope.Budget()
            late = 0
        }
        return true
    }
}
