import Testing

@testable import Training

@Suite struct SettingsTests {
    @Test func defaultsAndAll() throws {
        #expect(try DigitsSettings(parameters: [:]) == DigitsSettings())
        let settings = try DigitsSettings(parameters: [
            "epochs": "7", "batch": "32", "learning-rate": "0.25", "momentum": "0", "hidden": "10", "seed": "42",
            "checkpoint-every": "3", "pace": "150", "patience": "5",
        ])
        #expect(settings.epochs == 7 && settings.batch == 32 && settings.learningRate == 0.25)
        #expect(settings.momentum == 0 && settings.hidden == 10 && settings.seed == 42)
        #expect(settings.checkpointEvery == 3 && settings.pace == 150 && settings.patience == 5)
    }

    @Test func everyNameIsKnown() throws {
        for name in DigitsSettings.names {
            _ = try DigitsSettings(parameters: [name: name == "momentum" ? "0.5" : "1"])
        }
    }

    @Test(arguments: [
        ("epoch", "3", "it has no parameter 'epoch'; it knows epochs, batch, learning-rate"),
        ("epochs", "0", "epochs is '0'; a whole number from 1 to 100000"),
        ("epochs", "ten", "epochs is 'ten'"),
        ("epochs", "3.5", "epochs is '3.5'"),
        ("batch", "-1", "batch is '-1'"),
        ("learning-rate", "0", "learning-rate is '0'; a number above 0"),
        ("learning-rate", "nan", "learning-rate is 'nan'"),
        ("learning-rate", "inf", "learning-rate is 'inf'"),
        ("momentum", "1", "momentum is '1'"),
        ("hidden", "5000", "hidden is '5000'"),
        ("seed", "18446744073709551616", "seed is"),
        ("pace", "-5", "pace is '-5'"),
    ]) func badOnesAreTold(name: String, value: String, complaint: String) {
        let error = #expect(throws: TrainingError.self) { try DigitsSettings(parameters: [name: value]) }
        #expect(error?.description.contains(complaint) == true, "\(error?.description ?? "")")
        #expect(error?.isBadInput == true)
    }
}

@Suite struct RankEnvironmentTests {
    static let gang = [
        "RANK": "1", "WORLD_SIZE": "3", "MASTER_ADDR": "10.0.0.7", "MASTER_PORT": "29500", "BANQUET_JOB": "j12",
        "BANQUET_ATTEMPT": "2",
    ]

    @Test func whatAWorkerSets() throws {
        let environment = try RankEnvironment(
            Self.gang.merging([
                "BANQUET_METRICS_FD": "3", "BANQUET_CHECKPOINT_DIR": "/a", "BANQUET_CHECKPOINT": "", "PATH": "/bin",
            ]) { $1 })
        #expect(environment.member == GangMember(job: "j12", generation: 2, rank: 1, worldSize: 3))
        #expect(environment.master == .init(host: "10.0.0.7", port: 29500))
        #expect(environment.metrics == 3)
        #expect(environment.checkpointFolder == "/a")
        #expect(environment.checkpoint == nil)
    }

    @Test func oneRankNeedsLittle() throws {
        let environment = try RankEnvironment(["RANK": "0", "WORLD_SIZE": "1"])
        #expect(environment.member.worldSize == 1)
        #expect(environment.master == nil)
    }

    @Test(arguments: ["RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "BANQUET_JOB", "BANQUET_ATTEMPT"])
    func aMissingOneIsNamed(name: String) {
        var environment = Self.gang
        environment[name] = nil
        let error = #expect(throws: TrainingError.self) { try RankEnvironment(environment) }
        #expect(error?.description.hasPrefix("\(name) is not set") == true)
        #expect(error?.isBadInput == true)
    }

    @Test(arguments: [("RANK", "3"), ("WORLD_SIZE", "0"), ("MASTER_PORT", "70000"), ("BANQUET_METRICS_FD", "x")])
    func aWrongOneIsNamed(name: String, value: String) {
        let environment = Self.gang.merging([name: value]) { $1 }
        let error = #expect(throws: TrainingError.self) { try RankEnvironment(environment) }
        #expect(error?.description.hasPrefix("\(name) is '\(value)'; a whole number from") == true)
    }
}
