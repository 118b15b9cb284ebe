import Coordination
import Wire

/// What an operator may want to know of what was refused.
struct ServiceCounters: CustomStringConvertible {
    var unknownVersion: UInt64 = 0
    var oversized: UInt64 = 0
    var garbage: UInt64 = 0
    /// What its sender was not allowed to say.
    var notAllowed: UInt64 = 0
    /// Logs, metrics and checkpoints of leases that are over.
    var stale: UInt64 = 0
    /// Frames to readers that were too slow.
    var dropped: UInt64 = 0
    var core: [Counter: UInt64] = [:]

    var description: String {
        let frames =
            "frames refused: \(unknownVersion) of another version, \(oversized) too large, \(garbage) unreadable, \(notAllowed) not allowed; "
        let rest = "\(stale) pieces of ended leases, \(dropped) frames to slow readers"
        let decided = Counter.allCases.compactMap { counter in core[counter].map { "\(counter.rawValue) \($0)" } }
        return ([frames + rest] + decided).joined(separator: ", ")
    }

    /// - Returns: how many of this kind there were by now.
    mutating func refused(_ error: WireError) -> UInt64 {
        switch error {
        case .unknownVersion:
            unknownVersion += 1
            return unknownVersion
        case .oversized:
            oversized += 1
            return oversized
        case .truncated, .foreign, .unknownKind, .garbage:
            garbage += 1
            return garbage
        }
    }
}
