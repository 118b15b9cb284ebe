/// The state of an evaluator: its stack of variables, its limits, and the store of the processes that it makes.
///
/// Used on one thread at a time.
final class Machine {
    let store = ProcessStore()
    let dotted: DottedTable
    let sources: SourceMap
    /// All channels, for `Events`; the program fills it in.
    var channels: [DottedHead] = []
    /// `Events`, once something asked for it.
    var knownEvents: SetValue?
    /// `loop(P)` for each P.
    var loops: [Process: Process] = [:]

    // MARK: Limits

    /// Calls evaluated so far.
    private(set) var steps = 0
    /// At this number of steps the limits are looked at.
    private var nextCheck = 1 << 14
    /// At most so many steps; nil: no limit.
    var stepsMax: Int?
    /// Asked now and then: whether the evaluation has to stop (a deadline has passed, a user has lost patience).
    var shouldStop: (() -> Bool)?

    // MARK: Calls

    /// Calls of functions under way.
    var callDepth = 0
    /// Bodies that are being looked into for a value at hand, and how many were since the outermost of them.
    var (guessDepth, guesses) = (0, 0)
    /// The call that is to take the place of the one under way.
    private var pendingTailCall: TailCall?

    /// Leaves a call to whoever runs the function whose tail it is; what it gives means nothing.
    func tailCall(_ call: TailCall) -> Value {
        pendingTailCall = call
        return .boolean(false)
    }

    func takeTailCall() -> TailCall? {
        guard pendingTailCall != nil else { return nil }
        defer { pendingTailCall = nil }
        return pendingTailCall
    }

    // MARK: Stacks

    private var stackBound = StackBound.current
    private var nesting = 0
    /// Further native stacks under way.
    private var stackCount = 0
    private static let stackBytes = 256 << 20
    private static let stackCountMax = 4

    /// The variables of the calls under way, in chunks; a frame lies within one.
    private var chunks: [UnsafeMutableBufferPointer<Value>] = []
    private var mark: Mark
    private static let chunkSize = 1 << 15

    struct Mark {
        fileprivate var top: UnsafeMutablePointer<Value>
        fileprivate var end: UnsafeMutablePointer<Value>
        fileprivate var chunk: Int
    }

    init(sources: SourceMap) {
        self.sources = sources
        dotted = DottedTable(store: store)
        let first = UnsafeMutableBufferPointer<Value>.allocate(capacity: Self.chunkSize)
        chunks = [first]
        let base = first.baseAddress!
        mark = Mark(top: base, end: base + Self.chunkSize, chunk: 0)
    }

    deinit {
        for chunk in chunks { chunk.deallocate() }
    }

    /// A frame for so many variables; give it back with `leave`, in the reverse order.
    @inline(__always)
    func enter(_ size: Int) -> (frame: Frame, mark: Mark) {
        let before = mark
        if mark.top + size > mark.end { nextChunk(size) }
        let slots = mark.top
        slots.initialize(repeating: .boolean(false), count: size)
        mark.top = slots + size
        return (Frame(slots: slots, machine: self), before)
    }

    @inline(__always)
    func leave(_ frame: Frame, _ size: Int, _ before: Mark) {
        frame.slots.deinitialize(count: size)
        mark = before
    }

    private func nextChunk(_ size: Int) {
        let next = mark.chunk + 1
        if next < chunks.count, chunks[next].count < size {
            for chunk in chunks[next...] { chunk.deallocate() }
            chunks.removeSubrange(next...)
        }
        if next == chunks.count { chunks.append(.allocate(capacity: max(Self.chunkSize, size))) }
        let base = chunks[next].baseAddress!
        mark = Mark(top: base, end: base + chunks[next].count, chunk: next)
    }

    /// Evaluation begins here, on whatever thread: faults learn where their files are.
    func run<Result>(_ body: () throws(EvaluationError) -> Result) throws(EvaluationError) -> Result {
        let outer = stackBound
        if nesting == 0 { stackBound = .current }
        nesting += 1
        defer {
            nesting -= 1
            stackBound = outer
        }
        do throws(EvaluationError) { return try body() } catch { throw error.found(in: sources) }
    }

    /// Counts one call, and goes on with it on a new stack if this one is full.
    @inline(__always)
    func call<Result>(_ body: () throws(EvaluationError) -> Result) throws(EvaluationError) -> Result {
        steps &+= 1
        if steps >= nextCheck { try checkLimits() }
        if stackBound.isReached { return try continueOnNewStack(body) }
        return try body()
    }

    private func checkLimits() throws(EvaluationError) {
        nextCheck = steps + (1 << 14)
        if let stepsMax, steps > stepsMax {
            throw EvaluationError("the evaluation took more than \(stepsMax) steps: it may have no end", cause: .limit)
        }
        if let shouldStop, shouldStop() {
            throw EvaluationError("the evaluation was stopped before its end", cause: .limit)
        }
    }

    @inline(never)
    private func continueOnNewStack<Result>(_ body: () throws(EvaluationError) -> Result) throws(EvaluationError)
        -> Result
    {
        guard stackCount < Self.stackCountMax else {
            throw EvaluationError("the calls are nested too deeply: does this recursion have an end?", cause: .depth)
        }
        stackCount += 1
        let outer = stackBound
        defer {
            stackCount -= 1
            stackBound = outer
        }
        return try LargeStack.run(bytes: Self.stackBytes) { () throws(EvaluationError) -> Result in
            self.stackBound = .current
            return try body()
        }
    }
}

/// The variables of one call under way.
struct Frame {
    let slots: UnsafeMutablePointer<Value>
    unowned(unsafe) let machine: Machine

    @inline(__always)
    subscript(slot: Int) -> Value {
        get { slots[slot] }
        nonmutating set { slots[slot] = newValue }
    }
}
