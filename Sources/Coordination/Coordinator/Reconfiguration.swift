/// A changed configuration, taken while the coordinator runs.
extension Coordinator {
    /// Takes what can change: the policy, the tenants' rules, the limits, preemption, and whether all of it was proved. What was
    /// admitted before stays admitted. The terms of leases stay as they are: they are in the journal, and workers hold leases by them.
    public mutating func adopt(
        _ changed: CoordinatorConfiguration, policy: any SchedulingPolicy, at now: Timestamp
    ) -> [CoordinatorEffect] {
        perform(at: now) { core in
            var next = changed
            next.terms = core.configuration.terms
            next.lapseMarginMilliseconds = core.configuration.lapseMarginMilliseconds
            core.configuration = next
            core.policy = policy
            core.state.retention = next.limits.retention
            // Another policy has another order, and keeps slots for others.
            core.leader = nil
            core.preemptionDue = nil
            core.needsScheduling = true
        }
    }
}
