import Coordination
import Foundation
import Synchronization

extension Interruption {
    /// Whether the job that is followed is to be cancelled: asked for again, where the coordinator was away.
    static var wasAskedToCancel: Bool { isRequested }

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
}
