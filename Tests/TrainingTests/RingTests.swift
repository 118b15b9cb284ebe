import Foundation
import Messaging
import Testing

@testable import Training

@Suite struct RingFrameTests {
    static let frame = RingFrame(
        generation: 3, jobKey: 0x0102_0304_0506_0708, collective: 1 << 40, hop: 2, chunk: 1, sender: 4, count: 2)

    static func bytes(_ frame: RingFrame, payload: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: RingFrame.size + payload)
        bytes.withUnsafeMutableBytes { frame.write(to: $0.baseAddress!) }
        return bytes
    }

    @Test func roundTripAndLayout() {
        let bytes = Self.bytes(Self.frame, payload: 8)
        #expect(bytes.withUnsafeBytes { RingFrame($0) } == Self.frame)
        #expect(Array(bytes[..<16]) == Array("BQRG".utf8) + [3, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1])
    }

    @Test func otherLengthsAndMagicAreNoFrames() {
        for payload in [0, 4, 7, 9, 12] {
            #expect(Self.bytes(Self.frame, payload: payload).withUnsafeBytes { RingFrame($0) } == nil)
        }
        let bytes = Self.bytes(Self.frame, payload: 8)
        for length in 0..<RingFrame.size { #expect(bytes[..<length].withUnsafeBytes { RingFrame($0) } == nil) }
        var other = bytes
        other[0] ^= 1
        #expect(other.withUnsafeBytes { RingFrame($0) } == nil)
    }
}

@Suite struct RingAllReduceTests {
    /// Values whose sums are exact, whatever their order.
    static func wholeNumbers(rank: Int, count: Int) -> [Float] {
        (0..<count).map { Float((rank + 1) * ($0 + 3) % 101) }
    }

    /// Values whose sums are rounded.
    static func fractions(rank: Int, count: Int) -> [Float] {
        var random = SplitMix64(seed: 9, stream: UInt64(rank))
        return (0..<count).map { _ in random.next(within: 3) }
    }

    @Test(arguments: 2...5, [0, 1, 2, 3, 4, 5, 7, 64, 1001]) func equalsTheDirectSum(size: Int, count: Int) async throws
    {
        let results = try await inRing(of: size) { rank, ring in
            var exact = Self.wholeNumbers(rank: rank, count: count)
            var rounded = Self.fractions(rank: rank, count: count)
            try exact.withUnsafeMutableBufferPointer { try ring.sum($0) }
            try rounded.withUnsafeMutableBufferPointer { try ring.sum($0) }
            return (exact, rounded)
        }
        #expect(results.count == size)
        let whole = (0..<size).map { Self.wholeNumbers(rank: $0, count: count) }
        let broken = (0..<size).map { Self.fractions(rank: $0, count: count) }
        let exact = (0..<count).map { index in whole.reduce(0) { $0 + $1[index] } }
        let inDouble = (0..<count).map { index in broken.reduce(0.0) { $0 + Double($1[index]) } }
        for (sums, rounded) in results {
            #expect(sums == exact)
            // All ranks end with the same bits.
            #expect(rounded.map(\.bitPattern) == results[0].1.map(\.bitPattern))
            #expect(zip(rounded, inDouble).allSatisfy { abs(Double($0) - $1) < 1e-5 })
        }
    }

    @Test func chunksCoverTheVectorOnce() {
        for size in 1...9 {
            for count in 0...40 {
                let ranges = (0..<size).map { RingAllReduce.range(chunk: $0, of: count, worldSize: size) }
                #expect(ranges.flatMap(Array.init) == Array(0..<count))
                #expect(ranges.map(\.count).max()! - ranges.map(\.count).min()! <= 1)
            }
        }
    }

    @Test func manyInARowKeepInStep() async throws {
        let results = try await inRing(of: 3) { rank, ring in
            var total: Float = 0
            for round in 0..<200 {
                var values: [Float] = [Float(round), Float(rank), 1, 0]
                try values.withUnsafeMutableBufferPointer { try ring.sum($0) }
                #expect(values == [Float(3 * round), 3, 3, 0])
                total += values[0]
            }
            return total
        }
        #expect(results == [Float](repeating: 3 * 199 * 100, count: 3))
    }

