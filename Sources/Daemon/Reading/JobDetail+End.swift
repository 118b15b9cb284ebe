import Coordination

extension JobDetail {
    /// How it ended; nil for a job that hasn't.
    var end: JobEnd? {
        switch summary.state {
        case .succeeded: .succeeded
        case .failed: .failed(code: summary.exitCode ?? 1, reason: summary.reason ?? "")
        case .cancelled: .cancelled
        default: nil
        }
    }
}
