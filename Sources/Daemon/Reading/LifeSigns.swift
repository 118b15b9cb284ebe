import Coordination

/// When something was last heard of whom: what tells a slow job from a stuck one, and an unlucky worker from a broken one. It is
/// forgotten at a restart.
struct LifeSigns {
    /// The last output, metrics or event of jobs that haven't ended.
    private(set) var jobs: [JobID: Timestamp] = [:]
    /// When a worker's incarnations ended, the last few times.
    private(set) var crashes: [WorkerName: [Timestamp]] = [:]

    private static let crashesKept = 32

    mutating func heard(_ job: JobID, at time: Timestamp) { jobs[job] = time }

    mutating func note(_ entry: JournalEntry) {
        switch entry.event {
        case .end(let job, _): jobs[job] = nil
        case .start(let job, _), .checkpoint(let job, _): jobs[job] = entry.time
        case .crash(let worker, _):
            crashes[worker, default: []].append(entry.time)
            if crashes[worker]!.count > Self.crashesKept { crashes[worker]!.removeFirst() }
        default: break
        }
    }
}
