import Coordination
import Foundation
import Logging
import Storage
import Training

/// The folders of runs, as the coordinator fills them: logs, metrics, checkpoints, and the learning curve at the end.
final class RunDesk {
    private let folders: RunFolders
    private let log: Logger
    /// Lines of metrics that were refused.
    private var refused: UInt64 = 0
    /// Jobs up to this one may have metrics from a life of the coordinator's before this one.
    private let lastBefore: JobID
    /// Later jobs that have some.
    private var measured: Set<JobID> = []
    /// Bytes of logs, of tenants who have a bound on them.
    private var keptLogs: [String: UInt64] = [:]

    init(_ folders: RunFolders, lastJob: JobID, log: Logger) {
        self.folders = folders
        self.log = log
        lastBefore = lastJob
    }

    func folder(of job: JobID) -> String { folders.folder(of: job) }

    /// - Returns: what was new, and where it stands in the unit's log.
    /// - Parameter quota: what the job's tenant may keep of logs, if that is bounded.
    func log(
        _ lease: Lease, _ stream: LogStream, offset: UInt64, bytes: [UInt8], quota: LogQuota?
    ) throws -> (position: UInt64, bytes: [UInt8]) {
        let before = try folders.logSize(lease.task, stream)
        let room = try quota.map { quota in quota.bytes - min(quota.bytes, try kept(by: quota)) } ?? .max
        let grown = try folders.appendLog(lease, stream, offset: offset, bytes: bytes, room: room)
        guard grown > 0 else { return (before, []) }
        if let quota { keptLogs[quota.tenant]? += UInt64(grown) }
        let after = try folders.logSize(lease.task, stream)
        return (before, try folders.readLog(lease.task, stream, offset: before, limit: Int(after - before)))
    }

    /// Bytes of logs of the tenant's jobs that the coordinator knows: looked up once, and counted from then on.
    private func kept(by quota: LogQuota) throws -> UInt64 {
        if let kept = keptLogs[quota.tenant] { return kept }
        let kept = try quota.jobs().reduce(UInt64(0)) { $0 + (try folders.logSize(of: $1)) }
        keptLogs[quota.tenant] = kept
        return kept
    }

    /// The coordinator knows the job no more: its logs count for its tenant no longer.
    func forgot(_ job: JobDetail) {
        guard let kept = keptLogs[job.summary.tenant], let size = try? folders.logSize(of: job.summary.id) else {
            return
        }
        keptLogs[job.summary.tenant] = kept - min(kept, size)
    }

    func readLog(_ task: TaskID, _ stream: LogStream, offset: UInt64, limit: UInt32) throws -> [UInt8] {
        try folders.readLog(task, stream, offset: offset, limit: Int(min(limit, 4 << 20)))
    }

    /// - Returns: whether the line was one; a program that writes something else there is told so in the service's log alone.
    func metrics(_ lease: Lease, _ json: String, at time: Timestamp) -> Bool {
        do {
            try folders.appendMetrics(lease, time: time, json: json)
            measured.insert(lease.task.job)
            return true
        } catch {
            refused += 1
            if refused & (refused - 1) == 0 { log.warning("\(error)", metadata: ["times": "\(refused)"]) }
            return false
        }
    }

    func checkpoint(_ job: JobID, step: UInt64, _ bytes: [UInt8]) throws {
        try folders.writeCheckpoint(job, step: step, bytes: bytes)
    }

    /// The bytes that go with a `start` that names a checkpoint.
    func checkpoint(for message: CoordinatorMessage) -> [UInt8]? {
        guard case .start(let lease, let rendezvous) = message, let step = rendezvous.checkpointStep else { return nil }
        do {
            if let bytes = try folders.readCheckpoint(lease.task.job, step: step) { return bytes }
            log.error("the checkpoint of \(lease.task.job) at step \(step) is not in \(folder(of: lease.task.job))")
        } catch {
            log.error("the checkpoint of \(lease.task.job) at step \(step) can't be read: \(error)")
        }
        return nil
    }

    /// The record of a checkpoint is durable: older ones may go.
    func checkpointRecorded(_ job: JobID, step: UInt64) throws { try folders.pruneCheckpoints(job, recorded: step) }

    /// The job has ended: draws its learning curve, if it reported one.
    func close(_ job: JobID, name: String) {
        folders.close(job)
        guard measured.remove(job) != nil || job <= lastBefore else { return }
        let title = "\(job) \(name)"
        let size = (try? folders.metricsSize(of: job)) ?? 0
        guard size > Self.metricsReadAtOnce else { return Self.draw(job, title, in: folders, log) }
        // So much of it would keep everybody waiting.
        DispatchQueue.global(qos: .utility).async { [folders, log] in Self.draw(job, title, in: folders, log) }
    }

    private static let metricsReadAtOnce: UInt64 = 256 << 10

    private static func draw(_ job: JobID, _ title: String, in folders: RunFolders, _ log: Logger) {
        do {
            let points = try folders.metrics(of: job).compactMap(point)
            guard !points.isEmpty else { return }
            let curve = LearningCurve(points: points, title: title)
            try folders.writeArtifact(.learningCurve, of: job, bytes: Array(curve.svg.utf8))
        } catch {
            log.error("the learning curve of \(job) can't be written: \(error)")
        }
    }

    private struct Line: Decodable { let metrics: ProgressRecord }

    private static func point(_ line: String) -> LearningCurve.Point? {
        (try? JSONDecoder().decode(Line.self, from: Data(line.utf8))).map { LearningCurve.Point($0.metrics) }
    }
}

/// What a tenant may keep of logs.
struct LogQuota {
    let tenant: String
    let bytes: UInt64
    /// The tenant's jobs that the coordinator knows.
    let jobs: () -> [JobID]
}
