import CSP
import ModelChecking

/// What a graph is drawn of.
public enum GraphSubject: Sendable {
    /// An expression of the script, of type Proc.
    case process(String)
    /// The assertion that stands in this line: its implementation, or the run that its check found. Nil: the first assertion, or, for a picture, the first with a
    /// counterexample.
    case assertion(line: Int?)
}

extension FileCheck {
    /// The transition system of a process of a script, or a picture of a counterexample.
    /// - Parameter report: what the check of the script found, for pictures of counterexamples.
    /// - Throws: `GraphFault`, `ScriptFault` where the script can't be read.
    public static func graph(
        path: String, of subject: GraphSubject, as format: GraphFormat, report: FileReport?,
        options: VerificationOptions = VerificationOptions()
    ) throws -> String {
        if format == .svg, let picture = try sequenceChart(subject, report) { return picture }
        let script = try Script.load(path: path)
        var options = options
        options.maximumStates = min(options.maximumStates ?? .max, format.statesMax)
        let budget = Budget(options)
        script.limit { budget.exceeded != nil }
        do {
            let (process, tauPriority, name) = try subjectProcess(subject, script)
            let system = try LargeStack.run(bytes: Verifier.stackBytes) {
                try NetworkCompiler(
                    store: script.store, purpose: tauPriority == nil ? .models : .priorities,
                    wieldyStates: options.componentStates
                )
                .compile(process, givingWayToTau: tauPriority, limits: budget.limits)
                .explicitSystem(limits: budget.limits)
            }
            guard system.stateCount <= format.statesMax else { throw LimitReached.states(format.statesMax) }
            let graph = TransitionGraph(system, name: name, store: script.store)
            switch format {
            case .dot: return graph.dot
            case .aut: return try graph.aldebaran()
            case .svg:
                let summary = "\(graph.stateCount.counted("state")), \(graph.edges.count.counted("transition"))"
                return TransitionDiagram(graph, summary: summary).svg()
            }
        } catch LimitReached.states(let limit) {
            throw GraphFault(
                description:
                    "the transition system has more than \(limit.grouped) states, too many for .\(format.rawValue); "
                    + (format == .aut ? "" : ".aut holds larger ones; ") + "or take a part of it with --process",
                isTooLarge: true)
        } catch let limit as LimitReached {
            throw GraphFault(description: "no graph: \(limit)")
        } catch let error as EvaluationError {
            throw GraphFault(description: budget.exceeded.map { "no graph: \($0)" } ?? error.description)
        } catch let error as CompilationError {
            throw GraphFault(description: error.description)
        } catch let error as NetworkError {
            throw GraphFault(description: error.description)
        }
    }

    private static func sequenceChart(_ subject: GraphSubject, _ report: FileReport?) throws(GraphFault) -> String? {
        guard case .assertion(let line) = subject, let report else { return nil }
        let candidates = report.assertions.filter { line == nil || $0.line == line }
        for assertion in candidates {
            guard let run = assertion.counterexample ?? assertion.witness, !(run.events + run.cycle).isEmpty else {
                continue
            }
            return try SequenceChart(run, title: assertion.text).svg()
        }
        return nil
    }

    private static func subjectProcess(
        _ subject: GraphSubject, _ script: Script
    ) throws -> (Process, EventSet?, name: String) {
        switch subject {
        case .process(let text):
            guard case .process(let process) = try script.evaluate(text) else {
                throw GraphFault(description: "\(text) is no process: --process takes an expression of type Proc")
            }
            return (process, nil, text)
        case .assertion(let line):
            let sites = script.assertions.map(script.site)
            guard let index = sites.firstIndex(where: { line == nil || $0.line == line }) else {
                let known = sites.prefix(12).map { String($0.line) }.joined(separator: ", ")
                throw GraphFault(
                    description: sites.isEmpty
                        ? "the script asserts nothing: say with --process what to draw"
                        : "no assertion begins in line \(line ?? 0); there are some in \(known)")
            }
            let assertion = try script.evaluate(script.assertions[index])
            return (assertion.property.implementation, assertion.tauPriority, sites[index].text)
        }
    }
}

extension EvaluatedAssertion.Property {
    /// The process that it is about; of a refinement the one on the right.
    var implementation: Process {
        switch self {
        case .refinement(_, _, let process), .deadlockFree(let process, _), .divergenceFree(let process, _),
            .deterministic(let process, _), .hasTrace(let process, _, _), .linearTemporal(let process, _),
            .starvationFree(let process, _, _), .overtakingBounded(let process, _, _, _):
            process
        }
    }
}
