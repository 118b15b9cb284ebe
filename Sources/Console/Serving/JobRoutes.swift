import Coordination
import Daemon
import Foundation
import Hummingbird
import Storage

/// What the console says of jobs.
extension ConsoleServer {
    private static let jobsAPage = 500
    private static let bytesAPage = 256 << 10

    func addJobs(to router: Router<BasicRequestContext>) {
        router.get("/api/jobs") { request, _ in
            let query = request.uri.queryParameters
            let filter = JobFilter(
                kind: query["kind"].flatMap { JobFilter.Kind(rawValue: String($0)) } ?? .all,
                tenant: query["tenant"].map(String.init), text: query["text"].map(String.init))
            let limit = min(query.get("limit", as: Int.self) ?? 100, Self.jobsAPage)
            return Self.json(await service.jobs(filter, offset: query.get("offset", as: Int.self) ?? 0, limit: limit))
        }
        router.get("/api/jobs/{id}") { _, context in
            guard let detail = await detail(context) else { return Self.noSuchJob }
            return Self.json(detail)
        }
        router.get("/api/jobs/{id}/log") { request, context in
            let query = request.uri.queryParameters
            guard let detail = await detail(context), let folders = await service.runFolders() else {
                return Self.noSuchJob
            }
            let unit = query.get("unit", as: UInt32.self) ?? 0
            let offset = query.get("offset", as: UInt64.self) ?? 0
            guard let stream = LogStream(rawValue: query["stream"].map(String.init) ?? "output"),
                unit < detail.summary.units
            else {
                return Self.refusal(
                    .badRequest, "unit is from 0 to \(detail.summary.units - 1), stream output or error")
            }
            let bytes = try folders.readLog(
                TaskID(detail.summary.id, unit), stream, offset: offset, limit: Self.bytesAPage)
            return Response(
                status: .ok,
                headers: [
                    .contentType: "text/plain; charset=utf-8",
                    .init("X-Next-Offset")!: "\(offset + UInt64(bytes.count))",
                ],
                body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        router.get("/api/jobs/{id}/metrics") { request, context in
            guard let detail = await detail(context), let folders = await service.runFolders() else {
                return Self.noSuchJob
            }
            let offset = request.uri.queryParameters.get("offset", as: UInt64.self) ?? 0
            let bytes = try folders.metrics(of: detail.summary.id, offset: offset, limit: Self.bytesAPage)
            return Response(
                status: .ok,
                headers: [
                    .contentType: "application/jsonl", .init("X-Next-Offset")!: "\(offset + UInt64(bytes.count))",
                ],
                body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        router.get("/api/jobs/{id}/live") { request, context in
            guard let detail = await detail(context), let folders = await service.runFolders() else {
                return Self.noSuchJob
            }
            let query = request.uri.queryParameters
            let task = TaskID(detail.summary.id, min(query.get("unit", as: UInt32.self) ?? 0, detail.summary.units - 1))
            return Self.stream(follow(task, folders))
        }
    }

    private static var noSuchJob: Response { refusal(.notFound, "there is no such job") }

    /// Without the environment, which may hold what not everybody who looks should know.
    private func detail(_ context: BasicRequestContext) async -> JobDetail? {
        guard let id = context.parameters.get("id").flatMap({ JobID($0) }), var detail = await service.job(id) else {
            return nil
        }
        detail.specification.environment = [:]
        return detail
    }

    private struct Output: Encodable {
        let stream: LogStream
        let text: String
    }

    /// The job's state when it changes, and what its units say as it arrives, until the job has ended or nobody listens.
    private func follow(_ task: TaskID, _ folders: RunFolders) -> AsyncStream<LiveEvent> {
        let service = service
        return AsyncStream { continuation in
            let follower = Task {
                var shown: JobDetail?
                var metricsRead: UInt64 = 0
                var read: [LogStream: UInt64] = [:]
                while !Task.isCancelled, var detail = await service.job(task.job) {
                    detail.specification.environment = [:]
                    if detail != shown { continuation.yield(LiveEvent(name: "job", detail)) }
                    shown = detail
                    let lines = (try? folders.metrics(of: task.job, offset: metricsRead, limit: Self.bytesAPage)) ?? []
                    metricsRead += UInt64(lines.count)
                    var isBehind = lines.count > Self.bytesAPage / 2
                    for line in lines.split(separator: UInt8(ascii: "\n")) {
                        continuation.yield(LiveEvent(name: "metrics", json: String(decoding: line, as: UTF8.self)))
                    }
                    for stream in [LogStream.output, .error] {
                        let offset = read[stream] ?? 0
                        let bytes = (try? folders.readLog(task, stream, offset: offset, limit: Self.bytesAPage)) ?? []
                        guard !bytes.isEmpty else { continue }
                        read[stream] = offset + UInt64(bytes.count)
                        isBehind = isBehind || bytes.count == Self.bytesAPage
                        continuation.yield(
                            LiveEvent(
                                name: "output", Output(stream: stream, text: String(decoding: bytes, as: UTF8.self))))
                    }
                    guard !detail.summary.state.isFinal || isBehind else { break }
                    if !isBehind { try? await Task.sleep(for: .milliseconds(500)) }
                }
                continuation.yield(LiveEvent(name: "end", json: "null"))
                continuation.finish()
            }
            continuation.onTermination = { _ in follower.cancel() }
        }
    }
}
