import Coordination

/// What the units of one run printed: a file a unit and stream, which only grows.
///
/// A worker counts a piece's offset from the start of its lease, and the file holds all attempts one after the other.
/// `logs.index` tells where the one lies in the other: a line `UNIT STREAM EPOCH OFFSET POSITION` says that from byte
/// OFFSET of the lease with EPOCH on, what it printed stands at POSITION of the file. A line is written where a lease's
/// first piece comes, after a gap, and (with the largest OFFSET there is) where the log is cut because it is too long. So a coordinator that restarts knows where it stopped, and a piece that comes
/// twice is recognised.
struct RunLogs {
    private struct Key: Hashable {
        var index: UInt32
        var stream: LogStream
    }

    /// The end of one file.
    private struct Tail {
        var epoch: UInt64
        /// The bytes of the lease's stream that are in the file, or are known to be lost.
        var next: UInt64
        /// The file's length.
        var size: UInt64
    }

    private let folder: String
    private let limits: RunLimits
    private var tails: [Key: Tail] = [:]
    /// The lengths of all files together.
    private var total: UInt64 = 0
    private var indexPath: String { "\(folder)/logs.index" }

    static func path(_ index: UInt32, _ stream: LogStream, in folder: String) -> String {
        "\(folder)/\(index).\(stream == .output ? "out" : "err")"
    }

    init(folder: String, limits: RunLimits) throws {
        self.folder = folder
        self.limits = limits
        let bytes = try Files.readWhole(indexPath)
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
            guard words.count == 5, let index = UInt32(words[0]), let stream = LogStream(rawValue: words[1]),
                let epoch = UInt64(words[2]), let offset = UInt64(words[3]), let position = UInt64(words[4])
            else { continue }  // A line that a power cut left torn; the next piece writes its own.
            let size = try Files.size(Self.path(index, stream, in: folder)) ?? 0
            // A worker may lie about offsets: a sum beyond the largest number says that nothing more can come.
            let (next, overflow) = offset.addingReportingOverflow(size > position ? size - position : 0)
            tails[Key(index: index, stream: stream)] = Tail(epoch: epoch, next: overflow ? .max : next, size: size)
        }
        total = tails.values.reduce(0) { $0 + $1.size }
        if let last = bytes.last, last != UInt8(ascii: "\n") { try append("\n", to: indexPath) }
    }

    /// - Parameter room: what the job's tenant may still keep.
    mutating func append(
        _ lease: Lease, _ stream: LogStream, offset: UInt64, bytes: [UInt8], room tenantRoom: UInt64
    ) throws -> Int {
        let key = Key(index: lease.task.index, stream: stream)
        let path = Self.path(key.index, stream, in: folder)
        let epoch = lease.epoch.number
        let known = tails[key]
        if let known, epoch < known.epoch { return 0 }
        let isContinued = known?.epoch == epoch
        let next = isContinued ? known!.next : 0
        let (end, overflow) = offset.addingReportingOverflow(UInt64(bytes.count))
        guard !overflow, end > next else { return 0 }

        var size = try known?.size ?? Files.size(path) ?? 0
        if offset > next {
            let note = "\n[banquet: \(offset - next) bytes of this log were lost]\n"
            try append(note, to: path)
            size += UInt64(note.utf8.count)
        }
        let start = max(offset, next)
        if offset > next || !isContinued {
            try append("\(key.index) \(stream.rawValue) \(epoch) \(start) \(size)\n", to: indexPath)
        }
        let room = min(
            limits.unitLogBytes - min(size, limits.unitLogBytes), limits.jobLogBytes - min(total, limits.jobLogBytes),
            tenantRoom)
        let fresh = Int(min(end - start, room))
        let skipped = bytes.count - Int(end - start)
        try bytes.withUnsafeBytes {
            try Files.append(path, UnsafeRawBufferPointer(rebasing: $0[skipped..<skipped + fresh]))
        }
        size += UInt64(fresh)
        if UInt64(fresh) < end - start {
            return fresh + (try cut(key, epoch, at: path, size, isTenants: room == tenantRoom))
        }
        keep(key, Tail(epoch: epoch, next: end, size: size))
        return fresh
    }

    /// The log is as long as it may be: says so at its end, once, and drops what this lease prints from here on.
    private mutating func cut(
        _ key: Key, _ epoch: UInt64, at path: String, _ size: UInt64, isTenants: Bool
    ) throws -> Int {
        var size = size
        var note = ""
        // Of a job with very many units, not each says so.
        if size <= limits.unitLogBytes, total <= limits.jobLogBytes + 65_536, !isTenants || tails.count < 100 {
            let isUnits = size == limits.unitLogBytes
            let reason =
                isTenants && !isUnits
                ? "its tenant keeps as many bytes of logs as it may (tenants: log-bytes)"
                : "its \(isUnits ? "unit" : "job") has printed \(isUnits ? limits.unitLogBytes : limits.jobLogBytes) bytes, "
                    + "and may print no more (limits: \(isUnits ? "log-bytes" : "job-log-bytes"))"
            note = "\n[banquet: this log is cut here: \(reason)]\n"
            try append(note, to: path)
            size += UInt64(note.utf8.count)
        }
        try append("\(key.index) \(key.stream.rawValue) \(epoch) \(UInt64.max) \(size)\n", to: indexPath)
        keep(key, Tail(epoch: epoch, next: .max, size: size))
        return note.utf8.count
    }

    private mutating func keep(_ key: Key, _ tail: Tail) {
        total += tail.size - min(tail.size, tails[key]?.size ?? 0)
        tails[key] = tail
    }

    private func append(_ text: String, to path: String) throws {
        var text = text
        try text.withUTF8 { try Files.append(path, UnsafeRawBufferPointer($0)) }
    }
}
