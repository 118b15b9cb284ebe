import Coordination
import Testing
import Wire

@Suite struct RoundTripTests {
    let codec = WireCodec()

    @Test(arguments: 0..<Generator.cases) func everyMessageComesBackAsItWas(_ kind: Int) throws {
        var generator = Generator(seed: UInt64(kind))
        for _ in 0..<100 {
            let message = generator.message(kind)
            let frame = try codec.encode(message)
            #expect(try codec.decode(frame) == message)
            #expect(try codec.encode(message) == frame)
        }
    }

    @Test func largeCheckpointFits() throws {
        let bytes = [UInt8](repeating: 7, count: 4 << 20)
        let lease = Lease(TaskID(JobID(1), 0), Epoch(2))
        let message = WireMessage.fromWorker(.checkpoint(lease, step: 3, bytes: bytes))
        #expect(try codec.decode(try codec.encode(message)) == message)
    }

    @Test func manyAssignmentsFitInOneFrame() throws {
        let messages = (0..<512 as Range<UInt32>).map { index in
            CoordinatorMessage.assign(
                Assignment(
                    lease: Lease(TaskID(JobID(1), index), Epoch(UInt64(index))),
                    program: .builtin("noop", parameters: [:]),
                    environment: [:], workingDirectory: nil, slots: 1, isGang: false, worldSize: 1, attempt: 1))
        }
        #expect(try codec.decode(try codec.encode(.toWorkers(messages))) == .toWorkers(messages))
    }

    @Test func manyHeldLeasesFit() throws {
        let held = (0..<65_536).map { HeldLease(Lease(TaskID(JobID(1), UInt32($0)), Epoch(UInt64($0))), .running) }
        let message = WireMessage.fromWorker(
            .heartbeat(Heartbeat(incarnation: Incarnation(1), sequence: 2, held: held)))
        #expect(try codec.decode(try codec.encode(message)) == message)
    }
}
