import Coordination
import Foundation
import Hummingbird
import Logging
import Synchronization
import Testing

@testable import Console

/// Alerts on their way to a webhook and to a command: real HTTP, real processes.
@Suite struct AlertDeliveryTests {
    private let alert = Alert(
        id: 7, kind: .heat, subject: "w1 nvidia0", message: "nvidia0 of w1 has 95.0 °C",
        since: Timestamp(milliseconds: 1000))

    /// What a logger was given, whole.
    private final class Lines: LogHandler, Sendable {
        private let lines = Mutex<[String]>([])
        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }
        var logLevel: Logger.Level {
            get { .trace }
            set {}
        }
        subscript(metadataKey _: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }
        func log(event: LogEvent) { lines.withLock { $0.append("\(event.message)") } }
        var text: String { lines.withLock { $0.joined(separator: "\n") } }
    }

    private func delivery(_ webhook: String? = nil, command: [String] = []) -> AlertDelivery {
        var delivery = AlertDelivery(webhook: webhook.flatMap { URL(string: $0) }, command: command)
        delivery.pause = .milliseconds(1)
        return delivery
    }

    private struct Received: Decodable, Equatable {
        let id: Int
        let kind: String
        let subject: String
        let message: String
    }

    /// A server that answers each request with the next of these, and tells what it got.
    private func serving(
        _ answers: [HTTPResponse.Status],
        _ body: (_ port: Int, _ requests: @Sendable () -> [String]) async throws -> Void
    ) async throws {
        let requests = Mutex<[String]>([])
        let router = Router()
        router.post("/hook/{token}") { request, context -> HTTPResponse.Status in
            let text = String(buffer: try await request.body.collect(upTo: 1 << 20))
            return requests.withLock {
                $0.append(text)
                return answers[min($0.count, answers.count) - 1]
            }
        }
        let (ports, port) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.runService(gracefulShutdownSignals: []) }
            defer { group.cancelAll() }
            var listening = ports.makeAsyncIterator()
            try await body(await listening.next() ?? 0) { requests.withLock { $0 } }
        }
    }

    @Test func aWebhookGetsTheAlert() async throws {
        let lines = Lines()
        try await serving([.ok]) { port, requests in
            await delivery("http://127.0.0.1:\(port)/hook/s3cret").deliver(
                alert, log: Logger(label: "t") { _ in lines })
            let received = try requests().map { try JSONDecoder().decode(Received.self, from: Data($0.utf8)) }
            #expect(
                received == [
                    Received(id: 7, kind: "heat", subject: "w1 nvidia0", message: "nvidia0 of w1 has 95.0 °C")
                ])
        }
        #expect(lines.text.isEmpty)
    }

    @Test func aWebhookThatRecoversGetsItOnce() async throws {
        try await serving([.serviceUnavailable, .ok]) { port, requests in
            await delivery("http://127.0.0.1:\(port)/hook/x").deliver(alert, log: Logger(label: "t") { _ in Lines() })
            #expect(requests().count == 2)
        }
    }

    /// Three tries, and then a line that says where it failed, without what may be a secret in the address.
    @Test func triesAreBoundedAndSecretsUnsaid() async throws {
        let lines = Lines()
        let log = Logger(label: "t") { _ in lines }
        try await serving([.internalServerError]) { port, requests in
            await delivery("http://127.0.0.1:\(port)/hook/s3cret").deliver(alert, log: log)
            #expect(requests().count == 3)
        }
        // Nobody listens there.
        await delivery("http://127.0.0.1:1/hook/s3cret").deliver(alert, log: log)
        await delivery(command: ["/nowhere/at/all", "--token", "s3cret"]).deliver(alert, log: log)
        await delivery(command: ["false", "s3cret"]).deliver(alert, log: log)
        #expect(lines.text.split(separator: "\n").count == 4, "\(lines.text)")
        #expect(lines.text.contains("the webhook at 127.0.0.1 in 3 tries: it answered 500"))
        #expect(lines.text.contains("the command false in 3 tries: it exited with 1"))
        #expect(!lines.text.contains("s3cret"), "\(lines.text)")
    }

    /// Its arguments reach it as they are: no shell reads them.
    @Test func aCommandGetsTheAlertAndNoShellReadsIt() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("alert $(touch x); '\(UUID())'")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("a;b").path
        let lines = Lines()
        await delivery(command: ["tee", "-a", file]).deliver(alert, log: Logger(label: "t") { _ in lines })
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(try JSONDecoder().decode(Received.self, from: Data(text.utf8)).id == 7)
        #expect(text.hasSuffix("}\n") && lines.text.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a;b"])
        // One that doesn't read its input is as good.
        await delivery(command: ["true"]).deliver(alert, log: Logger(label: "t") { _ in lines })
        #expect(lines.text.isEmpty)
    }

    @Test func aCommandThatHangsIsEnded() async throws {
        let lines = Lines()
        var delivery = delivery(command: ["sleep", "600"])
        delivery.tries = 1
        delivery.patience = .milliseconds(50)
        await delivery.deliver(alert, log: Logger(label: "t") { _ in lines })
        #expect(lines.text.contains("it was ended by signal 9"), "\(lines.text)")
    }
}
