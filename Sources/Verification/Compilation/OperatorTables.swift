import CSP
import ModelChecking

extension Action {
    /// The visible label of an event.
    init(_ event: Event) { self = .event(Int(event.index)) }
}

extension Event {
    /// The event behind a label; hidden or not. The label must not be tau or tick.
    init(_ action: Action) { self.init(index: Int32(action.eventNumber!)) }
}

/// What operators say about events, in the form in which the semantics asks for it; made once a term.
struct OperatorTables {
    struct Links {
        /// By the left operand's event: the right operand's events that it is tied to.
        var partners: [Action: Set<Action>] = [:]
        /// The right operand's events that are tied.
        var right: Set<Action> = []
    }

    private var imagesOfTerm: [Int: [Action: [Action]]] = [:]
    private var linksOfTerm: [Int: Links] = [:]

    /// Which operands of a parallel perform a visible event together: nil when each does so on its own.
    func participants(of process: Process) -> (Action) -> [Int]? {
        switch process.term {
        case .interleave: return { _ in nil }
        case .generalisedParallel(let set, let operands):
            let all = Array(operands.indices)
            return { set.contains(Event($0)) ? all : nil }
        case .alphabetisedParallel(let operands):
            return { action in operands.indices.filter { operands[$0].alphabet.contains(Event(action)) } }
        default: fatalError("not a parallel")
        }
    }

    static func isHidden(_ action: Action, by process: Process) -> Bool {
        guard action.isEvent else { return false }
        switch process.term {
        case .hide(_, let set): return set.contains(Event(action))
        case .project(_, let set): return !set.contains(Event(action))
        default: fatalError("not a hiding")
        }
    }

    static func hideTheSame(_ a: Process, _ b: Process) -> Bool {
        switch (a.term, b.term) {
        case (.hide(_, let a), .hide(_, let b)), (.project(_, let a), .project(_, let b)): a === b
        default: false
        }
    }

    /// Whether a renaming has the pairs of the one inside it, and applied twice does what it does once.
    mutating func isRepeatedInVain(_ outer: Process, around inner: Process) -> Bool {
        guard case .rename(_, let pairs) = outer.term, case .rename(_, let others) = inner.term,
            pairs.elementsEqual(others, by: ==)
        else { return false }
        let images = images(of: outer)
        return images.values.allSatisfy { once in
            Set(once.flatMap { images[$0] ?? [$0] }) == Set(once)
        }
    }

    mutating func images(of process: Process) -> [Action: [Action]] {
        if let known = imagesOfTerm[process.id] { return known }
        guard case .rename(_, let pairs) = process.term else { fatalError("not a renaming") }
        var images: [Action: [Action]] = [:]
        for pair in pairs { images[Action(pair.from), default: []].append(Action(pair.to)) }
        imagesOfTerm[process.id] = images
        return images
    }

    mutating func links(of process: Process) -> Links {
        if let known = linksOfTerm[process.id] { return known }
        guard case .linkedParallel(let pairs, _, _) = process.term else { fatalError("not a linked parallel") }
        var links = Links()
        for pair in pairs {
            links.partners[Action(pair.left), default: []].insert(Action(pair.right))
            links.right.insert(Action(pair.right))
        }
        linksOfTerm[process.id] = links
        return links
    }
}
