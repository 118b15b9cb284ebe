/// Writes process terms in CSPm's syntax: calls by name, everything else by structure. Recursion without a name gets one:
/// `let X1 = … within X1`.
final class ProcessPrinter {
    private let store: ProcessStore
    /// Terms are shown down to this depth, below it as `…`.
    private let depthMax = 40
    /// A replicated operator, a set or a list of pairs shows so many parts.
    private let partsMax = 200
    /// What calls without a name stand for, while it is written, with the name that it got if it came up again.
    private var underWay: [Process: String?] = [:]
    private var nameCount = 0

    init(store: ProcessStore) { self.store = store }

    /// The term itself: a call of a named process at the top is unfolded once.
    func text(_ process: Process) -> String {
        guard let head = try? store.unfold(process) else { return text(process, depth: 0, tightness: 0) }
        return recursive(head, depth: 1).0
    }

    /// How tightly operators bind, in the order of the language's precedence table.
    private enum Tightness {
        static let hide = 1, interleave = 2, parallel = 3, internalChoice = 4, externalChoice = 5, interrupt = 6
        static let sliding = 7, sequential = 8, prefix = 9, rename = 10, atom = 11
    }

    private func text(_ process: Process, depth: Int, tightness: Int) -> String {
        if depth > depthMax { return "…" }
        let (text, own) = parts(process, depth: depth + 1)
        return own < tightness ? "(\(text))" : text
    }

    private func parts(_ process: Process, depth: Int) -> (String, Int) {
        typealias T = Tightness
        func inner(_ operand: Process, _ tightness: Int) -> String { text(operand, depth: depth, tightness: tightness) }
        func joined(_ operands: [Process], _ symbol: String, _ tightness: Int) -> (String, Int) {
            var texts = operands.prefix(partsMax).map { inner($0, tightness + 1) }
            if operands.count > partsMax { texts.append("…") }
            return (texts.joined(separator: " \(symbol) "), tightness)
        }
        func binary(_ p: Process, _ symbol: String, _ q: Process, _ tightness: Int) -> (String, Int) {
            ("\(inner(p, tightness + 1)) \(symbol) \(inner(q, tightness + 1))", tightness)
        }
        switch process.term {
        case .stop: return ("STOP", T.atom)
        case .skip: return ("SKIP", T.atom)
        case .div: return ("DIV", T.atom)
        case .prefix(let event, let then): return ("\(store.name(of: event)) -> \(inner(then, T.prefix))", T.prefix)
        case .externalChoice(let operands): return joined(operands, "[]", T.externalChoice)
        case .internalChoice(let operands): return joined(operands, "|~|", T.internalChoice)
        case .slidingChoice(let p, let q): return binary(p, "[>", q, T.sliding)
        case .interrupt(let p, let q): return binary(p, "/\\", q, T.interrupt)
        case .exception(let p, let set, let q): return binary(p, "[| \(text(set)) |>", q, T.parallel)
        case .sequential(let p, let q): return binary(p, ";", q, T.sequential)
        case .interleave(let operands): return joined(operands, "|||", T.interleave)
        case .generalisedParallel(let set, let operands): return joined(operands, "[| \(text(set)) |]", T.parallel)
        case .alphabetisedParallel(let operands): return alphabetised(operands, depth: depth)
        case .linkedParallel(let pairs, let p, let q):
            let links = list(pairs) { "\(store.name(of: $0.left)) <-> \(store.name(of: $0.right))" }
            return binary(p, "[\(links)]", q, T.parallel)
        case .hide(let p, let set): return ("\(inner(p, T.hide)) \\ \(text(set))", T.hide)
        case .project(let p, let set): return ("\(inner(p, T.hide)) |\\ \(text(set))", T.hide)
        case .rename(let p, let pairs):
            let renamings = list(pairs) { "\(store.name(of: $0.from)) <- \(store.name(of: $0.to))" }
            return ("\(inner(p, T.rename))[[\(renamings)]]", T.rename)
        case .synchronisingExternalChoice(let set, let operands):
            return joined(operands, "[+ \(text(set)) +]", T.externalChoice)
        case .synchronisingInterrupt(let p, let set, let q): return binary(p, "/+ \(text(set)) +\\", q, T.interrupt)
        case .run(let set): return ("RUN(\(text(set)))", T.atom)
        case .chaos(let set): return ("CHAOS(\(text(set)))", T.atom)
        case .prioritise(let p, let sets):
            return ("prioritise(\(inner(p, 0)), <\(sets.map(text).joined(separator: ", "))>)", T.atom)
        case .prioritisePartialOrder(let p, let set, let order, let maximal):
            let pairs = list(order) { "(\(store.name(of: $0.lower)), \(store.name(of: $0.higher)))" }
            return ("prioritisepo(\(inner(p, 0)), \(text(set)), {\(pairs)}, \(text(maximal)))", T.atom)
        case .provided(let description, let set): return ("core(\"\(description)\", \(text(set)))", T.atom)
        case .compress(let kind, let p): return ("\(kind.rawValue)(\(inner(p, 0)))", T.atom)
        case .call(let call):
            if let name = call.name { return (name, T.atom) }
            return nameless(process, depth: depth)
        }
    }

    private func nameless(_ call: Process, depth: Int) -> (String, Int) {
        guard let head = try? store.unfold(call) else { return ("…", Tightness.atom) }
        return recursive(head, depth: depth)
    }

    /// A term that may come up again inside itself.
    private func recursive(_ head: Process, depth: Int) -> (String, Int) {
        if let known = underWay[head] {
            if let known { return (known, Tightness.atom) }
            nameCount += 1
            let name = "X\(nameCount)"
            underWay.updateValue(name, forKey: head)
            return (name, Tightness.atom)
        }
        underWay.updateValue(nil, forKey: head)
        defer { underWay.removeValue(forKey: head) }
        let (text, tightness) = parts(head, depth: depth)
        guard case .some(.some(let name)) = underWay[head] else { return (text, tightness) }
        return ("let \(name) = \(text) within \(name)", 0)
    }

    private func alphabetised(_ operands: [(alphabet: EventSet, process: Process)], depth: Int) -> (String, Int) {
        func inner(_ process: Process, _ tightness: Int) -> String { text(process, depth: depth, tightness: tightness) }
        if operands.count == 2 {
            let (left, right) = (operands[0], operands[1])
            let symbol = "[\(text(left.alphabet)) || \(text(right.alphabet))]"
            return (
                "\(inner(left.process, Tightness.parallel + 1)) \(symbol) \(inner(right.process, Tightness.parallel + 1))",
                Tightness.parallel
            )
        }
        let texts = list(operands) { "[\(text($0.alphabet))] \(inner($0.process, Tightness.parallel + 1))" }
        return ("|| <\(texts)>", Tightness.hide)
    }

    private func text(_ set: EventSet) -> String { "{" + list(set.events) { store.name(of: $0) } + "}" }

    private func list<Element>(_ elements: [Element], _ text: (Element) -> String) -> String {
        var texts = elements.prefix(partsMax).map(text)
        if elements.count > partsMax { texts.append("…") }
        return texts.joined(separator: ", ")
    }
}
