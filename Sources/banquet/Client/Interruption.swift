import Coordination
import Dispatch
import Foundation
import Synchronization

/// What signals do to a command that would otherwise just die of them.
enum Interruption {
    nonisolated(unsafe) private static var sources: [any DispatchSourceSignal] = []

    /// Ctrl-C cancels the job and lets the command follow it to its end; a second one leaves at once.
    static func cancels(_ job: JobID, over connection: ConnectionOptions) {
        nonisolated(unsafe) var count = 0
        handle([SIGINT, SIGTERM]) {
            count += 1
            if count > 1 { exit(130) }
            Terminal.complain("banquet: cancelling \(job); once more to leave it")
            requested.withLock { $0 = true }
            do {
                _ = try CoordinatorClient(connection).ask(.cancel(job))
            } catch {
                Terminal.complain(
                    "banquet: \(job) could not be cancelled yet: \((error as? CommandFailure)?.message ?? "\(error)")")
            }
        }
    }

    private static let requested = Mutex(false)

    /// Whether the job that is followed is to be cancelled: asked for again, where the coordinator was away.
    static var wasAskedToCancel: Bool { isRequested }

    /// Whether a long computation should end and say what it knows.
    static var isRequested: Bool { requested.withLock { $0 } }

    /// Ctrl-C asks the computation to end; a second one leaves at once.
    static func requestsEnd() {
        handle([SIGINT, SIGTERM]) {
            let again = requested.withLock { flag in
                defer { flag = true }
                return flag
            }
            if again { exit(130) }
        }
    }

    /// Calls `body`, on a queue of its own, for each of these signals.
    static func handle(_ signals: [Int32], _ body: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "signals")
        for number in signals {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler(handler: body)
            source.resume()
            sources.append(source)
        }
    }
}
