/// A pattern made ready: variables are slots, constructors are known.
class PatternNode {
    let range: SourceRange

    init(_ range: SourceRange) { self.range = range }

    /// Whether the value, which may be `.delayed`, fits; then the pattern's variables are bound. Some may be bound where it doesn't fit.
    func match(_ value: Value, _ frame: Frame) throws(EvaluationError) -> Bool {
        fatalError("a kind of pattern has to say what it matches")
    }

    /// The head that the pattern asks for, in a dotted pattern.
    var head: DottedHead? { nil }

    /// How many fields the pattern takes where others follow it in a dotted pattern.
    var width: Int { 1 }
}

/// `_`, and a parameter that is in its slot already.
final class AnythingPattern: PatternNode {
    override func match(_ value: Value, _ frame: Frame) throws(EvaluationError) -> Bool { true }
}

final class VariablePattern: PatternNode {
    let slot: Int

    init(_ range: SourceRange, slot: Int) {
        self.slot = slot
        super.init(range)
    }

    override func match(_ value: Value, _ frame: Frame) throws(EvaluationError) -> Bool {
        frame[slot] = value
        return true
    }
}

/// A number, truth value, character or string.
final class LiteralPattern: PatternNode {
    private let literal: Value

    init(_ range: SourceRange, _ literal: Value) {
        self.literal = literal
        super.init(range)
    }

    override func match(_ value: Value, _ frame: Frame) throws(EvaluationError) -> Bool {
        switch (try value.forced(), literal) {
        case (.integer(let x), .integer(let y)): x == y
        case (let forced, _): try forced.settled() == literal
        }
    }
}

final class TuplePattern: PatternNode {
    private let parts: [PatternNode]

    init(_ range: SourceRange, _ parts: [PatternNode]) {
        self.parts = parts
        super.init(range)
    }

    override func match(_ value: Value, _ frame: Frame) throws(EvaluationError) -> Bool {
        guard case .tuple(let tuple) = try value.forced(), tuple.components.count == parts.count else { return false }
        for (index, part) in parts.enumerated() {
            if try !part.match(tuple.components[index], frame) { return false }
        }
        return true
    }
}

/// `<p, q>`, `<p>^s^<q>`: elements at the front, perhaps a part of any length, elements at the end.
final class SequencePattern: PatternNode {
    private let front: [PatternNode]
    private let middle: PatternNode?
    private let back: [PatternNode]

    init(_ range: SourceRange, front: [PatternNode], middle: PatternNode?, back: [PatternNode]) {
        self.front = front
        self.middle = middle
        self.back = back
        super.init(range)
    }

    override func match(_ value: Value, _ frame: Frame) throws(EvaluationError) -> Bool {
        guard case .sequence(let sequence) = try value.forced() else { return false }
        // The front first: it says nothing about where the sequence ends.
        for (index, pattern) in front.enumerated() {
            guard let element = try sequence.element(at: index), try pattern.match(element, frame) else { return false }
        }
        guard let middle else { return try sequence.element(at: front.count) == nil }
        if back.isEmpty { return try middle.match(.sequence(sequence.dropping(front.count)), frame) }
        let elements = try sequence.allElements()
        guard elements.count >= front.count + back.count else { return false }
        let end = elements.count - back.count
        for (index, pattern) in back.enumerated() {
            guard try pattern.match(elements[elements.startIndex + end + index], frame) else { return false }
        }
        return try middle.match(.sequence(sequence.slice(from: front.count, to: end)), frame)
    }
}

/// `{}` and `{p}`
final class SetPattern: PatternNode {
    private let element: PatternNode?

    init(_ range: SourceRange, _ element: PatternNode?) {
        self.element = element
        super.init(range)
    }

    override func match(_ value: Value, _ frame: Frame) throws(EvaluationError) -> Bool {
        guard case .set(let set) = try value.forced() else { return false }
        guard let element else { return try set.isEmpty() }
        guard try set.isFinite(), try set.card() == 1 else { return false }
        return try element.match(set.elements()[0], frame)
    }
}

/// A channel or a constructor: it matches itself.
final class HeadPattern: PatternNode {
    private let ownHead: DottedHead

    init(_ range: SourceRange, _ head: DottedHead) {
        ownHead = head
        super.init(range)
    }

    override var head: DottedHead? { ownHead }

    override func match(_ value: Value, _ frame: Frame) throws(EvaluationError) -> Bool {
        guard case .dotted(let dotted) = try value.forced() else { return false }
        return dotted === ownHead.root
    }
}

/// `p.q.r`: each part but the last takes one whole field, the last takes the rest.
final class DottedPattern: PatternNode {
    let parts: [PatternNode]

    init(_ range: SourceRange, _ parts: [PatternNode]) {
        self.parts = parts
        super.init(range)
    }

    /// What begins with a channel or a constructor is one value.
    override var width: Int { parts.first?.head == nil ? parts.reduce(0) { $0 + $1.width } : 1 }

    override func match(_ value: Value, _ frame: Frame) throws(EvaluationError) -> Bool {
        var fields: [Value]
        switch try value.forced() {
        case .product(let product): fields = product.parts
        case .dotted(let dotted): fields = [.dotted(dotted)]
        default: return false
        }
        // The fields that are still to be matched, the next one last.
        fields.reverse()
        for (index, part) in parts.enumerated() {
            guard let field = fields.popLast() else { return false }
            if let head = part.head {
                guard case .dotted(let dotted) = field, dotted.head === head else { return false }
                fields.append(contentsOf: dotted.fields.reversed())
            } else if index < parts.count - 1, part.width > 1 {
                let others = part.width - 1
                guard fields.count >= others else { return false }
                let taken = [field] + fields.suffix(others).reversed()
                fields.removeLast(others)
                guard try part.match(.product(ProductValue(taken)), frame) else { return false }
            } else if index < parts.count - 1 || fields.isEmpty {
                guard try part.match(field, frame) else { return false }
            } else {
                let rest = ProductValue([field] + fields.reversed())
                fields = []
                guard try part.match(.product(rest), frame) else { return false }
            }
        }
        return fields.isEmpty
    }
}

/// `p @@ q`
final class BothPattern: PatternNode {
    private let first: PatternNode
    private let second: PatternNode

    init(_ range: SourceRange, _ first: PatternNode, _ second: PatternNode) {
        self.first = first
        self.second = second
        super.init(range)
    }

    override var width: Int { max(first.width, second.width) }

    override func match(_ value: Value, _ frame: Frame) throws(EvaluationError) -> Bool {
        try first.match(value, frame) ? try second.match(value, frame) : false
    }
}
