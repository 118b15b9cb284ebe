import Communication
import Foundation
import Simulation
import Testing
import Verification

@testable import Lab

/// Each lesson's model says what the lesson says.
@Suite struct ScenarioTests {
    func verdicts(_ scenario: Scenario) throws -> FileReport {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("lab-\(UUID().uuidString).csp")
        defer { try? FileManager.default.removeItem(at: file) }
        try scenario.specText.write(to: file, atomically: true, encoding: .utf8)
        return FileCheck.run(path: file.path)
    }

    @Test(arguments: Scenario.all.map(\.name)) func theModelIsAsTold(name: String) throws {
        let scenario = try #require(Scenario.named(name))
        let checks = LessonChecks(try verdicts(scenario), of: scenario)
        #expect(checks.isAsTold, "\(checks.surprises)")
        for language in Language.allCases {
            let panel = ModelPanel(Screen(width: 120, isColoured: false), language)
            let fault = panel.fault(try #require(checks.fault))
            for line in fault + panel.proofs(checks.proofs) {
                #expect(line.count <= 58, "\(line)")
            }
            // Nothing in the other language.
            let text = fault.joined(separator: "\n")
            #expect(language == .english || !(text.contains("overtakes") || text.contains("begins to wait")))
        }
    }

    /// What the real core makes of each model's counterexample: with the naive setting, and with the countermeasure, where that is the
    /// coordinator's. The event is the step that it doesn't take, or what it does where the model stands still.
    static let code: [(name: String, naive: ModelReplay.Verdict, repaired: ModelReplay.Verdict?, event: String?)] = [
        ("priority-flood", .reproduced, .refused, "start.Flood.1"),
        ("big-gang", .reproduced, .refused, "start.Small.2"),
        ("hold-and-wait", .reproduced, .refused, "take.1"), ("convoy", .reproduced, .goesOn, "start.Ada.0"),
        ("stuck-worker", .reproduced, .goesOn, "expire.Ada"), ("double-work", .refused, nil, nil),
        ("reconnect-storm", .reproduced, nil, nil), ("pipeline-buffers", .reproduced, nil, nil),
    ]

    @Test(arguments: code.map(\.name)) func theCodeIsAsTold(name: String) throws {
        let told = try #require(Self.code.first { $0.name == name })
        let scenario = try #require(Scenario.named(name))
        let verdicts = try verdicts(scenario)
        let code = try #require(try LessonCode(verdicts, LessonChecks(verdicts, of: scenario), of: scenario))
        #expect(code.isAsTold)
        #expect(code.naive.verdict == told.naive && code.repaired?.verdict == told.repaired, "\(code)")
        #expect(code.repaired.flatMap { $0.refusedStep?.event ?? $0.insteadEvent } == told.event, "\(code)")
        for language in Language.allCases {
            let panel = CodePanel(Screen(width: 80, isColoured: false), language)
            let lines = panel.naive(code) + panel.repaired(code)
            for line in lines { #expect(line.count <= 80, "\(line)") }
            let text = lines.joined(separator: " ")
            #expect(language == .english || !(text.contains("the code") || text.contains("instead")), "\(text)")
        }
    }

    /// The ledger's old write is a result that the core refuses; and the pipeline's schedule is refused by the check of plans.
    @Test func whatTheCodeRefuses() throws {
        func code(_ name: String) throws -> LessonCode? {
            let scenario = try #require(Scenario.named(name))
            let verdicts = try verdicts(scenario)
            return try LessonCode(verdicts, LessonChecks(verdicts, of: scenario), of: scenario)
        }
        let ledger = try #require(try code("double-work"))
        #expect(ledger.naive.refusedStep?.event == "write.1", "\(ledger.naive)")
        #expect(ledger.naive.refusals.first?.contains("staleEpochRefused") == true, "\(ledger.naive)")
        let pipeline = try #require(try code("pipeline-buffers"))
        #expect(pipeline.naivePlan?.verdict == .fails && pipeline.naivePlan?.smallestBuffer == 2)
        #expect(pipeline.naivePlan?.fault?.ring.map(\.site.rank) == [0, 1])
        #expect(pipeline.repairedPlan?.verdict == .holds)
    }

    /// The binary carries the very files that stand in Specs/lab.
    @Test func theFilesAreThoseInSpecs() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Specs/lab")
        for (name, text) in LabFiles.all where !name.hasPrefix("exercises/") {
            #expect(try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8) == text, "\(name)")
        }
        for scenario in Scenario.all { #expect(LabFiles.all["\(scenario.name).replay"] != nil) }
    }

    @Test func plotsAreWhole() throws {
        let waiting = GroupWaiting(group: "Ada <&>", served: [0.2, 1.5], waiting: [7.25], overtaken: 3)
        var record = LiveRecord(try #require(Scenario.named("convoy")))
        record.begin(at: 0)
        let empty = PhaseOutcome(record, from: 0, to: 1, isGoalReached: nil)
        #expect(waiting.longest == 7.25 && waiting.median == 1.5)
        let svg = WaitingPlot(title: "T", before: ("a", empty), after: ("b", empty), .french).svg()
        #expect(try XMLCheck.isWellFormed(svg))
        #expect(svg.contains("combien chacun a attendu"))
    }
}

/// Enough of XML to find a tag that is not closed: there is no XML parser among the house's libraries.
enum XMLCheck {
    static func isWellFormed(_ text: String) throws -> Bool {
        var open: [Substring] = []
        for match in text.matches(of: /<(\/?)([a-z]+)([^<>]*?)(\/?)>/) {
            if match.output.1 == "/" {
                guard open.popLast() == match.output.2 else { return false }
            } else if match.output.4 != "/" {
                open.append(match.output.2)
            }
        }
        return open.isEmpty
    }
}
