import Coordination
import Foundation
import Testing

@testable import Storage

/// A folder of the test's own, removed at the end.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "banquet-storage-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

let noon = Timestamp(milliseconds: 1_700_000_000_000)

func lease(_ job: UInt64, _ index: UInt32, _ epoch: UInt64) -> Lease {
    Lease(TaskID(JobID(job), index), Epoch(epoch))
}

/// One of every event, and the corners of their fields.
func everyEvent() -> [ProtocolEvent] {
    let worker = WorkerName("w1")!
    let specification = JobSpecification(
        name: "digits \"été\" \\ \u{1F372}", tenant: "t", shape: .gang(ranks: 3),
        program: .command(["/bin/echo", "a b", ""]),
        environment: ["A": "1", "B": "line\nline"], workingDirectory: "/tmp", slots: 2, retries: 3, crashLimit: 0)
    let array = JobSpecification(
        name: "n", shape: .array(tasks: .max), program: .builtin("noop", parameters: ["x": "y"]))
    return [
        .submit(JobID(1), specification, key: "key-1"),
        .submit(JobID(2), JobSpecification(name: "n", shape: .gang(ranks: 2), program: .command(["a", ""])), key: "k"),
        .submit(JobID(.max), array, key: ""),
        .assign(lease(1, 0, 1), worker, attempt: 1), .assign(lease(.max, .max, .max), worker, attempt: .max),
        .accept(lease(1, 0, 1), port: 0), .accept(lease(1, 0, 1), port: .max), .start(JobID(1), attempt: 1),
        .finish(lease(1, 0, 1)), .fail(lease(1, 0, 1), .exited(code: -1)), .fail(lease(1, 0, 1), .signalled(signal: 9)),
        .fail(lease(1, 0, 1), .stopped), .fail(lease(1, 0, 1), .notStarted(reason: "no such file: \"x\"")),
        .lapse(lease(1, 2, 3)), .retry(JobID(1), index: nil, reason: .lost),
        .retry(JobID(1), index: 0, reason: .failed), .retry(JobID(1), index: 0, reason: .preempted),
        .form(JobID(1), ranks: 3), .expire(JobID(1), index: nil), .expire(JobID(1), index: 7),
        .preempt(JobID(1), index: nil), .preempt(JobID(1), index: 0), .cordon(worker), .uncordon(worker),
        .checkpoint(JobID(1), step: .max), .cancel(JobID(1)), .end(JobID(1), .succeeded), .end(JobID(1), .cancelled),
        .end(JobID(1), .failed(code: 137, reason: "rank 2 was lost")),
        .join(worker, Incarnation(.max), slots: 4, host: "127.0.0.1"), .leave(worker), .crash(worker, Incarnation(1)),
        .recover(),
    ]
}

func entries(_ events: [ProtocolEvent], from first: UInt64 = 1) -> [JournalEntry] {
    events.enumerated().map {
        JournalEntry(sequence: first + UInt64($0), time: noon + Int64($0), event: $1)
    }
}

extension RuntimeStore {
    func journal(from first: UInt64 = 1) throws -> [JournalEntry] {
        var all: [JournalEntry] = []
        try loadJournal(from: first) { all.append($0) }
        return all
    }
}

/// Submissions of which each differs from the simplest in one thing.
func everySubmission() -> [JobSpecification] {
    let plain = JobSpecification(name: "n", shape: .array(tasks: 1), program: .command(["/bin/true", "", "é"]))
    func with(_ change: (inout JobSpecification) -> Void) -> JobSpecification {
        var job = plain
        change(&job)
        return job
    }
    return [
        plain, with { $0.name = "" }, with { $0.tenant = "t" }, with { $0.shape = .gang(ranks: .max) },
        with { $0.shape = .array(tasks: .max) }, with { $0.program = .command([]) },
        with { $0.program = .builtin("noop", parameters: [:]) },
        with { $0.program = .builtin("digits", parameters: ["epochs": "5"]) }, with { $0.environment = ["A": "1"] },
        with { $0.workingDirectory = "/" }, with { $0.slots = .max }, with { $0.retries = .max },
        with { $0.crashLimit = 0 }, with { $0.timeLimitMilliseconds = 1 }, with { $0.retryDelayMilliseconds = 0 },
        with { $0.concurrency = 1 }, with { $0.minimumRanks = 1 }, with { $0.priority = -1 },
        with { $0.after = [JobID(1)] }, with { $0.requirements.cores = 1 },
    ]
}
