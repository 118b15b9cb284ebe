import Coordination
import Testing
import Wire

/// Frames as they were in version 1.0 of the wire. A difference here is another major version: this one's minor versions only
/// add fields, and write the same as before where these aren't used.
@Suite struct GoldenTests {
    static let lease = Lease(TaskID(JobID(12), 3), Epoch(77))
    static let frames: [(WireMessage, String)] = [
        (.fromWorker(.leave), "424e5154010001004200"),
        (
            .fromWorker(
                .join(
                    Join(
                        worker: WorkerName("w1")!, incarnation: Incarnation(1_700_000_000_000_000), sequence: 1,
                        slots: 4,
                        host: "127.0.0.1",
                        held: [
                            HeldLease(lease, .accepted(port: 0)), HeldLease(lease, .running),
                            HeldLease(lease, .finished(.exited(code: 7))),
                        ]))),
            "424e5154010001000a420a027731108080f9c0c1c48203180422093132372e302e302e312a0a0a06080c100318"
                + "4d10002a0a0a06080c1003184d1a002a0c0a06080c1003184d2202080e3001"
        ),
        (
            .fromWorker(.heartbeat(Heartbeat(incarnation: Incarnation(5), sequence: 300, held: []))),
            "424e5154010001001205080510ac02"
        ),
        (.fromWorker(.accept(lease, port: 29_500)), "424e5154010001001a0c0a06080c1003184d10bce601"),
        (.fromWorker(.finish(lease, .signalled(signal: 9))), "424e515401000100220c0a06080c1003184d12021012"),
        (.fromWorker(.finish(lease, .stopped)), "424e515401000100220c0a06080c1003184d12021a00"),
        (
            .fromWorker(.finish(lease, .notStarted(reason: "no such file"))),
            "424e51540100010022180a06080c1003184d120e220c6e6f20737563682066696c65"
        ),
        (
            .fromWorker(.metrics(lease, json: "{\"epoch\":1}")),
            "424e5154010001002a150a06080c1003184d120b7b2265706f6368223a317d"
        ),
        (
            .fromWorker(.log(lease, .error, offset: 10, bytes: [104, 105, 10])),
            "424e51540100010032110a06080c1003184d1002180a220368690a"
        ),
        (
            .fromWorker(.checkpoint(lease, step: 9, bytes: [1, 2, 3])),
            "424e5154010001003a0f0a06080c1003184d10091a03010203"
        ),
        (
            .toWorker(
                .welcome(Terms(heartbeatMilliseconds: 500, leaseMilliseconds: 3000), sequence: 1, floor: Epoch(70))),
            "424e5154010002000a0a08f40310b81718012046"
        ),
        (.toWorker(.refuse(reason: "name in use")), "424e515401000200120b6e616d6520696e20757365"),
        (
            .toWorker(
                .assign(
                    Assignment(
                        lease: lease, program: .command(["/bin/echo", "hi"]),
                        environment: ["B": "2", "A": "1"], workingDirectory: "/tmp", slots: 2, isGang: true,
                        worldSize: 3,
                        attempt: 1))),
            "424e5154010002001a390a06080c1003184d12110a0f0a092f62696e2f6563686f0a0268691a060a0141120131"
                + "1a060a014212013222042f746d702802300138034001"
        ),
        (
            .toWorker(
                .start(lease, Rendezvous(host: "10.0.0.7", port: 29_500, localRank: 1, checkpointStep: 9)),
                checkpoint: [1, 2, 3]),
            "424e51540100020022210a06080c1003184d120831302e302e302e3718bce60120012a0708091203010203"
        ),
        (
            .toWorker(.start(lease, Rendezvous(host: "h", port: 1, localRank: 0, checkpointStep: nil))),
            "424e515401000200220d0a06080c1003184d1201681801"
        ),
        (.toWorker(.stop(lease, graceMilliseconds: 2000)), "424e5154010002002a0b0a06080c1003184d10d00f"),
        (.toWorker(.settle(lease)), "424e5154010002003206080c1003184d"),
        (.toWorker(.renew(sequence: 300, floor: Epoch(70))), "424e5154010002003a0508ac021046"),
        (.toWorker(.fence(Incarnation(5))), "424e5154010002004005"),
        (.toWorker(.probe), "424e5154010002005200"),
        (
            .request(
                .submit(
                    JobSpecification(
                        name: "digits", tenant: "ml", shape: .gang(ranks: 3),
                        program: .builtin("digits", parameters: ["epochs": "30"]), environment: ["A": "1"],
                        workingDirectory: nil, slots: 1, retries: 2, crashLimit: 5,
                        retryDelayMilliseconds: 0), key: "k-1"), number: 1),
            "424e5154010003000801123d0a360a0664696769747312026d6c18032a1812160a06646967697473120c0a0665"
                + "706f6368731202333032060a014112013140014802500512036b2d31"
        ),
        (.request(.cancel(JobID(12)), number: 2), "424e5154010003000802180c"),
        (.request(.jobs(after: JobID(0)), number: 3), "424e51540100030008032200"),
        (.request(.jobs(after: JobID(7)), number: 3), "424e515401000300080322020807"),
        (.request(.show(JobID(12)), number: 4), "424e5154010003000804280c"),
        (.request(.workers, number: 5), "424e51540100030008053200"),
        (.request(.watch(JobID(12), events: false, output: true), number: 6), "424e51540100030008063a04080c1001"),
        (
            .request(.log(TaskID(JobID(12), 3), .output, offset: 100, limit: 65_536), number: 7),
            "424e5154010003000807420c080c10031801206428808004"
        ),
        (.request(.wait(JobID(12)), number: 8), "424e5154010003000808600c"),
        (.request(.waitFor(key: "k"), number: 9), "424e51540100030008096a016b"),
        (.reply(.submitted(JobID(12)), number: 1), "424e5154010004000801100c"),
        (.reply(.cancelled(JobID(12)), number: 2), "424e5154010004000802180c"),
        (.reply(.refused(reason: "too large"), number: 3), "424e51540100040008032209746f6f206c61726765"),
        (
            .reply(.busy(reason: "later", retryMilliseconds: 500), number: 3),
            "424e51540100040008035a0a0a056c6174657210f403"
        ),
        (.request(.retry(JobID(12), key: "k"), number: 9), "424e51540100030008095a05080c12016b"),
        (.reply(.jobs([]), number: 4), "424e51540100040008042a025b5d"),
        (
            .reply(.update(.metrics(index: 1, json: "{}")), number: 5),
            "424e515401000400080542237b226d657472696373223a7b22696e646578223a312c226a736f6e223a227b7d227d7d"
        ),
        (
            .reply(.output(TaskID(JobID(12), 3), .output, offset: 100, bytes: [1]), number: 6),
            "424e51540100040008064a0b080c1003180120642a0101"
        ),
        (.reply(.log(bytes: [1, 2], offset: 100, ended: true), number: 7), "424e515401000400080752080a02010210641801"),
        (.reply(.ended(JobID(12), .succeeded), number: 8), "424e51540100040008086204080c1200"),
        (
            .reply(.ended(JobID(12), .failed(code: -1, reason: "x")), number: 9),
            "424e51540100040008096209080c1a050801120178"
        ),
        (.reply(.ended(JobID(12), .cancelled), number: 10), "424e515401000400080a6204080c2200"),
    ]

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    @Test(arguments: 0..<frames.count) func framesAreAsTheyWere(_ index: Int) throws {
        let (message, expected) = Self.frames[index]
        var frame = try WireCodec().encode(message)
        #expect(frame[5] == WireVersion.current.minor)
        #expect(try WireCodec().decode(frame) == message)
        frame[5] = 0
        #expect(Self.hexadecimal(frame) == expected)
        // As a peer of the version before says it.
        frame[5] = WireVersion.current.minor - 1
        #expect(try WireCodec().decode(frame) == message)
    }
}
