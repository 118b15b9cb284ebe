import Messaging

/// How the ranks of one generation find each other: rank 0 listens at the address that the coordinator gave the gang,
/// every other rank registers there with the endpoint of its own ring socket, and when all are there rank 0 hands out
/// the list. Then each connects to its right neighbour.
///
/// The port is this generation's alone, but a port can be used again, and a rank of the generation before can be slow to
/// die (torchrun hangs so, pytorch#135712). So job and generation are part of every message: a stranger is refused and the
/// wait goes on; a rank that meets an older generation asks again until that one is gone.
///
/// A gang with a key has all of its connections encrypted (CURVE), and each end shows the other that it has the key: every rank listens
/// and connects as the same pair, both halves of which are known to the gang's ranks alone. A client's first message of the handshake is
/// sealed for the listener's public half, so that whoever doesn't have that one gets no further, and nobody without the secret half can
/// listen in a rank's place.
struct Rendezvous {
    let member: GangMember
    /// MASTER_ADDR and MASTER_PORT.
    let host: String
    let port: UInt16
    /// How long the ranks wait for each other.
    let patience: Duration
    /// This generation's own; nil: nothing is encrypted.
    var key: CurveKeyPair?

    /// A rank asks again after this long without an answer: its first message may have reached a dying rank 0.
    static let askAgain = Duration.milliseconds(500)

    private var master: String { "\(host):\(port)" }

    /// Meets the others.
    /// - Parameters:
    ///   - step: the optimiser step that this rank starts from.
    ///   - fingerprint: stands for all that the ranks must have in common.
    /// - Throws: `TrainingError.rendezvous`, naming the ranks that did not come, or why they don't fit together.
    func meet(step: UInt64, fingerprint: UInt64, in context: MessagingContext) throws -> RingAllReduce {
        let deadline = ContinuousClock.now + patience
        let left = try BlockingSocket(.pull, in: context, options: options(listens: true))
        let own = member.rank == 0 ? try HostAddress.resolve(host) : try HostAddress.own(toward: host)
        let endpoint = try left.bind("tcp://\(own):*")
        let registration = Registration(member: member, step: step, fingerprint: fingerprint, endpoint: endpoint)
        let endpoints =
            member.rank == 0
            ? try gather(registration, at: own, deadline, context)
            : try register(registration, deadline, context)
        let right = try BlockingSocket(.push, in: context, options: options(listens: false))
        do {
            try right.connect(endpoints[member.right])
        } catch {
            throw TrainingError.rendezvous("rank \(member.right) gave an endpoint that can't be used: \(error)")
        }
        return RingAllReduce(member: member, left: left, right: right, patience: patience)
    }

    private func options(listens: Bool) -> SocketOptions {
        var options = SocketOptions()
        if let key {
            options.security = listens ? .server(keys: key) : .client(keys: key, server: key.publicKey)
        }
        // The last frames of a run must leave before the process does.
        options.lingerMilliseconds = 5000
        options.largestMessage = 64 << 20
        return options
    }

    // MARK: Rank 0

    private func gather(
        _ own: Registration, at address: String, _ deadline: ContinuousClock.Instant, _ context: MessagingContext
    ) throws -> [String] {
        var options = options(listens: true)
        options.largestMessage = 64 << 10
        let router = try BlockingSocket(.router, in: context, options: options)
        do {
            try router.bind("tcp://\(address):\(port)")
        } catch {
            throw TrainingError.rendezvous("rank 0: \(error)")
        }
        var roll = Roll(own: own)
        var routes: [Int: [UInt8]] = [:]
        while roll.ring == nil {
            let frames: [[UInt8]]
            do {
                frames = try router.receiveFrames(deadline: deadline)
            } catch MessagingError.timedOut {
                let names = roll.missing.map(String.init).joined(separator: ", ")
                let reason = "rank 0 waited \(patience) at \(master) for rank \(names)"
                for route in routes.values { refuse(route, reason, router) }
                throw TrainingError.rendezvous(reason)
            }
            // What is no registration is a port scan or an old program: nothing that an answer would help.
            guard frames.count == 2, case .register(let other)? = RendezvousMessage(decoding: frames[1]) else {
                continue
            }
            switch roll.take(other) {
            case .taken:
                routes[other.member.rank] = frames[0]
            case .refused(let reason):
                refuse(frames[0], reason, router)
            case .broken(let reason):
                refuse(frames[0], reason, router)
                for route in routes.values { refuse(route, reason, router) }
                throw TrainingError.rendezvous(reason)
            }
        }
        let endpoints = roll.ring ?? []
        let answer = RendezvousMessage.ring(generation: member.generation, endpoints: endpoints).encoded()
        for (rank, route) in routes.sorted(by: { $0.key < $1.key }) {
            do {
                try router.send(frames: [route, answer], deadline: deadline)
            } catch is MessagingError {
                throw TrainingError.rendezvous("rank \(rank) came and was gone before the gang was complete")
            }
        }
        return endpoints
    }

    private func refuse(_ route: [UInt8], _ reason: String, _ router: BlockingSocket) {
        let answer = RendezvousMessage.refuse(generation: member.generation, reason: reason).encoded()
        // One that is gone again needs no answer.
        try? router.send(frames: [route, answer], deadline: ContinuousClock.now)
    }

    // MARK: Every other rank

    private func register(
        _ own: Registration, _ deadline: ContinuousClock.Instant, _ context: MessagingContext
    ) throws -> [String] {
        // Not `onlyConnectedPeers`: with it (ZMQ_IMMEDIATE), libzmq throws away what has arrived but was not yet received
        // when the peer disconnects; and rank 0 disconnects as soon as it has sent its answer.
        var options = options(listens: false)
        options.onlyConnectedPeers = false
        let dealer = try BlockingSocket(.dealer, in: context, options: options)
        do {
            try dealer.connect("tcp://\(try HostAddress.resolve(host)):\(port)")
        } catch let error as MessagingError {
            throw TrainingError.rendezvous("rank \(member.rank): \(error)")
        }
        let request = RendezvousMessage.register(own).encoded()
        var lastRefusal: String?
        while ContinuousClock.now < deadline {
            do {
                try dealer.send(request, deadline: deadline)
            } catch MessagingError.timedOut {
                break
            }
            let waitUntil = min(deadline, ContinuousClock.now + Self.askAgain)
            while let answer = try answer(from: dealer, until: waitUntil) {
                switch answer {
                case .ring(member.generation, let endpoints) where endpoints.count == member.worldSize:
                    return endpoints
                case .refuse(let generation, let reason) where generation < member.generation:
                    lastRefusal = reason
                case .refuse(_, let reason):
                    throw TrainingError.rendezvous("rank \(member.rank) was refused at \(master): \(reason)")
                case .ring, .register:
                    continue
                }
            }
        }
        throw TrainingError.rendezvous(
            "rank \(member.rank) waited \(patience) for rank 0 at \(master)"
                + (lastRefusal.map { " (last answer: \($0))" } ?? ""))
    }

    /// The next answer that can be read, or nil when there is none in time.
    private func answer(
        from dealer: BlockingSocket, until deadline: ContinuousClock.Instant
    ) throws -> RendezvousMessage? {
        while true {
            do {
                let frames = try dealer.receiveFrames(deadline: deadline)
                if frames.count == 1, let message = RendezvousMessage(decoding: frames[0]) { return message }
            } catch MessagingError.timedOut {
                return nil
            }
        }
    }
}
