/// All that the coordinator must not forget: what the journal folds to.
struct ClusterState: Hashable, Sendable {
    /// The journal's last sequence number.
    var sequence: UInt64 = 0
    /// When that was written.
    var time = Timestamp(milliseconds: 0)
    var lastJob = JobID(0)
    var lastEpoch = Epoch(0)
    var jobs: [JobID: JobRecord] = [:]
    /// Jobs that haven't ended.
    var activeJobs = 0
    var submissions: [String: JobID] = [:]
    var ended = EndedJobs()
    /// How long ended jobs are remembered.
    var retention = Retention()
    var queue = JobQueue()
    var workers: [WorkerName: WorkerRecord] = [:]
    /// The leases that are live, by epoch.
    var leases: [Epoch: LeaseRecord] = [:]

    /// The record of a lease that is live; nil for one that has ended, or never was.
    func live(_ lease: Lease) -> LeaseRecord? {
        guard let record = leases[lease.epoch], record.task == lease.task else { return nil }
        return record
    }
}

struct LeaseRecord: Hashable, Codable, Sendable {
    enum Phase: Hashable, Codable, Sendable {
        case assigned
        /// A rank that waits for `start`.
        case accepted(port: UInt16)
        case running
    }

    let task: TaskID
    let worker: WorkerName
    let slots: UInt32
    let attempt: UInt32
    var phase: Phase = .assigned
}

struct WorkerRecord: Hashable, Codable, Sendable {
    var incarnation: Incarnation
    var host: String
    var slots: UInt32
    /// False once it has left, or its incarnation is over.
    var isMember = true
    var slotsUsed: UInt32 = 0
    /// The leases that it holds; sorted, because epochs only grow.
    var leases: [Epoch] = []

    var slotsFree: UInt32 { slots > slotsUsed ? slots - slotsUsed : 0 }

    mutating func grant(_ epoch: Epoch, slots: UInt32) {
        leases.append(epoch)
        slotsUsed += slots
    }

    mutating func release(_ epoch: Epoch, slots: UInt32) {
        var low = 0
        var high = leases.count
        while low < high {
            let middle = low + (high - low) / 2
            if leases[middle] < epoch { low = middle + 1 } else { high = middle }
        }
        leases.remove(at: low)
        slotsUsed -= slots
    }
}
