import Coordination
import Foundation

/// A protocol event as the columns of the journal's table held it in schema version 1, read when such a folder is migrated. What `number` and `payload` (always JSON) mean:
///
/// | event      | number      | payload                                  |
/// |------------|-------------|------------------------------------------|
/// | submit     |             | `{"key": …, "specification": …}`         |
/// | assign     | attempt     |                                          |
/// | accept     | port        |                                          |
/// | start      | attempt     |                                          |
/// | fail       |             | the outcome                              |
/// | retry      |             | the reason                               |
/// | checkpoint | step        |                                          |
/// | end        |             | how, when it was not `succeeded`         |
/// | join       | incarnation | `{"slots": …, "host": …}`                |
/// | crash      | incarnation |                                          |
struct FirstJournalRow: Equatable {
    var event: String
    var job: UInt64?
    var task: UInt32?
    var epoch: UInt64?
    var worker: String?
    var number: UInt64?
    var payload: String?

    private struct Submission: Codable {
        var key: String
        var specification: JobSpecification
    }

    private struct Offer: Codable {
        var slots: UInt32
        var host: String
    }

    init(
        event: String, job: UInt64? = nil, task: UInt32? = nil, epoch: UInt64? = nil, worker: String? = nil,
        number: UInt64? = nil,
        payload: String? = nil
    ) {
        self.event = event
        self.job = job
        self.task = task
        self.epoch = epoch
        self.worker = worker
        self.number = number
        self.payload = payload
    }

    /// The event that the row holds; throws `Unreadable`.
    func decoded() throws -> ProtocolEvent {
        switch event {
        case "submit":
            let submission: Submission = try parsed()
            return .submit(try jobID(), submission.specification, key: submission.key)
        case "assign": return .assign(try lease(), try workerName(), attempt: try small())
        case "accept": return .accept(try lease(), port: try small())
        case "start": return .start(try jobID(), attempt: try small())
        case "finish": return .finish(try lease())
        case "fail": return .fail(try lease(), try parsed())
        case "lapse": return .lapse(try lease())
        case "retry": return .retry(try jobID(), index: task, reason: try parsed())
        case "checkpoint": return .checkpoint(try jobID(), step: try need(number, "number"))
        case "cancel": return .cancel(try jobID())
        case "end": return .end(try jobID(), payload == nil ? .succeeded : try parsed())
        case "join":
            let offer: Offer = try parsed()
            return .join(
                try workerName(), Incarnation(try need(number, "number")), slots: offer.slots, host: offer.host)
        case "leave": return .leave(try workerName())
        case "crash": return .crash(try workerName(), Incarnation(try need(number, "number")))
        case "recover": return .recover()
        default: throw Unreadable(reason: "there is no event \"\(event)\"")
        }
    }

    private func need<Value>(_ value: Value?, _ column: String) throws -> Value {
        guard let value else { throw Unreadable(reason: "\"\(event)\" has no \(column)") }
        return value
    }

    private func jobID() throws -> JobID { JobID(try need(job, "job")) }

    private func lease() throws -> Lease {
        Lease(TaskID(try jobID(), try need(task, "task")), Epoch(try need(epoch, "epoch")))
    }

    private func workerName() throws -> WorkerName {
        let text = try need(worker, "worker")
        guard let name = WorkerName(text) else { throw Unreadable(reason: "\"\(text)\" is no worker's name") }
        return name
    }

    private func small<Value: FixedWidthInteger>() throws -> Value {
        let value = try need(number, "number")
        guard let small = Value(exactly: value) else {
            throw Unreadable(reason: "\"\(event)\" has the number \(value)")
        }
        return small
    }

    private func parsed<Value: Decodable>() throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(try need(payload, "payload").utf8))
        } catch let error as DecodingError {
            throw Unreadable(reason: "\"\(event)\" has a payload that can't be read: \(error)")
        }
    }
}
