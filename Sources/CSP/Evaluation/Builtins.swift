extension Machine {
    /// The builtins that are values; nil for functions, and for `Events`, which depends on the script.
    func constant(_ builtin: Builtin) -> Value? {
        switch builtin {
        case .trueName: .boolean(true)
        case .falseName: .boolean(false)
        case .bool: .set(SetValue(of: [.boolean(true), .boolean(false)]))
        case .int: .set(SetValue(.integers))
        case .char: .set(SetValue(.characters))
        case .proc: .set(SetValue(.processes))
        case .emptyMap: .map(.empty)
        case .stop: .process(store.stop)
        case .skip: .process(store.skip)
        case .div: .process(store.divergence)
        default: nil
        }
    }

    /// Calls a builtin function. Arguments are not `.delayed`, but their parts may be.
    func apply(_ builtin: Builtin, _ arguments: [Value], from site: SourceRange) throws(EvaluationError) -> Value {
        let call = BuiltinCall(builtin: builtin, arguments: arguments)
        switch builtin {
        case .union, .inter, .diff, .unionOfSets, .interOfSets, .member, .card, .empty, .set, .powerSet, .sequencesOver,
            .seq:
            return try applyToSets(call)
        case .length, .null, .head, .tail, .concat, .elem: return try applyToSequences(call)
        case .mapFromList, .mapLookup, .mapMember, .mapToList, .mapUpdate, .mapUpdateMultiple, .mapDelete, .mapsOver:
            return try applyToMaps(call)
        case .extensions: return .set(try call.settled(0).extensions())
        case .productions: return .set(try call.settled(0).productions())
        case .show: return .sequence(SequenceValue(text: ValuePrinter(store: store).text(try call.settled(0))))
        case .error:
            let text = try call.settled(0)
            guard case .sequence(let sequence) = text else { throw EvaluationError("error: \(text)", at: site) }
            throw EvaluationError("the script says: \(sequence.text ?? "\(text)")", at: site)
        case .transpose, .relationalImage, .relationalInverseImage, .mtransclose: return try applyToRelations(call)
        default: return .process(try applyToProcesses(call))
        }
    }

    private func applyToSets(_ call: BuiltinCall) throws(EvaluationError) -> Value {
        switch call.builtin {
        case .union: return .set(try call.set(0).union(call.set(1)))
        case .inter: return .set(try call.set(0).intersection(call.set(1)))
        case .diff: return .set(try call.set(0).subtracting(call.set(1)))
        case .unionOfSets:
            var result = SetValue.empty
            for element in try call.set(0).elements() { result = try result.union(call.asSet(element)) }
            return .set(result)
        case .interOfSets:
            let sets = try call.set(0).elements()
            guard let first = sets.first else { return .set(.empty) }
            var result = try call.asSet(first)
            for element in sets.dropFirst() { result = try result.intersection(call.asSet(element)) }
            return .set(result)
        case .member: return .boolean(try call.set(1).contains(call.settled(0)))
        case .card: return .integer(try call.set(0).card())
        case .empty: return .boolean(try call.set(0).isEmpty())
        case .set: return .set(SetValue(of: try Array(call.elements(0)).settled()))
        case .powerSet: return .set(SetValue(.powerSet(try call.set(0))))
        case .sequencesOver: return .set(SetValue(.sequences(over: try call.set(0))))
        default: return .sequence(SequenceValue(try call.set(0).elements()))
        }
    }

    private func applyToSequences(_ call: BuiltinCall) throws(EvaluationError) -> Value {
        switch call.builtin {
        case .length: return .integer(try call.elements(0).count)
        case .null: return .boolean(try call.sequence(0).element(at: 0) == nil)
        case .head:
            guard let first = try call.sequence(0).element(at: 0) else {
                throw EvaluationError("head of the empty sequence: it has no element")
            }
            return first
        case .tail:
            let sequence = try call.sequence(0)
            guard try sequence.element(at: 0) != nil else {
                throw EvaluationError("tail of the empty sequence: it has no element")
            }
            return .sequence(sequence.dropping(1))
        case .concat: return .sequence(SequenceValue([], then: ConcatSource(try call.sequence(0))))
        default:
            let wanted = try call.settled(0)
            let sequence = try call.sequence(1)
            var index = 0
            while let element = try sequence.element(at: index) {
                if try element.settled() == wanted { return .boolean(true) }
                index += 1
            }
            return .boolean(false)
        }
    }

    private func applyToMaps(_ call: BuiltinCall) throws(EvaluationError) -> Value {
        switch call.builtin {
        case .mapsOver: return .set(SetValue(.maps(try call.set(0), try call.set(1))))
        case .mapFromList:
            return .map(try call.pairs(0).reduce(into: MapValue.empty) { $0 = $0.updating($1.0, to: $1.1) })
        case .mapUpdateMultiple:
            // The first pair for a key counts.
            return .map(try call.pairs(1).reversed().reduce(into: call.map(0)) { $0 = $0.updating($1.0, to: $1.1) })
        case .mapLookup:
            let map = try call.map(0)
            let key = try call.settled(1)
            let (index, found) = map.position(of: key)
            guard found else { throw EvaluationError("mapLookup: \(key) is no key of \(Value.map(map))") }
            return map.entries[index].value
        case .mapMember: return .boolean(try call.map(0).position(of: call.settled(1)).found)
        case .mapToList:
            return .sequence(SequenceValue(try call.map(0).entries.map { .tuple(.settled([$0.key, $0.value])) }))
        case .mapUpdate: return .map(try call.map(0).updating(call.settled(1), to: call.settled(2)))
        default: return .map(try call.map(0).removing(call.settled(1)))
        }
    }

    private func applyToRelations(_ call: BuiltinCall) throws(EvaluationError) -> Value {
        switch call.builtin {
        case .transpose: return .set(SetValue(of: try call.pairs(0).map { .tuple(.settled([$0.1, $0.0])) }))
        case .mtransclose: return .set(try representatives(call.pairs(0), within: call.set(1)))
        default:
            let relation = try call.settled(0)
            guard call.arguments.count > 1 else {
                return .function(FunctionValue(.partial(FunctionValue(.builtin(call.builtin)), [relation])))
            }
            let wanted = try call.settled(1)
            let isInverse = call.builtin == .relationalInverseImage
            let image = try call.pairs(0).compactMap { pair -> Value? in
                (isInverse ? pair.1 : pair.0) == wanted ? (isInverse ? pair.0 : pair.1) : nil
            }
            return .set(SetValue(of: image))
        }
    }

    /// FDR's mtransclose: the symmetric and transitive closure of the relation, of which it gives, for each element of the set
    /// that is related to others of it, the pair of a representative and that element.
    private func representatives(_ pairs: [(Value, Value)], within set: SetValue) throws(EvaluationError) -> SetValue {
        var parents: [Value: Value] = [:]
        func root(_ value: Value) -> Value {
            var value = value
            while let parent = parents[value], parent != value { value = parent }
            return value
        }
        for (a, b) in pairs {
            let (x, y) = (root(a), root(b))
            if x != y { parents[y] = x }
        }
        var representative: [Value: Value] = [:]
        var result: [Value] = []
        let related = Value.ascending(pairs.flatMap { [$0.0, $0.1] })
        for value in related {
            guard try set.contains(value) else { continue }
            let root = root(value)
            if let first = representative[root] {
                result.append(.tuple(.settled([first, value])))
            } else {
                representative[root] = value
            }
        }
        return SetValue(of: result)
    }

    /// `Events`
    var allEvents: SetValue {
        if let knownEvents { return knownEvents }
        let set = SetValue(.completions(channels.map(\.root)))
        knownEvents = set
        return set
    }
}

