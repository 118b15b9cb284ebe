import Coordination
import Foundation

/// A protocol event as the columns of the journal's table hold it. What `number` and `payload` (always JSON) mean:
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
struct JournalRow: Equatable {
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

    /// What a row says that can't be an event.
    struct Unreadable: Error {
        var reason: String
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

    private init(_ event: String, _ lease: Lease, worker: String? = nil, number: UInt64? = nil, payload: String? = nil)
    {
        self.init(
            event: event, job: lease.task.job.number, task: lease.task.index, epoch: lease.epoch.number, worker: worker,
            number: number, payload: payload)
    }

    init(_ event: ProtocolEvent) throws {
        switch event {
        case .submit(let job, let specification, let key):
            self.init(
                event: "submit", job: job.number,
                payload: try Self.json(Submission(key: key, specification: specification)))
        case .assign(let lease, let worker, let attempt):
            self.init("assign", lease, worker: worker.description, number: UInt64(attempt))
        case .accept(let lease, let port):
            self.init("accept", lease, number: UInt64(port))
        case .start(let job, let attempt):
            self.init(event: "start", job: job.number, number: UInt64(attempt))
        case .finish(let lease):
            self.init("finish", lease)
        case .fail(let lease, let outcome):
            self.init("fail", lease, payload: try Self.json(outcome))
        case .lapse(let lease):
            self.init("lapse", lease)
        case .retry(let job, let index, let reason):
            self.init(event: "retry", job: job.number, task: index, payload: try Self.json(reason))
        case .checkpoint(let job, let step):
            self.init(event: "checkpoint", job: job.number, number: step)
        case .cancel(let job):
            self.init(event: "cancel", job: job.number)
        case .end(let job, let end):
            self.init(event: "end", job: job.number, payload: end == .succeeded ? nil : try Self.json(end))
        case .join(let worker, let incarnation, let slots, let host):
            self.init(
                event: "join", worker: worker.description, number: incarnation.number,
                payload: try Self.json(Offer(slots: slots, host: host)))
        case .leave(let worker):
            self.init(event: "leave", worker: worker.description)
        case .crash(let worker, let incarnation):
            self.init(event: "crash", worker: worker.description, number: incarnation.number)
        case .recover:
            self.init(event: "recover")
        }
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
        case "recover": return .recover
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

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private func parsed<Value: Decodable>() throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(try need(payload, "payload").utf8))
        } catch let error as DecodingError {
            throw Unreadable(reason: "\"\(event)\" has a payload that can't be read: \(error)")
        }
    }
}
