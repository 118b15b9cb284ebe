/// What ranks say to rank 0 before they train, and what it answers.
///
/// Little-endian: "BQRV", version (UInt16), kind (UInt8), then the fields in the order below; a text is its length in
/// bytes (UInt16) and UTF-8.
enum RendezvousMessage: Hashable {
    /// "I am here, and my ring socket listens there."
    case register(Registration)
    /// The gang is complete: the ring endpoint of each rank, in the order of the ranks.
    case ring(generation: UInt32, endpoints: [String])
    /// Not with this one.
    case refuse(generation: UInt32, reason: String)

    static let magic = Array("BQRV".utf8)
    static let version: UInt16 = 1
    static let longestEndpoint = 128
    static let longestReason = 1024

    private enum Kind: UInt8 { case register = 1, ring, refuse }

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(raw: Self.magic)
        writer.write(Self.version)
        switch self {
        case .register(let registration):
            writer.write(Kind.register.rawValue)
            writer.write(registration.member.job)
            writer.write(registration.member.generation)
            writer.write(UInt32(registration.member.rank))
            writer.write(UInt32(registration.member.worldSize))
            writer.write(registration.step)
            writer.write(registration.fingerprint)
            writer.write(registration.endpoint)
        case .ring(let generation, let endpoints):
            writer.write(Kind.ring.rawValue)
            writer.write(generation)
            writer.write(UInt32(endpoints.count))
            for endpoint in endpoints { writer.write(endpoint) }
        case .refuse(let generation, let reason):
            writer.write(Kind.refuse.rawValue)
            writer.write(generation)
            writer.write(reason)
        }
        return writer.bytes
    }

    /// Nil for anything that is not exactly such a message.
    init?(decoding bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard reader.readRaw(Self.magic.count) == Self.magic, reader.read(UInt16.self) == Self.version,
            let kind = reader.read(UInt8.self).flatMap(Kind.init(rawValue:)),
            let message = Self.body(kind, &reader), reader.remaining == 0
        else { return nil }
        self = message
    }

    private static func body(_ kind: Kind, _ reader: inout ByteReader) -> RendezvousMessage? {
        switch kind {
        case .register:
            guard let job = reader.readText(limit: GangMember.longestJob), let generation = reader.read(UInt32.self),
                let rank = reader.read(UInt32.self), let worldSize = reader.read(UInt32.self),
                (1...UInt32(GangMember.mostRanks)).contains(worldSize), rank < worldSize,
                let step = reader.read(UInt64.self), let fingerprint = reader.read(UInt64.self),
                let endpoint = reader.readText(limit: longestEndpoint)
            else { return nil }
            let member = GangMember(job: job, generation: generation, rank: Int(rank), worldSize: Int(worldSize))
            return .register(Registration(member: member, step: step, fingerprint: fingerprint, endpoint: endpoint))
        case .ring:
            guard let generation = reader.read(UInt32.self), let count = reader.read(UInt32.self),
                count <= GangMember.mostRanks
            else { return nil }
            var endpoints: [String] = []
            for _ in 0..<count {
                guard let endpoint = reader.readText(limit: longestEndpoint) else { return nil }
                endpoints.append(endpoint)
            }
            return .ring(generation: generation, endpoints: endpoints)
        case .refuse:
            guard let generation = reader.read(UInt32.self), let reason = reader.readText(limit: longestReason) else {
                return nil
            }
            return .refuse(generation: generation, reason: reason)
        }
    }
}

/// How a rank introduces itself.
struct Registration: Hashable {
    var member: GangMember
    /// The optimiser step that it starts from.
    var step: UInt64
    /// Stands for the settings and the weights that it starts with: all ranks must have the same.
    var fingerprint: UInt64
    /// Where its left neighbour can reach it.
    var endpoint: String
}

/// Rank 0's list of who is there. Pure: messages in, verdicts out.
struct Roll {
    enum Verdict: Hashable {
        case taken
        /// Not one of this gang: tell it so, and wait on.
        case refused(String)
        /// One of this gang, but not fit to train with it: the gang can't form.
        case broken(String)
    }

    let own: Registration
    /// By rank.
    private(set) var endpoints: [String?]

    init(own: Registration) {
        self.own = own
        endpoints = [String?](repeating: nil, count: own.member.worldSize)
        endpoints[own.member.rank] = own.endpoint
    }

    var missing: [Int] { endpoints.indices.filter { endpoints[$0] == nil } }
    /// All endpoints in the order of the ranks, once nobody is missing.
    var ring: [String]? { missing.isEmpty ? endpoints.compactMap { $0 } : nil }

    mutating func take(_ other: Registration) -> Verdict {
        let mine = own.member
        guard other.member.job == mine.job else {
            return .refused("this is the rendezvous of job \(mine.job), not of \(other.member.job)")
        }
        guard other.member.generation == mine.generation else {
            return .refused("this is attempt \(mine.generation) of the gang, not attempt \(other.member.generation)")
        }
        let name = "rank \(other.member.rank)"
        guard other.member.worldSize == mine.worldSize else {
            return .broken(
                "\(name) expects \(other.member.worldSize) ranks, rank \(mine.rank) expects \(mine.worldSize)")
        }
        guard other.step == own.step else {
            return .broken("\(name) starts from step \(other.step), rank \(mine.rank) from step \(own.step)")
        }
        guard other.fingerprint == own.fingerprint else {
            return .broken("\(name) has other parameters or another checkpoint than rank \(mine.rank)")
        }
        guard other.member.rank != mine.rank else { return .broken("two processes say that they are \(name)") }
        if let known = endpoints[other.member.rank], known != other.endpoint {
            return .broken("two processes say that they are \(name): at \(known) and at \(other.endpoint)")
        }
        endpoints[other.member.rank] = other.endpoint
        return .taken
    }
}
