/// What is admitted. A job that could never start is refused at its submission, with a reason that says what would be right.
extension Coordinator {
    /// Why this submission is refused: one line, for people; nil if it is admitted.
    func refusal(of job: JobSpecification, key: String) -> String? {
        let limits = configuration.limits
        guard (1...128).contains(key.utf8.count) else { return "a submission's key has 1 to 128 bytes" }
        if let reason = Self.nameFault(job.name, "job name") ?? Self.nameFault(job.tenant, "tenant") { return reason }
        if let reason = Self.programFault(job, limits) { return reason }
        if let reason = Self.sizeFault(job, limits) { return reason }
        guard job.retries <= limits.retries, job.crashLimit <= limits.retries else {
            return "retries and crash limit are at most \(limits.retries) on this cluster"
        }
        guard state.activeJobs < limits.activeJobs else {
            return
                "\(state.activeJobs) jobs haven't ended, and this cluster admits \(limits.activeJobs); try again when some have"
        }
        return nil
    }

    private static func nameFault(_ name: String, _ what: String) -> String? {
        let isPrintable = name.utf8.allSatisfy { (0x20...0x7e).contains($0) }
        return (1...64).contains(name.utf8.count) && isPrintable
            ? nil : "a \(what) has 1 to 64 printable ASCII characters"
    }

    private static func sizeFault(_ job: JobSpecification, _ limits: ClusterLimits) -> String? {
        guard job.slots > 0 else { return "a \(job.isGang ? "rank" : "task") holds at least one slot" }
        guard job.slots <= limits.unitSlots else {
            return "a \(job.isGang ? "rank" : "task") of \(job.slots) slots could never start: "
                + "at most \(limits.unitSlots) slots are on one worker of this cluster"
        }
        switch job.shape {
        case .gang(let ranks):
            guard ranks > 0 else { return "a gang has at least one rank" }
            let (slots, isTooLarge) = ranks.multipliedReportingOverflow(by: job.slots)
            guard !isTooLarge, slots <= limits.gangSlots else {
                return "a gang of \(UInt64(ranks) * UInt64(job.slots)) slots could never start: "
                    + "at most \(limits.gangSlots) slots are for one gang on this cluster"
            }
        case .array(let tasks):
            guard tasks > 0 else { return "an array has at least one task" }
            guard tasks <= limits.arrayTasks else {
                return
                    "an array of \(tasks) tasks is too large: at most \(limits.arrayTasks) are admitted on this cluster"
            }
        }
        return nil
    }

    private static func programFault(_ job: JobSpecification, _ limits: ClusterLimits) -> String? {
        let parts: [String]
        switch job.program {
        case .command(let arguments):
            guard let program = arguments.first, !program.isEmpty else { return "a command names a program" }
            parts = arguments
        case .builtin(let name, let parameters):
            guard !name.isEmpty else { return "a builtin has a name" }
            parts = [name] + parameters.flatMap { [$0, $1] }
        }
        let environment = job.environment.flatMap { [$0, $1] }
        if (parts + environment + [job.workingDirectory ?? ""]).contains(where: { $0.utf8.contains(0) }) {
            return "a command, its environment and its directory can't have NUL bytes"
        }
        let (programBytes, environmentBytes) = (
            parts.reduce(0) { $0 + $1.utf8.count }, environment.reduce(0) { $0 + $1.utf8.count }
        )
        guard programBytes <= limits.programBytes else {
            return "the command has \(programBytes) bytes, at most \(limits.programBytes) are admitted"
        }
        guard environmentBytes <= limits.environmentBytes else {
            return "the environment has \(environmentBytes) bytes, at most \(limits.environmentBytes) are admitted"
        }
        if job.environment.keys.contains(where: { $0.isEmpty || $0.utf8.contains(UInt8(ascii: "=")) }) {
            return "the name of an environment variable isn't empty, and has no '='"
        }
        if let directory = job.workingDirectory, !directory.hasPrefix("/") {
            return "the working directory is an absolute path on the worker, not \(directory)"
        }
        return nil
    }
}
