/// One field of a prefix.
enum FieldNode {
    case output(Node)
    /// With the set it is from, if the script says so; otherwise so many whole fields, or the rest if it is the last.
    case input(PatternNode, Node?, width: Int)
}

/// `c.e?x:S!y$z -> P`
final class PrefixNode: ProcessNode {
    private let head: Node
    private let fields: [FieldNode]
    /// How many of the fields, at the front, are `$` fields.
    private let internalCount: Int
    private let body: Node
    private let timed: TimedContext?

    init(
        _ range: SourceRange, _ head: Node, _ fields: [FieldNode], internalCount: Int, _ body: Node,
        timed: TimedContext?
    ) {
        self.head = head
        self.fields = fields
        self.internalCount = internalCount
        self.body = body
        self.timed = timed
        super.init(range)
    }

    override func process(_ frame: Frame) throws(EvaluationError) -> Process {
        let value = try head.evaluate(frame)
        guard case .dotted(let channel) = value else { throw head.unexpected(value, "an event or a channel") }
        if fields.isEmpty {
            let event = try head.at { () throws(EvaluationError) in try channel.event() }
            let then = try body.process(frame)
            if let timed { return try timed.offer([(event, then, .dotted(channel))]) }
            return frame.machine.store.prefix(event, then)
        }
        if internalCount > 0 {
            var options: [Process] = []
            try branch(0, channel, frame, into: &options)
            guard !options.isEmpty else {
                throw EvaluationError("the internal choice of a $ field has no value to choose from", at: range)
            }
            return frame.machine.store.internalChoice(options)
        }
        return try offer(0, channel, frame)
    }

    /// One option for each way to choose the `$` fields.
    private func branch(_ index: Int, _ value: DottedValue, _ frame: Frame, into options: inout [Process])
        throws(EvaluationError)
    {
        guard index < internalCount else {
            options.append(try offer(index, value, frame))
            return
        }
        guard case .input(let pattern, let set, let width) = fields[index] else { fatalError("a $ field is an input") }
        for (part, more) in try choices(index, value, set, width, frame) {
            if try pattern.match(part, frame) { try branch(index + 1, more, frame, into: &options) }
        }
    }

    /// The external choice over the fields from an index on.
    private func offer(_ index: Int, _ value: DottedValue, _ frame: Frame) throws(EvaluationError) -> Process {
        let store = frame.machine.store
        if let timed {
            var options: [TimedContext.Option] = []
            try extend(index, value, frame) { event, dotted, then in options.append((event, then, .dotted(dotted))) }
            return try timed.offer(options)
        }
        var options: [Process] = []
        try extend(index, value, frame) { event, _, then in options.append(store.prefix(event, then)) }
        return store.externalChoice(options)
    }

    private func extend(
        _ index: Int, _ value: DottedValue, _ frame: Frame, _ add: (Event, DottedValue, Process) -> Void
    ) throws(EvaluationError) {
        var index = index
        var value = value
        while index < fields.count, case .output(let node) = fields[index] {
            let part = try node.evaluate(frame).settled()
            value = try node.at { () throws(EvaluationError) in try Self.append(part, to: value) }
            index += 1
        }
        guard index < fields.count, case .input(let pattern, let set, let width) = fields[index] else {
            let event = try at { () throws(EvaluationError) in try value.event() }
            add(event, value, try body.process(frame))
            return
        }
        for (part, more) in try choices(index, value, set, width, frame) {
            if try pattern.match(part, frame) { try extend(index + 1, more, frame, add) }
        }
    }

    private static func append(_ part: Value, to value: DottedValue) throws(EvaluationError) -> DottedValue {
        guard case .product(let product) = part else {
            guard try !value.isComplete() else { throw tooMany(value, part) }
            return try value.appending(part)
        }
        var value = value
        for part in product.parts {
            guard try !value.isComplete() else { throw tooMany(value, part) }
            value = try value.appending(part)
        }
        return value
    }

    private static func tooMany(_ value: DottedValue, _ part: Value) -> EvaluationError {
        EvaluationError("\(value.name) is a whole event: there is no room for a further field \(part.brief)")
    }

    /// The values that an input may take, each with the event so far.
    private func choices(
        _ index: Int, _ value: DottedValue, _ set: Node?, _ width: Int, _ frame: Frame
    ) throws(EvaluationError) -> [(field: Value, value: DottedValue)] {
        if let set {
            let elements = try set.set(frame)
            return try set.at { () throws(EvaluationError) in
                var result: [(field: Value, value: DottedValue)] = []
                for element in try elements.elements() { result.append((element, try Self.append(element, to: value))) }
                return result
            }
        }
        return try at { () throws(EvaluationError) in
            guard try !value.isComplete() else {
                throw EvaluationError("\(value.name) is a whole event: it has no field left for this input")
            }
            if index == fields.count - 1 { return try value.restChoices() }
            if width == 1 { return try value.fieldChoices() }
            return try Self.wideChoices(value, width)
        }
    }

    /// So many fields as one dotted value.
    private static func wideChoices(_ value: DottedValue, _ width: Int) throws(EvaluationError) -> [(
        field: Value, value: DottedValue
    )] {
        var rows: [(parts: [Value], value: DottedValue)] = [([], value)]
        for _ in 0..<width {
            var longer: [(parts: [Value], value: DottedValue)] = []
            for (parts, value) in rows {
                for (part, more) in try value.fieldChoices() { longer.append((parts + [part], more)) }
            }
            rows = longer
        }
        return rows.map { (ProductValue.joined($0.parts), $0.value) }
    }
}
