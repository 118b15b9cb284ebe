public import Coordination
import Foundation
import Synchronization

/// The folder of every run: `runs/j12/` with what its units printed (`0.out`, `0.err`), `metrics.jsonl`, the last
/// checkpoints and what was drawn from them. A path is made of numbers and of names in this file alone; nothing that a
/// client or a worker sends becomes a part of one.
public final class RunFolders: Sendable {
    /// A file that the coordinator makes for people.
    public enum Artifact: String, CaseIterable, Sendable {
        case learningCurve = "learning-curve.svg"
    }

    /// How many of a job's checkpoints stay: the last, and the one before it in case the last was never journaled.
    static let checkpointsKept = 2

    private let root: String
    private let gate: WriteGate
    private let limits: RunLimits
    private let logs = Mutex<[JobID: RunLogs]>([:])

    init(folder: String, gate: WriteGate, limits: RunLimits) throws {
        root = folder
        self.limits = limits
        self.gate = gate
        try Files.createFolder(folder)
    }

    /// The job's folder; it is made with the first thing that is written to it.
    public func folder(of job: JobID) -> String { "\(root)/\(job)" }

    /// Forgets what is kept in memory for a job that ended. Its files stay.
    public func close(_ job: JobID) {
        logs.withLock { $0[job] = nil }
    }

    // MARK: Logs

    /// Adds a piece of what a unit printed to the end of its log, which holds all of its attempts one after the other.
    /// A piece that is there already (or the part of it that is) adds nothing; where bytes are missing before it, a
    /// line in the log says how many.
    ///
    /// - Parameters:
    ///   - offset: the bytes that this lease printed on this stream before the piece.
    ///   - room: bytes that the job's tenant may still keep; what is beyond them is dropped, and the log says so.
    /// - Returns: how many bytes the log has grown by; 0 also for a piece of an older lease than the log's last.
    @discardableResult
    public func appendLog(
        _ lease: Lease, _ stream: LogStream, offset: UInt64, bytes: [UInt8], room: UInt64 = .max
    ) throws -> Int {
        let job = lease.task.job
        return try writing(job) { folder in
            try logs.withLock { logs in
                if logs[job] == nil { logs[job] = try RunLogs(folder: folder, limits: limits) }
                return try logs[job]!.append(lease, stream, offset: offset, bytes: bytes, room: room)
            }
        }
    }

    /// At most `limit` bytes of a unit's log from `offset`; empty where there are none yet.
    public func readLog(_ task: TaskID, _ stream: LogStream, offset: UInt64, limit: Int) throws -> [UInt8] {
        try Files.read(RunLogs.path(task.index, stream, in: folder(of: task.job)), offset: offset, limit: limit)
    }

    /// The lengths of all logs of a job together.
    public func logSize(of job: JobID) throws -> UInt64 {
        let folder = folder(of: job)
        return try Files.names(in: folder).filter { $0.hasSuffix(".out") || $0.hasSuffix(".err") }.reduce(0) {
            $0 + (try Files.size("\(folder)/\($1)") ?? 0)
        }
    }

    /// The length of a unit's log in bytes.
    public func logSize(_ task: TaskID, _ stream: LogStream) throws -> UInt64 {
        try Files.size(RunLogs.path(task.index, stream, in: folder(of: task.job))) ?? 0
    }

    // MARK: Metrics

    /// Adds a line to `metrics.jsonl`: `{"time": milliseconds, "index": 0, "epoch": 7, "metrics": {…}}`.
    ///
    /// - Parameter json: one JSON object, as the unit wrote it; anything else is `refused`.
    public func appendMetrics(_ lease: Lease, time: Timestamp, json: String) throws {
        let isObject = (try? JSONSerialization.jsonObject(with: Data(json.utf8))) is [String: Any]
        guard isObject, !json.utf8.contains(UInt8(ascii: "\n")) else {
            throw StorageError.refused(reason: "metrics of \(lease) are not one JSON object on one line")
        }
        let head = "{\"time\":\(time.milliseconds),\"index\":\(lease.task.index),\"epoch\":\(lease.epoch.number)"
        var line = "\(head),\"metrics\":\(json)}\n"
        try writing(lease.task.job) { folder in
            let size = try Files.size("\(folder)/metrics.jsonl") ?? 0
            guard size + UInt64(line.utf8.count) <= limits.metricsBytes else {
                throw StorageError.refused(
                    reason:
                        "\(lease.task.job) has written \(size) bytes of metrics, and \(limits.metricsBytes) are kept")
            }
            try line.withUTF8 { try Files.append("\(folder)/metrics.jsonl", UnsafeRawBufferPointer($0)) }
        }
    }

