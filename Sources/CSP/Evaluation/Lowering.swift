/// Makes a typed script ready for evaluation: each name becomes a slot of a frame, a cell of a scope, or a constant.
final class Lowering {
    let machine: Machine
    let typed: TypedScript
    /// What the symbols that are not local to one piece of code stand for, by symbol id.
    var targets: [Target?]
    let globals = ScopeCode()
    /// The instance of `globals`; it exists when all declarations are known.
    private(set) var globalScope: ScopeInstance!
    var heads = 0
    private var functionCount = 0
    private var lambdaCount = 0
    private var letCount = 0
    /// The Timed section around the current place.
    var timed: TimedContext?
    /// Functions of Timed sections, to be lowered when all names are known.
    var durations: [(context: TimedContext, function: Expression)] = []
    /// By key.
    var lets: [Int: ScopeCode] = [:]
    /// How deep the expression at hand is nested.
    private var depth = 0
    /// So many levels are evaluated without a look at how much of the stack is left.
    private static let checkedDepth = 48
    /// How many arguments, components and the like are open around the expression at hand.
    private var lazyDepth = 0
    /// So many levels of them are lowered twice, once for the frame at hand: that is quicker to run.
    private static let lazyDepthMax = 3
    /// What can't be evaluated, though it has a type.
    private(set) var faults: [(message: String, range: SourceRange)] = []

    /// What a symbol stands for. Symbols without a target are local variables.
    enum Target {
        case global(index: Int)
        case globalFunction(FunctionDefinition)
        case letVariable(key: Int, index: Int)
        case letFunction(key: Int, FunctionDefinition)
        case head(DottedHead)
    }

    init(_ machine: Machine, _ typed: TypedScript, symbolCount: Int) {
        self.machine = machine
        self.typed = typed
        targets = Array(repeating: nil, count: symbolCount)
    }

    func target(of symbol: Symbol) -> Target? { symbol.id < targets.count ? targets[symbol.id] : nil }

    func setTarget(_ target: Target, of symbol: Symbol) {
        while targets.count <= symbol.id { targets.append(nil) }
        targets[symbol.id] = target
    }

    /// All declarations are known: the global variables get their cells.
    func makeGlobalScope() { globalScope = ScopeInstance(globals, captured: []) }

    // MARK: Local variables

    /// When each local variable was bound: a later one has a larger number.
    private var bindingOrder: [Int: Int] = [:]
    private var lastBinding = 0
    /// The earliest bound local variable that the expression at hand uses.
    private var earliestUse = Int.max

    func nextLetKey() -> Int {
        letCount += 1
        return -letCount
    }

    func nextFunctionID() -> Int {
        functionCount += 1
        return functionCount
    }

    func nextLambdaID() -> Int {
        lambdaCount += 1
        return lambdaCount
    }

    /// A slot for a variable (or, with a negative key, for the scope of a `let`).
    func bind(_ key: Int, in unit: Unit) -> Int {
        let slot = unit.newSlot()
        bind(key, to: slot, in: unit)
        return slot
    }

    func bind(_ key: Int, to slot: Int, in unit: Unit) {
        unit.slots[key] = slot
        lastBinding += 1
        bindingOrder[key] = lastBinding
    }

    func slot(of key: Int, in unit: Unit, at range: SourceRange) -> Int {
        guard let slot = unit.slot(of: key) else {
            // Only the function of a Timed section stands apart from the code around it.
            faults.append(("the function of a Timed section can't use what is bound around it, such as this", range))
            return 0
        }
        earliestUse = min(earliestUse, bindingOrder[key] ?? 0)
        return slot
    }

    /// Lowers something and says whether it uses no local variable from outside itself.
    private func watchingUses(_ body: () -> Node) -> (node: Node, isClosed: Bool) {
        let (outerUse, start) = (earliestUse, lastBinding)
        earliestUse = Int.max
        let node = body()
        let isClosed = earliestUse > start
        earliestUse = min(outerUse, earliestUse)
        return (node, isClosed)
    }

    // MARK: Expressions

    /// An expression for use in its own right: evaluated when the node is.
    func lower(_ expression: Expression, _ unit: Unit) -> Node {
        depth += 1
        defer { depth -= 1 }
        let node = lowerKeeping(expression, unit)
        return depth % Self.checkedDepth == 0 ? StackCheckNode(node) : node
    }

