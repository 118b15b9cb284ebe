public import Coordination

/// A job as a tenant writes it: YAML, or the same keys as flags.
///
///     name: digits
///     tenant: vision
///     gang: 3                  # or `array: 100`
///     builtin: digits          # or `command: [python3, train.py]`
///     parameters: { epochs: 30 }
public enum JobFile {
    private static let keys = [
        "name", "tenant", "gang", "array", "command", "builtin", "parameters", "env", "directory", "slots", "retries",
        "crash-limit",
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
        var job = JobSpecification(name: "", shape: shape, program: program)
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
        return job
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

    private static func shape(in top: Mapping) throws(InputError) -> JobSpecification.Shape {
        let gang = top.value("gang"), array = top.value("array")
        switch (gang, array) {
        case (_?, let array?): throw array.error("stands beside 'gang'; a job has one of the two")
        case (let gang?, nil): return .gang(ranks: UInt32(try gang.integer(1...1_000_000)))
        case (nil, let array?): return .array(tasks: UInt32(try array.integer(1...100_000_000)))
        case (nil, nil): return .array(tasks: 1)
        }
    }

    /// What a job is called that was given no name: its program.
    public static func defaultName(of program: JobSpecification.Program) -> String {
        switch program {
        case .command(let arguments): String(arguments[0].split(separator: "/").last ?? "job")
        case .builtin(let name, _): name
        }
    }
}
