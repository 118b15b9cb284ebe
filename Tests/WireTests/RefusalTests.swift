import Coordination
import Testing
import Wire

@Suite struct RefusalTests {
    let codec = WireCodec()

    private func frame(_ body: [UInt8], kind: UInt8 = 1, major: UInt8 = 1, minor: UInt8 = 1) -> [UInt8] {
        Array("BNQT".utf8) + [major, minor, kind, 0] + body
    }

    /// A field with a length: tag and bytes.
    private func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        var length = content.count
        var bytes: [UInt8] = [number << 3 | 2]
        repeat {
            bytes.append(UInt8(length & 0x7f) | (length > 0x7f ? 0x80 : 0))
            length >>= 7
        } while length > 0
        return bytes + content
    }

    @Test func shortAndForeignFrames() throws {
        let whole = try codec.encode(.fromWorker(.leave))
        #expect(throws: WireError.foreign) { try codec.decode([]) }
        for size in 1..<8 {
            #expect(throws: WireError.truncated(size: size)) { try codec.decode(Array(whole[..<size])) }
        }
        #expect(throws: WireError.foreign) { try codec.decode(Array("GET / HTTP/1.1\r\n\r\n".utf8)) }
        #expect(throws: WireError.foreign) { try codec.decode([1]) }
    }

    @Test func versions() throws {
        let leave: [UInt8] = [0x42, 0]
        #expect(try codec.decode(frame(leave)) == .fromWorker(.leave))
        // A newer minor version is read, and what it added is skipped.
        #expect(try codec.decode(frame(leave + field(15, [1, 2, 3]), minor: 9)) == .fromWorker(.leave))
        for major: UInt8 in [0, 2, 255] {
            #expect(throws: WireError.unknownVersion(have: WireVersion(major, 1), supported: .current)) {
                try codec.decode(frame(leave, major: major))
            }
        }
        #expect(throws: WireError.unknownKind(0)) { try codec.decode(frame(leave, kind: 0)) }
        #expect(throws: WireError.unknownKind(5)) { try codec.decode(frame(leave, kind: 5)) }
    }

    @Test func devicesAndKeys() throws {
        func beat(_ change: (inout DeviceState) -> Void) throws -> [UInt8] {
            var device = DeviceState(kind: "nvidia", name: "H100")
            change(&device)
            return try codec.encode(
                .fromWorker(
                    .heartbeat(Heartbeat(incarnation: Incarnation(1), sequence: 1, held: [], devices: [device]))))
        }
        #expect(throws: Never.self) { try codec.decode(try beat { _ in }) }
        // What would be shown on a terminal.
        for text in ["\u{1b}[2J", "H100\n", "ü"] {
            #expect(throws: WireError.self) { try codec.decode(try beat { $0.name = text }) }
            #expect(throws: WireError.self) { try codec.decode(try beat { $0.kind = text }) }
            #expect(throws: WireError.self) { try codec.decode(try beat { $0.throttle = text }) }
        }
        let start = try codec.encode(
            .toWorker(
                .start(
                    Lease(TaskID(JobID(1), 0), Epoch(1)),
                    Rendezvous(
                        host: "h", port: 1, localRank: 0, checkpointStep: nil,
                        gangKey: GangKey(revealed: String(repeating: "k", count: 40))))))
        // One character less than a key has: its field's length, and those around it.
        var short = start
        short.removeLast()
        short[short.lastIndex(of: 40)!] = 39
        short[9] -= 1
        #expect(throws: WireError.garbage(field: "start.gangKey", reason: "not 40 characters of Z85")) {
            try codec.decode(short)
        }
    }

    @Test func batches() throws {
        // A batch in a batch, an element that says nothing, and too many.
        #expect(throws: WireError.self) { try codec.decode(frame([0x4a, 0x04, 0x0a, 0x02, 0x4a, 0x00])) }
        #expect(throws: WireError.self) { try codec.decode(frame([0x4a, 0x02, 0x0a, 0x00])) }
        var limits = WireLimits()
        limits.batch = 2
        let two = try codec.encode(.fromWorkers([.leave, .leave]))
        #expect(try WireCodec(limits: limits).decode(two) == .fromWorkers([.leave, .leave]))
        #expect(throws: WireError.oversized(what: "batch", size: 3, limit: 2)) {
            try WireCodec(limits: limits).decode(try codec.encode(.fromWorkers([.leave, .leave, .leave])))
        }
    }

    @Test func sizes() throws {
        var limits = WireLimits()
        limits.frame = 1000
        limits.text = 100
        limits.held = 2
        limits.arguments = 2
        limits.pairs = 2
        let strict = WireCodec(limits: limits)
        let lease = Lease(TaskID(JobID(1), 0), Epoch(2))
        let log = WireMessage.fromWorker(.log(lease, .output, offset: 0, bytes: [UInt8](repeating: 1, count: 1000)))
        let whole = try codec.encode(log)
        #expect(throws: WireError.oversized(what: "frame", size: whole.count, limit: 1000)) { try strict.decode(whole) }
        #expect(throws: WireError.oversized(what: "frame", size: whole.count, limit: 1000)) { try strict.encode(log) }
        func refused(_ message: WireMessage, _ what: String, _ size: Int, _ limit: Int) throws {
            let frame = try codec.encode(message)
            #expect(throws: WireError.oversized(what: what, size: size, limit: limit)) { try strict.decode(frame) }
        }
        try refused(.fromWorker(.metrics(lease, json: String(repeating: "é", count: 51))), "metrics.json", 102, 100)
        let held = [HeldLease](repeating: HeldLease(lease, .running), count: 3)
        try refused(
            .fromWorker(.heartbeat(Heartbeat(incarnation: Incarnation(1), sequence: 1, held: held))), "heartbeat.held",
            3, 2)
        let long = JobSpecification(name: "j", shape: .array(tasks: 1), program: .command(["a", "b", "c"]))
        try refused(.request(.submit(long, key: "k"), number: 1), "submit.job.program.command.arguments", 3, 2)
        let crowded = JobSpecification(
            name: "j", shape: .array(tasks: 1), program: .command(["a"]), environment: ["A": "", "B": "", "C": ""])
        try refused(.request(.submit(crowded, key: "k"), number: 1), "submit.job.environment", 3, 2)
    }

    /// A worker that lies about how its program ended must not bring anybody to add 128 to the largest number.
    @Test(arguments: [
        (Outcome.exited(code: 256), "finish.outcome.exited"), (.exited(code: -1), "finish.outcome.exited"),
        (.signalled(signal: .max), "finish.outcome.signalled"), (.signalled(signal: 0), "finish.outcome.signalled"),
    ])
    func outcomesThatNoProcessHas(outcome: Outcome, field: String) throws {
        let frame = try codec.encode(.fromWorker(.finish(Lease(TaskID(JobID(1), 0), Epoch(1)), outcome)))
        do {
            _ = try codec.decode(frame)
            Issue.record("\(outcome) was taken")
        } catch .garbage(let named, _) {
            #expect(named == field)
        }
    }

    @Test func fieldsAreNamed() throws {
        func garbage(_ body: [UInt8], kind: UInt8 = 1, _ field: String, _ reason: String) {
            #expect(throws: WireError.garbage(field: field, reason: reason)) {
                try codec.decode(frame(body, kind: kind))
            }
        }
        garbage([], "frame", "none of a worker's messages known here")
        garbage(field(14, []), "frame", "none of a worker's messages known here")
        garbage([0xff, 0xff, 0xff], "frame", "its body is no protobuf message of this kind")
        garbage(field(3, []), "accept.lease", "missing")
        garbage(field(3, field(1, []) + [0x10, 0x80, 0x80, 0x04]), "accept.port", "65536 is no port")
        garbage(field(4, field(1, [])), "finish.outcome", "missing")
        garbage(field(4, field(1, []) + field(2, [])), "finish.outcome", "none of the outcomes known here")
        garbage(field(5, field(1, []) + field(2, [0xff])), "metrics.json", "not UTF-8")
        garbage(field(6, field(1, []) + [0x10, 3]), "log.stream", "none of the streams known here")
        garbage(field(1, field(1, [0x2f])), "join.worker", "not a worker's name (1 to 64 of A-Z a-z 0-9 . _ -)")
        garbage(field(1, field(1, [0x61])), "join.host", "not a host's name or address")
        garbage(
            field(1, field(1, [0x61]) + field(4, [0x68]) + field(5, field(1, []) + field(3, [])) + field(5, [])),
            "join.held[1].lease", "missing")
        // The coordinator's side, and a client's.
        garbage(field(3, field(1, [])), kind: 2, "assign.program", "missing")
        garbage(
            field(3, field(1, []) + field(2, field(1, field(1, [0x61, 0])))), kind: 2,
            "assign.program.command.arguments[0]",
            "it holds a zero byte")
        let pair = field(3, field(1, [0x61]))
        garbage(
            field(3, field(1, []) + field(2, field(1, [])) + pair + pair), kind: 2, "assign.environment[1].key",
            "it is there twice")
        garbage(field(2, field(1, [])), kind: 3, "submit.job.shape", "neither a gang nor an array")
        #expect(throws: WireError.self) { try codec.decode(frame(field(6, Array("{}".utf8)), kind: 4)) }
    }

    /// A list of empty messages is two bytes an element on the wire and many times that when unpacked.
    @Test func smallFramesDoNotGrowWithoutBound() throws {
        var list: [UInt8] = []
        for _ in 0..<2_000_000 { list += [0x2a, 0] }
        let hostile = frame(field(1, list))
        #expect(throws: WireError.garbage(field: "frame", reason: "it unpacks to far more than its size")) {
            try codec.decode(hostile)
        }
    }
}
