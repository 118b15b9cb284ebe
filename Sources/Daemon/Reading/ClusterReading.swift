public import Coordination
public import Storage

/// What a console reads of a running coordinator. Each call sees the state as the last turn left it and changes nothing; nil or
/// empty once the coordinator has stopped.
extension CoordinatorService {
    public func overview() -> ClusterOverview? { desk?.read { $0.overview(at: $1) } }

    public func workers() -> [WorkerSummary] { desk?.workers() ?? [] }

    public func jobs(_ filter: JobFilter, offset: Int, limit: Int) -> JobPage {
        desk?.read { core, _ in core.jobs(filter, offset: offset, limit: limit) }
            ?? JobPage(total: 0, offset: offset, jobs: [])
    }

    /// A job that is remembered, or that is in the archive.
    public func job(_ id: JobID) -> JobDetail? { desk?.look(up: id) }

    /// The gangs that run, with when one of their ranks last said something (output, metrics, a checkpoint), or the gang started.
    public func runningGangs() -> [(job: JobID, lastSign: Timestamp)] {
        guard let desk else { return [] }
        return desk.lastSigns.filter { job, _ in desk.read { core, _ in core.isRunningGang(job) } }.map { ($0, $1) }
    }

    /// The runs' folders, which can be read without the coordinator's thread.
    public func runFolders() -> RunFolders? { desk?.runFolders }

    /// How often each worker's incarnations ended since the coordinator started, with the times of the last of them.
    public func crashes() -> [WorkerName: [Timestamp]] { desk?.crashes ?? [:] }

    /// What was proved of the configuration that is in force.
    public func proof() -> Proof? { desk?.proof }

    /// By tenant, how often its first job was overtaken in turn since it is aged.
    public func overtakenInTurn() -> [String: UInt64] { desk?.read { core, _ in core.overtakenInTurn } ?? [:] }

    /// What it does, what was proved of it, and what the monitor found in its journal.
    public func status() -> ClusterStatus? { desk?.status }

    /// Entries of the journal that the protocol doesn't allow, since the coordinator started: how many, and the last of them.
    public func violations() -> (count: UInt64, last: [ClusterStatus.Alert]) { desk?.violations ?? (0, []) }

    /// What the devices of connected workers say of themselves, where they do.
    public func devices() -> [WorkerName: [DeviceState]] { desk?.devices ?? [:] }

    /// Joules that each worker's devices have used since the coordinator started, where they tell their power.
    public func energy() -> [WorkerName: Double] { desk?.energy ?? [:] }

    public nonisolated var stateFolder: String { settings.stateFolder }
}
