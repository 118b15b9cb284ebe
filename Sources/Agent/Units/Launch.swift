import Coordination

/// How a unit is run: what its assignment says, in the terms of a process.
struct Launch: Equatable {
    /// The file to execute.
    var path: String
    var arguments: [String]
    var environment: [String: String]
    var directory: String
    /// Bytes that its job asked for; nil: none in particular.
    var memory: UInt64?

    /// Why a unit can't be run as it is described.
    struct Impossible: Error, Equatable {
        var reason: String
    }

    /// What an agent knows beside the assignment.
    struct Host {
        var worker: WorkerName
        /// The file that a built-in program's process executes.
        var executable: String
        /// What units inherit.
        let environment: [String: String]
        let secrets: SecretFolder

        /// A variable of ours that is not set for a unit is not inherited either: an agent may itself be somebody's unit.
        /// - Parameter account: the user that units run as, where that isn't the agent's.
        init(
            worker: WorkerName, executable: String, environment: [String: String], account: JobAccount? = nil,
            secrets: SecretFolder = SecretFolder(path: nil)
        ) {
            self.worker = worker
            self.executable = executable
            self.environment = (account?.environment(from: environment) ?? environment).filter {
                !Launch.isOwned($0.key)
            }
            self.secrets = secrets
        }
    }
}

extension Launch {
    /// - Parameters:
    ///   - folder: the lease's own.
    ///   - checkpoint: the restored checkpoint, already in the lease's folder.
    ///   - localRanks: the gang's ranks on this worker.
    ///   - devices: what `DeviceShares` has the unit told. The job's own variables go before those that aren't ours alone.
    ///   - gangKey: the file with the gang's key, likewise.
    ///   - isExecutable: whether a path is a file that this user may execute.
    /// - Throws: `Impossible`.
    init(
        _ assignment: Assignment, _ rendezvous: Rendezvous?, on host: Host, in folder: WorkFolder.LeaseFolder,
        checkpoint: (path: String, step: UInt64)?, localRanks: Int = 1, devices: [String: String] = [:],
        gangKey: String? = nil, isExecutable: (String) -> Bool
    ) throws {
        directory = assignment.workingDirectory ?? folder.run
        memory = assignment.memory == 0 ? nil : assignment.memory
        environment = host.environment.merging(devices) { $1 }
        let wanted = try host.secrets.resolve(assignment.environment, of: assignment.tenant)
        for (name, value) in wanted where !Self.isOwned(name) { environment[name] = value }
        let own = Self.variables(assignment, rendezvous, worker: host.worker, folder: folder, checkpoint: checkpoint)
        environment.merge(own) { $1 }
        environment["LOCAL_WORLD_SIZE"] = "\(localRanks)"
        if let gangKey { environment["BANQUET_GANG_KEY_FILE"] = gangKey }

        switch assignment.program {
        case .command(let words):
            guard let program = words.first, !program.isEmpty else { throw Impossible(reason: "the command is empty") }
            arguments = words
            path = try Self.lookUp(program, in: environment["PATH"] ?? "", isExecutable: isExecutable)
        case .builtin(let name, let parameters):
            path = host.executable
            let options = parameters.sorted { $0.key < $1.key }.flatMap { ["--parameter", "\($0.key)=\($0.value)"] }
            arguments = [path, "rank", name] + options
        }
        // What the agent itself was given can be given on.
        let texts = arguments + wanted.flatMap { [$0, $1] } + [path, directory]
        guard texts.allSatisfy({ !$0.utf8.contains(0) }) else {
            throw Impossible(reason: "an argument or a variable contains a NUL character")
        }
        guard assignment.environment.keys.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(UInt8(ascii: "=")) }) else {
            throw Impossible(reason: "a variable's name is empty or contains '='")
        }
    }

    private static let owned: Set = [
        "RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT",
    ]

    private static func isOwned(_ name: String) -> Bool { owned.contains(name) || name.hasPrefix("BANQUET_") }

    /// The names that torch.distributed's `env://` reads, and our own.
    private static func variables(
        _ assignment: Assignment, _ rendezvous: Rendezvous?, worker: WorkerName, folder: WorkFolder.LeaseFolder,
        checkpoint: (path: String, step: UInt64)?
    ) -> [String: String] {
        let task = assignment.lease.task
        var variables = [
            "RANK": assignment.isGang ? "\(task.index)" : "0",
            "LOCAL_RANK": "\(rendezvous?.localRank ?? 0)",
            "WORLD_SIZE": "\(assignment.isGang ? assignment.worldSize : 1)",
            "BANQUET_JOB": "\(task.job)",
            "BANQUET_TASK_INDEX": "\(assignment.taskNumber)",
            "BANQUET_ATTEMPT": "\(assignment.attempt)",
            "BANQUET_EPOCH": "\(assignment.lease.epoch.number)",
            "BANQUET_WORKER": "\(worker)",
            "BANQUET_METRICS_FD": "\(ChildProcess.metricsDescriptor)",
            "BANQUET_CHECKPOINT_DIR": folder.checkpoints,
        ]
        if let rendezvous {
            variables["MASTER_ADDR"] = rendezvous.host
            variables["MASTER_PORT"] = "\(rendezvous.port)"
        }
        if let checkpoint {
            variables["BANQUET_CHECKPOINT"] = checkpoint.path
            variables["BANQUET_CHECKPOINT_STEP"] = "\(checkpoint.step)"
        }
        return variables
    }

    /// As execvp does it: a name with a slash is a path, another one is looked for in PATH.
    private static func lookUp(_ program: String, in searchPath: String, isExecutable: (String) -> Bool) throws
        -> String
    {
        if program.utf8.contains(UInt8(ascii: "/")) { return program }
        for folder in searchPath.split(separator: ":") {
            let path = "\(folder)/\(program)"
            if isExecutable(path) { return path }
        }
        throw Impossible(reason: "there is no program '\(program)' in PATH (\(searchPath))")
    }
}
