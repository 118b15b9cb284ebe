import Communication
import ConfigurationFiles

/// A plan as its YAML says.
func plan(_ text: String) throws -> Plan {
    let indented = text.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(
        separator: "\n")
    guard let plan = try PlanFile.parse("communication:\n\(indented)\n", file: "job.yaml") else {
        throw PlanError("no communication", at: Place(line: 1, column: 1))
    }
    return plan
}

func check(_ text: String, ranks: Int) throws -> PlanReport { try PlanCheck.run(plan(text), ranks: ranks) }
