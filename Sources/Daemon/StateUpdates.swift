import Coordination

/// When the watchers of a job are told of its state. An array of short tasks changes with each of them, and telling each
/// change would cost more than the tasks: such changes are told now and then, and the last one always.
struct StateUpdates {
    static let interval = Duration.milliseconds(100)

    private var told: [JobID: ContinuousClock.Instant] = [:]
    private var waiting: [JobID: ContinuousClock.Instant] = [:]

    /// When the next change that waits is to be told; nil when none does.
    var next: ContinuousClock.Instant? { waiting.values.min() }

    /// A lease of the job was granted, taken or ended well.
    /// - Returns: whether that is to be told now; otherwise it waits.
    mutating func mayTell(_ job: JobID, now: ContinuousClock.Instant) -> Bool {
        guard let last = told[job], now < last.advanced(by: Self.interval) else { return true }
        waiting[job] = waiting[job] ?? last.advanced(by: Self.interval)
        return false
    }

    mutating func wasTold(_ job: JobID, now: ContinuousClock.Instant) {
        told[job] = now
        waiting[job] = nil
    }

    /// The jobs whose changes have waited for long enough.
    func due(now: ContinuousClock.Instant) -> [JobID] {
        waiting.isEmpty ? [] : waiting.filter { $0.value <= now }.keys.sorted()
    }

    /// Nobody watches the job any more, or it has ended.
    mutating func forget(_ job: JobID) {
        told[job] = nil
        waiting[job] = nil
    }
}
