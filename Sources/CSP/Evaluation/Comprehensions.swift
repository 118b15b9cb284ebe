/// `p <- S` or a condition.
enum StatementNode {
    case generator(PatternNode, Node)
    case condition(Node)
}

/// All bindings of some statements, one after the other, later generators varying fastest.
struct BindingIterator {
    private let statements: [StatementNode]
    private let frame: Frame
    /// The generators under way: their statement, what they range over, and the next element's offset.
    private var levels: [(statement: Int, values: Values, offset: Int)] = []
    private var isStarted = false

    private enum Values {
        case set([Value])
        case sequence(SequenceValue)

        func element(at offset: Int) throws(EvaluationError) -> Value? {
            switch self {
            case .set(let elements): offset < elements.count ? elements[offset] : nil
            case .sequence(let sequence): try sequence.element(at: offset)
            }
        }
    }

    init(_ statements: [StatementNode], _ frame: Frame) {
        self.statements = statements
        self.frame = frame
    }

    /// Binds the variables to the next values; false if there are no more.
    mutating func next() throws(EvaluationError) -> Bool {
        if !isStarted {
            isStarted = true
            if try descend(from: 0) { return true }
        }
        while let level = levels.last {
            guard let element = try level.values.element(at: level.offset) else {
                levels.removeLast()
                continue
            }
            levels[levels.count - 1].offset += 1
            guard case .generator(let pattern, _) = statements[level.statement] else {
                fatalError("a level is a generator's")
            }
            guard try pattern.match(element, frame) else { continue }
            if try descend(from: level.statement + 1) { return true }
        }
        return false
    }

    /// Goes on to the next generator, which then is the top level: false; or to the end of the statements: true.
    private mutating func descend(from first: Int) throws(EvaluationError) -> Bool {
        for index in first..<statements.count {
            switch statements[index] {
            case .condition(let condition):
                guard try condition.boolean(frame) else { return false }
            case .generator(_, let collection):
                let value = try collection.evaluate(frame)
                switch value {
                case .set(let set):
                    let elements = try collection.at { () throws(EvaluationError) in try set.elements() }
                    levels.append((index, .set(elements), 0))
                case .sequence(let sequence): levels.append((index, .sequence(sequence), 0))
                default: throw collection.unexpected(value, "a set or a sequence")
                }
                return false
            }
        }
        return true
    }
}

/// What a collection lists.
enum ElementNodes {
    case list([Node])
    case range(Node, through: Node?)
}

/// `<…>` without statements.
final class SequenceNode: Node {
    private let elements: [Node]

    init(_ range: SourceRange, _ elements: [Node]) {
        self.elements = elements
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        if elements.isEmpty { return .sequence(.empty) }
        var values: [Value] = []
        values.reserveCapacity(elements.count)
        for element in elements { values.append(try element.evaluate(frame)) }
        return .sequence(SequenceValue(values))
    }

    override func valueAtHand(_ frame: Frame) -> Value? {
        var values: [Value] = []
        for element in elements {
            guard let value = element.valueAtHand(frame) else { return nil }
            values.append(value)
        }
        return .sequence(SequenceValue(values))
    }
}

/// `{…}` without statements.
final class SetNode: Node {
    private let elements: [Node]

    init(_ range: SourceRange, _ elements: [Node]) {
        self.elements = elements
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        var values: [Value] = []
        values.reserveCapacity(elements.count)
        for element in elements { values.append(try element.evaluate(frame).settled()) }
        return .set(SetValue(of: values))
    }

    override func valueAtHand(_ frame: Frame) -> Value? { elements.isEmpty ? .set(.empty) : nil }
}

/// `<a..b>`, `{a..}` and the others without statements.
final class RangeNode: Node {
    private let isSet: Bool
    private let low: Node
    private let high: Node?

    init(_ range: SourceRange, isSet: Bool, low: Node, high: Node?) {
        self.isSet = isSet
        self.low = low
        self.high = high
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        let low = try low.integer(frame)
        guard let high else {
            return isSet ? .set(SetValue(.from(low))) : .sequence(SequenceValue([], then: IntegerSource(next: low)))
        }
        let last = try high.integer(frame)
        if isSet { return .set(.range(low, last)) }
        guard low <= last else { return .sequence(.empty) }
        guard last - low < SequenceValue.countMax else {
            throw EvaluationError("<\(low)..\(last)> has more than \(SequenceValue.countMax) elements", at: self.range)
        }
        return .sequence(SequenceValue((low...last).map { .integer($0) }))
    }
}

/// `{… | statements}`
final class SetComprehensionNode: Node {
    private let elements: ElementNodes
    private let statements: [StatementNode]

