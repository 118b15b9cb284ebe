/// Who a rank is: what it says of itself at the rendezvous, and what its frames carry.
struct GangMember: Hashable, Sendable {
    /// Longest name of a job, bytes of UTF-8.
    static let longestJob = 64
    /// More ranks than this don't share a batch of this size in any useful way.
    static let mostRanks = 1024

    /// The job, such as `j12`.
    var job: String
    /// The gang's attempt. Ranks of two generations never train together, even if the older ones are slow to die.
    var generation: UInt32
    var rank: Int
    var worldSize: Int

    /// The job's name in 64 bits, for the frames.
    var jobKey: UInt64 { fnv1a(job.utf8) }
    var left: Int { (rank + worldSize - 1) % worldSize }
    var right: Int { (rank + 1) % worldSize }
}
