public import Coordination
public import Storage

extension CoordinatorService {
    /// A configuration that was checked, and is to be taken by a coordinator that runs.
    public struct Reconfiguration: Sendable {
        public var cluster: CoordinatorConfiguration
        public var policy: any SchedulingPolicy
        public var runs: RunLimits
        public var proof: Proof
        /// What is different in it and takes a restart: one line for each.
        public var remarks: [String]

        public init(
            cluster: CoordinatorConfiguration, policy: any SchedulingPolicy, runs: RunLimits, proof: Proof,
            remarks: [String]
        ) {
            self.cluster = cluster
            self.policy = policy
            self.runs = runs
            self.proof = proof
            self.remarks = remarks
        }
    }

    /// Why a changed configuration isn't taken: the error in it, or the counterexample.
    public struct ReloadRefused: Error, Sendable {
        public let reason: String
        /// The same in one line.
        public let summary: String

        /// - Parameter summary: where the reason has more than one line.
        public init(reason: String, summary: String? = nil) {
            self.reason = reason
            self.summary = summary ?? reason
        }
    }

    /// Reads the configuration again and checks it; away from the coordinator's thread.
    public typealias Reload = @Sendable () -> Result<Reconfiguration, ReloadRefused>
}

/// Who waits for the configuration to be read again, and how that went so far.
struct Reloads {
    var waiting: [(ConnectionID, UInt64)] = []
    var taken: UInt64 = 0
    /// Why the last one was not taken, in one line; nil if it was.
    var refused: String?
    private var isUnderWay = false

    /// Whether it is to begin now.
    mutating func begin() -> Bool {
        guard !isUnderWay, !waiting.isEmpty else { return false }
        isUnderWay = true
        return true
    }

    /// - Returns: who is to be told.
    mutating func end() -> [(ConnectionID, UInt64)] {
        defer { waiting = [] }
        isUnderWay = false
        return waiting
    }
}
