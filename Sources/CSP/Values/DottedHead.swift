/// A channel or a constructor of a datatype: what a dotted value begins with.
final class DottedHead {
    enum Kind {
        case channel
        case constructor
    }

    let name: String
    let kind: Kind
    /// Of the declaration: dense and ascending in the order of the declarations of a script.
    let order: Int
    let declaration: SourceRange
    unowned let values: DottedTable
    private var evaluateFields: (() throws(EvaluationError) -> [SetValue])?
    private var knownFields: [SetValue]?
    private(set) lazy var root = DottedValue(head: self)

    /// `fields` gives the sets that the fields are from, in order; it is asked once, when the first value needs them.
    init(
        name: String, kind: Kind, order: Int, declaration: SourceRange, values: DottedTable,
        fields: @escaping () throws(EvaluationError) -> [SetValue]
    ) {
        self.name = name
        self.kind = kind
        self.order = order
        self.declaration = declaration
        self.values = values
        evaluateFields = fields
    }

    /// The sets that the fields are from.
    func fieldSets() throws(EvaluationError) -> [SetValue] {
        if let knownFields { return knownFields }
        guard let evaluate = evaluateFields else {
            throw EvaluationError("the fields of \(name) are declared in terms of \(name) itself", at: declaration)
        }
        evaluateFields = nil
        do {
            let sets = try evaluate()
            knownFields = sets
            return sets
        } catch {
            evaluateFields = evaluate
            throw error
        }
    }

    var description: String { kind == .channel ? "the channel \(name)" : "the constructor \(name)" }
}

/// Numbers dotted values and makes events of those that are complete.
final class DottedTable {
    let store: ProcessStore
    private var count = 0

    init(store: ProcessStore) { self.store = store }

    func nextID() -> Int {
        count += 1
        return count
    }
}

/// A channel or constructor with the fields that it has so far: `c`, `c.0`, `c.0.A.1`.
///
/// Equal ones are one object: each value keeps those that have one field more. A field is a whole value: with
/// `datatype D = A.{0..3}` and `channel c : D.D`, the value `c.A.0` has one field, `A.0`, and `c.A` has one that lacks a field itself.
public final class DottedValue: EventDescription {
    let head: DottedHead
    /// The value without its last field; nil if it has none.
    private let parent: DottedValue?
    /// The last field; meaningless if there is none.
    let last: Value
    /// How many fields there are.
    let count: Int
    let id: Int
    private var children: [Value: DottedValue] = [:]
    private var integerChildren: [DottedValue?] = []
    private var isKnownComplete = false
    private var knownEvent: Event?
    private var knownCompletions: [DottedValue]?
    private var knownFieldChoices: [(field: Value, value: DottedValue)]?
    private var knownRestChoices: [(field: Value, value: DottedValue)]?

    fileprivate init(head: DottedHead) {
        self.head = head
        parent = nil
        last = .boolean(false)
        count = 0
        id = head.values.nextID()
    }

    private init(_ parent: DottedValue, _ last: Value) {
        head = parent.head
        self.parent = parent
        self.last = last
        count = parent.count + 1
        id = head.values.nextID()
    }

    /// The field that more is to be added to before the value itself gets another.
    private func incompleteLast() throws(EvaluationError) -> DottedValue? {
        guard count > 0, case .dotted(let field) = last, try !field.isComplete() else { return nil }
        return field
    }

    /// Whether all fields are there.
    func isComplete() throws(EvaluationError) -> Bool {
        if isKnownComplete { return true }
        guard count == (try head.fieldSets().count), try incompleteLast() == nil else { return false }
        isKnownComplete = true
        return true
    }

    /// All fields so far.
    var fields: [Value] {
        var fields: [Value] = []
        var value = self
        while let parent = value.parent {
            fields.append(value.last)
            value = parent
        }
        return fields.reversed()
    }

    /// With one more value behind: the field that is not complete takes it, or it is a field of its own. `self` isn't complete.
    func appending(_ value: Value) throws(EvaluationError) -> DottedValue {
        if count > 0, let field = try incompleteLast(), let parent {
            return try parent.child(.dotted(field.appending(value)))
        }
        return try child(value)
    }

    private static let integerChildrenMax = 4096

    private func child(_ field: Value) throws(EvaluationError) -> DottedValue {
        if case .integer(let number) = field, number >= 0, number < Self.integerChildrenMax {
            if number < integerChildren.count, let known = integerChildren[number] { return known }
            let made = try makeChild(field)
            while integerChildren.count <= number { integerChildren.append(nil) }
            integerChildren[number] = made
            return made
        }
        if let known = children[field] { return known }
        let made = try makeChild(field)
        children[field] = made
        return made
    }

    private func makeChild(_ field: Value) throws(EvaluationError) -> DottedValue {
        let sets = try head.fieldSets()
        guard count < sets.count else {
            throw EvaluationError("\(self).\(field) has a field too many: \(head.description) has \(sets.count)")
        }
        let made = DottedValue(self, field)
        if try made.incompleteLast() == nil, try !sets[count].contains(field) {
            throw outside(field, sets[count])
        }
        return made
    }

