// How tightly operators bind, and their brackets, for the printer.

extension BinaryOperator {
    var level: Int {
        switch self {
        case .hide, .project: Precedence.hide
        case .interleave: Precedence.interleave
        case .internalChoice: Precedence.internalChoice
        case .externalChoice: Precedence.externalChoice
        case .interrupt: Precedence.interrupt
        case .slidingChoice: Precedence.slidingChoice
        case .sequential: Precedence.sequential
        case .guarded: Precedence.prefix
        case .or: Precedence.or
        case .and: Precedence.and
        case .equal, .notEqual, .less, .greater, .lessOrEqual, .greaterOrEqual: Precedence.comparison
        case .add, .subtract: Precedence.additive
        case .multiply, .divide, .modulo: Precedence.multiplicative
        case .concatenate: Precedence.concatenation
        }
    }

    /// The levels that its operands have at least, to stand without parentheses.
    var leftMinimum: Int {
        level == Precedence.comparison || self == .guarded ? level + 1 : level
    }

    var rightMinimum: Int {
        switch self {
        case .hide, .project: Precedence.prefix
        case .guarded: level
        default: level + 1
        }
    }
}

extension SynchronisedOperator {
    var brackets: (opener: String, closer: String) {
        switch self {
        case .generalisedParallel: ("[|", "|]")
        case .exception: ("[|", "|>")
        case .externalChoice: ("[+", "+]")
        case .interrupt: ("/+", "+\\")
        }
    }
}
