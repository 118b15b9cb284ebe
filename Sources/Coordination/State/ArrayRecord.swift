/// An array of tasks, in space that grows with the tasks that are under way or have failed, not with all of them.
struct ArrayRecord: Hashable, Codable, Sendable {
    let count: UInt32
    /// Tasks from here on were never tried.
    var next: UInt32 = 0
    /// Tasks that wait for another attempt, largest index first, so that the smallest is taken from the end.
    var requeued: [UInt32] = []
    var live: [UInt32: Epoch] = [:]
    /// Tasks that hold a lease and were told to stop, and why.
    var halted: [UInt32: Halt] = [:]
    /// Tasks that were tried in vain and haven't succeeded since.
    var tries: [UInt32: Tries] = [:]
    /// The most attempts in vain that lie behind one task, also one that has succeeded since.
    var mostTries: UInt32 = 0
    /// Tasks whose last attempt was in vain, and why: a `retry` follows, or they have failed for good.
    var failed: [UInt32: FailedTask] = [:]
    /// How many of the failed ones will be tried again.
    var retriesDue: UInt32 = 0
    var succeeded: UInt32 = 0

    init(count: UInt32) { self.count = count }

    var waiting: UInt32 { count - next + UInt32(requeued.count) }
    /// The task that is tried next, if one waits.
    var first: UInt32? { requeued.last ?? (next < count ? next : nil) }
    var isOver: Bool { waiting == 0 && retriesDue == 0 && live.isEmpty }

    mutating func grant(_ index: UInt32, _ epoch: Epoch) {
        if requeued.popLast() == nil { next += 1 }
        live[index] = epoch
    }

    mutating func release(_ index: UInt32, as ending: Ending, _ specification: JobSpecification, at time: Timestamp) {
        live[index] = nil
        switch ending {
        case .succeeded:
            succeeded += 1
            if !tries.isEmpty { tries[index] = nil }
        case .failed(.stopped): break
        case .failed, .lost, .expired, .preempted:
            let reason = ending.reason
            let isTriedAgain = (tries[index] ?? Tries()).allowsRetry(after: reason, of: specification)
            failed[index] = FailedTask(reason: reason, time: time, isTriedAgain: isTriedAgain, ending: ending)
            if isTriedAgain { retriesDue += 1 }
        }
    }

    mutating func retry(_ index: UInt32, _ reason: RetryReason) {
        if failed.removeValue(forKey: index)?.isTriedAgain == true { retriesDue -= 1 }
        tries[index, default: Tries()].add(reason)
        mostTries = max(mostTries, tries[index]?.attempts ?? 0)
        var low = 0
        var high = requeued.count
        while low < high {
            let middle = low + (high - low) / 2
            if requeued[middle] > index { low = middle + 1 } else { high = middle }
        }
        requeued.insert(index, at: low)
    }
}

/// A task whose last attempt was in vain.
struct FailedTask: Hashable, Codable, Sendable {
    let reason: RetryReason
    /// When it ended.
    let time: Timestamp
    let isTriedAgain: Bool
    let ending: Ending
}

/// Why a unit that holds a lease is to stop, although nobody cancelled its job.
enum Halt: Hashable, Codable, Sendable {
    case expired
    case preempted
}
