/// Everything that a run needs to go on where it was: after a restart from it, a gang of the same size takes bit for
/// bit the steps that it would have taken.
///
/// The file, little-endian:
///
///     "BQDIGITS"                                            8 bytes
///     version = 1                                           UInt32
///     hidden, batch                                         UInt32 each    settings that the run must share with it
///     seed                                                  UInt64
///     learning rate, momentum                               Float32 each
///     epochs done                                           UInt32
///     steps done                                            UInt64
///     number of parameters n                                UInt32
///     parameters, then velocities                           2 n × Float32
///     CRC-32 of all before it                               UInt32
struct Checkpoint: Hashable, Sendable {
    static let magic = Array("BQDIGITS".utf8)
    static let version: UInt32 = 1

    var hidden: Int
    var batch: Int
    var seed: UInt64
    var learningRate: Float
    var momentum: Float
    /// Epochs that are done.
    var epoch: Int
    /// Optimiser steps that are done.
    var step: UInt64
    var parameters: [Float]
    var velocity: [Float]

    func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 64 + 8 * parameters.count)
        writer.write(raw: Self.magic)
        writer.write(Self.version)
        writer.write(UInt32(hidden))
        writer.write(UInt32(batch))
        writer.write(seed)
        writer.write(learningRate)
        writer.write(momentum)
        writer.write(UInt32(epoch))
        writer.write(step)
        writer.write(UInt32(parameters.count))
        writer.write(parameters)
        writer.write(velocity)
        writer.write(crc32(writer.bytes))
        return writer.bytes
    }

    /// - Parameter path: where the bytes come from, for the error.
    /// - Throws: `TrainingError.badCheckpoint`.
    init(decoding bytes: [UInt8], path: String) throws(TrainingError) {
        func bad(_ reason: String) -> TrainingError { .badCheckpoint(path: path, reason: reason) }
        var reader = ByteReader(bytes)
        guard reader.readRaw(Self.magic.count) == Self.magic else { throw bad("not a checkpoint of digits") }
        guard let version = reader.read(UInt32.self) else { throw bad("cut off after \(bytes.count) bytes") }
        guard version == Self.version else {
            throw bad("version \(version); this program reads version \(Self.version)")
        }
        guard let hidden = reader.read(UInt32.self), let batch = reader.read(UInt32.self),
            let seed = reader.read(UInt64.self), let learningRate = reader.readFloat(),
            let momentum = reader.readFloat(), let epoch = reader.read(UInt32.self),
            let step = reader.read(UInt64.self), let count = reader.read(UInt32.self),
            let parameters = reader.readFloats(Int(count)), let velocity = reader.readFloats(Int(count)),
            let checksum = reader.read(UInt32.self)
        else { throw bad("damaged: cut off after \(bytes.count) bytes") }
        guard reader.remaining == 0 else { throw bad("damaged: \(reader.remaining) bytes too many") }
        guard crc32(bytes.dropLast(4)) == checksum else { throw bad("damaged: the checksum does not fit") }
        guard (1...4096).contains(hidden), Int(count) == Perceptron.parameterCount(hidden: Int(hidden)) else {
            throw bad("\(count) parameters do not make a network with \(hidden) hidden units")
        }
        self.hidden = Int(hidden)
        self.batch = Int(batch)
        self.seed = seed
        self.learningRate = learningRate
        self.momentum = momentum
        self.epoch = Int(epoch)
        self.step = step
        self.parameters = parameters
        self.velocity = velocity
    }

    init(settings: DigitsSettings, epoch: Int, step: UInt64, parameters: [Float], velocity: [Float]) {
        hidden = settings.hidden
        batch = settings.batch
        seed = settings.seed
        learningRate = settings.learningRate
        momentum = settings.momentum
        self.epoch = epoch
        self.step = step
        self.parameters = parameters
        self.velocity = velocity
    }

    /// Refuses to go on with other settings than those that the checkpoint was made with. (The number of epochs may
    /// differ: a run may be made longer.)
    func check(against settings: DigitsSettings, path: String) throws(TrainingError) {
        func differs(_ name: String, _ mine: some Equatable, _ wanted: some Equatable) -> TrainingError {
            .badCheckpoint(
                path: path, reason: "made with \(name) \(mine), but the job asks for \(wanted); they must be the same")
        }
        if hidden != settings.hidden { throw differs("hidden", hidden, settings.hidden) }
        if batch != settings.batch { throw differs("batch", batch, settings.batch) }
        if seed != settings.seed { throw differs("seed", seed, settings.seed) }
        if learningRate != settings.learningRate { throw differs("learning-rate", learningRate, settings.learningRate) }
        if momentum != settings.momentum { throw differs("momentum", momentum, settings.momentum) }
    }
}
