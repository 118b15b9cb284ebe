import Coordination

/// What a unit has to tell the coordinator beside its end: what it prints, its metrics, its checkpoints. Messages leave
/// in order, each when the connection takes it; the unit's pipes are not read while any waits, so little ever does.
///
/// After a connection was lost nobody knows which of the last messages arrived. What was printed last is kept and sent
/// again: the coordinator recognises a piece by its offset, and a checkpoint by its step. Metrics in flight are lost.
struct UnitOutbox {
    /// More than may be on its way at one time (`WorkerService.bytesInFlight`) and in the kernel's buffers on loopback.
    static let bytesKept = 2 << 20
    static let piecesKept = 8192

    private let lease: Lease
    private var waiting: [WorkerMessage] = []
    private var lengths: [LogStream: UInt64] = [:]
    private var kept: [(message: WorkerMessage, size: Int)] = []
    private var keptBytes = 0
    private var lastCheckpoint: WorkerMessage?

    init(_ lease: Lease) { self.lease = lease }

    var isEmpty: Bool { waiting.isEmpty }

    mutating func print(_ bytes: [UInt8], on stream: LogStream) {
        let offset = lengths[stream, default: 0]
        lengths[stream] = offset + UInt64(bytes.count)
        let message = WorkerMessage.log(lease, stream, offset: offset, bytes: bytes)
        waiting.append(message)
        keep(message, size: bytes.count)
    }

    mutating func measure(json: String) { waiting.append(.metrics(lease, json: json)) }

    mutating func checkpoint(step: UInt64, bytes: [UInt8]) {
        let message = WorkerMessage.checkpoint(lease, step: step, bytes: bytes)
        lastCheckpoint = message
        waiting.append(message)
    }

    /// Sends what waits, until `send` says that there is no room.
    mutating func send(_ send: (WorkerMessage) -> Bool) {
        guard !waiting.isEmpty else { return }
        let stop = waiting.firstIndex { !send($0) } ?? waiting.endIndex
        waiting.removeFirst(stop)
    }

    /// A new connection stands: what may have been lost with the old one goes first.
    mutating func connectionWasLost() {
        let others = waiting.filter { if case .metrics = $0 { true } else { false } }
        waiting = kept.map(\.message) + others + (lastCheckpoint.map { [$0] } ?? [])
    }

    private mutating func keep(_ message: WorkerMessage, size: Int) {
        kept.append((message, size))
        keptBytes += size
        // In bulk, so that a piece costs a constant time.
        guard keptBytes > 2 * Self.bytesKept || kept.count > 2 * Self.piecesKept else { return }
        var first = 0
        while first < kept.count - 1, keptBytes > Self.bytesKept || kept.count - first > Self.piecesKept {
            keptBytes -= kept[first].size
            first += 1
        }
        kept.removeFirst(first)
    }
}
