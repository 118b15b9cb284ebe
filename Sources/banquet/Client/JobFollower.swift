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

    /// Only this unit's output; nil for all.
    var unit: UInt32?
    /// Only this stream; nil for both.
    var stream: LogStream?

    private var printed: [LogPosition: UInt64] = [:]
    /// The last line of each log, while its end has not come yet: it is shown whole, behind its unit's number.
    private var unfinished: [LogPosition: [UInt8]] = [:]
    private var units: UInt32 = 1
    private var placements: [UInt32: WorkerName] = [:]
    private var lastEvent: UInt64 = 0
    /// Of several units: how many have ended.
    private var counter: WorkCounter?
    private var progress: ProgressLine?

    private struct LogPosition: Hashable, Comparable {
        let index: UInt32
        let stream: LogStream

        static func < (a: LogPosition, b: LogPosition) -> Bool {
            (a.index, a.stream.rawValue) < (b.index, b.stream.rawValue)
        }
    }

    /// How long a coordinator that went away may take to come back. Seconds.
    static let patience: Double = 60
    /// After so many seconds without news the watch is asked for again: the last word may have been dropped, if this reader was slow.
    static let silence: Double = 5

    init(job: JobID, connection: ConnectionOptions) {
        self.job = job
        self.connection = connection
    }

    /// Returns the job as it ended.
    mutating func follow() throws -> JobDetail {
        // A coordinator that was never there is not waited for.
        var client: CoordinatorClient? = try CoordinatorClient(connection)
        while true {
            do {
                return try follow(client ?? CoordinatorClient(connection))
            } catch is CoordinatorLost {
                Terminal.complain(
                    "banquet: lost the coordinator at \(connection.endpoint); trying again for \(Int(Self.patience)) s")
                client = try reconnected()
                Terminal.complain("banquet: the coordinator is back")
                if Interruption.wasAskedToCancel { _ = try client?.ask(.cancel(job)) }
            }
        }
    }

    private func reconnected() throws -> CoordinatorClient {
        let limit = Date().addingTimeInterval(Self.patience)
        while true {
            do {
                return try CoordinatorClient(connection)
            } catch let error as CoordinatorLost {
                guard Date() < limit else { throw error }
                Thread.sleep(forTimeInterval: 0.2)
            }
        }
    }

    private mutating func follow(_ client: CoordinatorClient) throws -> JobDetail {
        let reader = try CoordinatorClient(connection)
        try client.send(.watch(job, events: showsEvents, output: showsOutput))
        var isCaughtUp = false
        while true {
            guard let reply = try client.receive(within: Self.silence) else {
                try client.send(.watch(job, events: showsEvents, output: showsOutput))
                isCaughtUp = false
                continue
            }
            switch reply {
            case .job(let detail), .update(.state(let detail)):
                note(detail)
                if showsOutput, !isCaughtUp || detail.summary.state.isFinal { try catchUp(reader) }
                isCaughtUp = true
                if detail.summary.state.isFinal {
                    progress?.end()
                    for position in unfinished.keys.sorted() { flush(position) }
                    return detail
                }
            case .update(.event(let entry)): show(entry)
            case .update(.metrics(_, let json)): show(progress: json)
            case .output(let task, let stream, let offset, let bytes):
                let position = LogPosition(index: task.index, stream: stream)
                if offset > printed[position, default: 0] {
                    try catchUp(reader, position)
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
        // A single unit's output may end in the middle of a line, where no line of progress may be written; several units' comes
        // in whole lines.
        guard units > 1, unit == nil, format == .text else { return }
        let counter = counter ?? WorkCounter("\(job)", unit: detail.summary.shape == "gang" ? "ranks" : "tasks")
        counter.set(Int(detail.summary.unitsSucceeded + detail.summary.unitsFailed), of: Int(units))
        if progress == nil { progress = ProgressLine(counter) }
        self.counter = counter
    }

    // MARK: Output

    /// Fetches what was printed before the watch began, or was missed by a slow reader.
    private mutating func catchUp(_ reader: CoordinatorClient) throws {
        for index in unit.map({ $0..<$0 + 1 }) ?? 0..<units {
            for stream in stream.map({ [$0] }) ?? [.output, .error] {
                try catchUp(reader, LogPosition(index: index, stream: stream))
            }
        }
    }

    private mutating func catchUp(_ reader: CoordinatorClient, _ position: LogPosition) throws {
        while true {
            let from = printed[position, default: 0]
            let reply = try reader.ask(.log(TaskID(job, position.index), position.stream, offset: from, limit: 1 << 20))
            guard case .log(let bytes, let offset, _) = reply, !bytes.isEmpty else { return }
            show(bytes, at: offset, position)
        }
    }

    /// Prints what of these bytes was not printed yet.
    private mutating func show(_ bytes: [UInt8], at offset: UInt64, _ position: LogPosition) {
        guard unit == nil || unit == position.index, stream == nil || stream == position.stream else { return }
        let from = printed[position, default: 0]
        guard offset + UInt64(bytes.count) > from else { return }
        let new = bytes.dropFirst(Int(from - min(from, offset)))
        printed[position] = offset + UInt64(bytes.count)
        guard units > 1, unit == nil else { return Terminal.write(Data(new), to: position.stream.handle) }
        unfinished[position, default: []] += new
        guard let end = unfinished[position]?.lastIndex(of: UInt8(ascii: "\n")) else { return }
        let lines = unfinished[position]?.prefix(through: end) ?? []
        Terminal.write(lines.marked("[\(position.index)] "), to: position.stream.handle)
        unfinished[position]?.removeFirst(lines.count)
    }

    private mutating func flush(_ position: LogPosition) {
        guard let rest = unfinished.removeValue(forKey: position), !rest.isEmpty else { return }
        Terminal.write(rest.marked("[\(position.index)] "), to: position.stream.handle)
    }

    // MARK: Progress and events

    /// `epoch 3/30  loss 0.213  accuracy 0.934  18,220 images/s   ranks 0:w1 1:w2 2:w3`
    private func show(progress json: String) {
        guard showsEvents else { return }
        if format == .json {
            Terminal.write(json + "\n", to: .standardError)
            return
        }
        guard let record = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any],
            let epoch = record["epoch"] as? Int
        else { return }
        var parts = ["epoch \(epoch)" + ((record["epochs"] as? Int).map { "/\($0)" } ?? "")]
        if let loss = record["loss"] as? Double { parts.append(String(format: "loss %.4f", loss)) }
        if let accuracy = record["accuracy"] as? Double { parts.append(String(format: "accuracy %.4f", accuracy)) }
        if let speed = record["images_per_second"] as? Double { parts.append(String(format: "%.0f images/s", speed)) }
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
        case .assign(let lease, let worker, let attempt):
            "assign  \(lease.task) to \(worker), epoch \(lease.epoch.number), attempt \(attempt)"
        case .accept(let lease, _): "accept  \(lease.task), epoch \(lease.epoch.number)"
        case .start(_, let attempt): "start   all ranks accepted, attempt \(attempt)"
        case .finish(let lease): "finish  \(lease.task)"
        case .fail(let lease, let outcome): "fail    \(lease.task): \(describe(outcome))"
        case .lapse(let lease):
            "lapse   \(lease.task), epoch \(lease.epoch.number): its worker has been silent for too long"
        case .retry(_, let index, let reason):
            "retry   \(unit(index)), \(describe(reason))"
        case .form(_, let ranks): "form    a generation of \(ranks) rank\(ranks == 1 ? "" : "s")"
        case .expire(_, let index): "expire  \(unit(index)): its time limit is over"
        case .preempt(_, let index): "preempt \(unit(index)): another job gets its place"
        case .checkpoint(_, let step): "checkpoint at step \(step)"
        case .cancel: "cancel"
        case .end(let job, let end): "end     \(job) \(describe(end))"
        default: nil
        }
    }

    private func unit(_ index: UInt32?) -> String { index.map { "task \($0)" } ?? "the gang" }

    private func describe(_ reason: RetryReason) -> String {
        switch reason {
        case .failed: "the program failed"
        case .lost: "a worker was lost"
        case .preempted: "it made room for another job"
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

extension LogStream {
    /// Where a follower shows it.
    var handle: FileHandle { self == .output ? .standardOutput : .standardError }
}
