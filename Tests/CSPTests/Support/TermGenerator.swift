@testable import CSP

/// Makes random expressions of every form, whatever their types: what a printer and a parser must agree on.
struct TermGenerator {
    var random: SplitMix64
    private var nextID = 0

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    private mutating func node(_ kind: Expression.Kind) -> Expression {
        nextID += 1
        return Expression(id: nextID, range: .nowhere, kind: kind, height: 1)
    }

    private mutating func node(_ kind: Pattern.Kind) -> Pattern {
        nextID += 1
        return Pattern(id: nextID, range: .nowhere, kind: kind)
    }

    private mutating func name() -> Name {
        Name(["a", "b", "P", "x'", "f_1", "M::y", "unionX"].randomElement(using: &random)!, range: .nowhere)
    }

    private mutating func list(_ counts: ClosedRange<Int>, _ depth: Int) -> [Expression] {
        (0..<Int.random(in: counts, using: &random)).map { _ in expression(depth) }
    }

    mutating func expression(_ depth: Int) -> Expression {
        guard depth > 0 else { return leaf() }
        let inner = depth - 1
        switch random.below(22) {
        case 0: return node(.tuple(list(2...3, inner)))
        case 1: return node(.dotted(parts(inner)))
        case 2: return node(.unary([.negate, .not, .length].randomElement(using: &random)!, expression(inner)))
        case 3...8:
            let binary = BinaryOperator.allCases.randomElement(using: &random)!
            return node(.binary(binary, expression(inner), expression(inner)))
        case 9: return node(.conditional(expression(inner), then: expression(inner), otherwise: expression(inner)))
        case 10: return node(.lambda((0...random.below(2)).map { _ in pattern(1) }, expression(inner)))
        case 11: return node(.application(expression(inner), list(0...2, inner)))
        case 12: return collection(inner)
        case 13:
            let pairs = (0..<random.below(3)).map { _ in (key: expression(inner), value: expression(inner)) }
            return node(.map(pairs))
        case 14, 15:
            return node(.prefix(expression(inner), (0..<random.below(3)).map { _ in field(inner) }, expression(inner)))
        case 16:
            let operation = SynchronisedOperator.allCases.randomElement(using: &random)!
            return node(.synchronised(operation, expression(inner), set: expression(inner), expression(inner)))
        case 17:
            return node(
                .alphabetisedParallel(
                    expression(inner), leftAlphabet: expression(inner), rightAlphabet: expression(inner),
                    expression(inner)))
        case 18: return node(.linkedParallel(expression(inner), links(inner), expression(inner)))
        case 19: return node(.rename(expression(inner), links(inner)))
        case 20: return node(.replicated(replicated(inner), statements(1...2, inner), expression(inner)))
        default: return letWithin(inner)
        }
    }

    private mutating func leaf() -> Expression {
        switch random.below(6) {
        case 0: node(.integer(random.below(100)))
        case 1: node(.boolean(random.chance(50)))
        case 2: node(.character(["x", "'", "\\", "\n"].randomElement(using: &random)!))
        case 3: node(.string(["", "a b", "say \"hi\"", "é\t"].randomElement(using: &random)!))
        default: node(.name(name()))
        }
    }

    /// Parts of a dot are no dots themselves.
    private mutating func parts(_ depth: Int) -> [Expression] {
        (0...1 + random.below(2)).map { _ in
            while true {
                let part = expression(depth)
                if case .dotted = part.kind { continue }
                return part
            }
        }
    }

    private mutating func collection(_ depth: Int) -> Expression {
        let kind: Expression.CollectionKind = [.sequence, .set, .enumeratedSet].randomElement(using: &random)!
        let statements = random.chance(50) ? [] : statements(1...2, depth)
        if kind != .enumeratedSet, random.chance(30) {
            return node(
                .collection(
                    kind, .range(expression(depth), through: random.chance(50) ? expression(depth) : nil), statements))
        }
        return node(.collection(kind, .list(list(0...2, depth)), statements))
    }

    private mutating func statements(_ counts: ClosedRange<Int>, _ depth: Int) -> [Statement] {
        (0..<Int.random(in: counts, using: &random)).map { _ in
            random.chance(60) ? .generator(pattern(1), expression(depth)) : .condition(expression(depth))
        }
    }

    private mutating func links(_ depth: Int) -> Expression.Links {
        let pairs = (0...random.below(2)).map { _ in (left: expression(depth), right: expression(depth)) }
        return Expression.Links(pairs: pairs, statements: random.chance(30) ? statements(1...2, depth) : [])
    }

    private mutating func field(_ depth: Int) -> Field {
        let set = random.chance(50) ? expression(depth) : nil
        let kind: Field.Kind =
            switch random.below(3) {
            case 0: .output(expression(depth))
            case 1: .input(pattern(1, isField: true), set)
            default: .nondeterministicInput(pattern(1, isField: true), set)
            }
        return Field(kind: kind, range: .nowhere)
    }

    private mutating func replicated(_ depth: Int) -> ReplicatedOperator {
        switch random.below(8) {
        case 0: .externalChoice
        case 1: .internalChoice
        case 2: .interleave
        case 3: .sequential
        case 4: .generalisedParallel(expression(depth))
        case 5: .synchronisingExternalChoice(expression(depth))
        case 6: .alphabetisedParallel(expression(depth))
        default: .linkedParallel(links(depth))
        }
    }

    private mutating func letWithin(_ depth: Int) -> Expression {
        let value = Declaration(range: .nowhere, kind: .binding(pattern(1), expression(depth)))
        let clause = Declaration.Clause(parameters: [[pattern(1)], []], body: expression(depth), range: .nowhere)
        let function = Declaration(range: .nowhere, kind: .function(Name("g", range: .nowhere), [clause]))
        return node(.letWithin(Scope([value, function]), expression(depth)))
    }

    /// In a field of a prefix, `@@` would need parentheses, and means nothing.
    mutating func pattern(_ depth: Int, isField: Bool = false) -> Pattern {
        guard depth > 0 else {
            switch random.below(5) {
            case 0: return node(.wildcard)
            case 1: return node(.integer(random.below(9) - 4))
            case 2: return node(.boolean(random.chance(50)))
            default: return node(.name(name()))
            }
        }
        func some(_ counts: ClosedRange<Int>, _ generator: inout TermGenerator) -> [Pattern] {
            (0..<Int.random(in: counts, using: &generator.random)).map { _ in generator.pattern(0) }
        }
        switch random.below(8) {
        case 0: return node(.tuple(some(2...3, &self)))
        case 1: return node(.sequence(some(0...2, &self)))
        case 2: return node(.concatenation(some(2...3, &self)))
        case 3: return node(.set(some(0...1, &self)))
        case 4: return node(.dotted(some(2...3, &self)))
        case 5 where !isField: return node(.both(pattern(0), pattern(0)))
        default: return pattern(0)
        }
    }
}