    /// The lines of `metrics.jsonl`, whole ones only.
    public func metrics(of job: JobID) throws -> [String] {
        let bytes = try Files.readWhole("\(folder(of: job))/metrics.jsonl")
        guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        return bytes[..<end].split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    /// At most `limit` bytes of `metrics.jsonl` from `offset`, whole lines only.
    public func metrics(of job: JobID, offset: UInt64, limit: Int) throws -> [UInt8] {
        let bytes = try Files.read("\(folder(of: job))/metrics.jsonl", offset: offset, limit: limit)
        return bytes.lastIndex(of: UInt8(ascii: "\n")).map { Array(bytes[...$0]) } ?? []
    }

    /// The bytes of `metrics.jsonl`.
    public func metricsSize(of job: JobID) throws -> UInt64 { try Files.size("\(folder(of: job))/metrics.jsonl") ?? 0 }

    // MARK: Checkpoints

    /// Makes a checkpoint durable: it is on disk, whole, when this returns.
    public func writeCheckpoint(_ job: JobID, step: UInt64, bytes: [UInt8]) throws {
        try writing(job) { folder in
            try bytes.withUnsafeBytes { try Files.replace(Self.checkpointName(step), in: folder, with: $0) }
        }
    }

    /// Removes what the record of a checkpoint, now that it is durable, has made needless: all but that step, the one before it,
    /// and those that are newer, whose records are still to come.
    public func pruneCheckpoints(_ job: JobID, recorded step: UInt64) throws {
        try writing(job) { folder in
            for old in try checkpointSteps(job).filter({ $0 <= step }).dropLast(Self.checkpointsKept) {
                try Files.remove("\(folder)/\(Self.checkpointName(old))")
            }
        }
    }

    /// The job's checkpoint of that step, or nil when there is none.
    public func readCheckpoint(_ job: JobID, step: UInt64) throws -> [UInt8]? {
        let path = "\(folder(of: job))/\(Self.checkpointName(step))"
        return try Files.size(path) == nil ? nil : Files.readWhole(path)
    }

    /// The steps of the checkpoints that are there, lowest first.
    public func checkpointSteps(_ job: JobID) throws -> [UInt64] {
        try Files.names(in: folder(of: job)).compactMap { name -> UInt64? in
            guard name.hasPrefix("checkpoint-") else { return nil }
            return UInt64(name.dropFirst("checkpoint-".count))
        }.sorted()
    }

    // MARK: The key of a gang that runs

    private static let gangKeyName = "gang-key"

    /// What `keepGangKey` kept for this generation; nil where it kept nothing.
    public func gangKey(of job: JobID, generation: UInt32) throws -> String? {
        let path = "\(folder(of: job))/\(Self.gangKeyName)"
        let words = String(decoding: try Files.readWhole(path), as: UTF8.self)
            .split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        return words.count == 2 && words[0] == "\(generation)" ? String(words[1]) : nil
    }

    /// Keeps the key of a gang's generation in place of that before it, for nobody but this user to read.
    public func keepGangKey(_ key: String, of job: JobID, generation: UInt32) throws {
        let text = Array("\(generation) \(key)".utf8)
        try writing(job) { folder in
            try text.withUnsafeBytes { try Files.replace(Self.gangKeyName, in: folder, with: $0) }
        }
    }

    public func forgetGangKey(of job: JobID) throws { try Files.remove("\(folder(of: job))/\(Self.gangKeyName)") }

    private static func checkpointName(_ step: UInt64) -> String { "checkpoint-\(step)" }

    // MARK: Artifacts

    /// Writes an artifact, in place of the one before it, and says where it is.
    @discardableResult
    public func writeArtifact(_ artifact: Artifact, of job: JobID, bytes: [UInt8]) throws -> String {
        try writing(job) { folder in
            try bytes.withUnsafeBytes { try Files.replace(artifact.rawValue, in: folder, with: $0) }
            return "\(folder)/\(artifact.rawValue)"
        }
    }

    private func writing<Result>(_ job: JobID, _ body: (String) throws -> Result) throws -> Result {
        try gate.perform {
            let folder = folder(of: job)
            if try Files.size(folder) == nil {
                do {
                    try Files.createFolder(folder)
                } catch StorageError.unusable(let path, let reason) {
                    throw StorageError.writeFailed(path: path, reason: reason)
                }
                try Files.syncFolder(root)
            }
            return try body(folder)
        }
    }
}
