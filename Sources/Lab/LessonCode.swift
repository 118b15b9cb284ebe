public import Communication
import ConfigurationFiles
import Foundation
public import Simulation
public import Verification

/// The counterexample of a scenario's model on the code itself: what the coordinator's own core makes of it, with the naive setting and with
/// the countermeasure.
public struct LessonCode: Sendable, Encodable {
    public let naive: ModelReplay
    /// Nil where the countermeasure is not the coordinator's.
    public let repaired: ModelReplay?
    /// What the check of a job's own communication says, where the lesson is about that.
    public let naivePlan, repairedPlan: PlanReport?
    /// The run's own length: what is beyond it are further rounds of its cycle.
    let length: Int
    private let told: ModelReplay.Verdict

    /// - Returns: nil where the model has no counterexample.
    /// - Throws: `ReplayError` or `InputError`, if the lab's own files make no sense.
    public init?(_ report: FileReport, _ checks: LessonChecks, of scenario: Scenario) throws {
        guard let fault = checks.fault, let counterexample = fault.counterexample else { return nil }
        let run = try ModelRun(json: Data(report.jsonLine.utf8), line: fault.line)
        naive = try ModelReplay(run, map: ReplayMap(scenario.mapText), policy: scenario.before.settings.policy)
        repaired = try scenario.repairedMapText.map {
            try ModelReplay(run, map: ReplayMap($0), policy: scenario.after.settings.policy)
        }
        naivePlan = try Self.plan("\(scenario.name).yaml")
        repairedPlan = try Self.plan("\(scenario.name)-repaired.yaml")
        length = counterexample.events.count + counterexample.cycle.count
        told = scenario.naiveVerdict
    }

    private static func plan(_ file: String) throws -> PlanReport? {
        guard let text = LabFiles.all[file], let plan = try PlanFile.parse(text, file: file) else { return nil }
        return try PlanCheck.run(plan, ranks: 2)
    }

    public var isAsTold: Bool {
        naive.verdict == told && repaired?.verdict != .reproduced && repaired?.verdict != .unknown
            && naivePlan?.verdict != .holds && (repairedPlan == nil || repairedPlan?.verdict == .holds)
    }

    private enum CodingKeys: String, CodingKey { case naive, repaired, naivePlan, repairedPlan }
}

extension Scenario {
    /// What the model's names stand for, for `banquet replay`: Specs/lab/NAME.replay.
    var mapText: String { LabFiles.all["\(name).replay"]! }

    /// The same with the countermeasure; nil where that is not the coordinator's.
    var repairedMapText: String? {
        if let repairedJobs { return repairedJobs + "\n" + mapText }
        return before.settings.policy != after.settings.policy ? mapText : nil
    }
}
