/// All that a coordinator must not forget, at one moment: what its journal folds to up to entry `sequence`. A snapshot and the
/// entries after it give the same state as all entries do.
public struct ClusterSnapshot: Hashable, Codable, Sendable {
    let state: ClusterState

    /// The last entry that is in it.
    public var sequence: UInt64 { state.sequence }
    /// When that was written.
    public var time: Timestamp { state.time }
    /// Jobs that it knows: about as large is it.
    public var jobs: Int { state.jobs.count }
}

extension Coordinator {
    /// The state now. Taking it costs nothing; what changes while it is held is copied.
    public var snapshot: ClusterSnapshot { ClusterSnapshot(state: state) }

    /// Takes up a snapshot. To be called before the first `replay`, which goes on with the entry after it.
    public mutating func restore(_ snapshot: ClusterSnapshot) {
        precondition(state.sequence == 0, "a snapshot comes before all entries")
        let retention = state.retention
        state = snapshot.state
        state.retention = retention
    }
}

extension ClusterState: Codable {
    private enum CodingKeys: String, CodingKey {
        case sequence, time, lastJob, lastEpoch, jobs, ended, workers, leases, epochs, tenants
    }

    private struct NamedWorker: Codable {
        let name: WorkerName
        let record: WorkerRecord
    }

    /// Lists of records, in order. What follows from the records is left out, and worked out again.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(sequence, forKey: .sequence)
        try container.encode(time.milliseconds, forKey: .time)
        try container.encode(lastJob.number, forKey: .lastJob)
        try container.encode(lastEpoch.number, forKey: .lastEpoch)
        try container.encode(jobs.values.sorted { $0.id < $1.id }, forKey: .jobs)
        try container.encode(ended.jobs.map(\.number), forKey: .ended)
        try container.encode(
            workers.sorted { $0.key < $1.key }.map { NamedWorker(name: $0, record: $1) }, forKey: .workers)
        try container.encode(tenants.mapValues(\.waitingSince.number), forKey: .tenants)
        let leases = leases.sorted { $0.key < $1.key }
        try container.encode(leases.map(\.key.number), forKey: .epochs)
        try container.encode(leases.map(\.value), forKey: .leases)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func pairs<Key: Hashable, Value>(_ keys: [Key], _ values: [Value]) throws -> [Key: Value] {
            guard keys.count == values.count, Set(keys).count == keys.count else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "two lists don't belong together"))
            }
            return Dictionary(uniqueKeysWithValues: zip(keys, values))
        }
        sequence = try container.decode(UInt64.self, forKey: .sequence)
        time = Timestamp(milliseconds: try container.decode(Int64.self, forKey: .time))
        lastJob = JobID(try container.decode(UInt64.self, forKey: .lastJob))
        lastEpoch = Epoch(try container.decode(UInt64.self, forKey: .lastEpoch))
        let records = try container.decode([JobRecord].self, forKey: .jobs)
        jobs = JobTable(records)
        guard jobs.count == records.count else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a job is there twice"))
        }
        submissions = try pairs(records.map(\.key), records.map(\.id))
        ended = EndedJobs(try container.decode([UInt64].self, forKey: .ended).map { JobID($0) })
        let named = try container.decode([NamedWorker].self, forKey: .workers)
        workers = try pairs(named.map(\.name), named.map(\.record))
        leases = try pairs(
            try container.decode([UInt64].self, forKey: .epochs).map { Epoch($0) },
            try container.decode([LeaseRecord].self, forKey: .leases))
        let tenants = try container.decode([String: UInt64].self, forKey: .tenants)
        restoreBooks(waitingSince: tenants.mapValues { Epoch($0) })
    }
}
