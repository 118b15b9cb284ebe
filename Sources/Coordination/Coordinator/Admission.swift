/// What is admitted. A job that could never start is refused at its submission, with a reason that says what would be right.
extension Coordinator {
    /// Why this submission is refused; nil if it is admitted. What a flood meets first is cheapest.
    mutating func refusal(of job: JobSpecification, key: String) -> ClientReply? {
        let limits = configuration.limits
        guard (1...128).contains(key.utf8.count) else {
            return .refused(reason: "a submission's key has 1 to 128 bytes")
        }
        if let reason = Self.nameFault(job.tenant, "tenant") { return .refused(reason: reason) }
        if let busy = tenantBusy(job) { return busy }
        guard state.activeJobs < limits.activeJobs else {
            return busy(
                "\(state.activeJobs) jobs haven't ended, and this cluster admits \(limits.activeJobs)",
                jobPace.milliseconds(for: 1))
        }
        // The last eighth is kept for tenants who have little: one that floods can't lock the others out.
        let (part, own) = (limits.activeJobs / 8, state.tenants[job.tenant]?.activeJobs ?? 0)
        if part > 0, own >= part, state.activeJobs >= limits.activeJobs - part {
            return busy(
                "\(state.activeJobs) jobs haven't ended, \(own) of them \(job.tenant)'s; the rest of the \(limits.activeJobs) "
                    + "that this cluster admits is for others", jobPace.milliseconds(for: 1))
        }
        return fault(of: job).map { .refused(reason: $0) } ?? queueBusy(job)
    }

    /// What is wrong with the job itself, whenever it comes.
    private func fault(of job: JobSpecification) -> String? {
        let limits = configuration.limits
        if let reason = Self.nameFault(job.name, "job name") { return reason }
        if let reason = Self.programFault(job, limits) ?? Self.sizeFault(job, limits) { return reason }
        guard job.retries <= limits.retries, job.crashLimit <= limits.retries else {
            return "retries and crash limit are at most \(limits.retries) on this cluster"
        }
        return Self.timeFault(job) ?? Self.communicationFault(job) ?? Self.requirementFault(job.requirements)
            ?? quotaFault(job) ?? labelFault(job) ?? resourceFault(job) ?? dependencyFault(job)
    }

    private func busy(_ reason: String, _ milliseconds: Int64) -> ClientReply {
        .busy(reason: "\(reason); try again in \(milliseconds.asDuration)", retryMilliseconds: milliseconds)
    }

    /// The bounds on how much and how fast the tenant submits.
    private mutating func tenantBusy(_ job: JobSpecification) -> ClientReply? {
        let name = job.tenant
        let rules = configuration.tenants.rules(of: name)
        if let rate = rules.submissionsPerSecond {
            forgetFullBuckets()
            let wait = submissionRates[name, default: TokenBucket(burst: rules.submissionBurst, at: now)]
                .take(perSecond: rate, burst: rules.submissionBurst, at: now)
            if let wait { return busy("\(name) submits more than \(rate) jobs a second", wait) }
        }
        if let tenant = state.tenants[name], tenant.activeJobs >= rules.activeJobs {
            return busy(
                "\(tenant.activeJobs) jobs of \(name) haven't ended, and it may have \(rules.activeJobs)",
                jobPace.milliseconds(for: 1))
        }
        return nil
    }

    /// The bound on what the tenant may have waiting.
    private func queueBusy(_ job: JobSpecification) -> ClientReply? {
        let limit = configuration.tenants.rules(of: job.tenant).queuedUnits
        let queued = state.tenants[job.tenant]?.queuedUnits ?? 0
        let after = queued + UInt64(job.units)
        guard after > limit else { return nil }
        return busy(
            "\(queued) units of \(job.tenant) wait, \(job.units) more are too many: it may have \(limit)",
            unitPace.milliseconds(for: after - limit))
    }

    /// What its tenant's quota could never have room for.
    private func quotaFault(_ job: JobSpecification) -> String? {
        let rules = configuration.tenants.rules(of: job.tenant)
        guard UInt64(job.units) <= rules.queuedUnits else {
            return "\(job.units) units are too many: \(job.tenant) may have \(rules.queuedUnits) waiting"
        }
        let least = UInt64(job.slots) * UInt64(job.isGang ? job.minimumRanks ?? job.units : 1)
        guard let quota = rules.slots, least > UInt64(quota) else { return nil }
        return
            "\(job.isGang ? "a gang" : "a task") of \(least) slots could never start: \(job.tenant) may hold \(quota)"
    }

    /// A bucket that is full says nothing: so ever new tenants don't fill the memory.
    private mutating func forgetFullBuckets() {
        guard submissionRates.count > 1024 else { return }
        submissionRates = submissionRates.filter { name, bucket in
            let rules = configuration.tenants.rules(of: name)
            return !bucket.isFull(
                perSecond: rules.submissionsPerSecond ?? 1, burst: rules.submissionBurst, at: now)
        }
    }

