import Foundation

/// The results of a check in the Static Analysis Results Interchange Format (OASIS, SARIF 2.1.0, 2020).
///
/// Failed assertions and errors in scripts are results of kind `fail`. An assertion that a limit left undecided is a result of kind `open`, whose level SARIF wants to be
/// `none`; so that it is seen nevertheless, the invocation carries a notification for it.
struct SARIFDocument {
    let text: String

    init(_ reports: [FileReport]) {
        let results = reports.flatMap { report in
            report.errors.map { Result($0) } + report.assertions.compactMap { Result($0) }
        }
        let used = Set(results.map(\.ruleId))
        let rules = Rule.all.filter { used.contains($0.id) }
        let log = Log(runs: [
            Run(
                tool: Tool(driver: Driver(rules: rules)),
                invocations: [
                    Invocation(
                        executionSuccessful: !reports.contains { !$0.errors.isEmpty },
                        toolExecutionNotifications: results.filter { $0.kind == "open" }.map {
                            Notification(level: "warning", message: $0.message, locations: $0.locations)
                        })
                ],
                results: results.map { result in
                    var result = result
                    result.ruleIndex = rules.firstIndex { $0.id == result.ruleId } ?? -1
                    return result
                })
        ])
        text = JSONText.pretty(log) + "\n"
    }

    private struct Log: Encodable {
        let schema = "https://json.schemastore.org/sarif-2.1.0.json"
        let version = "2.1.0"
        let runs: [Run]

        private enum CodingKeys: String, CodingKey {
            case schema = "$schema"
            case version, runs
        }
    }

    private struct Run: Encodable {
        let tool: Tool
        let invocations: [Invocation]
        let results: [Result]
        let columnKind = "unicodeCodePoints"
    }

    private struct Tool: Encodable { let driver: Driver }

    private struct Driver: Encodable {
        let name = "banquet"
        let version = BanquetVersion.current
        let rules: [Rule]
    }

    private struct Invocation: Encodable {
        let executionSuccessful: Bool
        let toolExecutionNotifications: [Notification]
    }

    private struct Notification: Encodable {
        let level: String
        let message: Text
        let locations: [Location]
    }

    struct Text: Encodable { let text: String }

    struct Location: Encodable {
        struct Physical: Encodable {
            let artifactLocation: Artifact
            let region: Region
        }
        struct Artifact: Encodable { let uri: String }
        struct Region: Encodable {
            let startLine: Int
            let startColumn: Int
            var snippet: Text?
        }
        let physicalLocation: Physical

        init(_ file: String, line: Int, column: Int, snippet: String? = nil) {
            physicalLocation = Physical(
                artifactLocation: Artifact(uri: Self.uri(file)),
                region: Region(startLine: max(1, line), startColumn: max(1, column), snippet: snippet.map(Text.init)))
        }

        /// A relative reference for a relative path, which readers resolve against the sources' root.
        private static func uri(_ file: String) -> String {
            let path = file.hasPrefix("./") ? String(file.dropFirst(2)) : file
            var allowed = CharacterSet.urlPathAllowed
            allowed.remove(charactersIn: ":")
            let encoded = path.addingPercentEncoding(withAllowedCharacters: allowed) ?? path
            return encoded.hasPrefix("/") ? "file://" + encoded : encoded
        }
    }

    private struct Result: Encodable {
        let ruleId: String
        var ruleIndex = -1
        let kind: String
        let level: String
        let message: Text
        let locations: [Location]
        /// What tells a result from others when lines move.
        var partialFingerprints: [String: String]?

        init(_ fault: FileReport.Fault) {
            ruleId = fault.phase
            kind = "fail"
            level = "error"
            message = Text(text: fault.message)
            locations = [Location(fault.file, line: fault.line, column: fault.column)]
        }

        /// Nil for an assertion that holds, and for one that an error of its own speaks of.
        init?(_ assertion: AssertionReport) {
            guard assertion.verdict != .holds, assertion.fault == nil else { return nil }
            ruleId = assertion.property ?? "assertion"
            let isOpen = assertion.verdict == .unknown && !assertion.isRefused
            kind = isOpen ? "open" : "fail"
            level = isOpen ? "none" : "error"
            message = Text(text: Self.message(assertion))
            locations = [
                Location(assertion.file, line: assertion.line, column: assertion.column, snippet: assertion.text)
            ]
            partialFingerprints = ["assertion/v1": assertion.text]
        }

        private static func message(_ assertion: AssertionReport) -> String {
            let finding = assertion.summary ?? assertion.explanation ?? ""
            var lines = ["\(assertion.text) \(assertion.verdict.rawValue): \(finding)"]
            if let ladder = assertion.fairness { lines.append(ladder.text) }
            lines += assertion.notes
            if let run = assertion.counterexample { lines += [""] + run.lines(TextStyle()) }
            return lines.joined(separator: "\n")
        }
    }

    private struct Rule: Encodable {
        struct Configuration: Encodable { let level = "error" }
        let id: String
        let shortDescription: Text
        let defaultConfiguration = Configuration()

        private init(_ id: String, _ text: String) {
            self.id = id
            shortDescription = Text(text: text)
        }

        static let all = [
            Rule("deadlock-free", "A process can always go on, or has terminated."),
            Rule("divergence-free", "A process never performs hidden events for ever."),
            Rule("deterministic", "After a trace, a process does not both accept and refuse an event."),
            Rule("refinement", "Whatever the implementation does, the specification allows."),
            Rule("has-trace", "A process can perform this trace."),
            Rule("temporal", "Every run that is fair as the formula asks satisfies it."),
            Rule(
                "starvation-free", "On every run that is fair as assumed, each first event is followed by its second."),
            Rule(
                "overtaking-bounded", "Between a first event and its second, others are served no more often than this."
            ),
            Rule("assertion", "An assertion must hold."),
            Rule("lexical", "A script consists of CSPm's symbols."),
            Rule("parse", "A script follows CSPm's grammar."),
            Rule("name", "Every name of a script is declared, once in its scope."),
            Rule("type", "Every expression of a script has a type."),
            Rule("evaluation", "Every expression that an assertion needs has a value."),
            Rule("file", "A script can be read."),
        ]
    }
}
