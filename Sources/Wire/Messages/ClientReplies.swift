internal import CProtobufC
internal import CWire
internal import Coordination
internal import Foundation

extension Arena {
    func reply(_ reply: ClientReply, _ number: UInt64) throws(WireError) -> UnsafeMutablePointer<Wire__ClientReply> {
        let frame = make(wire__client_reply__init)
        frame.pointee.request = number
        switch reply {
        case .submitted(let job):
            frame.pointee.message_case = WIRE__CLIENT_REPLY__MESSAGE_SUBMITTED
            frame.pointee.submitted = job.number
        case .cancelled(let job):
            frame.pointee.message_case = WIRE__CLIENT_REPLY__MESSAGE_CANCELLED
            frame.pointee.cancelled = job.number
        case .refused(let reason):
            frame.pointee.message_case = WIRE__CLIENT_REPLY__MESSAGE_REFUSED
            frame.pointee.refused = data(reason)
        case .busy(let reason, let milliseconds):
            let message = make(wire__busy__init)
            message.pointee.reason = data(reason)
            message.pointee.retry_milliseconds = UInt64(clamping: milliseconds)
            frame.pointee.message_case = WIRE__CLIENT_REPLY__MESSAGE_BUSY
            frame.pointee.busy = message
        case .jobs(let jobs):
            frame.pointee.message_case = WIRE__CLIENT_REPLY__MESSAGE_JOBS
            frame.pointee.jobs = document(jobs)
        case .page(let page):
            frame.pointee.message_case = WIRE__CLIENT_REPLY__MESSAGE_PAGE
            frame.pointee.page = document(page)
        case .overview(let overview):
            frame.pointee.message_case = WIRE__CLIENT_REPLY__MESSAGE_OVERVIEW
            frame.pointee.overview = document(overview)
        case .job(let job):
            frame.pointee.message_case = WIRE__CLIENT_REPLY__MESSAGE_JOB
            frame.pointee.job = document(job)
        case .workers(let workers):
            frame.pointee.message_case = WIRE__CLIENT_REPLY__MESSAGE_WORKERS
            frame.pointee.workers = document(workers)
        case .status(let status):
            frame.pointee.message_case = WIRE__CLIENT_REPLY__MESSAGE_STATUS
            frame.pointee.status = document(status)
        case .reloaded(let text):
            frame.pointee.message_case = WIRE__CLIENT_REPLY__MESSAGE_RELOADED
            frame.pointee.reloaded = data(text)
        case .report(let json):
            frame.pointee.message_case = WIRE__CLIENT_REPLY__MESSAGE_REPORT
            frame.pointee.report = data(json)
        case .alerts(let alerts):
            frame.pointee.message_case = WIRE__CLIENT_REPLY__MESSAGE_ALERTS
            frame.pointee.alerts = document(alerts)
        case .update(let update):
            frame.pointee.message_case = WIRE__CLIENT_REPLY__MESSAGE_UPDATE
            frame.pointee.update = document(update)
        case .ended(let job, let end):
            frame.pointee.message_case = WIRE__CLIENT_REPLY__MESSAGE_ENDED
            frame.pointee.ended = ended(job, end)
        case .output(let task, let stream, let offset, let bytes):
            let message = make(wire__output__init)
            message.pointee.job = task.job.number
            message.pointee.index = task.index
            message.pointee.stream = self.stream(stream)
            message.pointee.offset = offset
            message.pointee.content = data(bytes)
            frame.pointee.message_case = WIRE__CLIENT_REPLY__MESSAGE_OUTPUT
            frame.pointee.output = message
        case .log(let bytes, let offset, let ended):
            let message = make(wire__log_content__init)
            message.pointee.content = data(bytes)
            message.pointee.offset = offset
            message.pointee.ended = ended ? 1 : 0
            frame.pointee.message_case = WIRE__CLIENT_REPLY__MESSAGE_LOG
            frame.pointee.log = message
        }
        return frame
    }

    private func ended(_ job: JobID, _ end: JobEnd) -> UnsafeMutablePointer<Wire__Ended> {
        let message = make(wire__ended__init)
        message.pointee.job = job.number
        switch end {
        case .succeeded:
            message.pointee.end_case = WIRE__ENDED__END_SUCCEEDED
            message.pointee.succeeded = nothing()
        case .failed(let code, let reason):
            let failed = make(wire__failed__init)
            failed.pointee.code = code
            failed.pointee.reason = data(reason)
            message.pointee.end_case = WIRE__ENDED__END_FAILED
            message.pointee.failed = failed
        case .cancelled:
            message.pointee.end_case = WIRE__ENDED__END_CANCELLED
            message.pointee.cancelled = nothing()
        }
        return message
    }

