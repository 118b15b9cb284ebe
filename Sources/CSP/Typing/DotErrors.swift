/// What is wrong with dots, told where it is: which field does not fit, which is one too many, which is missing.
extension TypeInference {
    /// A part of a dotted expression or of a prefix.
    typealias DotPart = (type: CSPMType, range: SourceRange)

    private enum DotFault {
        /// A part is not what another one lacks.
        case wrong(DotPart, wanted: CSPMType, owner: SourceRange)
        /// What the parts come to, where nothing is surely wrong. Of what lacks a field, the range is that of whose field it is.
        case sum([DotPart])
    }

    /// Reports a field that surely does not fit, wherever the expression is used. Tells whether there is one.
    func reportWrongField(in parts: [DotPart]) -> Bool {
        guard case .wrong(let part, let wanted, let owner) = fault(in: parts) else { return false }
        report(part, isNot: wanted, of: owner, notes: [])
        return true
    }

    /// Reports why a prefix, whose parts do not make an event, does not make one.
    func reportFields(of channel: Expression, _ parts: [DotPart]) {
        let whole = parts.reduce(channel.range) { $0.joined(with: $1.range) }
        let notes = notes(.fields(channel: channel))
        let name = tree.sources.text(of: parts[0].range)
        switch fault(in: parts) {
        case .wrong(let part, let wanted, let owner): report(part, isNot: wanted, of: owner, notes: notes)
        case .sum(let sum):
            switch sum[0].type.settled {
            case .event where sum.count > 1:
                report("\(name) has no field left for this", at: sum[1].range, notes: notes)
            case .dotable where sum.count == 1:
                let owner = tree.sources.text(of: sum[0].range)
                let missing = CSPMType.dotted(sum[0].type.reduced.fields)
                report("a field of \(owner) is missing, of the type \(missing)", at: whole, notes: notes)
            case let type where CSPMType.event.isSurelyNot(type):
                var notes: [(message: String, range: SourceRange?)] = []
                if case .process = type {
                    notes.append(("`a -> P` begins with an event; what comes after a process is written `P ; Q`", nil))
                }
                report("\(name) is not a channel: it has the type \(type)", at: parts[0].range, notes: notes)
            default:
                let type = CSPMType.dotted(parts.map(\.type))
                report("the fields do not make an event of \(name): they make \(type)", at: whole, notes: notes)
            }
        }
    }

    private func report(
        _ part: DotPart, isNot wanted: CSPMType, of owner: SourceRange,
        notes: [(message: String, range: SourceRange?)]
    ) {
        report(
            "this field of \(tree.sources.text(of: owner)) has the type \(part.type.settled), "
                + "but \(wanted.settled) is needed", at: part.range, notes: notes)
    }

    /// Carries the dots out without binding anything, up to the first field that is surely wrong.
    private func fault(in parts: [DotPart]) -> DotFault {
        var done: [DotPart] = []
        var list = parts.flatMap { part in part.type.dotList.map { (type: $0, range: part.range) } }[...]
        while let head = list.popFirst() {
            guard case .dotable = head.type.resolved else {
                done.append(head)
                continue
            }
            let (fields, result) = head.type.reduced
            // What is lacking, and to whom.
            var lacking = fields.map { (type: $0, range: head.range) }[...]
            while let wanted = lacking.first, let next = list.popFirst() {
                lacking.removeFirst()
                switch next.type.resolved {
                case .variable where list.isEmpty: lacking = []
                case .dotable where !wanted.type.resolved.isDotable:
                    let (missing, inner) = next.type.reduced
                    if wanted.type.isSurelyNot(inner) { return .wrong(next, wanted: wanted.type, owner: wanted.range) }
                    lacking = missing.map { (type: $0, range: next.range) } + lacking
                case let type:
                    if wanted.type.isSurelyNot(type) { return .wrong(next, wanted: wanted.type, owner: wanted.range) }
                }
            }
            done.append((.dotable(lacking.map(\.type), to: result), lacking.first?.range ?? head.range))
        }
        return .sum(done)
    }
}

extension CSPMType {
    /// Whether no binding of variables can make the two one type; false where that is not plain to see.
    func isSurelyNot(_ other: CSPMType) -> Bool {
        switch (settled, other.settled) {
        case (.variable(let variable), let type), (let type, .variable(let variable)):
            if case .variable(let other) = type { return variable.isRigid && other.isRigid && variable !== other }
            return variable.isRigid && !type.isDotted
        case (.unknown, _), (_, .unknown): return false
        case (let a, let b) where a.isDotted || b.isDotted: return false
        case (.int, .int), (.bool, .bool), (.char, .char), (.event, .event), (.process, .process): return false
        case (.datatype(let a), .datatype(let b)): return a !== b
        case (.set(let a), .set(let b)), (.sequence(let a), .sequence(let b)): return a.isSurelyNot(b)
        case (.map(let k, let v), .map(let l, let w)): return k.isSurelyNot(l) || v.isSurelyNot(w)
        case (.tuple(let a), .tuple(let b)): return a.count != b.count || zip(a, b).contains { $0.isSurelyNot($1) }
        case (.function(let a, let r), .function(let b, let s)):
            return a.count != b.count || r.isSurelyNot(s) || zip(a, b).contains { $0.isSurelyNot($1) }
        default: return true
        }
    }

    /// Whether dots play a part in what the type is one with.
    var isDotted: Bool {
        switch self {
        case .dot, .dotable, .extendable: true
        default: false
        }
    }
}
