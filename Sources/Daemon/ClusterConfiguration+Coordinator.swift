public import Configuration
public import Coordination
public import Messaging
public import Storage

extension ClusterConfiguration {
    /// What the core is told of the operator's decisions.
    public var coordinator: CoordinatorConfiguration {
        var limits = ClusterLimits()
        limits.gangSlots = UInt32(self.limits.gangSlots)
        limits.unitSlots = UInt32(self.limits.workerSlots)
        limits.arrayTasks = UInt32(self.limits.arrayTasks)
        limits.activeJobs = self.limits.activeJobs
        limits.retention = Retention(jobs: self.limits.endedJobs, milliseconds: Int64(self.limits.endedAge))
        return CoordinatorConfiguration(
            terms: Terms(heartbeatMilliseconds: UInt32(lease.heartbeat), leaseMilliseconds: UInt32(lease.duration)),
            limits: limits, tenants: tenants, preemptionMilliseconds: preemption.map { UInt32($0.after) },
            preemptionGraceMilliseconds: preemption.map { UInt32($0.grace) } ?? 30_000)
    }

    /// How much one peer may say.
    public var rate: RateLimit {
        RateLimit(
            messagesPerSecond: Double(connections.messagesPerSecond), bytesPerSecond: Double(connections.bytesPerSecond)
        )
    }

    /// What a run may write.
    public var runs: RunLimits {
        RunLimits(
            unitLogBytes: UInt64(limits.logBytes), jobLogBytes: UInt64(limits.jobLogBytes),
            metricsBytes: UInt64(limits.metricsBytes))
    }
}
