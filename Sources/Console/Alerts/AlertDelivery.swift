public import Foundation
import Logging

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Where alerts go besides the console: one JSON object for each that opens or is over, by POST to a webhook, and to a command's
/// standard input. A delivery that fails is tried again, and then logged.
public struct AlertDelivery: Sendable {
    public var webhook: URL?
    /// An argument vector, never a shell line.
    public var command: [String]

    private static let tries = 3

    public init(webhook: URL? = nil, command: [String] = []) {
        self.webhook = webhook
        self.command = command
    }

    func deliver(_ alert: Alert, log: Logger) async {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let body = try? encoder.encode(alert) else { return }
        if let webhook {
            await attempt("the webhook \(webhook.host ?? "")", alert, log) { try await post(body, to: webhook) }
        }
        if !command.isEmpty { await attempt("the command \(command[0])", alert, log) { try await run(body) } }
    }

    private func attempt(_ name: String, _ alert: Alert, _ log: Logger, _ body: () async throws -> Void) async {
        for attempt in 1...Self.tries {
            do { return try await body() } catch {
                guard attempt == Self.tries, !Task.isCancelled else {
                    try? await Task.sleep(for: .seconds(1 << attempt))
                    continue
                }
                log.error("alert \(alert.id) could not be delivered to \(name): \(error)")
            }
        }
    }

    private struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    private func post(_ body: Data, to webhook: URL) async throws {
        var request = URLRequest(url: webhook, timeoutInterval: 10)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = body
        let (_, response) = try await URLSession.shared.data(for: request)
        guard let status = (response as? HTTPURLResponse)?.statusCode, (200..<300).contains(status) else {
            throw Refused(description: "it answered \((response as? HTTPURLResponse)?.statusCode ?? 0)")
        }
    }

    private func run(_ body: Data) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        let input = Pipe()
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        let status = try await withCheckedThrowingContinuation { (done: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { done.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { return done.resume(throwing: error) }
            try? input.fileHandleForWriting.write(contentsOf: body + Data("\n".utf8))
            try? input.fileHandleForWriting.close()
        }
        guard status == 0 else { throw Refused(description: "it exited with \(status)") }
    }
}
