public import ConfigurationFiles
public import Coordination
public import Messaging
public import Storage
public import Verification

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

    /// What decides whether somebody could wait for ever.
    public var shape: ClusterShape {
        let rules = [tenants.others] + Array(tenants.named.values)
        var faults = FaultModel()
        faults.crashes = preflight.faults["crashes"] ?? faults.crashes
        faults.cuts = preflight.faults["cuts"] ?? faults.cuts
        faults.losses = preflight.faults["losses"] ?? faults.losses
        faults.doubles = preflight.faults["doubles"] ?? faults.doubles
        faults.kills = preflight.faults["kills"] ?? faults.kills
        return ClusterShape(
            policy: policy, gangSlots: limits.gangSlots, slots: preflight.slots, activeJobs: limits.activeJobs,
            tenantJobs: rules.map(\.activeJobs).max() ?? 0,
            tenantQueued: rules.map { Int(clamping: $0.queuedUnits) }.max() ?? 0,
            tenants: tenants.named.mapValues { Int($0.weight) }, preempts: preemption != nil, faults: faults)
    }

    /// What a run may write.
    public var runs: RunLimits {
        RunLimits(
            unitLogBytes: UInt64(limits.logBytes), jobLogBytes: UInt64(limits.jobLogBytes),
            metricsBytes: UInt64(limits.metricsBytes))
    }
}
