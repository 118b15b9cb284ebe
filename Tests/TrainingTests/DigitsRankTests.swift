import Foundation
import Testing

@testable import Training

/// A pipe that is read to its end on a thread of its own.
private final class Collector: @unchecked Sendable {
    let pipe = Pipe()
    private var data = Data()
    private let done = DispatchSemaphore(value: 0)

    init() {
        let reading = pipe.fileHandleForReading
        Thread { [self] in
            data = reading.readDataToEndOfFile()
            done.signal()
        }.start()
    }

    var descriptor: Int32 { pipe.fileHandleForWriting.fileDescriptor }

    /// Closes the writing end and gives what was written.
    func lines() -> [String] {
        try? pipe.fileHandleForWriting.close()
        done.wait()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

@Suite struct DigitsRankTests {
    struct Report: Sendable {
        var code: Int32
        var output: [String]
        var errors: [String]
        var metrics: [String]
    }

    static func run(_ environment: [String: String], _ parameters: [String: String]) throws -> Report {
        let (output, errors, metrics) = (Collector(), Collector(), Collector())
        var environment = environment
        environment["BANQUET_METRICS_FD"] = String(metrics.descriptor)
        let result = Result {
            try DigitsRank.run(
                environment: environment, parameters: parameters, output: output.descriptor, errors: errors.descriptor)
        }
        let lines = (output.lines(), errors.lines(), metrics.lines())
        return Report(code: try result.get(), output: lines.0, errors: lines.1, metrics: lines.2)
    }

    static let small = ["epochs": "4", "hidden": "16", "batch": "100", "checkpoint-every": "2"]

    @Test func oneRank() throws {
        let folder = try TemporaryFolder()
        let report = try Self.run(["RANK": "0", "WORLD_SIZE": "1", "BANQUET_CHECKPOINT_DIR": folder.path], Self.small)
        #expect(report.code == 0)
        #expect(report.errors == [])
        #expect(report.output.count == 6)
        #expect(report.output[0] == "digits: 1,442 training and 355 test images, 1,210 parameters, 1 rank, attempt 1")
        #expect(report.output[1].hasPrefix("epoch 1/4  loss "))
        #expect(report.output[5].hasPrefix("accuracy 0."))
        // Four records, and a checkpoint after the second and the fourth.
        #expect(report.metrics.map { $0.hasPrefix("{\"checkpoint\"") } == [false, false, true, false, false, true])
        let records = try report.metrics.filter { $0.hasPrefix("{\"epoch\"") }.map {
            try JSONDecoder().decode(ProgressRecord.self, from: Data($0.utf8))
        }
        #expect(records.map(\.epoch) == [1, 2, 3, 4])
        #expect(records.map(\.step) == [15, 30, 45, 60])
        #expect(records[3].loss < records[0].loss)
        let announced = try #require(
            try JSONSerialization.jsonObject(with: Data(report.metrics[2].utf8)) as? [String: Any])
        let path = try #require(announced["checkpoint"] as? String)
        #expect(announced["step"] as? Int == 30)
        #expect(try CheckpointFile.load(path).epoch == 2)
        #expect(folder.files.count == 2)
    }

    /// A gang runs, and then goes on from its first checkpoint as another attempt: same end.
    @Test func aGangAndItsRestart() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        func gang(attempt: Int, checkpoint: String) async throws -> [Report] {
            let port = try freePort()
            return try await onThreads(3) { rank in
                try Self.run(
                    [
                        "RANK": "\(rank)", "WORLD_SIZE": "3", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "\(port)",
                        "BANQUET_JOB": "j5", "BANQUET_ATTEMPT": "\(attempt)", "BANQUET_CHECKPOINT_DIR": path,
                        "BANQUET_CHECKPOINT": checkpoint,
                    ], Self.small)
            }.map { try $0.get() }
        }
        let first = try await gang(attempt: 1, checkpoint: "")
        #expect(first.map(\.code) == [0, 0, 0])
        #expect(first[1].output + first[2].output + first[1].metrics + first[2].metrics == [])
        let final = try CheckpointFile.load(path + "/" + CheckpointFile.name(step: 60))

        let second = try await gang(attempt: 2, checkpoint: path + "/" + CheckpointFile.name(step: 30))
        #expect(second.map(\.code) == [0, 0, 0])
        #expect(second[0].output[1] == "restarted from checkpoint: epoch 2, step 30")
        #expect(second[0].output.count == 5)
        #expect(second[0].output.last == first[0].output.last)
        #expect(try CheckpointFile.load(path + "/" + CheckpointFile.name(step: 60)) == final)
        #expect(second[0].metrics.allSatisfy { $0.contains("\"attempt\":2") || $0.contains("checkpoint") })
    }

