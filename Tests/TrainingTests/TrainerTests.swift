import Foundation
import Testing

@testable import Training

@Suite struct TrainerTests {
    static let dataset = try! DigitsDataset.bundled()

    /// Small, so that a debug build is done with it in no time.
    static func settings(_ change: (inout DigitsSettings) -> Void = { _ in }) -> DigitsSettings {
        var settings = DigitsSettings()
        settings.hidden = 16
        settings.batch = 100
        settings.epochs = 3
        change(&settings)
        return settings
    }

    static func train(
        _ settings: DigitsSettings, _ rank: Int, _ size: Int, _ ring: RingAllReduce?, epochs: Int,
        from: Checkpoint? = nil
    ) throws -> (Checkpoint, DigitsTrainer.Epoch) {
        var trainer = DigitsTrainer(settings: settings, dataset: dataset, rank: rank, worldSize: size, from: from)
        var last = DigitsTrainer.Epoch(loss: .nan, accuracy: .nan, duration: .zero)
        for _ in 0..<epochs { last = try trainer.trainEpoch(over: ring) }
        return (trainer.checkpoint, last)
    }

    /// The gang takes the steps of one rank, up to the order of sums; and its ranks agree bit for bit.
    @Test(arguments: [2, 3, 5]) func aGangTrainsAsOneRankDoes(size: Int) async throws {
        let settings = Self.settings()
        let (alone, result) = try Self.train(settings, 0, 1, nil, epochs: 1)
        let gang = try await inRing(of: size) { rank, ring in
            try Self.train(settings, rank, size, ring, epochs: 1)
        }
        for (checkpoint, epoch) in gang {
            #expect(checkpoint.step == alone.step)
            #expect(checkpoint.parameters.map(\.bitPattern) == gang[0].0.parameters.map(\.bitPattern))
            #expect(checkpoint.velocity.map(\.bitPattern) == gang[0].0.velocity.map(\.bitPattern))
            #expect(epoch.accuracy == gang[0].1.accuracy && epoch.loss == gang[0].1.loss)
            let furthest = zip(checkpoint.parameters, alone.parameters).map { abs($0 - $1) }.max() ?? .nan
            #expect(furthest < 1e-3)
            #expect(abs(epoch.loss - result.loss) < 1e-3)
            #expect(abs(epoch.accuracy - result.accuracy) < 0.02)
        }
        // A step was taken at all, and a far larger one than the tolerance.
        let start = Perceptron(hidden: 16, seed: 1).parameters
        #expect(zip(start, alone.parameters).map { abs($0 - $1) }.max() ?? 0 > 0.05)
    }

    /// A batch smaller than the gang, so that some ranks have no image.
    @Test func idleRanksDoNoHarm() async throws {
        let settings = Self.settings { $0.batch = 721 }
        let small = Self.settings { $0.batch = 2 }
        for settings in [settings, small] {
            let shares = (0..<5).map {
                DigitsTrainer(settings: settings, dataset: Self.dataset, rank: $0, worldSize: 5, from: nil)
            }
            for count in [1, 2, 4, 5, 721] {
                #expect(shares.flatMap { Array($0.share(of: count)) } == Array(0..<count))
            }
        }
        let images = Self.dataset.training.count
        let lonely = Self.settings { $0.batch = images - 1 }  // the second batch has one image
        let (alone, _) = try Self.train(lonely, 0, 1, nil, epochs: 1)
        let gang = try await inRing(of: 3) { rank, ring in try Self.train(lonely, rank, 3, ring, epochs: 1).0 }
        for checkpoint in gang {
            #expect(checkpoint.step == 2)
            #expect(zip(checkpoint.parameters, alone.parameters).allSatisfy { abs($0 - $1) < 1e-4 })
        }
    }

    /// Three epochs at once, or one, a restart from its checkpoint as it comes back from disk, and two more: the same bits.
    @Test(arguments: [1, 3]) func aRestartChangesNothing(size: Int) async throws {
        let settings = Self.settings()
        let folder = try TemporaryFolder()
        func gang(epochs: Int, from: Checkpoint?) async throws -> [Checkpoint] {
            if size == 1 { return [try Self.train(settings, 0, 1, nil, epochs: epochs, from: from).0] }
            return try await inRing(of: size) { rank, ring in
                try Self.train(settings, rank, size, ring, epochs: epochs, from: from).0
            }
        }
        let straight = try await gang(epochs: 3, from: nil)
        let path = try CheckpointFile.save(try await gang(epochs: 1, from: nil)[0], folder: folder.path)
        let restored = try CheckpointFile.load(path)
        #expect(restored.epoch == 1)
        let resumed = try await gang(epochs: 2, from: restored)
        #expect(resumed == straight)
        #expect(resumed[0].parameters.map(\.bitPattern) == straight[0].parameters.map(\.bitPattern))
        #expect(resumed[0].velocity.map(\.bitPattern) == straight[0].velocity.map(\.bitPattern))
        #expect(resumed[0].epoch == 3)
    }

    /// The bar that the demo sets, with the settings that a job has if it says nothing.
    @Test func theDefaultsReachTheBar() throws {
        let settings = DigitsSettings()
        let (_, last) = try Self.train(settings, 0, 1, nil, epochs: 8)
        #expect(last.accuracy >= 0.95)
        #expect(last.loss < 0.2)
    }

    @Test func everyEpochHasAnOrderOfItsOwn() {
        let orders = (0..<20).map { DigitsTrainer.order(of: 100, seed: 1, epoch: $0) }
        #expect(Set(orders).count == 20)
        #expect(orders.allSatisfy { $0.sorted() == Array(0..<100) })
        #expect(DigitsTrainer.order(of: 100, seed: 2, epoch: 0) != orders[0])
    }

    @Test func differentSeedsDiffer() throws {
        let one = try Self.train(Self.settings(), 0, 1, nil, epochs: 1)
        let two = try Self.train(Self.settings { $0.seed = 2 }, 0, 1, nil, epochs: 1)
        #expect(one.0.parameters != two.0.parameters)
    }

    @Test func aRunThatDivergesSaysSo() {
        var settings = Self.settings()
        settings.learningRate = 1e30
        #expect(throws: TrainingError.diverged(epoch: 1)) { try Self.train(settings, 0, 1, nil, epochs: 1) }
    }

    /// Ranks with other settings, weights or progress must not pass for the same.
    @Test func fingerprintsTell() throws {
        func fingerprint(_ settings: DigitsSettings, _ checkpoint: Checkpoint? = nil) -> UInt64 {
            DigitsTrainer(settings: settings, dataset: Self.dataset, rank: 0, worldSize: 2, from: checkpoint)
                .fingerprint
        }
        let same = fingerprint(Self.settings())
        #expect(same == fingerprint(Self.settings()))
        #expect(same == fingerprint(Self.settings { $0.pace = 5 }))
        let (checkpoint, _) = try Self.train(Self.settings(), 0, 1, nil, epochs: 1)
        var others = [fingerprint(Self.settings(), checkpoint)]
        others.append(fingerprint(Self.settings { $0.seed = 2 }))
        others.append(fingerprint(Self.settings { $0.batch = 99 }))
        others.append(fingerprint(Self.settings { $0.epochs = 4 }))
        others.append(fingerprint(Self.settings { $0.momentum = 0.5 }))
        #expect(Set(others + [same]).count == 6)
    }
}