    /// A JSON document. Keys are sorted, so that the same value always makes the same frame.
    private func document(_ value: some Encodable) -> ProtobufCBinaryData {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return data([UInt8](try encoder.encode(value)))
        } catch {
            // These values hold text and finite numbers only, and JSON takes all of those.
            fatalError("a value of the read model can't be written as JSON: \(error)")
        }
    }
}

extension Reading {
    func reply(_ frame: Wire__ClientReply) throws(WireError) -> ClientReply {
        switch frame.message_case {
        case WIRE__CLIENT_REPLY__MESSAGE_SUBMITTED: return .submitted(JobID(frame.submitted))
        case WIRE__CLIENT_REPLY__MESSAGE_CANCELLED: return .cancelled(JobID(frame.cancelled))
        case WIRE__CLIENT_REPLY__MESSAGE_REFUSED: return .refused(reason: try text(frame.refused, "refused"))
        case WIRE__CLIENT_REPLY__MESSAGE_BUSY:
            let message = try required(frame.busy, "busy")
            return .busy(
                reason: try text(message.reason, "busy.reason"),
                retryMilliseconds: Int64(clamping: message.retry_milliseconds))
        case WIRE__CLIENT_REPLY__MESSAGE_JOBS: return .jobs(try document(frame.jobs, "jobs"))
        case WIRE__CLIENT_REPLY__MESSAGE_PAGE: return .page(try document(frame.page, "page"))
        case WIRE__CLIENT_REPLY__MESSAGE_OVERVIEW: return .overview(try document(frame.overview, "overview"))
        case WIRE__CLIENT_REPLY__MESSAGE_JOB: return .job(try document(frame.job, "job"))
        case WIRE__CLIENT_REPLY__MESSAGE_WORKERS: return .workers(try document(frame.workers, "workers"))
        case WIRE__CLIENT_REPLY__MESSAGE_STATUS: return .status(try document(frame.status, "status"))
        case WIRE__CLIENT_REPLY__MESSAGE_RELOADED: return .reloaded(try text(frame.reloaded, "reloaded"))
        case WIRE__CLIENT_REPLY__MESSAGE_REPORT: return .report(json: bytes(frame.report))
        case WIRE__CLIENT_REPLY__MESSAGE_ALERTS: return .alerts(try document(frame.alerts, "alerts"))
        case WIRE__CLIENT_REPLY__MESSAGE_UPDATE: return .update(try document(frame.update, "update"))
        case WIRE__CLIENT_REPLY__MESSAGE_ENDED:
            let message = try required(frame.ended, "ended")
            return .ended(JobID(message.job), try end(message))
        case WIRE__CLIENT_REPLY__MESSAGE_OUTPUT:
            let message = try required(frame.output, "output")
            return .output(
                TaskID(JobID(message.job), message.index), try stream(message.stream, "output.stream"),
                offset: message.offset, bytes: bytes(message.content))
        case WIRE__CLIENT_REPLY__MESSAGE_LOG:
            let message = try required(frame.log, "log")
            return .log(bytes: bytes(message.content), offset: message.offset, ended: message.ended != 0)
        default: throw .garbage(field: "frame", reason: "none of the replies known here")
        }
    }

    private func end(_ message: Wire__Ended) throws(WireError) -> JobEnd {
        switch message.end_case {
        case WIRE__ENDED__END_SUCCEEDED: return .succeeded
        case WIRE__ENDED__END_FAILED:
            let failed = try required(message.failed, "ended.failed")
            return .failed(code: failed.code, reason: try text(failed.reason, "ended.failed.reason"))
        case WIRE__ENDED__END_CANCELLED: return .cancelled
        default: throw .garbage(field: "ended.end", reason: "none of the ends known here")
        }
    }

    private func document<Value: Decodable>(
        _ data: ProtobufCBinaryData, _ field: String
    ) throws(WireError) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes(data)))
        } catch {
            throw .garbage(field: field, reason: "not the JSON document that belongs here: \(error)")
        }
    }
}
