import Coordination
import Foundation
import Testing

@testable import Verification

/// The number of overtakings that a preflight proves, and what it says of other clusters than its model.
@Suite struct OvertakingNumberTests {
    private func shape(_ policy: String, gang: Int = 4) -> ClusterShape {
        ClusterShape(
            policy: policy, gangSlots: gang, slots: 4, activeJobs: 100, tenantJobs: 100, tenantQueued: 100,
            tenants: [:], preempts: false)
    }

    @Test(arguments: [1, 3, 4]) func aPreflightOfFairHasANumber(gang: Int) {
        let model = ClusterModel(shape("fair", gang: gang))
        #expect(model.overtaking == OvertakingBound(most: 3, tenants: 3))
        // It is what the checker was asked.
        #expect(model.text.contains(", 3) [T= overtaking("))
        #expect(FileCheck.run(text: model.text, name: "model", options: VerificationOptions()).verdict == .holds)
    }

    @Test(arguments: ["fifo", "backfill", "strict-priority", "first-fit", "greedy-gang"])
    func otherPoliciesHaveNone(policy: String) {
        #expect(ClusterModel(shape(policy)).overtaking == nil)
    }

    /// The largest gang never fits: what then holds the model back is no policy.
    @Test func aGangThatNeverFitsHasNone() { #expect(ClusterModel(shape("fair", gang: 5)).overtaking == nil) }

    /// A tenant more is one overtaking more, and one start more before a line is aged is one more: so what is counted from the ageing
    /// on is bounded by the number of the model with three tenants, and one for each further tenant.
    @Test(arguments: [1, 2, 3], [3, 4]) func theNumberGrowsWithTenantsAndPatience(patience: Int, tenants: Int) {
        let members = tenants == 3 ? "diff(JOBS, {Gang.1})" : "JOBS"
        let most = patience + tenants - 2
        let text = """
            SLOTS = 3
            FLOOD = 2
            SIZES = {1..3}
            \(ClusterModel.definitions(EmbeddedSpecs.policy("fair")))
            TRIED = POLICY(\(members), \(patience))
            assert BOUND(Gang.3, \(most)) [T= overtaking(TRIED, Gang.3)
            assert not BOUND(Gang.3, \(most - 1)) [T= overtaking(TRIED, Gang.3)

            """
            .replacingOccurrences(of: "PATIENCE = 2", with: "PATIENCE = \(patience)")
        let report = FileCheck.run(text: text, name: "fair", options: VerificationOptions())
        #expect(report.assertions.map(\.verdict) == [.holds, .holds], "\(report.errors)")
        if patience == 2 { #expect(OvertakingBound(most: 3, tenants: 3).most(tenants: tenants) == most) }
    }
}
