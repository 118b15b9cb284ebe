import Coordination
import Wire

/// What an operator may want to know of what was refused: for the log's last line, and (by `ServiceMetrics`) for a console.
struct ServiceCounters: CustomStringConvertible {
    private let metrics = ServiceMetrics()
    private var frames: [WireError.Class: UInt64] = [:]
    private var core: [Counter: UInt64] = [:]
    /// What its sender was not allowed to say.
    var notAllowed: UInt64 = 0
    /// Logs, metrics and checkpoints of leases that are over.
    var stale: UInt64 = 0
    /// Frames to readers that were too slow.
    var dropped: UInt64 = 0

    var description: String {
        func count(_ kind: WireError.Class) -> UInt64 { frames[kind] ?? 0 }
        let refused =
            "frames refused: \(count(.version)) of another version, \(count(.size)) too large, "
            + "\(count(.content)) unreadable, \(notAllowed) not allowed; "
        let rest = "\(stale) pieces of ended leases, \(dropped) frames to slow readers"
        let decided = Counter.allCases.compactMap { counter in core[counter].map { "\(counter.rawValue) \($0)" } }
        return ([refused + rest] + decided).joined(separator: ", ")
    }

    /// - Returns: how many of this kind there were by now.
    mutating func refused(_ error: WireError) -> UInt64 {
        metrics.refused(error.kind)
        frames[error.kind, default: 0] += 1
        return frames[error.kind]!
    }

    mutating func counted(_ counter: Counter) {
        metrics.counted(counter)
        core[counter, default: 0] += 1
    }

    func committed(_ records: [JournalEntry], took duration: Duration) {
        metrics.committed(records, took: duration)
    }
}

extension WireError {
    /// What was wrong with a frame, in the words of the metric `banquet_refused_frames_total`.
    enum Class: String, CaseIterable {
        case version, size, content
    }

    var kind: Class {
        switch self {
        case .unknownVersion: .version
        case .oversized: .size
        case .truncated, .foreign, .unknownKind, .garbage: .content
        }
    }
}
