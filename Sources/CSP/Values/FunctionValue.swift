/// A function: a definition, a lambda, a builtin, or one of these that still waits for some of its arguments.
public final class FunctionValue {
    enum Kind {
        /// With the `let` it is defined in, if any.
        case definition(FunctionDefinition, ScopeInstance?)
        case lambda(LambdaCode, captured: [Value])
        case builtin(Builtin)
        /// A curried definition or builtin that has some of its arguments.
        case partial(FunctionValue, [Value])
    }

    private(set) var kind: Kind

    init(_ kind: Kind) { self.kind = kind }

    /// What a call of the function names.
    var name: String {
        switch kind {
        case .definition(let definition, _): definition.name
        case .lambda: "the lambda"
        case .builtin(let builtin): builtin.rawValue
        case .partial(let function, let arguments):
            function.name + "(" + arguments.map(\.description).joined(separator: ", ") + ")"
        }
    }

    func settle() throws(EvaluationError) {
        switch kind {
        case .definition(let definition, let scope?): kind = .definition(definition, try scope.canonical())
        case .lambda(let code, let captured): kind = .lambda(code, captured: try captured.settled())
        case .partial(let function, let arguments):
            try function.settle()
            kind = .partial(function, try arguments.settled())
        case .definition, .builtin: break
        }
    }

    /// The same definition with the same bindings around it. Settled.
    func isEqual(to other: FunctionValue) -> Bool {
        switch (kind, other.kind) {
        case (.definition(let a, let s), .definition(let b, let t)): a === b && s === t
        case (.lambda(let a, let x), .lambda(let b, let y)): a === b && x == y
        case (.builtin(let a), .builtin(let b)): a == b
        case (.partial(let f, let x), .partial(let g, let y)): x == y && (f === g || f.isEqual(to: g))
        default: false
        }
    }

    private var parts: (rank: Int, id: Int, values: [Value]) {
        switch kind {
        case .definition(let definition, let scope): (0, definition.id, scope.map { [.scope($0)] } ?? [])
        case .lambda(let code, let captured): (1, code.id, captured)
        case .builtin(let builtin): (2, Builtin.allCases.firstIndex(of: builtin) ?? 0, [])
        case .partial(let function, let arguments): (3, 0, [.function(function)] + arguments)
        }
    }

    func addHash(to state: inout HashState) {
        let (rank, id, values) = parts
        state.add(rank, id)
        for value in values { value.addHash(to: &state) }
    }

    func order(_ other: FunctionValue) -> TotalOrder {
        let (rank, id, values) = parts
        let (otherRank, otherID, otherValues) = other.parts
        if rank != otherRank { return TotalOrder(rank, otherRank) }
        if id != otherID { return TotalOrder(id, otherID) }
        return Value.order(values[...], otherValues[...])
    }
}

extension Array where Element == Value {
    func settled() throws(EvaluationError) -> [Value] {
        for index in indices {
            switch self[index] {
            case .integer, .dotted, .boolean, .character, .process: continue
            default: return try settled(from: index)
            }
        }
        return self
    }

    private func settled(from first: Int) throws(EvaluationError) -> [Value] {
        var result = self
        for index in first..<count { result[index] = try self[index].settled() }
        return result
    }
}

/// Settled values as a key: the hash is computed once.
struct ValueKey: Hashable {
    let values: [Value]
    private let hash: UInt64

    init(_ values: [Value]) {
        self.values = values
        var state = HashState()
        for value in values { value.addHash(to: &state) }
        hash = state.finished
    }

    static func == (a: ValueKey, b: ValueKey) -> Bool { a.hash == b.hash && a.values == b.values }
    func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

/// An expression whose value nothing has asked for yet, with the values of its variables.
public final class Delayed {
    private enum State {
        case waiting(ClosureCode, captured: [Value])
        case underWay
        case done(Value)
    }

    private var state: State

    init(_ code: ClosureCode, captured: [Value]) { state = .waiting(code, captured: captured) }

    deinit {
        // A chain of suspended values is let go in a loop: its length is up to the script.
        guard case .waiting(_, var pending) = state else { return }
        state = .underWay
        while !pending.isEmpty {
            guard case .delayed(var delayed)? = pending.popLast() else { continue }
            if isKnownUniquelyReferenced(&delayed), case .waiting(_, let inner) = delayed.state {
                delayed.state = .underWay
                pending += inner
            }
        }
    }

    /// The value, evaluated the first time.
    func force() throws(EvaluationError) -> Value {
        switch state {
        case .done(let value): return value
        case .underWay: throw EvaluationError("this value is defined by itself")
        case .waiting(let code, let captured):
            state = .underWay
            do throws(EvaluationError) {
                let value = try code.run(captured: captured).forced()
                state = .done(value)
                return value
            } catch {
                state = .waiting(code, captured: captured)
                throw error
            }
        }
    }
}
