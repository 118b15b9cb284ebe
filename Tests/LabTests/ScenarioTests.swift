import Foundation
import Testing
import Verification

@testable import Lab

/// Each lesson's model says what the lesson says.
@Suite struct ScenarioTests {
    @Test(arguments: Scenario.all.map(\.name)) func theModelIsAsTold(name: String) throws {
        let scenario = try #require(Scenario.named(name))
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("lab-\(UUID().uuidString).csp")
        defer { try? FileManager.default.removeItem(at: file) }
        try scenario.specText.write(to: file, atomically: true, encoding: .utf8)
        let checks = LessonChecks(FileCheck.run(path: file.path), of: scenario)
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

    /// The binary carries the very files that stand in Specs/lab.
    @Test(arguments: Scenario.all.map(\.name)) func theSpecIsTheOneInSpecs(name: String) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let scenario = try #require(Scenario.named(name))
        let text = try String(contentsOf: root.appendingPathComponent(scenario.specName), encoding: .utf8)
        #expect(scenario.specText == text)
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
