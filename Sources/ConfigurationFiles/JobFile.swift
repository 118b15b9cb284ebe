public import Coordination

/// A job as a tenant writes it: YAML, or the same keys as flags.
///
///     name: digits
///     tenant: vision
///     gang: 3                  # or `array: 100`, or `gang: { min: 2, max: 8 }`
///     builtin: digits          # or `command: [python3, train.py]`
///     parameters: { epochs: 30 }
public enum JobFile {
    private static let keys = [
        "name", "tenant", "gang", "array", "command", "builtin", "parameters", "env", "directory", "slots", "retries",
        "crash-limit", "time-limit", "retry-delay", "checkpoint", "concurrency", "priority", "after", "cores", "memory",
        "devices",
        "where", "prefer", "data", "communication",
    ]

    public static func read(_ file: String) throws(InputError) -> JobSpecification {
        try job(from: Document.read(file: file, keys: keys))
    }

    public static func parse(_ text: String, file: String) throws(InputError) -> JobSpecification {
        try job(from: Document.parse(text, file: file, keys: keys))
    }

    private static func job(from top: Mapping) throws(InputError) -> JobSpecification {
        let program = try program(in: top)
        let shape = try shape(in: top)
        var job = JobSpecification(name: "", shape: shape.shape, program: program, minimumRanks: shape.minimumRanks)
        if let value = top.value("name") { job.name = try value.string() } else { job.name = defaultName(of: program) }
        if let value = top.value("tenant") { job.tenant = try value.string() }
        if let value = top.value("env") { job.environment = try value.stringMap() }
        if let value = top.value("directory") {
            let path = try value.string()
            guard path.hasPrefix("/") else {
                throw value.error("is '\(path)'; it must be an absolute path on the workers")
            }
            job.workingDirectory = path
        }
        if let value = top.value("slots") { job.slots = UInt32(try value.integer(1...1_000_000)) }
        if let value = top.value("retries") { job.retries = UInt32(try value.integer(0...1_000_000)) }
        if let value = top.value("crash-limit") { job.crashLimit = UInt32(try value.integer(0...1_000_000)) }
        try readTimes(of: &job, in: top)
        job.requirements = try requirements(in: top)
        if let value = top.value("communication") {
            guard job.isGang else { throw value.error("belongs to a gang; the tasks of an array don't meet") }
            job.communication = DeclaredCommunication(text: try PlanFile.text(value, in: top))
        }
        return job
    }

    private static func readTimes(of job: inout JobSpecification, in top: Mapping) throws(InputError) {
        if let value = top.value("time-limit") {
            job.timeLimitMilliseconds = Int64(try value.duration(1...31_536_000_000))
        }
        if let value = top.value("retry-delay") {
            job.retryDelayMilliseconds = UInt32(try value.duration(0...86_400_000))
        }
        if let value = top.value("checkpoint") {
            guard job.isGang else { throw value.error("belongs to a gang; the tasks of an array have no checkpoints") }
            job.checkpointMilliseconds = Int64(try value.duration(1...31_536_000_000))
        }
        if let value = top.value("priority") { job.priority = Int32(try value.integer(-100...100)) }
        if let value = top.value("concurrency") {
            guard !job.isGang else { throw value.error("belongs to an array; a gang's ranks all run at one time") }
            job.concurrency = UInt32(try value.integer(1...100_000_000))
        }
        guard let value = top.value("after") else { return }
        for text in try value.strings() {
            guard let id = JobID(text) else { throw value.error("names '\(text)'; it must be job ids, such as j12") }
            job.after.append(id)
        }
    }

    private static func requirements(in top: Mapping) throws(InputError) -> Requirements {
        var requirements = Requirements()
        if let value = top.value("cores") { requirements.cores = UInt32(try value.integer(0...1_000_000)) }
        if let value = top.value("memory") { requirements.memory = try value.bytes() }
        if let value = top.value("devices") { requirements.devices = try value.amounts() }
        if let value = top.value("where") { requirements.labels = try value.stringMap() }
        if let value = top.value("prefer") { requirements.preferredLabels = try value.stringMap() }
        if let value = top.value("data") {
            for value in try value.mapping(keys: nil).values { requirements.data[value.key] = try value.bytes() }
        }
        return requirements
    }

    private static func program(in top: Mapping) throws(InputError) -> JobSpecification.Program {
        let command = top.value("command"), builtin = top.value("builtin"), parameters = top.value("parameters")
        switch (command, builtin) {
        case (let command?, nil):
            if let parameters {
                throw parameters.error("belongs to `builtin`; a command takes its arguments in `command`")
            }
            let arguments = try command.strings()
            guard let first = arguments.first, !first.isEmpty else {
                throw command.error("is empty; it must name a program")
            }
            return .command(arguments)
        case (nil, let builtin?):
            return .builtin(try builtin.string(), parameters: try parameters?.stringMap() ?? [:])
        case (_?, let builtin?):
            throw builtin.error("stands beside 'command'; a job has one of the two")
        case (nil, nil):
            throw top.document.error(
                at: top.mark, "the job says nothing to run; add `command: [PROGRAM, ARGUMENT, …]` or `builtin: digits`")
        }
    }

    private static func shape(
        in top: Mapping
    ) throws(InputError) -> (shape: JobSpecification.Shape, minimumRanks: UInt32?) {
        let gang = top.value("gang"), array = top.value("array")
        switch (gang, array) {
        case (_?, let array?): throw array.error("stands beside 'gang'; a job has one of the two")
        case (let gang?, nil):
            let sizes = try self.gang(gang)
            return (.gang(ranks: sizes.ranks), sizes.minimumRanks)
        case (nil, let array?): return (.array(tasks: UInt32(try array.integer(1...100_000_000))), nil)
        case (nil, nil): return (.array(tasks: 1), nil)
        }
    }

    /// `3`, or `{ min: 2, max: 8 }`.
    static func gang(_ value: Value) throws(InputError) -> (ranks: UInt32, minimumRanks: UInt32?) {
        guard value.isMapping else { return (UInt32(try value.integer(1...1_000_000)), nil) }
        let sizes = try value.mapping(keys: ["min", "max"])
        guard let least = try sizes.value("min")?.integer(1...1_000_000),
            let most = try sizes.value("max")?.integer(1...1_000_000), least <= most
        else { throw value.error("needs `min` and `max`, and the first is not larger: { min: 2, max: 8 }") }
        return (UInt32(most), UInt32(least))
    }

    /// What a job is called that was given no name: its program.
    public static func defaultName(of program: JobSpecification.Program) -> String {
        switch program {
        case .command(let arguments): String(arguments[0].split(separator: "/").last ?? "job")
        case .builtin(let name, _): name
        }
    }
}
