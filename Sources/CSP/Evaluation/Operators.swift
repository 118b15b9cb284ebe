/// Arithmetic on two numbers: 64 bits, wrapping, division rounded down.
final class ArithmeticNode: Node {
    private let symbol: BinaryOperator
    private let left: Node
    private let right: Node

    init(_ range: SourceRange, _ symbol: BinaryOperator, _ left: Node, _ right: Node) {
        self.symbol = symbol
        self.left = left
        self.right = right
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value { .integer(try integer(frame)) }

    override func integer(_ frame: Frame) throws(EvaluationError) -> Int {
        try Self.result(symbol, try left.integer(frame), try right.integer(frame), range)
    }

    override func valueAtHand(_ frame: Frame) -> Value? {
        guard case .integer(let a)? = left.valueAtHand(frame), case .integer(let b)? = right.valueAtHand(frame) else {
            return nil
        }
        return (try? Self.result(symbol, a, b, range)).map { .integer($0) }
    }

    private static func result(
        _ symbol: BinaryOperator, _ a: Int, _ b: Int, _ range: SourceRange
    ) throws(EvaluationError) -> Int {
        switch symbol {
        case .add: return a &+ b
        case .subtract: return a &- b
        case .multiply: return a &* b
        case .divide, .modulo:
            guard b != 0 else {
                throw EvaluationError("division by zero: \(a) \(symbol.rawValue) 0 has no value", at: range)
            }
            if b == -1 { return symbol == .divide ? 0 &- a : 0 }
            let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
            let isRoundedUp = remainder != 0 && (remainder < 0) != (b < 0)
            if symbol == .divide { return isRoundedUp ? quotient - 1 : quotient }
            return isRoundedUp ? remainder + b : remainder
        default: fatalError("\(symbol) isn't arithmetic")
        }
    }
}

final class NegationNode: Node {
    private let operand: Node

    init(_ range: SourceRange, _ operand: Node) {
        self.operand = operand
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        .integer(0 &- (try operand.integer(frame)))
    }
    override func integer(_ frame: Frame) throws(EvaluationError) -> Int { 0 &- (try operand.integer(frame)) }

    override func valueAtHand(_ frame: Frame) -> Value? {
        guard case .integer(let number)? = operand.valueAtHand(frame) else { return nil }
        return .integer(0 &- number)
    }
}

final class NotNode: Node {
    private let operand: Node

    init(_ range: SourceRange, _ operand: Node) {
        self.operand = operand
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value { .boolean(try !operand.boolean(frame)) }
    override func boolean(_ frame: Frame) throws(EvaluationError) -> Bool { try !operand.boolean(frame) }

    override func valueAtHand(_ frame: Frame) -> Value? {
        guard case .boolean(let truth)? = operand.valueAtHand(frame) else { return nil }
        return .boolean(!truth)
    }
}

/// `and` and `or`, which look at their right side only if the left doesn't decide.
final class ConnectiveNode: Node {
    private let isAnd: Bool
    private let left: Node
    private let right: Node

    init(_ range: SourceRange, isAnd: Bool, _ left: Node, _ right: Node) {
        self.isAnd = isAnd
        self.left = left
        self.right = right
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value { .boolean(try boolean(frame)) }

    override func evaluateTail(_ frame: Frame) throws(EvaluationError) -> Value {
        try left.boolean(frame) == isAnd ? try right.evaluateTail(frame) : .boolean(!isAnd)
    }

    override func boolean(_ frame: Frame) throws(EvaluationError) -> Bool {
        try left.boolean(frame) == isAnd ? try right.boolean(frame) : !isAnd
    }
}

final class ComparisonNode: Node {
    private let symbol: BinaryOperator
    private let left: Node
    private let right: Node

    init(_ range: SourceRange, _ symbol: BinaryOperator, _ left: Node, _ right: Node) {
        self.symbol = symbol
        self.left = left
        self.right = right
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value { .boolean(try boolean(frame)) }

    override func boolean(_ frame: Frame) throws(EvaluationError) -> Bool {
        let a = try left.evaluate(frame)
        let b = try right.evaluate(frame)
        if case .integer(let x) = a, case .integer(let y) = b { return compare(x, y) }
        return try at { () throws(EvaluationError) in try compare(a.settled(), b.settled()) }
    }

    override func valueAtHand(_ frame: Frame) -> Value? {
        guard case .integer(let a)? = left.valueAtHand(frame), case .integer(let b)? = right.valueAtHand(frame) else {
            return nil
        }
        return .boolean(compare(a, b))
    }

    private func compare(_ x: Int, _ y: Int) -> Bool {
        switch symbol {
        case .equal: x == y
        case .notEqual: x != y
        case .less: x < y
        case .greater: x > y
        case .lessOrEqual: x <= y
        default: x >= y
        }
    }

    private func compare(_ a: Value, _ b: Value) throws(EvaluationError) -> Bool {
        switch symbol {
        case .equal: try a.isEqual(to: b)
        case .notEqual: try !a.isEqual(to: b)
        case .less: try a.isLess(b, orEqual: false)
        case .greater: try b.isLess(a, orEqual: false)
        case .lessOrEqual: try a.isLess(b, orEqual: true)
        case .greaterOrEqual: try b.isLess(a, orEqual: true)
        default: fatalError("\(symbol) isn't a comparison")
        }
    }
}

final class ConditionalNode: Node {
    private let condition: Node
    private let then: Node
    private let otherwise: Node