    private func outside(_ field: Value, _ set: SetValue) -> EvaluationError {
        let ordinals = ["first", "second", "third", "fourth", "fifth"]
        let which = count < ordinals.count ? ordinals[count] : "\(count + 1)th"
        return EvaluationError(
            "\(self).\(field) is no value of \(head.description): its \(which) field must be in \(set.summary), and \(field) isn't"
        )
    }

    /// Whether the value begins with the fields of the other.
    func extends(_ prefix: DottedValue) throws(EvaluationError) -> Bool {
        guard head === prefix.head, count >= prefix.count else { return false }
        var value = self
        while value.count > prefix.count, let parent = value.parent { value = parent }
        if value === prefix { return true }
        guard let field = try prefix.incompleteLast(), value.parent === prefix.parent,
            case .dotted(let own) = value.last
        else {
            return false
        }
        return try own.extends(field)
    }

    /// All complete values that begin with this one, in order.
    func completions() throws(EvaluationError) -> [DottedValue] {
        if let knownCompletions { return knownCompletions }
        var result: [DottedValue] = []
        if try isComplete() {
            result = [self]
        } else if count > 0, let field = try incompleteLast(), let parent {
            let set = try head.fieldSets()[count - 1]
            for whole in try field.completions() {
                if try set.contains(.dotted(whole)) { result += try parent.child(.dotted(whole)).completions() }
            }
        } else {
            for field in try head.fieldSets()[count].elements() { result += try child(field).completions() }
        }
        knownCompletions = result
        return result
    }

    /// One field more, in all ways. `self` isn't complete.
    func fieldChoices() throws(EvaluationError) -> [(field: Value, value: DottedValue)] {
        if let knownFieldChoices { return knownFieldChoices }
        var result: [(field: Value, value: DottedValue)] = []
        if count > 0, let field = try incompleteLast(), let parent {
            let set = try head.fieldSets()[count - 1]
            for (part, more) in try field.fieldChoices() {
                let allowed =
                    try more.isComplete()
                    ? try set.contains(.dotted(more))
                    : set.includes(head: more.head) ? true : try !parent.child(.dotted(more)).completions().isEmpty
                if allowed { result.append((part, try parent.child(.dotted(more)))) }
            }
        } else {
            for field in try head.fieldSets()[count].elements() { result.append((field, try child(field))) }
        }
        knownFieldChoices = result
        return result
    }

    /// All that is missing, in all ways: several fields are one dotted value. `self` isn't complete.
    func restChoices() throws(EvaluationError) -> [(field: Value, value: DottedValue)] {
        if let knownRestChoices { return knownRestChoices }
        var result: [(field: Value, value: DottedValue)] = []
        for whole in try completions() { result.append((ProductValue.joined(try whole.parts(beyond: self)), whole)) }
        knownRestChoices = result
        return result
    }

    /// What was added to `prefix` to make this value: its parts, in order.
    func parts(beyond prefix: DottedValue) throws(EvaluationError) -> [Value] {
        var parts: [Value] = []
        var value = self
        while value.count > prefix.count, let parent = value.parent {
            parts.append(value.last)
            value = parent
        }
        parts.reverse()
        if value !== prefix, let field = try prefix.incompleteLast(), case .dotted(let own) = value.last {
            return try own.parts(beyond: field) + parts
        }
        return parts
    }

    /// The event that a complete value of a channel is.
    func event() throws(EvaluationError) -> Event {
        if let knownEvent { return knownEvent }
        guard head.kind == .channel else {
            throw EvaluationError("\(self) is a value of a datatype: an event was expected")
        }
        guard try isComplete() else {
            let sets = try head.fieldSets()
            throw EvaluationError(
                "\(self) is not a whole event: \(head.description) has \(sets.count) field\(sets.count == 1 ? "" : "s")"
            )
        }
        let event = head.values.store.declare(self)
        knownEvent = event
        return event
    }

    /// By head, then by fields.
    func order(_ other: DottedValue) -> TotalOrder {
        if self === other { return .same }
        if head !== other.head {
            let order = TotalOrder(head.order, other.head.order)
            return order == .same ? TotalOrder(id, other.id) : order
        }
        if count == other.count {
            if parent === other.parent { return last.order(other.last) }
            if let parent, let otherParent = other.parent { return parent.order(otherParent) }
            return .same
        }
        var (longer, shorter) = count > other.count ? (self, other) : (other, self)
        while longer.count > shorter.count, let parent = longer.parent { longer = parent }
        let order = longer === shorter ? .after : longer.order(shorter)
        if count > other.count { return order }
        return order == .before ? .after : order == .after ? .before : .same
    }

    // MARK: As an event

    var name: String { Value.dotted(self).description }
    var channelName: String { head.name }
}

extension DottedValue: CustomStringConvertible {
    /// In CSPm syntax: messages name the value, never the class.
    public var description: String { name }
}
