// Assertions: refinements, properties in brackets, and temporal formulas.

extension Parser {
    mutating func assertion(isPragma: Bool) throws(ParseFailure) -> Assertion {
        let start = range
        advance()
        var isNegated = false
        while skip(.not) { isNegated.toggle() }
        let process = try assertedExpression()
        let kind: Assertion.Kind
        var model: SemanticModel?
        switch self.kind {
        case .refines:
            let refined = try refinementModel()
            kind = .refinement(specification: process, refined, implementation: try assertedExpression())
        case .propertyOpen:
            let (property, stated) = try property()
            model = stated
            kind = .property(process, property)
        case .satisfies:
            kind = .property(process, .linearTemporal(try temporalFormula()))
        default:
            throw unexpected(expecting: "`[T=`, `[F=`, `[FD=` or a property such as `:[deadlock free]`")
        }
        var options: [Assertion.Option] = []
        while self.kind == .propertyOpen {
            let place = range
            let option = try option()
            if options.contains(where: { $0.word == option.word }) {
                throw failure("the option `\(option.word)` stands here twice", at: place.joined(with: previousRange))
            }
            options.append(option)
        }
        return Assertion(
            range: start.joined(with: previousRange), isNegated: isNegated, kind: kind, model: model, options: options,
            isPragma: isPragma)
    }

    private mutating func assertedExpression() throws(ParseFailure) -> Expression {
        let expression = try expression()
        declarationHeight = max(declarationHeight, expression.height)
        return expression
    }

    private mutating func refinementModel() throws(ParseFailure) -> SemanticModel {
        let word = text(token).dropFirst().dropLast()
        guard let model = SemanticModel(rawValue: String(word)) else {
            throw failure("`\(word)` is not a semantic model: \(SemanticModel.known)", at: range)
        }
        advance()
        return model
    }

    // MARK: What stands in `:[ … ]`

    /// The words up to a bracket, a number or the end: `deadlock-free` reads as `deadlock free`.
    private mutating func words() -> [String] {
        var words: [String] = []
        while kind == .identifier || kind == .minus || kind == .not {
            if kind != .minus { words.append(text(token)) }
            advance()
            // `bounded by n`: what follows is an expression.
            if words.suffix(2) == ["bounded", "by"] { break }
        }
        return words
    }

    private mutating func property() throws(ParseFailure) -> (Assertion.Property, SemanticModel?) {
        brackets.append(token)
        advance()
        let start = range
        let words = words().joined(separator: " ")
        let place = start.joined(with: previousRange)
        switch words {
        case "deadlock free": return (.deadlockFree, try modelAndClose())
        case "divergence free", "livelock free": return (.divergenceFree, try modelAndClose())
        case "deterministic": return (.deterministic, try modelAndClose())
        case "has trace":
            let model = try modelAndClose()
            return (.hasTrace(try subject("the trace, as in `:[has trace]: <a, b>`")), model)
        case "starvation free":
            let fairness = try fairness()
            try closeProperty()
            return (.starvationFree(fairness, pairs: try subject("the set of pairs of events")), nil)
        case "overtaking bounded by":
            let bound = try expression(Precedence.additive)
            let fairness = try fairness()
            try closeProperty()
            return (.overtakingBounded(by: bound, fairness, pairs: try subject("the set of pairs of events")), nil)
        case "tau priority", "tau priority over", "partial order reduce", "symmetry reduce":
            throw failure("`\(words)` is an option: it follows a property or a refinement", at: place)
        default:
            let known = [
                "deadlock free", "divergence free", "deterministic", "has trace", "starvation free",
                "overtaking bounded by n",
            ]
            var failure = failure(
                words.isEmpty
                    ? "expected a property, found \(describe(token))"
                    : "`\(words)` is not a property that can be checked",
                at: words.isEmpty ? range : place, note: "the properties are: \(known.joined(separator: ", "))")
            if let near = Spelling.nearest(to: words, among: known) {
                failure.notes.insert(("did you mean `\(near)`?", nil), at: 0)
            }
            throw failure
        }
    }

    private mutating func option() throws(ParseFailure) -> Assertion.Option {
        brackets.append(token)
        advance()
        let start = range
        let words = words().joined(separator: " ")
        switch words {
        case "tau priority", "tau priority over":
            try closeProperty()
            return .tauPriority(try subject("the set of events that tau has priority over"))
        case "partial order reduce":
            var strength: String?
            if kind == .leftBracket {
                advance()
                strength = self.words().joined(separator: " ")
                try expect(.rightBracket, "`]`")
            }
            try closeProperty()
            return .partialOrderReduce(strength)
        case "symmetry reduce":
            try closeProperty()
            guard tokens[position - 1].end - tokens[position - 1].start == 2 || kind == .colon else {
                return .symmetryReduce([])
            }
            var sets = [try subject("the sets to reduce over")]
            while skip(.comma) { sets.append(try assertedExpression()) }
            return .symmetryReduce(sets)
        default:
            let known = ["tau priority over", "partial order reduce"]
            throw failure(
                words.isEmpty
                    ? "expected an option, found \(describe(token))" : "`\(words)` is not an option of an assertion",
                at: words.isEmpty ? range : start.joined(with: previousRange),
                note: "the options are: \(known.joined(separator: ", "))")
        }
    }

    /// `[F]` or nothing, then the end of the property.
    private mutating func modelAndClose() throws(ParseFailure) -> SemanticModel? {
        var model: SemanticModel?
        if skip(.leftBracket) {
            guard kind == .identifier, let known = SemanticModel(rawValue: text(token)) else {
                throw unexpected(expecting: "a semantic model (\(SemanticModel.known))")
            }
            model = known
            advance()
            try expect(.rightBracket, "`]`")
        }
        try closeProperty()
        return model
    }

    private mutating func closeProperty() throws(ParseFailure) {
        try expect(.propertyClose, "`]` at the end of the property")
        brackets.removeLast()
    }

    /// What a property or an option is about, after its bracket.
    private mutating func subject(_ what: String) throws(ParseFailure) -> Expression {
        _ = skip(.colon)
        guard kind != .newline else { throw unexpected(expecting: what) }
        return try assertedExpression()
    }

    /// `[WF]`, `[SF S]`, `[none]`, or nothing: weak fairness.
    private mutating func fairness() throws(ParseFailure) -> Assertion.Fairness {
        guard skip(.leftBracket) else { return Assertion.Fairness(strength: .weak, events: nil) }
        guard kind == .identifier, let strength = Assertion.Fairness.Strength(rawValue: text(token)) else {
            throw unexpected(expecting: "a fairness assumption: `WF`, `SF` or `none`")
        }
        advance()
        let events = kind == .rightBracket ? nil : try assertedExpression()
        if strength == .none, let events {
            throw failure("without a fairness assumption there are no fair events", at: events.outerRange)
        }
        try expect(.rightBracket, "`]`")
        return Assertion.Fairness(strength: strength, events: events)
    }
}

extension SemanticModel {
    /// For messages.
    static var known: String { "the models are \(allCases.map(\.rawValue).joined(separator: ", "))" }
}

extension Assertion.Option {
    fileprivate var word: String {
        switch self {
        case .tauPriority: "tau priority"
        case .partialOrderReduce: "partial order reduce"
        case .symmetryReduce: "symmetry reduce"
        }
    }
}
