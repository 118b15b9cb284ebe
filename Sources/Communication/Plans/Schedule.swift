/// Communication that is known by name.
public struct Schedule: Hashable, Sendable {
    public enum Name: String, Hashable, Sendable, CaseIterable {
        case ringAllReduce = "ring-all-reduce"
        case parameterServer = "parameter-server"
        case gpipe
        case oneForwardOneBackward = "1f1b"
        case interleaved = "interleaved-1f1b"

        public var isPipeline: Bool { self != .ringAllReduce && self != .parameterServer }
    }

    /// How a rank that has something to send and something to receive goes about it.
    public enum Exchange: String, Hashable, Sendable, CaseIterable {
        /// First the one, then the other.
        case separate
        /// Both are begun, and then waited for: MPI_Sendrecv, a batch of P2P operations, ncclGroupStart.
        case fused
    }

    public var name: Name
    /// How often all of it is done.
    public var rounds = 1
    public var exchange = Exchange.separate
    /// Pipelines: batches that go through it in one round.
    public var microBatches = 1
    /// The interleaved one: parts of the model on each rank.
    public var chunks = 2
    /// The parameter server: ranks below it serve.
    public var servers = 1
    /// The parameter server takes what comes first, and not the workers one after the other.
    public var takesAny = true

    public init(_ name: Name) {
        self.name = name
        // A ring that sends first and receives then is a mistake that nobody asks for by name.
        if name == .ringAllReduce { exchange = .fused }
    }
}