    init(_ range: SourceRange, _ elements: ElementNodes, _ statements: [StatementNode]) {
        self.elements = elements
        self.statements = statements
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        var bindings = BindingIterator(statements, frame)
        switch elements {
        case .list(let nodes):
            var values: [Value] = []
            while try bindings.next() {
                for node in nodes { values.append(try node.evaluate(frame).settled()) }
            }
            return .set(SetValue(of: values))
        case .range(let low, let high):
            var result = SetValue.empty
            while try bindings.next() {
                let from = try low.integer(frame)
                let part = try high.map { node throws(EvaluationError) in SetValue.range(from, try node.integer(frame))
                }
                result = try result.union(part ?? SetValue(.from(from)))
            }
            return .set(result)
        }
    }
}

extension Optional {
    func map<U, Failure: Error>(_ transform: (Wrapped) throws(Failure) -> U) throws(Failure) -> U? {
        if let self { try transform(self) } else { nil }
    }
}

/// `<… | statements>`: its elements are made as they are asked for.
final class SequenceComprehensionNode: Node {
    private let code: SequenceComprehensionCode

    init(_ range: SourceRange, _ code: SequenceComprehensionCode) {
        self.code = code
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        .sequence(SequenceValue([], then: SequenceComprehensionSource(code, captured: code.capture(frame))))
    }
}

final class SequenceComprehensionCode: ClosureCode {
    var elements = ElementNodes.list([])
    var statements: [StatementNode] = []
}

/// A sequence comprehension under way, with a frame of its own.
private final class SequenceComprehensionSource: SequenceSource {
    private let code: SequenceComprehensionCode
    private let slots: UnsafeMutablePointer<Value>
    private var bindings: BindingIterator

    init(_ code: SequenceComprehensionCode, captured: [Value]) {
        self.code = code
        slots = .allocate(capacity: max(1, code.frameSize))
        slots.initialize(repeating: .boolean(false), count: code.frameSize)
        let frame = Frame(slots: slots, machine: code.machine)
        bindings = BindingIterator(code.statements, frame)
        code.load(captured, nil, into: frame)
    }

    deinit {
        slots.deinitialize(count: code.frameSize)
        slots.deallocate()
    }

    var isShareable: Bool { false }
    var kind: SequenceSourceKind { .other }

    func advance(_ elements: inout [Value]) throws(EvaluationError) -> (any SequenceSource)? {
        let machine = code.machine
        return try machine.call { () throws(EvaluationError) in
            guard try bindings.next() else { return nil }
            let frame = Frame(slots: slots, machine: machine)
            switch code.elements {
            case .list(let nodes):
                for node in nodes { elements.append(try node.evaluate(frame)) }
            case .range(let low, let high):
                let from = try low.integer(frame)
                guard let high else { return IntegerSource(next: from) }
                let last = try high.integer(frame)
                if from <= last { elements.append(contentsOf: (from...last).lazy.map { .integer($0) }) }
            }
            return self
        }
    }
}

/// `{| a, b.0 |}`, with or without statements: all that completes the elements.
final class EnumeratedSetNode: Node {
    private let elements: [Node]
    private let statements: [StatementNode]

    init(_ range: SourceRange, _ elements: [Node], _ statements: [StatementNode]) {
        self.elements = elements
        self.statements = statements
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        var prefixes: [DottedValue] = []
        var others: [SetValue] = []
        var areComplete = true
        var bindings = BindingIterator(statements, frame)
        while try bindings.next() {
            for node in elements {
                switch try node.evaluate(frame).settled() {
                case .dotted(let dotted):
                    if try !dotted.isComplete() { areComplete = false }
                    prefixes.append(dotted)
                case let other: others.append(try node.at { () throws(EvaluationError) in try other.productions() })
                }
            }
        }
        let values = Value.ascending(prefixes.map { .dotted($0) })
        var result: SetValue
        if areComplete {
            result = SetValue(.explicit(values))
        } else {
            result = SetValue(
                .completions(values.compactMap { if case .dotted(let dotted) = $0 { dotted } else { nil } }))
        }
        for other in others { result = try result.union(other) }
        return .set(result)
    }
}

/// `(| k => v, … |)`
final class MapNode: Node {
    private let entries: [(key: Node, value: Node)]

    init(_ range: SourceRange, _ entries: [(key: Node, value: Node)]) {
        self.entries = entries
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        var map = MapValue.empty
        for (key, value) in entries {
            map = map.updating(try key.evaluate(frame).settled(), to: try value.evaluate(frame).settled())
        }
        return .map(map)
    }
}
