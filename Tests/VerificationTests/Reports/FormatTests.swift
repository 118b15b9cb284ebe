import Foundation
import Testing
import Verification

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("JSON, JUnit and SARIF")
struct FormatTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Files that hold, fail, stop at a limit, ask for what is refused, and can't be read.
    static func reports() throws -> [FileReport] {
        let all = CheckedScript.declarations
        let limited = VerificationOptions(maximumStates: 3)
        return try [
            CheckedScript(
                all + """
                    assert Q :[deadlock free]
                    assert TABLE :[deadlock free [F]]
                    assert TABLE \\ {|sit|} :[divergence free]
                    assert Q [T= P
                    assert P [F= STOP
                    assert P :[deterministic]
                    assert Q [FD= a -> LOOP \\ {b}
                    assert P :[has trace]: <a, c>
                    assert P :[has trace]: <b>
                    assert SYSTEM :[starvation free [WF {start.low}]]: {(submit.j, start.j) | j <- {low, high}}
                    assert Q |= LTL: "G ([a] => F [c])"
                    assert SYSTEM :[overtaking bounded by 1]: {(submit.j, start.j) | j <- {low, high}}
                    assert Q :[starvation free]: {(c, b)}
                    """),
            CheckedScript(all + "assert TABLE :[deadlock free]\nassert not TABLE :[deadlock free]\n", options: limited),
            CheckedScript(all + "assert P :[deadlock free [T]]\nassert Q :[deadlock free]\n"),
            CheckedScript("channel a\nP = a -> -> P\n"),
            CheckedScript("channel a\nP = a -> Q\nR = a + 1\n"),
            CheckedScript("channel a\nf(0) = STOP\nassert f(1) :[deadlock free]\nassert a -> STOP [T= STOP\n"),
        ].map(\.report) + [FileCheck.run(path: "/nowhere/\u{1}<no & such>.csp")]
    }

    @Test("Verdicts of files: what is faulty, what fails, what nobody knows")
    func verdicts() throws {
        let verdicts = try Self.reports().map(\.verdict)
        #expect(verdicts == [.fails, .unknown, .faulty, .faulty, .faulty, .faulty, .faulty])
        #expect(FileReport.Verdict.together(verdicts).exitCode == 2)
        #expect(FileReport.Verdict.together([.holds, .unknown, .fails]).exitCode == 1)
        #expect(FileReport.Verdict.together([.holds, .unknown]).exitCode == 3)
        #expect(FileReport.Verdict.together([.holds]).exitCode == 0)
    }

    @Test("The tally counts what holds, fails, is unknown and is broken")
    func tally() throws {
        let reports = try Self.reports()
        let assertions = reports.flatMap(\.assertions)
        func count(_ verdict: AssertionReport.Verdict) -> Int { assertions.count { $0.verdict == verdict } }
        let head = reports.tally.prefix { $0 != ";" }
        #expect(
            head == "\(count(.holds)) of \(assertions.count) assertions hold, \(count(.fails)) fail, "
                + "\(count(.unknown)) unknown, errors in 4 files")
        #expect([reports[3]].tally.hasPrefix("0 of 0 assertions hold, errors in 1 file;"))
    }

    @Test("JSON: each line is a document of the published schema")
    func json() throws {
        let schema = try JSONSchema(path: Self.root.appendingPathComponent("docs/report.schema.json").path)
        let text = ReportFormat.json.document(of: try Self.reports())
        let lines = text.split(separator: "\n")
        #expect(lines.count == 7)
        for line in lines {
            let document = try JSONSerialization.jsonObject(with: Data(line.utf8))
            #expect(schema.faults(of: document) == [])
        }
        // The validator itself sees what is missing, unknown, and of another kind.
        let broken: [String: Any] = ["schema": 2, "file": 1, "verdict": "perhaps", "assertions": [], "more": true]
        #expect(schema.faults(of: broken).count == 5)
    }

    @Test("JUnit: well-formed, a case for every script and assertion, counts that agree")
    func junit() throws {
        let reports = try Self.reports()
        let reader = XMLReader()
        let parser = XMLParser(data: Data(ReportFormat.junit.document(of: reports).utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        let assertions = reports.flatMap(\.assertions)
        #expect(reader.count("testsuite") == reports.count)
        #expect(reader.count("testcase") == assertions.count + reports.count)
        #expect(reader.count("failure") == assertions.count { $0.verdict == .fails })
        let broken = reports.count { !$0.errors.isEmpty }
        #expect(reader.count("error") == assertions.count { $0.verdict == .unknown } + broken)
        let totals = try #require(reader.attributes["testsuites"]?.first)
        #expect(totals["tests"] == "\(reader.count("testcase"))")
        #expect(totals["failures"] == "\(reader.count("failure"))" && totals["errors"] == "\(reader.count("error"))")
        #expect(reader.attributes["testcase"]?.allSatisfy { $0["name"] != nil && $0["classname"] != nil } == true)
        #expect(reader.text.contains("circle"))
    }

    @Test("SARIF 2.1.0: the properties that the standard asks for, and rules that results refer to")
    func sarif() throws {
        let reports = try Self.reports()
        let text = ReportFormat.sarif.document(of: reports)
        let log = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(log["version"] as? String == "2.1.0")
        #expect((log["$schema"] as? String)?.contains("sarif-2.1.0") == true)
        let run = try #require((log["runs"] as? [[String: Any]])?.first)
        let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
        #expect(driver["name"] as? String == "banquet")
        let rules = try #require(driver["rules"] as? [[String: Any]])
        let results = try #require(run["results"] as? [[String: Any]])
        for result in results { try check(result, rules) }
        let assertions = reports.flatMap(\.assertions)
        #expect(
            results.count { $0["kind"] as? String == "open" }
                == assertions.count { $0.verdict == .unknown && !$0.isRefused })
        let errors = reports.flatMap(\.errors)
        // An assertion that an error of its own speaks of is no second result.
        #expect(
            results.count { $0["level"] as? String == "error" }
                == errors.count + assertions.count { $0.verdict == .fails } + 1)
        let invocation = try #require((run["invocations"] as? [[String: Any]])?.first)
        #expect(invocation["executionSuccessful"] as? Bool == false)
        #expect((invocation["toolExecutionNotifications"] as? [Any])?.count == 2)
    }

    @Test("SARIF: what is written is what the standard's schema describes, whatever the verdicts")
    func sarifSchema() throws {
        let holding = try CheckedScript(CheckedScript.declarations + "assert Q :[deadlock free]\n").report
        let all = try Self.reports()
        for reports in [all, [holding], []] + all.map({ [$0] }) {
            let text = ReportFormat.sarif.document(of: reports)
            let log = try JSONSerialization.jsonObject(with: Data(text.utf8))
            #expect(SARIFSchema.faults(log) == [])
        }
        // It does look: each of these has one fault, or two.
        let faulty = [
            #"{"version": "2.1.0", "runs": [{}]}"#, #"{"version": "2.2", "runs": []}"#, #"{"version": "2.1.0"}"#,
            #"{"version": "2.1.0", "runs": [], "results": []}"#,
            #"{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x", "rules": [{"id": "a"}, {"id": "a"}]}}}]}"#,
            #"{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"level": "bad"}]}]}"#,
        ]
        for text in faulty {
            #expect(!SARIFSchema.faults(try JSONSerialization.jsonObject(with: Data(text.utf8))).isEmpty)
        }
    }

    private func check(_ result: [String: Any], _ rules: [[String: Any]]) throws {
        let index = try #require(result["ruleIndex"] as? Int)
        #expect(rules.indices.contains(index) && rules[index]["id"] as? String == result["ruleId"] as? String)
        let level = try #require(result["level"] as? String)
        #expect(["none", "note", "warning", "error"].contains(level))
        // SARIF 2.1.0, 3.27.10: a kind other than fail has the level none.
        #expect((result["kind"] as? String == "fail") == (level != "none"))
        #expect(((result["message"] as? [String: Any])?["text"] as? String)?.isEmpty == false)
        let location = try #require(
            (result["locations"] as? [[String: Any]])?.first?["physicalLocation"] as? [String: Any])
        let uri = try #require((location["artifactLocation"] as? [String: Any])?["uri"] as? String)
        #expect(URL(string: uri) != nil && !uri.contains(" "))
        let region = try #require(location["region"] as? [String: Any])
        #expect((region["startLine"] as? Int ?? 0) >= 1 && (region["startColumn"] as? Int ?? 0) >= 1)
    }
}

/// The elements of an XML document.
private final class XMLReader: NSObject, XMLParserDelegate {
    var attributes: [String: [[String: String]]] = [:]
    var text = ""

    func count(_ element: String) -> Int { attributes[element]?.count ?? 0 }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        self.attributes[name, default: []].append(attributes)
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}
