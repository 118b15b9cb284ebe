import Coordination
import Testing

@testable import Agent

@Suite struct LaunchTests {
    private let host = Launch.Host(
        worker: WorkerName("w1")!, executable: "/opt/banquet",
        environment: ["PATH": "/a:/b", "HOME": "/root", "BANQUET_JOB": "j1", "RANK": "7", "MASTER_PORT": "1"])
    private let folder = WorkFolder.LeaseFolder(path: "/w/j12.1-45")

    private func launch(
        _ assignment: Assignment, _ rendezvous: Rendezvous? = nil, checkpoint: (path: String, step: UInt64)? = nil
    ) throws -> Launch {
        try Launch(assignment, rendezvous, on: host, in: folder, checkpoint: checkpoint) {
            ["/a/tool", "/b/tool"].contains($0)
        }
    }

    @Test func aTaskOfAnArray() throws {
        let launch = try launch(assignment(.command(["tool", "x y"]), environment: ["A": "1", "HOME": "/home"]))
        #expect(launch.path == "/a/tool")
        #expect(launch.arguments == ["tool", "x y"])
        #expect(launch.directory == "/w/j12.1-45/run")
        #expect(
            launch.environment == [
                "PATH": "/a:/b", "HOME": "/home", "A": "1", "RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1",
                "LOCAL_WORLD_SIZE": "1",
                "BANQUET_JOB": "j12", "BANQUET_TASK_INDEX": "1", "BANQUET_ATTEMPT": "1", "BANQUET_EPOCH": "45",
                "BANQUET_WORKER": "w1", "BANQUET_METRICS_FD": "3", "BANQUET_CHECKPOINT_DIR": "/w/j12.1-45/checkpoints",
            ])
    }

    @Test func aRankOfAGang() throws {
        let assignment = assignment(
            .builtin("digits", parameters: ["rate": "0.1", "epochs": "5"]),
            environment: ["RANK": "0", "WORLD_SIZE": "9"],
            workingDirectory: "/data", isGang: true, worldSize: 3, attempt: 2)
        let launch = try launch(
            assignment, Rendezvous(host: "h", port: 4321, localRank: 1, checkpointStep: 9),
            checkpoint: ("/w/restored", 9))
        #expect(launch.path == "/opt/banquet")
        #expect(
            launch.arguments == [
                "/opt/banquet", "rank", "digits", "--parameter", "epochs=5", "--parameter", "rate=0.1",
            ])
        #expect(launch.directory == "/data")
        let expected = [
            "RANK": "1", "LOCAL_RANK": "1", "WORLD_SIZE": "3", "MASTER_ADDR": "h", "MASTER_PORT": "4321",
            "BANQUET_ATTEMPT": "2", "BANQUET_CHECKPOINT": "/w/restored", "BANQUET_CHECKPOINT_STEP": "9",
        ]
        for (name, value) in expected { #expect(launch.environment[name] == value, "\(name)") }
    }

    /// The key itself is in a file: an environment is shown in more places.
    @Test func aGangsKeyIsNamedByItsFile() throws {
        let key = String(repeating: "k", count: GangKey.length)
        let rendezvous = Rendezvous(
            host: "h", port: 1, localRank: 0, checkpointStep: nil, gangKey: GangKey(revealed: key))
        let launch = try Launch(
            assignment(.builtin("digits", parameters: [:]), isGang: true, worldSize: 2), rendezvous, on: host,
            in: folder, checkpoint: nil, gangKey: folder.gangKey, isExecutable: { _ in true })
        #expect(launch.environment["BANQUET_GANG_KEY_FILE"] == "/w/j12.1-45/gang-key")
        #expect(!launch.environment.values.contains(key) && !launch.arguments.contains(key))
        #expect(!"\(rendezvous)".contains(key))
    }

    /// What its job says of CUDA's variables holds; which devices are its own is not for it to say.
    @Test func devicesAreToldAndTheJobMayKnowBetter() throws {
        let environment = ["CUDA_VISIBLE_DEVICES": "0", "BANQUET_DEVICES_GPU": "7"]
        let launch = try Launch(
            assignment(.command(["tool"]), environment: environment), nil, on: host, in: folder, checkpoint: nil,
            devices: ["CUDA_VISIBLE_DEVICES": "2", "BANQUET_DEVICES_GPU": "2", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"],
            isExecutable: { _ in true })
        #expect(launch.environment["CUDA_VISIBLE_DEVICES"] == "0")
        #expect(launch.environment["BANQUET_DEVICES_GPU"] == "2")
        #expect(launch.environment["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID")
    }

    @Test func theJobsOwnPathIsSearched() throws {
        #expect(try launch(assignment(.command(["tool"]), environment: ["PATH": "/b"])).path == "/b/tool")
        #expect(try launch(assignment(.command(["./tool"]))).path == "./tool")
    }

    @Test(arguments: [
        (assignment(.command([])), "the command is empty"),
        (assignment(.command([""])), "the command is empty"),
        (assignment(.command(["none"])), "there is no program 'none' in PATH (/a:/b)"),
        (assignment(.command(["tool", "a\0b"])), "an argument or a variable contains a NUL character"),
        (
            assignment(.command(["tool"]), environment: ["A": "\0"]),
            "an argument or a variable contains a NUL character"
        ),
        (assignment(.command(["tool"]), environment: ["A=B": "c"]), "a variable's name is empty or contains '='"),
    ])
    func whatCanNotBeRunIsSaid(_ assignment: Assignment, _ reason: String) {
        let error = #expect(throws: Launch.Impossible.self) { try launch(assignment) }
        #expect(error?.reason == reason)
    }
}
