/// The schedules, written out for one rank.
extension Unfolder {
    mutating func write(_ schedule: Schedule) throws(Failure) {
        if schedule.name == .parameterServer, schedule.servers >= ranks {
            throw fault("\(schedule.servers) servers of \(ranks) ranks leave no worker")
        }
        if schedule.name == .interleaved, schedule.microBatches % ranks != 0 {
            throw fault("the micro-batches, \(schedule.microBatches), must be a multiple of the stages, \(ranks)")
        }
        try repeated(schedule.rounds) { unfolder throws(Failure) in
            switch schedule.name {
            case .ringAllReduce: try unfolder.ring(schedule)
            case .parameterServer: try unfolder.parameterServer(schedule)
            case .gpipe, .oneForwardOneBackward, .interleaved: try unfolder.pipeline(schedule)
            }
        }
    }

    /// Reduce-scatter and all-gather round the ring, `ranks - 1` steps each (Patarasuk and Yuan, "Bandwidth optimal all-reduce
    /// algorithms for clusters of workstations", JPDC 2009).
    private mutating func ring(_ schedule: Schedule) throws(Failure) {
        guard ranks > 1 else { return }
        let (next, previous) = ((ownRank + 1) % ranks, (ownRank + ranks - 1) % ranks)
        for step in 0..<2 * (ranks - 1) {
            let part = step < ranks - 1 ? "reduce-scatter" : "all-gather"
            let note = "\(part), step \(step % (ranks - 1) + 1) of \(ranks - 1)"
            let isFused = schedule.exchange == .fused
            try send(to: next, tag: "chunk", waits: !isFused, note: note)
            try receive(from: previous, tag: "chunk", waits: !isFused, note: note)
            if isFused { try waitForAll(note: note) }
        }
    }

    /// Each worker pushes its gradients to every server and pulls the parameters (Li and others, "Scaling distributed machine
    /// learning with the parameter server", OSDI 2014).
    private mutating func parameterServer(_ schedule: Schedule) throws(Failure) {
        let servers = schedule.servers
        if ownRank < servers {
            for worker in servers..<ranks {
                try receive(from: schedule.takesAny ? nil : worker, tag: "gradients", note: "the gradients")
            }
            for worker in servers..<ranks { try send(to: worker, tag: "parameters", note: "the parameters") }
        } else {
            for server in 0..<servers { try send(to: server, tag: "gradients", note: "the gradients") }
            for server in 0..<servers { try receive(from: server, tag: "parameters", note: "the parameters") }
        }
    }

    // MARK: Pipelines

    /// One pass of a micro-batch through one part of the model.
    private struct Pass {
        let isForward: Bool
        let microBatch: Int
        let chunk: Int
    }

    /// A rank's passes in order: each takes what it needs from the neighbour before, and hands on what it made.
    private mutating func pipeline(_ schedule: Schedule) throws(Failure) {
        let passes = passes(schedule)
        let parts = schedule.name == .interleaved ? schedule.chunks : 1
        for (number, pass) in passes.enumerated() {
            if number == 0 || schedule.exchange == .separate { try takeInput(of: pass, parts, waits: true) }
            let isFused = schedule.exchange == .fused
            try handOn(pass, parts, waits: !isFused)
            guard isFused else { continue }
            if number + 1 < passes.count { try takeInput(of: passes[number + 1], parts, waits: false) }
            try waitForAll(note: Self.note(pass))
        }
    }

    private static func note(_ pass: Pass) -> String {
        "\(pass.isForward ? "forward" : "backward") of micro-batch \(pass.microBatch)"
            + (pass.chunk > 0 ? ", chunk \(pass.chunk)" : "")
    }

    /// Forward, part p of rank r comes after part p of rank r - 1, and part p of rank 0 after part p - 1 of the last rank.
    private mutating func takeInput(of pass: Pass, _ parts: Int, waits: Bool) throws(Failure) {
        let (first, last) = (0, ranks - 1)
        let isAtStart =
            pass.isForward ? ownRank == first && pass.chunk == 0 : ownRank == last && pass.chunk == parts - 1
        guard !isAtStart else { return }
        let peer = (ownRank + (pass.isForward ? ranks - 1 : 1)) % ranks
        guard peer != ownRank else { return }
        try receive(from: peer, tag: pass.isForward ? "act" : "grad", waits: waits, note: Self.note(pass))
    }

    private mutating func handOn(_ pass: Pass, _ parts: Int, waits: Bool) throws(Failure) {
        let (first, last) = (0, ranks - 1)
        let isAtEnd = pass.isForward ? ownRank == last && pass.chunk == parts - 1 : ownRank == first && pass.chunk == 0
        guard !isAtEnd else { return }
        let peer = (ownRank + (pass.isForward ? 1 : ranks - 1)) % ranks
        guard peer != ownRank else { return }
        try send(to: peer, tag: pass.isForward ? "act" : "grad", waits: waits, note: Self.note(pass))
    }

    private func passes(_ schedule: Schedule) -> [Pass] {
        let batches = schedule.microBatches
        switch schedule.name {
        case .gpipe:
            // Huang and others, "GPipe", NeurIPS 2019.
            return (0..<batches).map { Pass(isForward: true, microBatch: $0, chunk: 0) }
                + (0..<batches).map { Pass(isForward: false, microBatch: $0, chunk: 0) }
        case .oneForwardOneBackward:
            // Narayanan and others, "PipeDream", SOSP 2019, in the form that flushes.
            let forward = (0..<batches).map { Pass(isForward: true, microBatch: $0, chunk: 0) }
            let backward = (0..<batches).map { Pass(isForward: false, microBatch: $0, chunk: 0) }
            return Self.alternating(forward, backward, warmUp: ranks - ownRank - 1)
        default:
            // Narayanan and others, "Efficient large-scale language model training on GPU clusters", SC 2021.
            let (chunks, total) = (schedule.chunks, batches * schedule.chunks)
            func pass(_ number: Int, isForward: Bool) -> Pass {
                let group = number / (ranks * chunks), within = number % (ranks * chunks)
                let chunk = isForward ? within / ranks : chunks - 1 - within / ranks
                return Pass(isForward: isForward, microBatch: group * ranks + within % ranks, chunk: chunk)
            }
            let forward = (0..<total).map { pass($0, isForward: true) }
            let backward = (0..<total).map { pass($0, isForward: false) }
            let warmUp = batches == ranks ? total : (ranks - ownRank - 1) * 2 + (chunks - 1) * ranks
            return Self.alternating(forward, backward, warmUp: warmUp)
        }
    }

    /// So many forward passes, then one forward and one backward in turn, then the backward passes that are left.
    private static func alternating(_ forward: [Pass], _ backward: [Pass], warmUp: Int) -> [Pass] {
        let warmUp = min(warmUp, forward.count)
        var passes = Array(forward[..<warmUp])
        for (later, earlier) in zip(forward[warmUp...], backward) { passes += [later, earlier] }
        return passes + backward[(forward.count - warmUp)...]
    }
}
