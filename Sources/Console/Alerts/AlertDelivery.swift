import Coordination
public import Foundation
import Logging
import Storage

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Where alerts go besides the console: one JSON object for each that opens or is over, by POST to a webhook, and to a command's
/// standard input. A delivery that fails is tried again, a bounded number of times, and then logged.
///
/// The webhook's path and the command's arguments may be secrets (chat services put a token there): no log has them.
public struct AlertDelivery: Sendable {
    public var webhook: URL?
    /// An argument vector, never a shell line.
    public var command: [String]

    var tries = 3
    /// Before the second try; it doubles with each further one.
    var pause = Duration.seconds(2)
    /// How long one try may take.
    var patience = Duration.seconds(10)

    public init(webhook: URL? = nil, command: [String] = []) {
        self.webhook = webhook
        self.command = command
    }

    func deliver(_ alert: Alert, log: Logger) async {
        guard let body = try? JSONLine.data(alert) else { return }
        if let webhook {
            await attempt("the webhook at \(webhook.host ?? "")", alert, log) { try await post(body, to: webhook) }
        }
        if !command.isEmpty { await attempt("the command \(command[0])", alert, log) { try await run(body) } }
    }

    private func attempt(_ name: String, _ alert: Alert, _ log: Logger, _ body: () async throws -> Void) async {
        var pause = pause
        for attempt in 1...max(tries, 1) {
            do { return try await body() } catch {
                // Not the error itself, unless it is one of ours: Foundation's name the whole address.
                let reason = (error as? Refused)?.description ?? "it can't be reached (\((error as NSError).code))"
                if attempt == tries || Task.isCancelled {
                    log.error("alert \(alert.id) could not be delivered to \(name) in \(attempt) tries: \(reason)")
                    return
                }
                try? await Task.sleep(for: pause)
                pause *= 2
            }
        }
    }

    private struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    private func post(_ body: Data, to webhook: URL) async throws {
        let seconds = max(1, Double(patience.components.seconds))
        var request = URLRequest(url: webhook, timeoutInterval: seconds)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = body
        let (_, response) = try await URLSession.shared.data(for: request)
        guard let status = (response as? HTTPURLResponse)?.statusCode else { throw Refused(description: "no answer") }
        guard (200..<300).contains(status) else { throw Refused(description: "it answered \(status)") }
    }

    private func run(_ body: Data) async throws {
        let process = Process()
        // Finds the program in PATH, and hands the arguments on as they are.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["--"] + command
        // A file, and no pipe: the command may read it or not, and nobody waits for it.
        let input = try Self.openDeleted(body + Data("\n".utf8))
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let limit = Task { [patience] in
            try await Task.sleep(for: patience)
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
        defer { limit.cancel() }
        let (status, reason) = try await withCheckedThrowingContinuation {
            (done: CheckedContinuation<(Int32, Process.TerminationReason), any Error>) in
            process.terminationHandler = { done.resume(returning: ($0.terminationStatus, $0.terminationReason)) }
            do { try process.run() } catch { done.resume(throwing: error) }
        }
        guard reason == .exit else { throw Refused(description: "it was ended by signal \(status)") }
        guard status == 0 else { throw Refused(description: "it exited with \(status)") }
    }

    /// A file of no name that holds the bytes.
    private static func openDeleted(_ bytes: Data) throws -> FileHandle {
        var template = Array("\(NSTemporaryDirectory())/banquet-alert-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Refused(description: "no file can be made in \(NSTemporaryDirectory())") }
        unlink(template)
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: bytes)
        try handle.seek(toOffset: 0)
        return handle
    }
}

/// Delivers alerts one after the other, so that a bad hour is no flood of processes.
struct AlertPost: Sendable {
    private let letters: AsyncStream<Alert>.Continuation
    private let carrier: Task<Void, Never>?

    /// Alerts that wait for those before them; older ones give way, and are in the console all the same.
    private static let mostWaiting = 256

    init(_ delivery: AlertDelivery, log: Logger) {
        let (stream, letters) = AsyncStream.makeStream(
            of: Alert.self, bufferingPolicy: .bufferingNewest(Self.mostWaiting))
        self.letters = letters
        guard delivery.webhook != nil || !delivery.command.isEmpty else {
            carrier = nil
            return
        }
        carrier = Task { for await alert in stream { await delivery.deliver(alert, log: log) } }
    }

    func send(_ alert: Alert) {
        if carrier != nil { letters.yield(alert) }
    }

    func stop() {
        letters.finish()
        carrier?.cancel()
    }
}
