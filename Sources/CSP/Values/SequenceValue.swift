/// `<a, b, …>`, perhaps endless: a window on a buffer that grows as elements are asked for.
///
/// Windows share buffers: the tail of a sequence, and a sequence with elements added at one of its ends, copy nothing
/// as long as they are the first to go on from where the buffer begins or ends.
public final class SequenceValue {
    private let buffer: SequenceBuffer
    private let start: Int
    /// The index after the last element; nil: as far as the buffer goes, which may be for ever.
    private var end: Int?
    private var isSettled = false
    private var knownHash: UInt64?

    private init(_ buffer: SequenceBuffer, from start: Int, to end: Int?) {
        self.buffer = buffer
        self.start = start
        self.end = end
    }

    static var empty: SequenceValue { SequenceValue([]) }

    convenience init(_ elements: [Value]) {
        self.init(SequenceBuffer(elements, nil), from: 0, to: elements.count)
    }

    convenience init(text: String) { self.init(text.unicodeScalars.map { .character($0) }) }

    /// The elements and then those that the source gives, when they are asked for.
    convenience init(_ elements: [Value], then source: any SequenceSource) {
        self.init(SequenceBuffer(elements, source), from: 0, to: nil)
    }

    /// Whether all elements are there, so that nothing is evaluated by looking at them.
    var isFinite: Bool {
        if end == nil, buffer.source == nil { end = buffer.elements.count }
        return end != nil
    }

    /// All elements, once the sequence is finite.
    var elements: ArraySlice<Value> {
        precondition(isFinite, "the elements of a sequence that isn't settled")
        return buffer.elements[start..<(end ?? start)]
    }

    /// More elements than this are not made by one sequence: it is taken to be endless.
    static let countMax = 10_000_000

    /// Makes all elements; an endless sequence is an error.
    func allElements() throws(EvaluationError) -> ArraySlice<Value> {
        while !isFinite {
            if case .integers = buffer.source?.kind {
                throw EvaluationError("the sequence has no end: only its first elements can be used")
            }
            if buffer.elements.count > Self.countMax {
                throw EvaluationError(
                    "the sequence has more than \(Self.countMax) elements, or no end: only its first elements can be used"
                )
            }
            try buffer.grow()
        }
        return elements
    }

    func settle() throws(EvaluationError) {
        if isSettled { return }
        if case .integers = buffer.source?.kind {
            throw EvaluationError("an endless sequence can't be compared or be an argument of a process")
        }
        _ = try allElements()
        for index in start..<(end ?? start) {
            switch buffer.elements[index] {
            case .integer, .dotted, .boolean, .character: break
            default: buffer.elements[index] = try buffer.elements[index].settled()
            }
        }
        isSettled = true
    }

    /// The element at an offset from the front, if there is one.
    func element(at offset: Int) throws(EvaluationError) -> Value? {
        let index = start + offset
        if let end { return index < end ? buffer.elements[index] : nil }
        while index >= buffer.elements.count {
            if isFinite { return nil }
            try buffer.grow()
        }
        return buffer.elements[index]
    }

    /// Without its first elements: the caller knows that they are there.
    func dropping(_ count: Int) -> SequenceValue { SequenceValue(buffer, from: start + count, to: end) }

    /// The elements from one offset up to another: the caller knows that they are there.
    func slice(from low: Int, to high: Int) -> SequenceValue {
        SequenceValue(buffer, from: start + low, to: start + high)
    }

    /// This finite sequence, then the other.
    func appending(_ other: SequenceValue) -> SequenceValue {
        guard let end = isFinite ? end : nil else { return self }
        let count = end - start
        if count == 0 { return other }
        guard other.isFinite, let otherEnd = other.end else {
            return SequenceValue(Array(elements), then: SequenceTail(of: other))
        }
        let otherCount = otherEnd - other.start
        if otherCount == 0 { return self }
        if otherCount > count, other.canGoBack { return other.prepending(self, count) }
        if buffer.source == nil, buffer.elements.count == end {
            buffer.elements.append(contentsOf: other.elements)
            return SequenceValue(buffer, from: start, to: end + otherCount)
        }
        if otherCount > count { return other.prepending(self, count) }
        var all: [Value] = []
        all.reserveCapacity(count + otherCount + 2)
        all.append(contentsOf: elements)
        all.append(contentsOf: other.elements)
        return SequenceValue(all)
    }

    /// Whether this window begins where its buffer does, so that it may be the first to go on to the left of it.
    private var canGoBack: Bool { start == buffer.first }