    /// One rank leaves; both others end with an error that names the neighbour that they wait for.
    @Test func aLostRankEndsTheOthers() async throws {
        let complaints = try await inRing(of: 3, patience: .milliseconds(300)) { rank, ring in
            if rank == 1 { return "" }
            do {
                var values: [Float] = [1, 2, 3]
                try values.withUnsafeMutableBufferPointer { try ring.sum($0) }
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        #expect(
            complaints[0].contains("ring: rank 2 has sent nothing")
                || complaints[0].contains("rank 1 has taken nothing"))
        #expect(complaints[2].contains("ring: rank 1 has sent nothing"))
    }

    /// Frames of another generation, of another job, and noise are dropped; the right frames still count.
    @Test func strangersAreDropped() async throws {
        let context = try MessagingContext()
        let lefts = try (0..<2).map { _ in Handover(try BlockingSocket(.pull, in: context)) }
        let endpoints = try lefts.map { try $0.socket.bind("tcp://127.0.0.1:*") }
        let stranger = try BlockingSocket(.push, in: context)
        try stranger.connect(endpoints[0])
        let key = GangMember(job: "j1", generation: 2, rank: 0, worldSize: 2).jobKey
        let old = RingFrame(generation: 1, jobKey: key, collective: 0, hop: 0, chunk: 1, sender: 1, count: 1)
        var foreign = old
        foreign.generation = 2
        foreign.jobKey ^= 1
        try stranger.send(RingFrameTests.bytes(old, payload: 4), deadline: seconds(20))
        try stranger.send(RingFrameTests.bytes(foreign, payload: 4), deadline: seconds(20))
        try stranger.send(Array("GET / HTTP/1.1".utf8), deadline: seconds(20))
        try stranger.send(frames: [[1], [2]], deadline: seconds(20))
        let results = await onThreads(2) { rank in
            let right = try BlockingSocket(.push, in: context)
            let ring = RingAllReduce(
                member: GangMember(job: "j1", generation: 2, rank: rank, worldSize: 2), left: lefts[rank].socket,
                right: right, patience: .seconds(30))
            try right.connect(endpoints[1 - rank])
            var seen = 0
            // Summing goes on until the stranger's five frames have come through, then three times more.
            var rounds = 0
            var stop: Float = 0
            while stop == 0 {
                rounds += 1
                seen = ring.strayFrames
                var values: [Float] = [Float(rank + 1), 10, rank == 0 && (seen >= 5 || rounds > 100_000) ? 1 : 0]
                try values.withUnsafeMutableBufferPointer { try ring.sum($0) }
                #expect(values[0] == 3 && values[1] == 20)
                stop = values[2]
            }
            return seen
        }
        #expect(try results[0].get() == 5)
        #expect(try results[1].get() == 0)
    }

    /// What rank 0 of 2 answers to frames that are written by hand: sums of [1, 2] until it throws.
    static func sums(of frames: [(RingFrame, Float)]) async throws -> (sums: [[Float]], error: TrainingError?) {
        let context = try MessagingContext()
        let left = Handover(try BlockingSocket(.pull, in: context))
        let endpoint = try left.socket.bind("tcp://127.0.0.1:*")
        let sink = try BlockingSocket(.pull, in: context)
        let sinkEndpoint = try sink.bind("tcp://127.0.0.1:*")
        let neighbour = try BlockingSocket(.push, in: context)
        try neighbour.connect(endpoint)
        for (frame, value) in frames {
            var bytes = RingFrameTests.bytes(frame, payload: 4)
            withUnsafeBytes(of: value) { bytes.replaceSubrange(RingFrame.size..., with: $0) }
            try neighbour.send(bytes, deadline: seconds(20))
        }
        let results = await onThreads(1) { _ in
            let right = try BlockingSocket(.push, in: context)
            try right.connect(sinkEndpoint)
            let ring = RingAllReduce(member: member, left: left.socket, right: right, patience: .seconds(20))
            var sums: [[Float]] = []
            while sums.count < 9 {
                do {
                    var values: [Float] = [1, 2]
                    try values.withUnsafeMutableBufferPointer { try ring.sum($0) }
                    sums.append(values)
                } catch let error as TrainingError {
                    return (sums, TrainingError?.some(error))
                }
            }
            return (sums, nil)
        }
        withExtendedLifetime((sink, neighbour)) {}
        return try results[0].get()
    }

    static let member = GangMember(job: "j1", generation: 2, rank: 0, worldSize: 2)

    static func frame(collective: UInt64, hop: UInt32, chunk: UInt32) -> RingFrame {
        RingFrame(
            generation: 2, jobKey: member.jobKey, collective: collective, hop: hop, chunk: chunk, sender: 1, count: 1)
    }

    /// A frame of this very generation that does not fit is no stranger but a broken neighbour.
    @Test func aNeighbourOutOfStepIsAnError() async throws {
        let (sums, error) = try await Self.sums(of: [(Self.frame(collective: 7, hop: 0, chunk: 1), 5)])
        #expect(sums == [])
        #expect(error?.description.contains("got all-reduce 7, hop 0") == true)
        #expect(error?.description.contains("expected all-reduce 0, hop 0") == true)
    }

    /// The frames of one all-reduce can't pass for those of the next.
    @Test func aDoubledFrameIsAnError() async throws {
        let first = Self.frame(collective: 0, hop: 0, chunk: 1)
        let second = Self.frame(collective: 0, hop: 1, chunk: 0)
        let (sums, error) = try await Self.sums(of: [(first, 5), (second, 40), (first, 5)])
        #expect(sums == [[40, 7]])
        #expect(error?.description.contains("got all-reduce 0, hop 0") == true)
        #expect(error?.description.contains("expected all-reduce 1, hop 0") == true)
    }
}
