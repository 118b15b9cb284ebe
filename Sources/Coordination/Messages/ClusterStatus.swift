/// What the coordinator says of itself.
public struct ClusterStatus: Hashable, Codable, Sendable {
    /// An entry of the journal that the protocol does not allow.
    public struct Alert: Hashable, Codable, Sendable {
        public var sequence: UInt64
        /// Who refuses it, and what was allowed instead: one line, for people.
        public var text: String

        public init(sequence: UInt64, text: String) {
            self.sequence = sequence
            self.text = text
        }
    }

    public var policy: String
    /// Whether everything was proved of the configuration that it runs by.
    public var isVerified: Bool
    /// What was proved: one line, for people.
    public var preflight: String
    /// The journal's last entry, and how many entries were held against the protocol since the coordinator started.
    public var lastEntry: UInt64
    public var entriesHeld: UInt64
    public var activeJobs: Int
    public var members: Int
    /// How many entries were refused, and the last of them, oldest first.
    public var alertCount: UInt64
    public var alerts: [Alert]
    /// How often a changed configuration was taken.
    public var reloads: UInt64
    /// Why the last one was not taken, in one line; nil if it was.
    public var refusedReload: String?

    public init(
        policy: String, isVerified: Bool, preflight: String, lastEntry: UInt64, entriesHeld: UInt64, activeJobs: Int,
        members: Int, alertCount: UInt64, alerts: [Alert], reloads: UInt64 = 0, refusedReload: String? = nil
    ) {
        self.policy = policy
        self.isVerified = isVerified
        self.preflight = preflight
        self.lastEntry = lastEntry
        self.entriesHeld = entriesHeld
        self.activeJobs = activeJobs
        self.members = members
        self.alertCount = alertCount
        self.alerts = alerts
        self.reloads = reloads
        self.refusedReload = refusedReload
    }
}
