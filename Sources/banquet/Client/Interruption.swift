import Dispatch
import Foundation
import Synchronization

/// What signals do to a command that would otherwise just die of them.
enum Interruption {
    nonisolated(unsafe) private static var sources: [any DispatchSourceSignal] = []

    static let requested = Mutex(false)

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

    /// Where an interruption would just end the command: the line of progress doesn't stay behind.
    /// - Returns: what makes it so no more; nil where interruptions are somebody else's.
    static func erases() -> (@Sendable () -> Void)? {
        var action = sigaction()
        guard sigaction(SIGINT, nil, &action) == 0, action.__sigaction_handler.sa_handler == nil else { return nil }
        signal(SIGINT, SIG_IGN)
        nonisolated(unsafe) let source = DispatchSource.makeSignalSource(
            signal: SIGINT, queue: DispatchQueue(label: "erase"))
        source.setEventHandler {
            ProgressLine.makeRoom()
            exit(130)
        }
        source.resume()
        return {
            source.cancel()
            signal(SIGINT, SIG_DFL)
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
