import Foundation
import Testing
import Verification

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("Graphs of transition systems and of runs")
struct GraphTests {
    /// A script in a file, checked if asked, and then drawn.
    func graph(
        _ subject: GraphSubject, _ format: GraphFormat, _ assertions: String = "", isChecked: Bool = false,
        options: VerificationOptions = VerificationOptions()
    ) throws -> String {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("graph-\(UUID().uuidString).csp")
        try (CheckedScript.declarations + assertions).write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let report = isChecked ? FileCheck.run(path: file.path) : nil
        return try FileCheck.graph(path: file.path, of: subject, as: format, report: report, options: options)
    }

    /// The transitions of an .aut file, by a reader of its own.
    func transitions(_ text: String) throws -> (initial: Int, states: Int, edges: Set<String>) {
        let lines = text.split(separator: "\n")
        let head = try #require(lines[0].wholeMatch(of: /des \((\d+),(\d+),(\d+)\)/))
        #expect(Int(head.2) == lines.count - 1)
        let states = try #require(Int(head.3))
        for line in lines.dropFirst() {
            let edge = try #require(line.wholeMatch(of: /\((\d+),"([^"]+)",(\d+)\)/))
            #expect(try #require(Int(edge.1)) < states && #require(Int(edge.3)) < states)
        }
        return (try #require(Int(head.1)), states, Set(lines.dropFirst().map(String.init)))
    }

    @Test("Aldebaran: states, silent steps and termination, as other tools read them")
    func aldebaran() throws {
        let process = "(a -> (b -> SKIP |~| c -> STOP)) \\ {b}"
        let (initial, states, edges) = try transitions(try graph(.process(process), .aut))
        #expect(initial == 0 && states == 7)
        #expect(edges.filter { $0.contains("\"tau\"") }.count == 3)
        #expect(edges.filter { $0.contains("\"a\"") }.count == 1 && edges.filter { $0.contains("\"c\"") }.count == 1)
        #expect(edges.filter { $0.contains("\"_tick\"") }.count == 1)
    }

    @Test("The whole system of philosophers, with as many states as its check finds")
    func system() throws {
        let text = try graph(.assertion(line: nil), .aut, "assert TABLE :[divergence free]\n")
        let (_, states, edges) = try transitions(text)
        let checked = try CheckedScript(CheckedScript.declarations + "assert TABLE :[divergence free]\n").assertions[0]
        #expect(states == checked.states && edges.count == checked.transitions)
    }

    @Test("Graphviz: deadlocks, termination and silent steps are marked")
    func dot() throws {
        let text = try graph(.process("(a -> SKIP [] b -> STOP) \\ {b}"), .dot)
        #expect(text.hasPrefix("digraph ") && text.hasSuffix("}\n"))
        #expect(text.contains("doublecircle") && text.contains("deadlock") && text.contains("τ (b)\", style=dashed"))
    }

    @Test(
        "Pictures are well-formed, with a life line for each process and a bar for each event",
        arguments: [
            "assert TABLE :[deadlock free]",
            "assert not SYSTEM :[starvation free]: {(submit.j, start.j) | j <- {low, high}}",
            "assert Q [T= P", "assert a -> LOOP \\ {b} :[divergence free]",
        ]) func chart(assertion: String) throws
    {
        let text = try graph(.assertion(line: nil), .svg, assertion + "\n", isChecked: true)
        let reader = XMLParser(data: Data(text.utf8))
        #expect(reader.parse(), "\(String(describing: reader.parserError))")
        let run = try #require(try CheckedScript(CheckedScript.declarations + assertion).assertions[0].counterexample)
        #expect(text.components(separatedBy: "class=\"head\"").count == run.processes.count + 1)
        for event in run.events + run.cycle { #expect(text.contains(">\(event.event)<") || event.hidden) }
        #expect(text.contains("class=\"cycle\"") == !run.cycle.isEmpty)
        #expect(text.contains("prefers-color-scheme: dark"))
    }

    @Test("Without a counterexample the picture is the small transition system")
    func diagram() throws {
        let text = try graph(.assertion(line: nil), .svg, "assert Q :[deadlock free]\n", isChecked: true)
        #expect(text.components(separatedBy: "<circle").count == 3 && text.contains(">a<") && text.contains(">b<"))
    }

    @Test("What is too large, absent or no process is refused by name")
    func refusals() throws {
        func fault(_ subject: GraphSubject, _ format: GraphFormat, _ options: VerificationOptions = .init()) -> String {
            do {
                _ = try graph(subject, format, options: options)
                return "drawn"
            } catch { return "\(error)" }
        }
        #expect(fault(.process("TABLE"), .svg).contains("more than 40 states, too many for .svg"))
        #expect(fault(.process("TABLE ||| TABLE"), .dot).contains("more than 2,000 states"))
        #expect(fault(.process("{a}"), .dot).contains("no process"))
        #expect(fault(.process("NOWHERE"), .dot).contains("NOWHERE"))
        #expect(fault(.assertion(line: 3), .dot).contains("asserts nothing"))
        #expect(fault(.process("P [[a <- nothing]]"), .dot).contains("nothing"))
        #expect(fault(.process("TABLE"), .aut, .init(isCancelled: { true })).contains("interrupted"))
        #expect(GraphFormat(path: "a.b/x.dot") == .dot && GraphFormat(path: "dot") == nil)
    }
}
