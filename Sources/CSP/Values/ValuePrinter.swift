extension Value {
    /// For messages: long and deep values are cut short.
    var brief: String { ValuePrinter.brief.text(self) }
}

extension Value: CustomStringConvertible {
    /// As CSPm writes it. Processes are shown by name, endless parts and what is not evaluated yet as `…`.
    public var description: String { ValuePrinter(store: nil).text(self) }
}

/// Writes values in CSPm's syntax.
struct ValuePrinter {
    /// For the events of process terms; nil shows a process by its name alone.
    var store: ProcessStore?
    /// A collection shows so many elements.
    var elementsMax = 100_000
    /// Parts are shown down to this depth.
    var depthMax = 200

    /// For messages.
    static var brief: ValuePrinter { ValuePrinter(store: nil, elementsMax: 12, depthMax: 8) }

    func text(_ value: Value) -> String { text(value, depth: 0) }

    private func text(_ value: Value, depth: Int) -> String {
        if depth > depthMax { return "…" }
        switch value {
        case .integer(let number): return String(number)
        case .boolean(let truth): return truth ? "true" : "false"
        case .character(let scalar): return "'\(Self.escaped(scalar, quote: "'"))'"
        case .tuple(let tuple): return "(" + list(tuple.components, depth) + ")"
        case .sequence(let sequence): return text(sequence, depth)
        case .set(let set): return text(set, depth)
        case .map(let map):
            if map.entries.isEmpty { return "emptyMap" }
            let entries = map.entries.prefix(elementsMax).map {
                "\(text($0.key, depth: depth + 1)) => \(text($0.value, depth: depth + 1))"
            }
            return "(| " + entries.joined(separator: ", ") + " |)"
        case .dotted(let dotted):
            return ([dotted.head.name] + dotted.fields.map { part($0, depth + 1) }).joined(separator: ".")
        case .product(let product): return product.parts.map { part($0, depth + 1) }.joined(separator: ".")
        case .function(let function): return function.name
        case .process(let process):
            if let store { return ProcessPrinter(store: store).text(process) }
            return process.name ?? "a process"
        case .scope: return "let"
        case .delayed: return "…"
        }
    }

    /// A part of a dotted value.
    private func part(_ value: Value, _ depth: Int) -> String {
        switch value {
        case .product, .process: "(\(text(value, depth: depth)))"
        case .dotted(let dotted) where dotted.count > 0: text(value, depth: depth)
        case .integer(let number) where number < 0: "(\(number))"
        default: text(value, depth: depth)
        }
    }

    private func list(_ values: some Collection<Value>, _ depth: Int) -> String {
        var texts = values.prefix(elementsMax).map { text($0, depth: depth + 1) }
        if values.count > elementsMax { texts.append("…") }
        return texts.joined(separator: ", ")
    }

    private func text(_ sequence: SequenceValue, _ depth: Int) -> String {
        if sequence.isFinite {
            if let text = sequence.text, text.count <= elementsMax * 10 {
                return "\"" + text.unicodeScalars.map { Self.escaped($0, quote: "\"") }.joined() + "\""
            }
            return "<" + list(sequence.elements, depth) + ">"
        }
        if let first = sequence.firstOfIntegers { return "<\(first)..>" }
        return "<…>"
    }

    private func text(_ set: SetValue, _ depth: Int) -> String {
        if (try? set.isFinite()) == true, let elements = try? set.elements() {
            return "{" + list(elements, depth) + "}"
        }
        return set.summary
    }

    private static func escaped(_ scalar: Unicode.Scalar, quote: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\t": "\\t"
        case "\r": "\\r"
        case "\\", quote: "\\\(scalar)"
        default: String(scalar)
        }
    }
}

extension SetValue {
    /// A short name for error messages: symbolic sets as a script writes them, others by their first elements.
    var summary: String {
        switch form {
        case .explicit(let elements):
            let shown = elements.prefix(8).map(\.description).joined(separator: ", ")
            return elements.count > 8 ? "{\(shown), …} (\(elements.count) elements)" : "{\(shown)}"
        case .range(let range): return "{\(range.lowerBound)..\(range.upperBound)}"
        case .from(let low): return "{\(low)..}"
        case .integers: return "Int"
        case .processes: return "Proc"
        case .characters: return "Char"
        case .sequences(let base): return "Seq(\(base.summary))"
        case .powerSet(let base): return "Set(\(base.summary))"
        case .maps(let keys, let values): return "Map(\(keys.summary), \(values.summary))"
        case .tuples(let factors): return "(" + factors.map(\.summary).joined(separator: ", ") + ")"
        case .dots(let factors): return factors.map(\.summary).joined(separator: ".")
        case .completions(let prefixes):
            let shown = prefixes.prefix(8).map { Value.dotted($0).description }.joined(separator: ", ")
            return prefixes.count > 8 ? "{| \(shown), … |}" : "{| \(shown) |}"
        case .union(let a, let b): return "union(\(a.summary), \(b.summary))"
        case .intersection(let a, let b): return "inter(\(a.summary), \(b.summary))"
        case .difference(let a, let b): return "diff(\(a.summary), \(b.summary))"
        }
    }
}