    private static func timeFault(_ job: JobSpecification) -> String? {
        if let limit = job.timeLimitMilliseconds, !(1...31_536_000_000).contains(limit) {
            return "a time limit is from 1ms to 365 days"
        }
        if let age = job.checkpointMilliseconds {
            guard job.isGang else { return "checkpoints are for gangs: the tasks of an array begin anew" }
            guard (1...31_536_000_000).contains(age) else { return "a checkpoint's age is from 1ms to 365 days" }
        }
        guard job.retryDelayMilliseconds <= 86_400_000 else { return "a retry delay is at most 24 hours" }
        guard (-100...100).contains(job.priority) else { return "a priority is from -100 to 100" }
        if let concurrency = job.concurrency, job.isGang || concurrency == 0 {
            return job.isGang
                ? "concurrency is for arrays: a gang's ranks all run at one time" : "concurrency is at least 1"
        }
        if let least = job.minimumRanks {
            guard job.isGang else { return "a least number of ranks is for gangs" }
            guard (1...job.units).contains(least) else {
                return "an elastic gang of at most \(job.units) ranks has a least number from 1 to that, not \(least)"
            }
        }
        return nil
    }

    private static func communicationFault(_ job: JobSpecification) -> String? {
        guard let communication = job.communication else { return nil }
        guard job.isGang else { return "communication is for gangs: the tasks of an array don't meet" }
        let bytes = communication.text.utf8.count
        guard bytes <= DeclaredCommunication.byteLimit else {
            return "the communication has \(bytes) bytes, at most \(DeclaredCommunication.byteLimit) are admitted"
        }
        return nil
    }

    private static func requirementFault(_ requirements: Requirements) -> String? {
        guard requirements.cores <= 1_000_000 else { return "a unit asks for at most 1000000 cores" }
        guard requirements.memory <= 1 << 50 else { return "a unit asks for at most 1 PiB of memory" }
        guard requirements.data.values.allSatisfy({ $0 <= 1 << 60 }) else { return "a site's data are at most 1 EiB" }
        for (kind, number) in requirements.devices {
            if let reason = nameFault(kind, "kind of device") { return reason }
            guard (1...1_000_000).contains(number) else { return "a unit asks for 1 to 1000000 devices of a kind" }
        }
        let labels = [requirements.labels, requirements.preferredLabels]
        guard labels.allSatisfy({ $0.count <= 64 }), requirements.devices.count <= 64, requirements.data.count <= 64
        else { return "a unit names at most 64 labels, kinds of device and sites" }
        for (label, value) in labels.joined() {
            if let reason = nameFault(label, "label") ?? nameFault(value, "label's value") { return reason }
        }
        return requirements.data.keys.lazy.compactMap { nameFault($0, "site") }.first
    }

    /// A label that no worker ever had is a slip of the pen; a value that none has now may come with a worker.
    private func labelFault(_ job: JobSpecification) -> String? {
        guard !job.requirements.labels.isEmpty, !state.workers.isEmpty else { return nil }
        let known = Set(state.workers.values.flatMap(\.offer.labels.keys))
        guard let unknown = job.requirements.labels.keys.filter({ !known.contains($0) }).min() else { return nil }
        let names = known.isEmpty ? "none" : known.sorted().prefix(20).joined(separator: ", ")
        return "no worker has the label '\(unknown)'; the workers' labels are: \(names)"
    }

    /// More of something than any worker ever had, at the same time: it would wait for ever. (More slots may come with a
    /// larger worker, up to the bound that the operator set for them.)
    private func resourceFault(_ job: JobSpecification) -> String? {
        let needs = job.needs
        var others = needs
        others.slots = 0
        guard !others.isZero, !state.workers.isEmpty,
            !state.workers.values.contains(where: { $0.capacity.contains(others) })
        else { return nil }
        func most(_ amount: (Resources) -> UInt64) -> UInt64 {
            state.workers.values.map { amount($0.capacity) }.max() ?? 0
        }
        if most(\.cores) < needs.cores { return "no worker has \(needs.cores) cores: the most is \(most(\.cores))" }
        if most(\.memory) < needs.memory {
            return "no worker has \(needs.memory >> 20) MiB of memory: the most is \(most(\.memory) >> 20) MiB"
        }
        for (kind, amount) in needs.devices.sorted(by: { $0.key < $1.key }) {
            let most = most { $0.devices[kind] ?? 0 }
            if most < amount { return "no worker has \(amount) \(kind): the most is \(most)" }
        }
        return "no worker has all of the cores, memory and devices that one unit asks for"
    }

    private func dependencyFault(_ job: JobSpecification) -> String? {
        guard job.after.count <= 100 else { return "a job comes after at most 100 others" }
        for id in job.after {
            guard let blocker = state.jobs[id] else {
                return
                    "there is no job \(id) that it could come after: a job comes after jobs that were submitted before it"
            }
            switch blocker.end {
            case .failed, .cancelled:
                return "\(id), which it is to come after, did not succeed: the job could never start"
            case .succeeded, nil: if blocker.failedBlocker != nil { return "\(id) will never start" }
            }
        }
        return nil
    }

    static func nameFault(_ name: String, _ what: String) -> String? {
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
