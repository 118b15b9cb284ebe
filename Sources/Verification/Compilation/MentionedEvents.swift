import CSP

/// The events that a process can ever perform, and perhaps more: what its terms mention, whether they are reached or not.
enum MentionedEvents {
    private static let termsMax = 20_000

    /// Nil when there are too many terms to look at.
    /// - Throws: `EvaluationError`.
    static func all(of process: Process, store: ProcessStore) throws -> Set<Event>? {
        var events: Set<Event> = []
        var seen: Set<Process> = []
        var work = [process]
        while let next = work.popLast() {
            let body = try store.unfold(next)
            guard seen.insert(body).inserted else { continue }
            if seen.count > termsMax { return nil }
            switch body.term {
            case .stop, .skip, .div, .call: break
            case .prefix(let event, let then):
                events.insert(event)
                work.append(then)
            case .externalChoice(let operands), .internalChoice(let operands), .interleave(let operands),
                .generalisedParallel(_, let operands), .synchronisingExternalChoice(_, let operands):
                work += operands
            case .alphabetisedParallel(let operands): work += operands.map(\.process)
            case .slidingChoice(let first, let second), .interrupt(let first, let second),
                .sequential(let first, let second), .exception(let first, _, let second),
                .linkedParallel(_, let first, let second), .synchronisingInterrupt(let first, _, let second):
                work += [first, second]
            case .hide(let operand, _), .project(let operand, _), .prioritise(let operand, _),
                .prioritisePartialOrder(let operand, _, _, _), .compress(_, let operand):
                work.append(operand)
            case .rename(let operand, let pairs):
                events.formUnion(pairs.map(\.to))
                work.append(operand)
            case .run(let set), .chaos(let set): events.formUnion(set.events)
            }
        }
        return events
    }
}
