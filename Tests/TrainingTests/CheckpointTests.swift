import Foundation
import Testing

@testable import Training

@Suite struct CheckpointTests {
    static func sample(hidden: Int = 2, step: UInt64 = 90) -> Checkpoint {
        var settings = DigitsSettings()
        settings.hidden = hidden
        let count = Perceptron.parameterCount(hidden: hidden)
        return Checkpoint(
            settings: settings, epoch: 3, step: step, parameters: (0..<count).map { Float($0) * 0.37 - 20 },
            velocity: (0..<count).map { -Float($0) * 1e-3 })
    }

    @Test func roundTrip() throws {
        let checkpoint = Self.sample()
        #expect(try Checkpoint(decoding: checkpoint.encoded(), path: "x") == checkpoint)
    }

    /// The first bytes of the format, so that it doesn't drift by accident.
    @Test func head() {
        let bytes = Self.sample().encoded()
        #expect(Array(bytes[..<8]) == Array("BQDIGITS".utf8))
        #expect(Array(bytes[8..<20]) == [1, 0, 0, 0, 2, 0, 0, 0, 48, 0, 0, 0])
        #expect(bytes.count == 8 + 4 + 8 + 8 + 8 + 4 + 8 + 4 + 8 * Perceptron.parameterCount(hidden: 2) + 4)
    }

    /// The check value of the CRC catalogue, and FNV's own.
    @Test func checksums() {
        #expect(crc32("123456789".utf8) == 0xCBF4_3926)
        #expect(fnv1a("".utf8) == 0xCBF2_9CE4_8422_2325)
        #expect(fnv1a("a".utf8) == 0xAF63_DC4C_8601_EC8C)
    }

    @Test func everyCutIsRefused() {
        let bytes = Self.sample(hidden: 1).encoded()
        for length in 0..<bytes.count {
            #expect(throws: TrainingError.self) { try Checkpoint(decoding: Array(bytes[..<length]), path: "x") }
        }
        #expect(throws: TrainingError.self) { try Checkpoint(decoding: bytes + [0], path: "x") }
    }

    @Test func everyFlippedBitIsRefused() {
        let bytes = Self.sample(hidden: 1).encoded()
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << (index % 8)
            #expect(throws: TrainingError.self) { try Checkpoint(decoding: damaged, path: "x") }
        }
    }

    @Test func newerVersionIsNamed() {
        var bytes = Self.sample(hidden: 1).encoded()
        bytes[8] = 9
        let error = #expect(throws: TrainingError.self) { try Checkpoint(decoding: bytes, path: "a/b") }
        #expect(error?.description == "checkpoint a/b: version 9; this program reads version 1")
    }

    @Test func otherSettingsAreRefused() throws {
        let checkpoint = Self.sample()
        var settings = DigitsSettings()
        settings.hidden = 2
        settings.epochs = 999
        try checkpoint.check(against: settings, path: "x")
        let changes: [(String, (inout DigitsSettings) -> Void)] = [
            ("hidden 2", { $0.hidden = 3 }), ("batch 48", { $0.batch = 49 }), ("seed 1", { $0.seed = 2 }),
            ("learning-rate 0.05", { $0.learningRate = 0.1 }), ("momentum 0.9", { $0.momentum = 0 }),
        ]
        for (complaint, change) in changes {
            var other = settings
            change(&other)
            let error = #expect(throws: TrainingError.self) { try checkpoint.check(against: other, path: "x") }
            #expect(error?.description.contains(complaint) == true, "\(error?.description ?? "")")
        }
    }

    @Test func fileRoundTripLeavesNothingElse() throws {
        let folder = try TemporaryFolder()
        let path = try CheckpointFile.save(Self.sample(), folder: folder.path)
        #expect(path == folder.path + "/digits-0000000090.checkpoint")
        #expect(folder.files == ["digits-0000000090.checkpoint"])
        #expect(try CheckpointFile.load(path) == Self.sample())
        // Again, over the one that is there.
        _ = try CheckpointFile.save(Self.sample(), folder: folder.path)
        #expect(folder.files.count == 1)
    }

    @Test func namesSortByStep() {
        #expect(CheckpointFile.name(step: 9) < CheckpointFile.name(step: 10))
        #expect(CheckpointFile.name(step: 99_999) < CheckpointFile.name(step: 100_000))
    }

    @Test func whatCannotBeWrittenOrReadIsTold() throws {
        let folder = try TemporaryFolder()
        let missing = folder.path + "/nowhere"
        let writing = #expect(throws: TrainingError.self) { try CheckpointFile.save(Self.sample(), folder: missing) }
        #expect(writing?.description.contains("No such file or directory") == true)
        let reading = #expect(throws: TrainingError.self) { try CheckpointFile.load(missing) }
        #expect(reading?.description.contains(missing) == true)
        // A folder where the file should go: the rename fails, and the file beside it is taken away again.
        let taken = folder.path + "/" + CheckpointFile.name(step: 90)
        try FileManager.default.createDirectory(atPath: taken + "/full", withIntermediateDirectories: true)
        #expect(throws: TrainingError.self) { try CheckpointFile.save(Self.sample(), folder: folder.path) }
        #expect(folder.files == [CheckpointFile.name(step: 90)])
    }
}
