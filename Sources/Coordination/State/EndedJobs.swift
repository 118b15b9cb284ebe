/// How long the coordinator remembers jobs that have ended. Whichever bound comes first counts.
public struct Retention: Hashable, Sendable {
    /// Jobs at most.
    public var jobs: Int
    public var milliseconds: Int64

    public init(jobs: Int = 10_000, milliseconds: Int64 = 30 * 86_400_000) {
        self.jobs = jobs
        self.milliseconds = milliseconds
    }
}

/// The jobs that have ended and are still known, in the order of their ends.
struct EndedJobs: Sendable {
    private var storage: [JobID] = []
    private var head = 0

    init(_ jobs: [JobID] = []) { storage = jobs }

    var jobs: ArraySlice<JobID> { storage[head...] }
    var count: Int { storage.count - head }
    var first: JobID? { count > 0 ? storage[head] : nil }

    mutating func append(_ job: JobID) { storage.append(job) }

    mutating func removeFirst() {
        head += 1
        guard head > 64, head * 2 > storage.count else { return }
        storage.removeSubrange(..<head)
        head = 0
    }
}

extension EndedJobs: Hashable {
    static func == (a: EndedJobs, b: EndedJobs) -> Bool { a.jobs == b.jobs }
    func hash(into hasher: inout Hasher) { hasher.combine(jobs) }
}
