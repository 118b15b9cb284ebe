/// One rank's part of a training run.
///
/// Synchronous data-parallel gradient descent: every rank holds all the weights, takes its share of each global batch, and
/// the gradients are summed over the ring before each step. Up to the order of sums in floating point, the gang takes the
/// steps that one rank alone would take; and all ranks hold the same weights bit for bit.
struct DigitsTrainer {
    struct Epoch: Hashable {
        /// Mean cross-entropy over the epoch's training images, nats.
        var loss: Float
        /// On the held-out images, 0 to 1.
        var accuracy: Float
        /// What the training part took, without the test.
        var duration: Duration
    }

    let settings: DigitsSettings
    let dataset: DigitsDataset
    let rank: Int
    let worldSize: Int
    private(set) var network: Perceptron
    private(set) var optimiser: MomentumSGD
    /// Epochs that are done.
    private(set) var epoch = 0
    /// Optimiser steps that are done.
    private(set) var step: UInt64 = 0
    /// The gradient of every parameter, and behind them the sum of the loss.
    private var reduction: [Float]

    /// - Parameter checkpoint: where to go on; nil starts from the seed. It has been checked against `settings`.
    init(settings: DigitsSettings, dataset: DigitsDataset, rank: Int, worldSize: Int, from checkpoint: Checkpoint?) {
        precondition(worldSize > 0 && (0..<worldSize).contains(rank))
        self.settings = settings
        self.dataset = dataset
        self.rank = rank
        self.worldSize = worldSize
        let count = Perceptron.parameterCount(hidden: settings.hidden)
        if let checkpoint {
            network = Perceptron(hidden: settings.hidden, parameters: checkpoint.parameters)
            epoch = checkpoint.epoch
            step = checkpoint.step
        } else {
            network = Perceptron(hidden: settings.hidden, seed: settings.seed)
        }
        optimiser = MomentumSGD(
            learningRate: settings.learningRate, momentum: settings.momentum,
            velocity: checkpoint?.velocity ?? [Float](repeating: 0, count: count))
        reduction = [Float](repeating: 0, count: count + 1)
    }

    var checkpoint: Checkpoint {
        Checkpoint(
            settings: settings, epoch: epoch, step: step, parameters: network.parameters, velocity: optimiser.velocity)
    }

    /// Stands for all that the ranks must have in common before they can train together.
    var fingerprint: UInt64 {
        var writer = ByteWriter()
        writer.write(raw: checkpoint.encoded())
        writer.write(UInt32(settings.epochs))
        writer.write(UInt32(dataset.training.count))
        writer.write(UInt32(dataset.test.count))
        return fnv1a(writer.bytes)
    }

    /// The order of the images in an epoch (counted from 0): another one each time, and known to all ranks.
    static func order(of count: Int, seed: UInt64, epoch: Int) -> [Int] {
        // Stream 0 is the initial weights'.
        var random = SplitMix64(seed: seed, stream: UInt64(epoch) + 1)
        return random.permutation(of: count)
    }

    /// This rank's part of `count` things that lie in a row: parts differ by at most one, and may be empty.
    func share(of count: Int) -> Range<Int> {
        (rank * count / worldSize)..<((rank + 1) * count / worldSize)
    }

    /// Trains on every training image once, in an order that depends on the seed and the epoch alone, then tests.
    /// - Parameter ring: sums over the ranks; nil when there is only one.
    /// - Throws: `TrainingError.diverged` (on all ranks in the same epoch), `.ring`.
    mutating func trainEpoch(over ring: RingAllReduce?) throws -> Epoch {
        let start = ContinuousClock.now
        let order = Self.order(of: dataset.training.count, seed: settings.seed, epoch: epoch)
        var loss: Double = 0
        for first in stride(from: 0, to: order.count, by: settings.batch) {
            let batch = order[first..<min(first + settings.batch, order.count)]
            loss += Double(try trainBatch(batch, over: ring))
        }
        let duration = ContinuousClock.now - start
        epoch += 1
        // The loss of the last batch is that before its step: the weights themselves may have run away in it.
        let mean = Float(loss / Double(order.count))
        guard mean.isFinite, network.parameters.allSatisfy(\.isFinite) else {
            throw TrainingError.diverged(epoch: epoch)
        }
        return Epoch(loss: mean, accuracy: try test(over: ring), duration: duration)
    }

    /// One step of the whole gang.
    /// - Returns: the cross-entropy summed over the global batch.
    private mutating func trainBatch(_ batch: ArraySlice<Int>, over ring: RingAllReduce?) throws -> Float {
        let part = share(of: batch.count)
        let mine = batch[(batch.startIndex + part.lowerBound)..<(batch.startIndex + part.upperBound)]
        let parameterCount = network.parameters.count
        // Taken out of `self`, for the closure below changes other parts of it.
        var sums: [Float] = []
        swap(&sums, &reduction)
        defer { swap(&sums, &reduction) }
        return try sums.withUnsafeMutableBufferPointer { sums in
            guard let base = sums.baseAddress else { return 0 }
            base.update(repeating: 0, count: sums.count)
            base[parameterCount] = network.addGradient(of: dataset.training, at: mine, to: base)
            try ring?.sum(sums)
            optimiser.step(&network.parameters, gradientSum: base, batch: batch.count)
            step += 1
            return base[parameterCount]
        }
    }

    /// The part of the held-out images that the network gets right; the ranks share the work.
    func test(over ring: RingAllReduce?) throws -> Float {
        // A Float counts exactly up to 2²⁴ images.
        var correct = [Float(network.correct(in: dataset.test, range: share(of: dataset.test.count)))]
        try correct.withUnsafeMutableBufferPointer { try ring?.sum($0) }
        return correct[0] / Float(dataset.test.count)
    }
}
