import Foundation
import Testing

@testable import Coordination

struct VocabularyTests {
    static let file = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Specs/vocabulary.csp")

    /// scripts/generate-vocabulary sets the variable, and so writes the file.
    @Test func theCommittedFileIsThatOfTheTable() throws {
        if ProcessInfo.processInfo.environment["BANQUET_GENERATE_VOCABULARY"] != nil {
            try Data(Vocabulary.specification.utf8).write(to: Self.file)
        }
        let committed = try String(contentsOf: Self.file, encoding: .utf8)
        #expect(committed == Vocabulary.specification, "run scripts/generate-vocabulary")
    }

    @Test func everyEventIsAWord() {
        let lease = Lease(TaskID(JobID(1), 0), Epoch(1))
        let worker = WorkerName("w1")!
        let events: [ProtocolEvent] = [
            .submit(JobID(1), .gang(1), key: "k"), .form(JobID(1), ranks: 1), .assign(lease, worker, attempt: 1),
            .accept(lease, port: 1),
            .start(JobID(1), attempt: 1), .finish(lease), .fail(lease, .stopped), .lapse(lease),
            .retry(JobID(1), index: nil, reason: .lost), .expire(JobID(1), index: nil), .preempt(JobID(1), index: nil),
            .checkpoint(JobID(1), step: 1), .cancel(JobID(1)),
            .end(JobID(1), .cancelled), .join(worker, Incarnation(1), slots: 1, host: "h"), .leave(worker),
            .crash(worker, Incarnation(1)), .cordon(worker), .uncordon(worker), .recover(),
        ]
        #expect(events.map(\.name) == Vocabulary.words.filter(\.isJournaled).map(\.name))
    }
}