/// A call of a builtin function, with its arguments as what they have to be.
struct BuiltinCall {
    let builtin: Builtin
    let arguments: [Value]

    private func unexpected(_ value: Value, _ expected: String) -> EvaluationError {
        EvaluationError("\(builtin.rawValue) needs \(expected), not \(value.brief)")
    }

    func argument(_ index: Int) throws(EvaluationError) -> Value {
        guard index < arguments.count else {
            throw EvaluationError("\(builtin.rawValue) needs more than \(arguments.count) arguments")
        }
        return arguments[index]
    }

    func settled(_ index: Int) throws(EvaluationError) -> Value { try argument(index).settled() }

    func asSet(_ value: Value) throws(EvaluationError) -> SetValue {
        guard case .set(let set) = value else { throw unexpected(value, "a set") }
        return set
    }

    func set(_ index: Int) throws(EvaluationError) -> SetValue { try asSet(argument(index)) }

    func sequence(_ index: Int) throws(EvaluationError) -> SequenceValue {
        guard case .sequence(let sequence) = try argument(index) else {
            throw unexpected(try argument(index), "a sequence")
        }
        return sequence
    }

    func elements(_ index: Int) throws(EvaluationError) -> ArraySlice<Value> { try sequence(index).allElements() }

    func map(_ index: Int) throws(EvaluationError) -> MapValue {
        guard case .map(let map) = try argument(index) else { throw unexpected(try argument(index), "a map") }
        return map
    }

    func integer(_ index: Int) throws(EvaluationError) -> Int {
        guard case .integer(let number) = try argument(index) else { throw unexpected(try argument(index), "an Int") }
        return number
    }

    func process(_ index: Int) throws(EvaluationError) -> Process {
        guard case .process(let process) = try argument(index) else {
            throw unexpected(try argument(index), "a process")
        }
        return process
    }

    /// The pairs of a sequence or a set of pairs.
    func pairs(_ index: Int) throws(EvaluationError) -> [(Value, Value)] {
        let values: [Value]
        switch try argument(index) {
        case .sequence(let sequence): values = Array(try sequence.allElements())
        case .set(let set): values = try set.elements()
        case let other: throw unexpected(other, "pairs")
        }
        var pairs: [(Value, Value)] = []
        for value in values {
            guard case .tuple(let tuple) = try value.settled(), tuple.components.count == 2 else {
                throw unexpected(value, "pairs")
            }
            pairs.append((tuple.components[0], tuple.components[1]))
        }
        return pairs
    }
}

/// `concat(s)`: the elements of sequences, one sequence after the other.
private final class ConcatSource: SequenceSource {
    private let sequences: SequenceValue
    private var index = 0
    private var offset = 0

    init(_ sequences: SequenceValue) { self.sequences = sequences }

    var isShareable: Bool { false }
    var kind: SequenceSourceKind { .other }

    func advance(_ elements: inout [Value]) throws(EvaluationError) -> (any SequenceSource)? {
        while let next = try sequences.element(at: index) {
            guard case .sequence(let sequence) = try next.forced() else {
                throw EvaluationError("concat needs sequences, not \(next)")
            }
            if offset == 0, sequence.isFinite {
                elements.append(contentsOf: sequence.elements)
            } else if let element = try sequence.element(at: offset) {
                elements.append(element)
                offset += 1
                return self
            }
            index += 1
            offset = 0
            if !elements.isEmpty { return self }
        }
        return nil
    }
}
