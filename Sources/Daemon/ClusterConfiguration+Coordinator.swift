public import Configuration
public import Coordination

extension ClusterConfiguration {
    /// What the core is told of the operator's decisions.
    public var coordinator: CoordinatorConfiguration {
        var limits = ClusterLimits()
        limits.gangSlots = UInt32(self.limits.gangSlots)
        limits.unitSlots = UInt32(self.limits.workerSlots)
        limits.arrayTasks = UInt32(self.limits.arrayTasks)
        limits.activeJobs = self.limits.activeJobs
        return CoordinatorConfiguration(
            terms: Terms(heartbeatMilliseconds: UInt32(lease.heartbeat), leaseMilliseconds: UInt32(lease.duration)),
            limits: limits)
    }
}
