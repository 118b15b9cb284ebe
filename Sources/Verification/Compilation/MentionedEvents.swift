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
            work += body.operands
            switch body.term {
            case .prefix(let event, _): events.insert(event)
            case .rename(_, let pairs): events.formUnion(pairs.map(\.to))
            case .run(let set), .chaos(let set), .provided(_, let set): events.formUnion(set.events)
            default: break
            }
        }
        return events
    }
}
