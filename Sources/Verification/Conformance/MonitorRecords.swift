import Coordination

/// The state of an object's process: its number, or beyond the process's own states a set of them, of which one is the true one.
typealias ObjectState = Int32

/// Of a process whose past isn't known: the states that it may be in. A journal that begins with a snapshot speaks of objects that
/// had a history before its first entry; what no state allows is refused, and each entry narrows the set.
struct PossibleStates: Sendable {
    private var sets: [[Int32]] = []
    private var numbers: [[Int32]: Int] = [:]

    /// - Parameter states: ascending, each once, at least one.
    mutating func state(_ states: [Int32], of process: ObjectProcess) -> ObjectState {
        if states.count == 1 { return states[0] }
        let number =
            numbers[states]
            ?? {
                sets.append(states)
                numbers[states] = sets.count - 1
                return sets.count - 1
            }()
        return Int32(process.stateCount + number)
    }

    func states(of state: ObjectState, _ process: ObjectProcess) -> [Int32] {
        Int(state) < process.stateCount ? [state] : sets[Int(state) - process.stateCount]
    }

    /// Every state that a process with a past may be in.
    mutating func anyWithPast(_ process: ObjectProcess) -> ObjectState {
        let reached = Set(process.targets.filter { $0 >= 0 })
        return state(reached.isEmpty ? [0] : reached.sorted(), of: process)
    }
}

/// A job of the journal, and its units.
struct JobTrack: Sendable {
    let id: UInt64
    var job: ObjectState
    var grant: ObjectState
    /// The process of every unit that no entry has named yet.
    var untouched: ObjectState
    /// The processes of the units that were named, by index: one that was not is -1.
    var tasks: [ObjectState] = []
    /// Units far beyond the others.
    var far: [UInt32: ObjectState] = [:]
    /// How many units were named.
    private(set) var touched: UInt32 = 0
    /// Nil for a job from before the journal's first entry.
    var isGang: Bool?
    var units: UInt32?
    /// Of a gang: the ranks of the present generation, and how many of them were granted.
    var ranks: UInt32?
    var granted: UInt32?
    /// The last attempt of a gang; nil if it isn't known.
    var attempt: UInt32?
    /// Of an array's tasks that were tried more than once.
    var attempts: [UInt32: UInt32] = [:]
    var step: UInt64?
    /// Nil for a job whose past isn't known.
    var terms: JobTerms?
    /// It was there before the journal's first entry.
    let isOld: Bool

    func task(_ index: UInt32) -> ObjectState {
        if Int(index) < tasks.count, tasks[Int(index)] >= 0 { return tasks[Int(index)] }
        return far[index] ?? untouched
    }

    func isTouched(_ index: UInt32) -> Bool {
        Int(index) < tasks.count ? tasks[Int(index)] >= 0 : far[index] != nil
    }

    /// Whether there certainly is a unit that no entry has named yet.
    var hasUntouched: Bool { units.map { touched < $0 } ?? false }

    /// Tasks are granted about in their order, so most indices lie close together.
    private static let gapMax = 4096

    mutating func setTask(_ index: UInt32, _ state: ObjectState) {
        if !isTouched(index) { touched += 1 }
        let index = Int(index)
        if index < tasks.count {
            tasks[index] = state
        } else if index < tasks.count + Self.gapMax {
            tasks.append(contentsOf: repeatElement(-1, count: index - tasks.count))
            tasks.append(state)
        } else {
            far[UInt32(index)] = state
        }
    }
}

struct LeaseTrack: Sendable {
    let task: TaskID
    var lease: ObjectState
    var holding: ObjectState
    /// -1 if it isn't known who holds it.
    let worker: Int32
    /// What it holds is counted as used on its worker.
    var isCounted = false
}

struct WorkerTrack: Sendable {
    let name: WorkerName
    var worker: ObjectState
    /// Its last incarnation; nil if there was none, or none is known.
    var incarnation: UInt64?
    let isOld: Bool
    /// Leases on it that are kept.
    var leases = 0
    /// What it has; nil if it isn't known what it has or holds, until it joins anew.
    var offer: Offer?

    struct Offer: Sendable {
        let capacity: Resources
        let credit: UInt32
        let labels: [String: String]
        /// What its leases hold.
        var used = Resources()

        init(_ offer: WorkerOffer, slots: UInt32) {
            capacity = offer.resources(slots: slots)
            credit = offer.credit
            labels = offer.labels
        }
    }
}
