import Coordination
import Foundation

/// Follows one job to its end: its output on standard output and error, and if asked for, on standard error, its events and
/// the progress that its program reports. Survives a restart of the coordinator.
struct JobFollower {
    let job: JobID
    let connection: ConnectionOptions
    var showsOutput = true
    var showsEvents = false
    var format = OutputFormat.text

    private var printed: [LogPosition: UInt64] = [:]
    private var units: UInt32 = 1
    private var placements: [UInt32: WorkerName] = [:]
    private var lastEvent: UInt64 = 0

    private struct LogPosition: Hashable {
        let index: UInt32
        let stream: LogStream
    }

    /// How long a coordinator that went away may take to come back.
    static let patience: Double = 60

    init(job: JobID, connection: ConnectionOptions) {
        self.job = job
        self.connection = connection
    }

    /// Follows with what was set, and returns the job as it ended.
    consuming func following() throws -> JobDetail { try follow() }

    /// Returns the job as it ended.
    mutating func follow() throws -> JobDetail {
        var lost: Date?
        while true {
            do {
                let client = try CoordinatorClient(connection)
                if lost != nil { Terminal.complain("banquet: the coordinator is back") }
                lost = nil
                return try follow(client)
            } catch let error as CoordinatorLost {
                let now = Date()
                if lost == nil { Terminal.complain("banquet: lost the coordinator at \(connection.endpoint); trying again for \(Int(Self.patience)) s") }
                let since = lost ?? now
                lost = since
                guard now.timeIntervalSince(since) < Self.patience else { throw CommandFailure(message: "banquet: \(error)") }
                Thread.sleep(forTimeInterval: 0.2)
            }
        }
    }

    private mutating func follow(_ client: CoordinatorClient) throws -> JobDetail {
        try client.send(.watch(job, events: showsEvents, output: showsOutput))
        var isCaughtUp = false
        while true {
            switch try client.receive() {
            case .job(let detail), .update(.state(let detail)):
                note(detail)
                if showsOutput, !isCaughtUp || detail.summary.state.isFinal { try catchUp(client) }
                isCaughtUp = true
                if detail.summary.state.isFinal { return detail }
            case .update(.event(let entry)): show(entry)
            case .update(.metrics(let index, let json)): show(progress: json, of: index)
            case .output(let task, let stream, let offset, let bytes):
                let position = LogPosition(index: task.index, stream: stream)
                if offset > printed[position, default: 0] {
                    try catchUp(client, position)
                } else {
                    show(bytes, at: offset, position)
                }
            case .refused(let reason): throw CommandFailure(message: "banquet: \(reason)")
            default: break
            }
        }
    }

    private mutating func note(_ detail: JobDetail) {
        units = detail.summary.units
        for placement in detail.placements { placements[placement.index] = placement.worker }
    }

    // MARK: Output

    /// Fetches what was printed before the watch began, or was missed by a slow reader.
    private mutating func catchUp(_ client: CoordinatorClient) throws {
        for index in 0..<units {
            for stream in [LogStream.output, .error] { try catchUp(client, LogPosition(index: index, stream: stream)) }
        }
    }

    private mutating func catchUp(_ client: CoordinatorClient, _ position: LogPosition) throws {
        let reader = try CoordinatorClient(connection)
        while true {
            let from = printed[position, default: 0]
            let reply = try reader.ask(.log(TaskID(job, position.index), position.stream, offset: from, limit: 1 << 20))
            guard case .log(let bytes, let offset, _) = reply, !bytes.isEmpty else { return }
            show(bytes, at: offset, position)
        }
    }

    /// Prints what of these bytes was not printed yet.
    private mutating func show(_ bytes: [UInt8], at offset: UInt64, _ position: LogPosition) {
        let from = printed[position, default: 0]
        guard offset + UInt64(bytes.count) > from else { return }
        let new = bytes.dropFirst(Int(from - min(from, offset)))
        printed[position] = offset + UInt64(bytes.count)
        let handle = position.stream == .output ? FileHandle.standardOutput : .standardError
        Terminal.write(units > 1 ? new.marked("[\(position.index)] ") : Data(new), to: handle)
    }

    // MARK: Progress and events

    /// `epoch 3/30  loss 0.213  accuracy 0.934  18,220 images/s   ranks 0:w1 1:w2 2:w3`
    private func show(progress json: String, of index: UInt32) {
        guard showsEvents || !showsOutput else { return }
        if format == .json {
            Terminal.write(json + "\n", to: .standardError)
            return
        }
        guard let record = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any], let epoch = record["epoch"] as? Int
        else { return }
        var parts = ["epoch \(epoch)" + ((record["epochs"] as? Int).map { "/\($0)" } ?? "")]
        if let loss = record["loss"] as? Double { parts.append(String(format: "loss %.4f", loss)) }
        if let accuracy = record["accuracy"] as? Double { parts.append(String(format: "accuracy %.4f", accuracy)) }
        if let speed = record["images_per_second"] as? Double { parts.append("\(Int(speed.rounded())) images/s") }
        let ranks = placements.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
        if !ranks.isEmpty { parts.append("ranks " + ranks.joined(separator: " ")) }
        Terminal.complain(parts.joined(separator: "  "))
    }

    private mutating func show(_ entry: JournalEntry) {
        guard entry.sequence > lastEvent else { return }
        lastEvent = entry.sequence
        guard showsEvents else { return }
        if format == .json {
            if let line = try? JSON.line(entry) { Terminal.write(line + "\n", to: .standardError) }
        } else if let text = describe(entry.event) {
            Terminal.complain(Terminal.styled("· ", .dim) + text)
        }
    }

    /// What a person who follows the job wants to read of an event; nil for what the next event says better.
    private func describe(_ event: ProtocolEvent) -> String? {
        switch event {
        case .submit(let job, let specification, _): "\(job) submitted: \(specification.name)"
        case .assign(let lease, let worker, let attempt): "assign  \(lease.task) to \(worker), epoch \(lease.epoch.number), attempt \(attempt)"
        case .accept(let lease, _): "accept  \(lease.task), epoch \(lease.epoch.number)"
        case .start(_, let attempt): "start   all ranks accepted, attempt \(attempt)"
        case .finish(let lease): "finish  \(lease.task)"
        case .fail(let lease, let outcome): "fail    \(lease.task): \(describe(outcome))"
        case .lapse(let lease): "lapse   \(lease.task), epoch \(lease.epoch.number): its worker has been silent for too long"
        case .retry(_, let index, let reason):
            "retry   \(index.map { "task \($0)" } ?? "the gang"), \(reason == .lost ? "a worker was lost" : "the program failed")"
        case .checkpoint(_, let step): "checkpoint at step \(step)"
        case .cancel: "cancel"
        case .end(let job, let end): "end     \(job) \(describe(end))"
        default: nil
        }
    }

    private func describe(_ outcome: Outcome) -> String {
        switch outcome {
        case .exited(let code): "exit code \(code)"
        case .signalled(let signal): "killed by signal \(signal)"
        case .stopped: "stopped"
        case .notStarted(let reason): "could not be started: \(reason)"
        }
    }

    private func describe(_ end: JobEnd) -> String {
        switch end {
        case .succeeded: "succeeded"
        case .failed(_, let reason): "failed: \(reason)"
        case .cancelled: "cancelled"
        }
    }
}
