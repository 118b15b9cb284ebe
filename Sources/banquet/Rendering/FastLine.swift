import Coordination

/// Reads the lines that make up most of a journal (a unit granted, taken, ended) without building a JSON document: a million of them
/// are to be read in seconds. Whatever else a line is, and whatever is unusual about it, is left to the general reader.
enum FastLine {
    /// Nil for a line that isn't one of these.
    static func entry(_ bytes: UnsafeRawBufferPointer) -> JournalEntry? {
        var reader = Reader(bytes: bytes)
        return reader.entry()
    }

    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        var place = 0

        private mutating func skip(_ text: StaticString) -> Bool {
            let count = text.utf8CodeUnitCount
            guard place + count <= bytes.count else { return false }
            for offset in 0..<count where bytes[place + offset] != text.utf8Start[offset] { return false }
            place += count
            return true
        }

        private mutating func number() -> UInt64? {
            let start = place
            var value: UInt64 = 0
            while place < bytes.count, case let digit = bytes[place] &- 48, digit <= 9 {
                guard place - start < 19 else { return nil }
                value = value * 10 + UInt64(digit)
                place += 1
            }
            return place > start ? value : nil
        }

        private mutating func worker() -> WorkerName? {
            let start = place
            while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
                guard place - start < 64, bytes[place] != UInt8(ascii: "\\") else { return nil }
                place += 1
            }
            return WorkerName(String(decoding: bytes[start..<place], as: UTF8.self))
        }

        /// As `banquet simulate --trace` writes it: keys sorted.
        mutating func entry() -> JournalEntry? {
            if skip("{\"event\":{") { return trace() }
            return line()
        }

        private mutating func end(_ event: ProtocolEvent) -> JournalEntry? {
            var isUnverified = false
            if skip(",\"isUnverified\":") {
                if skip("true") { isUnverified = true } else if !skip("false") { return nil }
            }
            guard skip(",\"sequence\":"), let sequence = number(), skip(",\"time\":{\"milliseconds\":"),
                let time = number().flatMap({ Int64(exactly: $0) }), skip("}}"), place == bytes.count
            else { return nil }
            return JournalEntry(
                sequence: sequence, time: Timestamp(milliseconds: time), event: event, isUnverified: isUnverified)
        }

        private mutating func lease() -> Lease? {
            guard skip("\"_0\":{\"epoch\":{\"number\":"), let epoch = number(), skip("},\"task\":{\"index\":"),
                let index = number().flatMap({ UInt32(exactly: $0) }), skip(",\"job\":\"j"), let job = number(),
                skip("\"}}")
            else { return nil }
            return Lease(TaskID(JobID(job), index), Epoch(epoch))
        }

        private mutating func trace() -> JournalEntry? {
            if skip("\"assign\":{") {
                guard let lease = lease(), skip(",\"_1\":\""), let name = worker(), skip("\",\"attempt\":"),
                    let attempt = number().flatMap({ UInt32(exactly: $0) }), skip("}}")
                else { return nil }
                return end(.assign(lease, name, attempt: attempt))
            }
            if skip("\"accept\":{") {
                guard let lease = lease(), skip(",\"port\":"), let port = number().flatMap({ UInt16(exactly: $0) }),
                    skip("}}")
                else { return nil }
                return end(.accept(lease, port: port))
            }
            if skip("\"finish\":{") {
                guard let lease = lease(), skip("}}") else { return nil }
                return end(.finish(lease))
            }
            if skip("\"lapse\":{") {
                guard let lease = lease(), skip("}}") else { return nil }
                return end(.lapse(lease))
            }
            return nil
        }

        /// As `banquet journal --format json` writes it: keys sorted, numbers and names alone.
        private mutating func line() -> JournalEntry? {
            guard skip("{") else { return nil }
            var attempt: UInt32?
            var port: UInt16?
            if skip("\"attempt\":") {
                attempt = number().flatMap { UInt32(exactly: $0) }
                guard attempt != nil, skip(",") else { return nil }
            }
            guard skip("\"epoch\":"), let epoch = number(), skip(",\"event\":\"") else { return nil }
            let word = word()
            guard skip("\"") else { return nil }
            if skip(",\"port\":") {
                port = number().flatMap { UInt16(exactly: $0) }
                guard port != nil else { return nil }
            }
            guard skip(",\"sequence\":"), let sequence = number(), skip(",\"task\":\"j"), let job = number(), skip("."),
                let index = number().flatMap({ UInt32(exactly: $0) }), skip("\",\"time\":"),
                let time = number().flatMap({ Int64(exactly: $0) })
            else { return nil }
            var name: WorkerName?
            if skip(",\"worker\":\"") {
                name = worker()
                guard name != nil, skip("\"") else { return nil }
            }
            guard skip("}"), place == bytes.count else { return nil }
            let lease = Lease(TaskID(JobID(job), index), Epoch(epoch))
            let event: ProtocolEvent
            switch word {
            case .assign:
                guard let name, let attempt else { return nil }
                event = .assign(lease, name, attempt: attempt)
            case .accept:
                guard let port, attempt == nil else { return nil }
                event = .accept(lease, port: port)
            case .finish: event = .finish(lease)
            case .lapse: event = .lapse(lease)
            case nil: return nil
            }
            return JournalEntry(sequence: sequence, time: Timestamp(milliseconds: time), event: event)
        }

        private enum Word { case assign, accept, finish, lapse }

        private mutating func word() -> Word? {
            if skip("assign") { return .assign }
            if skip("accept") { return .accept }
            if skip("finish") { return .finish }
            return skip("lapse") ? .lapse : nil
        }
    }
}
