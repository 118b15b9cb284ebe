/// What one run may write into its folder. Bytes.
public struct RunLimits: Hashable, Sendable {
    /// What one unit prints on one stream, all of its attempts together; what comes after is dropped, and a line says so.
    public var unitLogBytes: UInt64
    /// The same for all units of a job together.
    public var jobLogBytes: UInt64
    /// The lines of metrics of a job.
    public var metricsBytes: UInt64

    public init(
        unitLogBytes: UInt64 = 64 << 20, jobLogBytes: UInt64 = 1 << 30, metricsBytes: UInt64 = 16 << 20
    ) {
        self.unitLogBytes = unitLogBytes
        self.jobLogBytes = jobLogBytes
        self.metricsBytes = metricsBytes
    }
}
