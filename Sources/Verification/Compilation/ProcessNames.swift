import CSP

/// What a component without a name of its own is called: its term, as far as that is short.
struct ProcessNames {
    let store: ProcessStore

    /// How many operators are written out, one below the other.
    private static let depthMax = 3
    /// How many operands of one operator.
    private static let operandsMax = 3

    func name(of process: Process) -> String { name(of: process, depth: Self.depthMax) }

    private func name(of process: Process, depth: Int) -> String {
        if let name = process.name { return name }
        guard depth > 0, let body = try? store.unfold(process) else { return "…" }
        func operand(_ process: Process) -> String { name(of: process, depth: depth - 1) }
        func joined(_ operands: [Process], _ symbol: String) -> String {
            let shown =
                operands.prefix(Self.operandsMax).map(operand) + (operands.count > Self.operandsMax ? ["…"] : [])
            let text = shown.joined(separator: " \(symbol) ")
            return depth == Self.depthMax ? text : "(\(text))"
        }
        switch body.term {
        case .stop: return "STOP"
        case .skip: return "SKIP"
        case .div: return "DIV"
        case .prefix(let event, let then): return "\(store.name(of: event)) -> \(operand(then))"
        case .externalChoice(let operands): return joined(operands, "[]")
        case .internalChoice(let operands): return joined(operands, "|~|")
        case .interleave(let operands): return joined(operands, "|||")
        case .sequential(let first, let second): return joined([first, second], ";")
        case .interrupt(let first, let second): return joined([first, second], "/\\")
        case .slidingChoice(let first, let second): return joined([first, second], "[>")
        case .hide(let process, _), .project(let process, _): return operand(process) + " \\ …"
        case .rename(let process, _): return operand(process) + "[[…]]"
        case .run(let set): return "RUN(\(list(set)))"
        case .chaos(let set): return "CHAOS(\(list(set)))"
        default: return "a process without a name"
        }
    }

    private func list(_ set: EventSet) -> String {
        let shown = set.events.prefix(Self.operandsMax).map(store.name(of:))
        return "{" + (shown + (set.events.count > shown.count ? ["…"] : [])).joined(separator: ", ") + "}"
    }
}
