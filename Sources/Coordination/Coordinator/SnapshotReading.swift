/// What a snapshot holds, for whoever adds up what came after it.
extension ClusterSnapshot {
    public struct KnownWorker: Hashable, Sendable {
        public let name: WorkerName
        public let host: String
        public let slots: UInt32
        public let offer: WorkerOffer
        public let isMember: Bool
        public let isDraining: Bool
    }

    public struct HeldLease: Hashable, Sendable {
        public let lease: Lease
        public let worker: WorkerName
        public let isAccepted: Bool
    }

    public struct KnownJob: Hashable, Sendable {
        public let id: JobID
        public let specification: JobSpecification
        public let submitted: Timestamp
        public let started: Timestamp?
        public let ended: Timestamp?
        public let end: JobEnd?
    }

    /// The members, and those that were.
    public var knownWorkers: [KnownWorker] {
        state.workers.sorted { $0.key < $1.key }.map { name, record in
            KnownWorker(
                name: name, host: record.host, slots: record.slots, offer: record.offer, isMember: record.isMember,
                isDraining: record.isCordoned)
        }
    }

    public var heldLeases: [HeldLease] {
        state.leases.sorted { $0.key < $1.key }.map { epoch, record in
            HeldLease(
                lease: Lease(record.task, epoch), worker: record.worker, isAccepted: record.phase != .assigned)
        }
    }

    /// Those that haven't ended, and those that are remembered after their end.
    public var knownJobs: [KnownJob] {
        state.jobs.values.sorted { $0.id < $1.id }.map { job in
            KnownJob(
                id: job.id, specification: job.specification, submitted: job.submitted, started: job.started,
                ended: job.ended, end: job.end)
        }
    }
}
