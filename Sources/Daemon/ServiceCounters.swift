import Coordination
import Wire

/// What an operator may want to know of what was refused.
struct ServiceCounters {
    var unknownVersion: UInt64 = 0
    var oversized: UInt64 = 0
    var garbage: UInt64 = 0
    /// Logs, metrics and checkpoints of leases that are over.
    var stale: UInt64 = 0
    /// Frames to readers that were too slow.
    var dropped: UInt64 = 0
    var core: [Counter: UInt64] = [:]

    mutating func refused(_ error: WireError) {
        switch error {
        case .unknownVersion: unknownVersion += 1
        case .oversized: oversized += 1
        case .truncated, .foreign, .unknownKind, .garbage: garbage += 1
        }
    }
}
