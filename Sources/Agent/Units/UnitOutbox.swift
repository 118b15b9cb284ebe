import Coordination

/// What a unit has to tell the coordinator beside its end: what it prints, its metrics, its checkpoints. Messages leave
/// in order, each when the connection takes it; the unit's pipes are not read while any waits, so little ever does.
///
/// After a connection was lost nobody knows which of the last messages arrived. So what was printed is kept until a heartbeat
/// that was sent after it was answered on the same connection (the coordinator takes messages in order), and is sent again
/// otherwise: the coordinator recognises a piece by its offset, and a checkpoint by its step. Metrics in flight are lost.
struct UnitOutbox {
    /// What may be kept: beyond either of the two the unit's pipes are not read until more is acknowledged.
    static let bytesKept = 8 << 20
    static let piecesKept = 16_384

    /// A heartbeat, and how many pieces had been sent before it.
    private struct Mark {
        let sequence: UInt64
        let pieces: Int
    }

    private let lease: Lease
    private var waiting: [WorkerMessage] = []
    private var lengths: [LogStream: UInt64] = [:]
    /// Sent on the connection that stands, and not acknowledged.
    private var kept: [(message: WorkerMessage, size: Int)] = []
    private var keptBytes = 0
    /// Pieces that were sent and acknowledged on this connection.
    private var acknowledged = 0
    private var marks: [Mark] = []

    init(_ lease: Lease) { self.lease = lease }

    var isEmpty: Bool { waiting.isEmpty }
    /// Nothing waits, and more may be kept.
    var hasRoom: Bool { waiting.isEmpty && keptBytes < Self.bytesKept && kept.count < Self.piecesKept }

    mutating func print(_ bytes: [UInt8], on stream: LogStream) {
        let offset = lengths[stream, default: 0]
        lengths[stream] = offset + UInt64(bytes.count)
        waiting.append(.log(lease, stream, offset: offset, bytes: bytes))
    }

    mutating func measure(json: String) { waiting.append(.metrics(lease, json: json)) }

    mutating func checkpoint(step: UInt64, bytes: [UInt8]) {
        waiting.append(.checkpoint(lease, step: step, bytes: bytes))
    }

    /// Sends what waits, until `send` says that there is no room.
    mutating func send(_ send: (WorkerMessage) -> Bool) {
        guard !waiting.isEmpty else { return }
        let stop = waiting.firstIndex { !send($0) } ?? waiting.endIndex
        for message in waiting[..<stop] { keep(message) }
        waiting.removeFirst(stop)
    }

    /// A join or heartbeat with this number was given to the connection, after all that was sent before.
    mutating func beat(_ sequence: UInt64) {
        // Between two with nothing sent the first one's answer says as much.
        guard !kept.isEmpty, marks.last?.pieces != acknowledged + kept.count else { return }
        marks.append(Mark(sequence: sequence, pieces: acknowledged + kept.count))
    }

    /// The coordinator answered the heartbeat with this number on the connection that stands.
    mutating func renewed(_ sequence: UInt64) {
        guard let last = marks.lastIndex(where: { $0.sequence <= sequence }) else { return }
        let count = marks[last].pieces - acknowledged
        keptBytes -= kept[..<count].reduce(0) { $0 + $1.size }
        kept.removeFirst(count)
        acknowledged += count
        marks.removeFirst(last + 1)
    }

    /// What may have been lost with the old connection goes first on the next.
    mutating func connectionWasLost() {
        waiting = kept.map(\.message) + waiting
        kept = []
        keptBytes = 0
        acknowledged = 0
        marks = []
    }

    private mutating func keep(_ message: WorkerMessage) {
        let size: Int
        switch message {
        case .log(_, _, _, let bytes): size = bytes.count
        case .checkpoint(_, _, let bytes): size = bytes.count
        default: return
        }
        kept.append((message, size))
        keptBytes += size
    }
}
