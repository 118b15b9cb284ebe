import Testing

@testable import Messaging

/// One that floods doesn't make the others wait for a whole batch of its own.
@Suite struct BatchSharesTests {
    private let start = ContinuousClock.now

    /// How many messages of a queue, which is there already, a batch takes: at most 32.
    private func batch(
        _ shares: inout BatchShares, of queue: some Sequence<UInt64>, at milliseconds: Int
    ) -> [UInt64] {
        shares.beginBatch()
        var batch: [UInt64] = []
        for connection in queue.prefix(32) {
            batch.append(connection)
            if shares.isOver(after: connection, at: start.advanced(by: .milliseconds(milliseconds))) { break }
        }
        return batch
    }

    @Test func oneAloneHasTheWholeBatch() {
        var shares = BatchShares()
        for round in 0..<3 {
            let all = batch(&shares, of: repeatElement(1, count: 100), at: round)
            #expect(all.count == 32)
        }
    }

    @Test func whileOthersSpeakNobodyHasMoreThanAShare() {
        var shares = BatchShares()
        let both = batch(&shares, of: [1, 2], at: 0)
        #expect(both == [1, 2])
        for time in 1..<100 {
            let part = batch(&shares, of: repeatElement(2, count: 100), at: time)
            #expect(part.count == BatchShares.share)
        }
        // Nobody else has spoken for a while.
        let all = batch(&shares, of: repeatElement(2, count: 100), at: 101)
        #expect(all.count == 32)
        // In turn, as libzmq hands them over: who has little to say is done before.
        let turns = batch(&shares, of: [1, 2, 1, 2, 1, 2, 2, 2, 2, 2, 2, 2, 2], at: 200)
        #expect(turns.count { $0 == 2 } == BatchShares.share)
        #expect(turns.count { $0 == 1 } == 3)
    }

    @Test func manyFillTheBatch() {
        var shares = BatchShares()
        _ = batch(&shares, of: [1, 2], at: 0)
        let full = batch(&shares, of: (0..<1000).lazy.map { UInt64($0 % 10) }, at: 1)
        #expect(full.count == 32)
    }
}