    private func lowerKeeping(_ expression: Expression, _ unit: Unit) -> Node {
        guard unit.isRepeated, isWorthKeeping(expression) else { return node(expression, unit) }
        let (node, isClosed) = watchingUses { self.node(expression, unit) }
        return isClosed ? OnceNode(node) : node
    }

    /// Whether it takes more than a moment to evaluate the expression once more.
    private func isWorthKeeping(_ expression: Expression) -> Bool {
        switch expression.kind {
        case .integer, .boolean, .character, .name, .lambda: false
        case .application: !typed.isProcess(expression)
        default: true
        }
    }

    /// An expression that may not be needed: an argument, a component of a tuple, the right side of `^`.
    func lowerLazily(_ expression: Expression, _ unit: Unit) -> Node {
        guard lazyDepth < Self.lazyDepthMax || isBrief(expression) else { return lowerApart(expression, unit) }
        lazyDepth += 1
        defer { lazyDepth -= 1 }
        let node = lower(expression, unit)
        if node is ConstantNode || node is LocalNode || node is FunctionNode || node is ProcessNode { return node }
        let code = ClosureCode(machine: machine)
        code.body = lower(expression, Unit(code, .closure(unit, code)))
        return DelayNode(code, inner: node)
    }

    /// The same for an expression deep inside of others like it. Lowering each one twice, for the frame at hand and for one
    /// of its own, would double the work with each level: this one gets a frame of its own only.
    private func lowerApart(_ expression: Expression, _ unit: Unit) -> Node {
        switch expression.kind {
        case .prefix, .synchronised, .alphabetisedParallel, .linkedParallel, .rename, .replicated:
            return lower(expression, unit)
        case .binary where typed.isProcess(expression): return lower(expression, unit)
        default:
            let code = ClosureCode(machine: machine)
            code.body = lower(expression, Unit(code, .closure(unit, code)))
            return DelayNode(code, inner: ApartNode(expression.range, code))
        }
    }

    /// Whether lowering it twice costs nothing.
    private func isBrief(_ expression: Expression) -> Bool {
        switch expression.kind {
        case .integer, .boolean, .character, .string, .name: true
        default: false
        }
    }

    /// A process that is evaluated when it is unfolded.
    func suspend(_ expression: Expression, _ unit: Unit) -> Node {
        let code = SuspensionCode(machine: machine)
        code.body = node(expression, Unit(code, .closure(unit, code)), isSuspended: true)
        return SuspensionNode(expression.range, code)
    }

    /// What comes after an event or a termination: built when it is reached if that may be much work.
    func lowerContinuation(_ expression: Expression, _ unit: Unit) -> Node {
        if case .replicated = expression.kind { return suspend(expression, unit) }
        return lower(expression, unit)
    }

    private func node(_ expression: Expression, _ unit: Unit, isSuspended: Bool = false) -> Node {
        let range = expression.range
        func inner(_ operand: Expression) -> Node { lower(operand, unit) }
        switch expression.kind {
        case .integer(let number): return ConstantNode(range, .integer(number))
        case .boolean(let truth): return ConstantNode(range, .boolean(truth))
        case .character(let scalar): return ConstantNode(range, .character(scalar))
        case .string(let text): return ConstantNode(range, .sequence(SequenceValue(text: text)))
        case .name(let name): return lowerName(name, expression, unit, isSuspended: isSuspended)
        case .tuple(let components): return TupleNode(range, components.map { lowerLazily($0, unit) })
        case .dotted(let parts): return DotNode(range, parts.map(inner))
        case .unary(.negate, let operand): return NegationNode(range, inner(operand))
        case .unary(.not, let operand): return NotNode(range, inner(operand))
        case .unary(.length, let operand): return LengthNode(range, inner(operand))
        case .binary(let symbol, let left, let right): return lowerBinary(symbol, left, right, range, unit)
        case .conditional(let condition, let then, let otherwise):
            return ConditionalNode(range, inner(condition), inner(then), inner(otherwise))
        case .letWithin(let scope, let body): return lowerLet(scope, body, range, unit)
        case .lambda(let parameters, let body): return lowerLambda(parameters, body, range, unit)
        case .application: return lowerApplication(expression, unit, isSuspended: isSuspended)
        case .collection(let kind, let elements, let statements):
            return lowerCollection(kind, elements, statements, range, unit)
        case .map(let entries): return MapNode(range, entries.map { (inner($0.key), inner($0.value)) })
        case .prefix(let head, let fields, let body): return lowerPrefix(head, fields, body, range, unit)
        case .synchronised(let symbol, let left, let set, let right):
            let handler = symbol == .exception ? lowerContinuation(right, unit) : inner(right)
            return SynchronisedNode(range, symbol, inner(left), inner(set), handler, timed: timed)
        case .alphabetisedParallel(let left, let leftAlphabet, let rightAlphabet, let right):
            let operands = [(inner(leftAlphabet), inner(left)), (inner(rightAlphabet), inner(right))]
            return AlphabetisedNode(range, operands.map { (alphabet: $0.0, process: $0.1) }, timed: timed)
        case .linkedParallel(let left, let links, let right):
            return LinkedParallelNode(range, inner(left), lowerLinks(links, unit), inner(right))
        case .rename(let operand, let links): return RenameNode(range, inner(operand), lowerLinks(links, unit))
        case .replicated(let symbol, let statements, let body):
            return lowerReplicated(symbol, statements, body, range, unit)
        }
    }

