import CSP
import ModelChecking

/// The transition system of a process, in the words of its script, for tools that draw or compare such systems.
struct TransitionGraph {
    struct Edge: Hashable {
        var from: Int
        var label: Label
        var to: Int
    }

    enum Label: Hashable {
        case event(String)
        /// With the event behind it, if there is one.
        case silent(String?)
        case tick

        /// As reports write it.
        var text: String {
            switch self {
            case .event(let name): name
            case .silent(nil): "τ"
            case .silent(let name?): "τ (\(name))"
            case .tick: "✓"
            }
        }

        var isSilent: Bool { if case .silent = self { true } else { false } }
    }

    let name: String
    let stateCount: Int
    let initial: Int
    /// By where they start, then label, then target.
    let edges: [Edge]
    let terminated: Int?

    init(_ system: LabelledTransitionSystem, name: String, store: ProcessStore) {
        self.name = name
        stateCount = system.stateCount
        initial = system.initial
        terminated = system.terminated
        edges = (0..<system.stateCount).flatMap { state in
            system[state].map { transition in
                Edge(from: state, label: Self.label(transition.action, store), to: Int(transition.target))
            }
        }
    }

    private static func label(_ action: Action, _ store: ProcessStore) -> Label {
        if action == .tick { return .tick }
        if action == .tau { return .silent(nil) }
        let name = store.name(of: Event(action))
        return action.isSilent ? .silent(name) : .event(name)
    }

    /// States in which nothing can happen any more, and that are not the end of a termination.
    var deadlocks: Set<Int> {
        Set(0..<stateCount).subtracting(edges.map(\.from)).subtracting(terminated.map { [$0] } ?? [])
    }
}

/// What a graph is written as.
public enum GraphFormat: String, Sendable, CaseIterable {
    /// Graphviz.
    case dot
    /// Aldebaran, which mCRL2's and CADP's tools read.
    case aut
    /// A picture: the counterexample as a message-sequence chart, or a small transition system.
    case svg

    /// By the end of a file's name; nil for any other end.
    public init?(path: String) {
        guard let dot = path.lastIndex(of: "."), let format = GraphFormat(rawValue: String(path[dot...].dropFirst()))
        else { return nil }
        self = format
    }

    /// More states than this nobody can read, or no tool will draw.
    var statesMax: Int {
        switch self {
        case .dot: 2_000
        case .aut: 5_000_000
        case .svg: 40
        }
    }
}

/// Why there is no graph.
public struct GraphFault: Error, CustomStringConvertible {
    public var description: String
    /// There is too much to draw: nothing is wrong with what was asked.
    public var isTooLarge = false
}

extension TransitionGraph {
    /// In the language of Graphviz: the start has an arrow from nowhere, a deadlock is filled, termination has two rings, silent steps are dashed.
    var dot: String {
        var lines = [
            "digraph \(Self.quoted(name)) {", "  rankdir=LR;",
            "  node [shape=circle, fontname=\"sans-serif\", fontsize=11, width=0.35, fixedsize=true];",
            "  edge [fontname=\"monospace\", fontsize=11];", "  start [shape=none, label=\"\", width=0];",
            "  start -> \(initial);",
        ]
        for state in deadlocks.sorted() {
            lines.append("  \(state) [style=filled, fillcolor=\"#ffb3b3\", tooltip=\"deadlock\"];")
        }
        if let terminated { lines.append("  \(terminated) [shape=doublecircle];") }
        for edge in edges {
            let style = edge.label.isSilent ? ", style=dashed" : ""
            lines.append("  \(edge.from) -> \(edge.to) [label=\(Self.quoted(edge.label.text))\(style)];")
        }
        return lines.joined(separator: "\n") + "\n}\n"
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// In Aldebaran's form (CADP's manual page `aut`): `des (initial, transitions, states)`, then one transition a line. Silent steps are `tau`, as mCRL2
    /// wants them, and termination is `_tick`, a name that no event has.
    func aldebaran() throws(GraphFault) -> String {
        var text = "des (\(initial),\(edges.count),\(stateCount))\n"
        for edge in edges {
            let label =
                switch edge.label {
                case .silent: "tau"
                case .tick: "_tick"
                case .event(let name): name
                }
            if case .event("tau") = edge.label {
                throw GraphFault(
                    description: "an event is called tau, which .aut files keep for silent steps: rename it")
            }
            let escaped = label.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            text += "(\(edge.from),\"\(escaped)\",\(edge.to))\n"
        }
        return text
    }
}
