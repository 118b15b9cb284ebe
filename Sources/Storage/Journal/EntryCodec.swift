import Coordination

/// Journal entries as the content of a row: the entries of one commit, in order. An entry is
///
///     kind (1 byte; bit 7: unverified)   milliseconds since the entry before   what the kind says
///
/// The five events of every task have a kind of their own and only numbers in them; a worker's name is written at its first
/// occurrence in the row, and its number after that. So have the submission of a job that asks for nothing unusual
/// (`PlainSubmission`) and the good end of a job. All others are packed by their `Codable` conformance, so an event that the
/// vocabulary gains, or a field that jobs do, needs nothing here. docs/decisions/journal-encoding.md says why.
struct EntryCodec {
    private enum Kind: UInt8 {
        case other = 0
        case assign, accept, start, finish, lapse
        case submit, success
    }

    private static let unverified: UInt8 = 0x80

    /// Used again for every row.
    private var writer = ByteWriter()
    private var workers: [WorkerName: UInt64] = [:]

    /// - Precondition: there is one at least, and their sequence has no gap.
    mutating func encode(_ entries: [JournalEntry]) throws -> [UInt8] {
        writer.removeAll()
        workers.removeAll(keepingCapacity: true)
        writer.reserve(entries.count * 16)
        var time: Int64 = 0
        for entry in entries {
            try encode(entry, after: time)
            time = entry.time.milliseconds
        }
        return writer.bytes
    }

    private mutating func encode(_ entry: JournalEntry, after time: Int64) throws {
        func head(_ kind: Kind) {
            writer.byte(kind.rawValue | (entry.isUnverified ? Self.unverified : 0))
            // Of a clock that ran backwards too: zigzag, as protobuf's sint64.
            let step = entry.time.milliseconds &- time
            writer.number(UInt64(bitPattern: step << 1 ^ step >> 63))
        }
        switch entry.event {
        case .assign(let lease, let worker, let attempt):
            head(.assign)
            write(lease)
            write(worker)
            writer.number(UInt64(attempt))
        case .accept(let lease, let port):
            head(.accept)
            write(lease)
            writer.number(UInt64(port))
        case .start(let job, let attempt):
            head(.start)
            writer.number(job.number)
            writer.number(UInt64(attempt))
        case .finish(let lease):
            head(.finish)
            write(lease)
        case .lapse(let lease):
            head(.lapse)
            write(lease)
        case .submit(let job, let specification, let key) where PlainSubmission.holds(specification):
            head(.submit)
            writer.number(job.number)
            writer.text(key)
            PlainSubmission.write(specification, to: &writer)
        case .end(let job, .succeeded):
            head(.success)
            writer.number(job.number)
        default:
            head(.other)
            writer.block(try PackedEncoder.encode(entry.event))
        }
    }

    private mutating func write(_ lease: Lease) {
        writer.number(lease.task.job.number)
        writer.number(UInt64(lease.task.index))
        writer.number(lease.epoch.number)
    }

    private mutating func write(_ worker: WorkerName) {
        if let number = workers[worker] { return writer.number(number) }
        let number = UInt64(workers.count)
        workers[worker] = number
        writer.number(number)
        writer.text(worker.description)
    }

    /// Hands over the entries of a row.
    /// - Parameter first: the sequence number of the row's first entry.
    /// - Returns: how many there were.
    /// - Throws: `Unreadable`, naming the entry, and what `body` throws.
    static func decode(
        _ content: UnsafeRawBufferPointer, from first: UInt64, _ body: (JournalEntry) throws -> Void
    ) throws -> UInt64 {
        var reader = ByteReader(content)
        var sequence = first
        var time: Int64 = 0
        var workers: [WorkerName] = []
        while !reader.isAtEnd {
            let entry: JournalEntry
            do {
                let kind = try reader.byte()
                let step = try reader.number()
                time &+= Int64(bitPattern: step >> 1) ^ -Int64(bitPattern: step & 1)
                let event = try event(kind & ~unverified, from: &reader, &workers)
                entry = JournalEntry(
                    sequence: sequence, time: Timestamp(milliseconds: time), event: event,
                    isUnverified: kind & unverified != 0)
            } catch let error as Unreadable {
                throw Unreadable(reason: "entry \(sequence): \(error.reason)")
            }
            try body(entry)
            sequence += 1
        }
        return sequence - first
    }

    private static func event(
        _ kind: UInt8, from reader: inout ByteReader, _ workers: inout [WorkerName]
    ) throws -> ProtocolEvent {
        switch Kind(rawValue: kind) {
        case .assign:
            let lease = try lease(&reader)
            return .assign(lease, try worker(&reader, &workers), attempt: try reader.small("an attempt"))
        case .accept: return .accept(try lease(&reader), port: try reader.small("a port"))
        case .start: return .start(JobID(try reader.number()), attempt: try reader.small("an attempt"))
        case .finish: return .finish(try lease(&reader))
        case .lapse: return .lapse(try lease(&reader))
        case .submit:
            let job = JobID(try reader.number())
            let key = try reader.text()
            return .submit(job, try PlainSubmission.read(from: &reader), key: key)
        case .success: return .end(JobID(try reader.number()), .succeeded)
        case .other: return try PackedDecoder.decode(ProtocolEvent.self, from: try reader.block())
        case nil: throw Unreadable(reason: "there is no kind \(kind)")
        }
    }

    private static func lease(_ reader: inout ByteReader) throws -> Lease {
        let job = JobID(try reader.number())
        let index: UInt32 = try reader.small("a task's index")
        return Lease(TaskID(job, index), Epoch(try reader.number()))
    }

    private static func worker(_ reader: inout ByteReader, _ workers: inout [WorkerName]) throws -> WorkerName {
        let number = try reader.number()
        if number < UInt64(workers.count) { return workers[Int(number)] }
        guard number == UInt64(workers.count) else { throw Unreadable(reason: "there is no worker \(number)") }
        let text = try reader.text()
        guard let name = WorkerName(text) else { throw Unreadable(reason: "\"\(text)\" is no worker's name") }
        workers.append(name)
        return name
    }
}