    private func lowerBinary(
        _ symbol: BinaryOperator, _ left: Expression, _ right: Expression, _ range: SourceRange, _ unit: Unit
    ) -> Node {
        switch symbol {
        case .add, .subtract, .multiply, .divide, .modulo:
            return ArithmeticNode(range, symbol, lower(left, unit), lower(right, unit))
        case .equal, .notEqual, .less, .greater, .lessOrEqual, .greaterOrEqual:
            return ComparisonNode(range, symbol, lower(left, unit), lower(right, unit))
        case .and, .or: return ConnectiveNode(range, isAnd: symbol == .and, lower(left, unit), lower(right, unit))
        case .concatenate: return ConcatenationNode(range, lower(left, unit), lowerLazily(right, unit))
        case .guarded: return GuardNode(range, lower(left, unit), lower(right, unit), timed: timed)
        case .hide, .project:
            return HidingNode(range, isProjection: symbol == .project, lower(left, unit), lower(right, unit))
        case .sequential:
            return BinaryProcessNode(range, symbol, lower(left, unit), lowerContinuation(right, unit), timed: timed)
        case .slidingChoice, .interrupt, .externalChoice, .internalChoice, .interleave:
            return BinaryProcessNode(range, symbol, lower(left, unit), lower(right, unit), timed: timed)
        }
    }
}

/// A piece of code while it is made: where its variables are.
final class Unit {
    enum Origin {
        /// Sees nothing but global names.
        case top
        /// Takes variables of another piece of code along.
        case closure(Unit, ClosureCode)
        /// Belongs to a `let`.
        case scope(LetEnvironment)
    }

    let code: Code
    let origin: Origin
    /// Slots by symbol id, or by a let's (negative) key.
    var slots: [Int: Int] = [:]

    init(_ code: Code, _ origin: Origin) {
        self.code = code
        self.origin = origin
    }

    /// Whether the code may run more than once for one script.
    var isRepeated: Bool {
        switch origin {
        case .top: code is FunctionDefinition || code is ClosureCode
        case .closure, .scope: true
        }
    }

    func newSlot() -> Int {
        code.frameSize += 1
        return code.frameSize - 1
    }

    /// The slot of a variable, brought in from outside if it has to be.
    func slot(of key: Int) -> Int? {
        if let known = slots[key] { return known }
        switch origin {
        case .top: return nil
        case .closure(let outer, let closure):
            guard let source = outer.slot(of: key) else { return nil }
            let slot = newSlot()
            closure.captures.append((closure.sources.count, slot))
            closure.sources.append(source)
            slots[key] = slot
            return slot
        case .scope(let environment):
            if key == environment.key {
                let slot = newSlot()
                code.scopeSlot = slot
                slots[key] = slot
                return slot
            }
            guard let index = environment.index(of: key) else { return nil }
            let slot = newSlot()
            code.captures.append((index, slot))
            slots[key] = slot
            return slot
        }
    }
}

/// A `let` while it is made: what its definitions take from outside.
final class LetEnvironment {
    let key: Int
    let code: ScopeCode
    private let outer: Unit
    private var indices: [Int: Int] = [:]

    init(key: Int, code: ScopeCode, outer: Unit) {
        self.key = key
        self.code = code
        self.outer = outer
    }

    func index(of key: Int) -> Int? {
        if let known = indices[key] { return known }
        guard let source = outer.slot(of: key) else { return nil }
        indices[key] = code.sources.count
        code.sources.append(source)
        return indices[key]
    }
}