    /// The other finite sequence, then this one: written into the free places before it, of which a new buffer gets as many
    /// as it has elements. So a sequence that is built from its end takes time in proportion to its length.
    private func prepending(_ other: SequenceValue, _ count: Int) -> SequenceValue {
        if canGoBack, buffer.first >= count, other.buffer !== buffer {
            buffer.first -= count
            // No slice of the buffer is held here, so that it is written in place.
            for index in 0..<count {
                buffer.elements[buffer.first + index] = other.buffer.elements[other.start + index]
            }
            return SequenceValue(buffer, from: buffer.first, to: end)
        }
        let own = elements
        let free = own.count + count
        var all: [Value] = []
        all.reserveCapacity(2 * free)
        all.append(contentsOf: repeatElement(.boolean(false), count: free))
        all.append(contentsOf: other.elements)
        all.append(contentsOf: own)
        let made = SequenceBuffer(all, nil)
        made.first = free
        return SequenceValue(made, from: free, to: all.count)
    }

    // MARK: Taking over, for a source that turns out to be another sequence

    /// What there is so far, and the source of the rest.
    fileprivate var current: (elements: ArraySlice<Value>, source: (any SequenceSource)?) {
        if isFinite { return (elements, nil) }
        if start <= buffer.elements.count {
            return (
                buffer.elements[start...],
                buffer.source.map { $0.isShareable ? $0 : SequenceTail(of: dropping(buffer.elements.count - start)) }
            )
        }
        return ([], SequenceTail(of: self))
    }

    // MARK: As a value

    func isEqual(to other: SequenceValue) -> Bool { elements == other.elements }

    func addHash(to state: inout HashState) {
        if let knownHash {
            state.add(knownHash)
            return
        }
        let elements = elements
        var own = HashState()
        own.add(elements.count, -9)
        for element in elements { element.addHash(to: &own) }
        let hash = own.finished
        knownHash = hash
        state.add(hash)
    }

    /// The text, if it is a sequence of characters, and not empty.
    var text: String? {
        guard isFinite, !elements.isEmpty else { return nil }
        var text = String.UnicodeScalarView()
        for element in elements {
            guard case .character(let scalar) = element else { return nil }
            text.append(scalar)
        }
        return String(text)
    }

    /// The first number of `<n..>`.
    var firstOfIntegers: Int? {
        guard end == nil, case .integers(let next) = buffer.source?.kind else { return nil }
        return next - (buffer.elements.count - start)
    }
}

/// Elements, and where more of them come from.
final class SequenceBuffer {
    var elements: [Value]
    /// Where the elements begin; the places before it are free.
    var first = 0
    var source: (any SequenceSource)?
    private var isGrowing = false

    init(_ elements: [Value], _ source: (any SequenceSource)?) {
        self.elements = elements
        self.source = source
    }

    /// Adds some elements, or finds that there are no more.
    func grow() throws(EvaluationError) {
        guard let source else { return }
        if isGrowing { throw EvaluationError("the next element of this sequence is defined by itself") }
        isGrowing = true
        defer { isGrowing = false }
        // Apart from `elements`, which evaluation may look at.
        var more: [Value] = []
        self.source = try source.advance(&more)
        elements.append(contentsOf: more)
    }
}

/// Where the further elements of a sequence come from.
protocol SequenceSource: AnyObject {
    /// Adds elements; the source of the rest, which may be itself, or nil at the end.
    func advance(_ elements: inout [Value]) throws(EvaluationError) -> (any SequenceSource)?
    /// Whether two buffers may advance it, each for its own.
    var isShareable: Bool { get }
    var kind: SequenceSourceKind { get }
}

enum SequenceSourceKind {
    /// `n, n + 1, …` without end.
    case integers(next: Int)
    case other
}

/// `<n..>`
final class IntegerSource: SequenceSource {
    private let next: Int

    init(next: Int) { self.next = next }

    var isShareable: Bool { true }
    var kind: SequenceSourceKind { .integers(next: next) }

    func advance(_ elements: inout [Value]) throws(EvaluationError) -> (any SequenceSource)? {
        elements.append(.integer(next))
        return IntegerSource(next: next &+ 1)
    }
}

/// The right side of `s ^ t`, not evaluated yet.
final class DelayedSource: SequenceSource {
    private let delayed: Delayed

    init(_ delayed: Delayed) { self.delayed = delayed }

    var isShareable: Bool { true }
    var kind: SequenceSourceKind { .other }

    func advance(_ elements: inout [Value]) throws(EvaluationError) -> (any SequenceSource)? {
        guard case .sequence(let rest) = try delayed.force() else {
            throw EvaluationError("the right side of ^ isn't a sequence")
        }
        let (more, source) = rest.current
        elements.append(contentsOf: more)
        return source
    }
}

/// The elements of another sequence, one by one.
final class SequenceTail: SequenceSource {
    private let sequence: SequenceValue
    private let offset: Int

    init(of sequence: SequenceValue, from offset: Int = 0) {
        self.sequence = sequence
        self.offset = offset
    }

    var isShareable: Bool { true }
    var kind: SequenceSourceKind {
        sequence.firstOfIntegers.map { .integers(next: $0 + offset) } ?? .other
    }

    func advance(_ elements: inout [Value]) throws(EvaluationError) -> (any SequenceSource)? {
        guard let next = try sequence.element(at: offset) else { return nil }
        elements.append(next)
        return SequenceTail(of: sequence, from: offset + 1)
    }
}