    init(_ range: SourceRange, _ condition: Node, _ then: Node, _ otherwise: Node) {
        self.condition = condition
        self.then = then
        self.otherwise = otherwise
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        try condition.boolean(frame) ? try then.evaluate(frame) : try otherwise.evaluate(frame)
    }

    override func evaluateTail(_ frame: Frame) throws(EvaluationError) -> Value {
        try condition.boolean(frame) ? try then.evaluateTail(frame) : try otherwise.evaluateTail(frame)
    }

    override func integer(_ frame: Frame) throws(EvaluationError) -> Int {
        try condition.boolean(frame) ? try then.integer(frame) : try otherwise.integer(frame)
    }

    override func boolean(_ frame: Frame) throws(EvaluationError) -> Bool {
        try condition.boolean(frame) ? try then.boolean(frame) : try otherwise.boolean(frame)
    }

    override func valueAtHand(_ frame: Frame) -> Value? {
        guard case .boolean(let truth)? = condition.valueAtHand(frame) else { return nil }
        return (truth ? then : otherwise).valueAtHand(frame)
    }
}

/// `(a, b, …)`: its components are evaluated when they are asked for.
final class TupleNode: Node {
    private let components: [Node]

    init(_ range: SourceRange, _ components: [Node]) {
        self.components = components
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        var values: [Value] = []
        values.reserveCapacity(components.count)
        for component in components { values.append(try component.evaluateLazily(frame)) }
        return .tuple(TupleValue(values))
    }

    /// A tuple's components wait by themselves.
    override func valueAtHand(_ frame: Frame) -> Value? { try? evaluate(frame) }
}

/// `a.b.c`
final class DotNode: Node {
    private let parts: [Node]

    init(_ range: SourceRange, _ parts: [Node]) {
        self.parts = parts
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        var joined = try parts[0].evaluate(frame).settled()
        for part in parts.dropFirst() {
            let value = try part.evaluate(frame).settled()
            joined = try at { () throws(EvaluationError) in try Value.joinedByDot(joined, value) }
        }
        return joined
    }
}

/// `s ^ t`: the right side is evaluated when the left one is used up.
final class ConcatenationNode: Node {
    private let left: Node
    private let right: Node

    init(_ range: SourceRange, _ left: Node, _ right: Node) {
        self.left = left
        self.right = right
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        let first = try left.sequence(frame)
        switch try right.evaluateLazily(frame) {
        case .sequence(let second):
            return .sequence(
                first.isFinite
                    ? first.appending(second) : SequenceValue([], then: ConcatenationSource(first, .sequence(second))))
        case .delayed(let delayed):
            if first.isFinite { return .sequence(SequenceValue(Array(first.elements), then: DelayedSource(delayed))) }
            return .sequence(SequenceValue([], then: ConcatenationSource(first, .delayed(delayed))))
        case let other: throw right.unexpected(other, "a sequence")
        }
    }

    override func valueAtHand(_ frame: Frame) -> Value? {
        guard case .sequence(let first)? = left.valueAtHand(frame), first.isFinite,
            case .sequence(let second)? = right.valueAtHand(frame)
        else { return nil }
        return .sequence(first.appending(second))
    }
}

/// An unfinished sequence, then another.
private final class ConcatenationSource: SequenceSource {
    private let first: SequenceValue
    private let second: Value
    private let offset: Int

    init(_ first: SequenceValue, _ second: Value, from offset: Int = 0) {
        self.first = first
        self.second = second
        self.offset = offset
    }

    var isShareable: Bool { true }
    var kind: SequenceSourceKind { .other }

    func advance(_ elements: inout [Value]) throws(EvaluationError) -> (any SequenceSource)? {
        if let next = try first.element(at: offset) {
            elements.append(next)
            return ConcatenationSource(first, second, from: offset + 1)
        }
        switch second {
        case .sequence(let sequence): return SequenceTail(of: sequence)
        case .delayed(let delayed): return DelayedSource(delayed)
        default: return nil
        }
    }
}

/// `#s`
final class LengthNode: Node {
    private let operand: Node

    init(_ range: SourceRange, _ operand: Node) {
        self.operand = operand
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value { .integer(try integer(frame)) }

    override func integer(_ frame: Frame) throws(EvaluationError) -> Int {
        let sequence = try operand.sequence(frame)
        return try at { () throws(EvaluationError) in try sequence.allElements().count }
    }

    override func valueAtHand(_ frame: Frame) -> Value? {
        guard case .sequence(let sequence)? = operand.valueAtHand(frame), sequence.isFinite else { return nil }
        return .integer(sequence.elements.count)
    }
}
