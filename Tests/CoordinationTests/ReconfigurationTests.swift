import Testing

@testable import Coordination

/// A changed configuration, taken by a coordinator that runs.
struct ReconfigurationTests {
    @Test func whatCanChangeDoesAndTheTermsOfLeasesDoNot() {
        var core = Coordinator(
            configuration: CoordinatorConfiguration(terms: Terms(heartbeatMilliseconds: 100, leaseMilliseconds: 1000)),
            policy: Fair())
        var changed = CoordinatorConfiguration(terms: Terms(heartbeatMilliseconds: 7, leaseMilliseconds: 70))
        changed.limits.activeJobs = 1
        changed.limits.retention = Retention(jobs: 3, milliseconds: 4)
        changed.isUnverified = true
        _ = core.adopt(changed, policy: Fifo(), at: Timestamp(milliseconds: 5))
        #expect(core.configuration.terms == Terms(heartbeatMilliseconds: 100, leaseMilliseconds: 1000))
        #expect(core.configuration.lapseMarginMilliseconds == 250)
        #expect(core.configuration.limits.activeJobs == 1 && core.configuration.isUnverified)
        #expect(core.state.retention.jobs == 3)
        #expect(type(of: core.policy).name == Fifo.name)
    }
}