    @Test func aFinishedRunOnlyTestsAgain() throws {
        let folder = try TemporaryFolder()
        let environment = ["RANK": "0", "WORLD_SIZE": "1", "BANQUET_CHECKPOINT_DIR": folder.path]
        let first = try Self.run(environment, Self.small)
        let last = folder.path + "/" + CheckpointFile.name(step: 60)
        let second = try Self.run(environment.merging(["BANQUET_CHECKPOINT": last]) { $1 }, Self.small)
        #expect(second.code == 0)
        #expect(second.metrics == [])
        #expect(second.output.last == first.output.last)
    }

    @Test func failuresAreToldOnTheErrorStream() throws {
        let folder = try TemporaryFolder()
        let broken = folder.path + "/broken"
        try Data("BQDIGITS but not really".utf8).write(to: URL(fileURLWithPath: broken))
        let environment = ["RANK": "0", "WORLD_SIZE": "1"]
        let damaged = try Self.run(environment.merging(["BANQUET_CHECKPOINT": broken]) { $1 }, Self.small)
        #expect(damaged.code == 1)
        #expect(damaged.errors.count == 1)
        #expect(damaged.errors[0].hasPrefix("banquet: digits: rank 0: checkpoint \(broken): "))

        let unwritable = ["BANQUET_CHECKPOINT_DIR": folder.path + "/nowhere"]
        #expect(try Self.run(environment.merging(unwritable) { $1 }, Self.small).code == 1)

        // Weights that are no numbers, in a file that is otherwise right.
        var settings = try DigitsSettings(parameters: Self.small)
        settings.epochs = 1
        let count = Perceptron.parameterCount(hidden: settings.hidden)
        let poisoned = Checkpoint(
            settings: settings, epoch: 0, step: 0, parameters: [Float](repeating: .nan, count: count),
            velocity: [Float](repeating: 0, count: count))
        let path = try CheckpointFile.save(poisoned, folder: folder.path)
        let diverged = try Self.run(environment.merging(["BANQUET_CHECKPOINT": path]) { $1 }, Self.small)
        #expect(diverged.code == 1)
        #expect(diverged.errors.first?.contains("epoch 1: the loss is not a finite number") == true)
        #expect(diverged.metrics == [])

        #expect(throws: TrainingError.self) { try Self.run(environment, ["epoch": "3"]) }
        #expect(throws: TrainingError.self) { try Self.run([:], [:]) }
    }

    @Test func oldCheckpointsAreTakenAway() throws {
        let folder = try TemporaryFolder()
        let settings = ["epochs": "12", "hidden": "4", "batch": "1442", "checkpoint-every": "1"]
        let report = try Self.run(["RANK": "0", "WORLD_SIZE": "1", "BANQUET_CHECKPOINT_DIR": folder.path], settings)
        #expect(report.code == 0)
        #expect(folder.files == (5...12).map { CheckpointFile.name(step: UInt64($0)) })
    }

    @Test func pathsInJSON() throws {
        let path = "/tmp/a \"quoted\"\\back\u{1}slash/ü"
        let json = "{\"checkpoint\":\"\(Reporter.escaped(path))\"}"
        let object = try JSONDecoder().decode([String: String].self, from: Data(json.utf8))
        #expect(object["checkpoint"] == path)
    }
}
