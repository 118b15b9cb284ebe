import Coordination

/// What the shipped core is explored in: a small cluster, its tenants' jobs, and how much may go wrong. A script writes it as a text
/// of clauses, `core("workers 1 1, gang 2 of 0, crashes 1", Events)`; docs/specs.md lists them.
struct CoreScope: Hashable, Sendable {
    struct Job: Hashable, Sendable {
        var tenant = 0
        var isGang = false
        var units: UInt32 = 1
        var slots: UInt32 = 1
        var retries: UInt32 = 0
        var crashLimit: UInt32 = 5
        var priority: Int32 = 0
        /// Places of jobs that it comes after.
        var after: [Int] = []
        var minimumRanks: UInt32?
        var concurrency: UInt32?
        var timeLimit: Int64?
        /// Its programs always fail.
        var isPoisoned = false
        /// It is submitted again as soon as it has ended, for ever.
        var isRepeated = false
        /// The worker that it must be on, by a label that this worker alone has.
        var place: Int?
    }

    /// How often something may still happen. Each is a fault or a whim, and none of them ever has to happen.
    struct Budget: Hashable, Sendable {
        var crashes = 0
        var kills = 0
        var losses = 0
        var doubles = 0
        var cuts = 0
        var failures = 0
        var cancels = 0
        var drains = 0
        var departures = 0
        var lies = 0

        static let words: [String: WritableKeyPath<Budget, Int> & Sendable] = [
            "crashes": \.crashes, "kills": \.kills, "losses": \.losses, "doubles": \.doubles, "cuts": \.cuts,
            "failures": \.failures, "cancels": \.cancels, "drains": \.drains, "departures": \.departures,
            "lies": \.lies,
        ]
    }

    var policy = "fair"
    /// Slots of each worker.
    var workers: [UInt32] = []
    var jobs: [Job] = []
    var budget = Budget()
    /// Messages that may be under way at one time for as long as it pleases them.
    var late = 0
    /// Tasks that each worker takes beyond its slots.
    var credit: UInt32 = 0
    /// Ticks that a job waits before others are preempted for it.
    var preemption: UInt32?
    /// Jobs that haven't ended, of all tenants together.
    var allJobs: Int?
    /// Jobs that haven't ended, slots and weight, by tenant.
    var activeJobs: [Int: Int] = [:]
    var quotas: [Int: UInt32] = [:]
    var weights: [Int: UInt32] = [:]
    /// The coordinator grants nothing for a while: units of its patience.
    var patience: UInt32?

    /// A word that a scope can't mean.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    // MARK: Reading

    init(_ text: String) throws(Fault) {
        for clause in text.split(separator: ",") { try read(Words(clause)) }
        guard !workers.isEmpty else { throw Fault(description: "the core's scope names no workers: `workers 1 1`") }
        guard !jobs.isEmpty else {
            throw Fault(description: "the core's scope names no job: `gang 2 of 0`, `array 1 of 0`")
        }
        guard Policies.named(policy) != nil else {
            let names = Policies.all.map { type(of: $0).name }.joined(separator: ", ")
            throw Fault(description: "the core's scope names the policy \(policy); there are \(names)")
        }
        if jobs.contains(where: \.isRepeated), budget.kills > 0 {
            throw Fault(
                description:
                    "a job that is submitted again and again, and kills of the coordinator, have no end together")
        }
        for place in jobs.flatMap(\.after) where !jobs.indices.contains(place) {
            throw Fault(description: "a job of the core's scope comes after job \(place), which there isn't")
        }
    }

    private mutating func read(_ words: Words) throws(Fault) {
        var words = words
        guard let word = words.next() else { return }
        if let path = Budget.words[word] {
            budget[keyPath: path] = try words.number()
            return try words.end()
        }
        switch word {
        case "policy": policy = try words.word("a policy's name")
        case "workers":
            workers = []
            while !words.isAtEnd { workers.append(UInt32(try words.number())) }
        case "late": late = try words.number()
        case "credit": credit = UInt32(try words.number())
        case "preemption": preemption = UInt32(try words.number())
        case "patience": patience = UInt32(try words.number())
        case "jobs": allJobs = try words.number()
        case "tenant": try readTenant(&words)
        case "gang", "array": try readJob(&words, isGang: word == "gang")
        default:
            throw Fault(
                description:
                    "the core's scope has no `\(word)`; it has workers, gang, array, tenant, jobs, policy, late, credit, "
                    + "preemption, patience, " + Budget.words.keys.sorted().joined(separator: ", "))
        }
        try words.end()
    }

    private mutating func readTenant(_ words: inout Words) throws(Fault) {
        let tenant = try words.number()
        while let word = words.next() {
            switch word {
            case "jobs": activeJobs[tenant] = try words.number()
            case "slots": quotas[tenant] = UInt32(try words.number())
            case "weight": weights[tenant] = UInt32(try words.number())
            default: throw Fault(description: "a tenant of the core's scope has jobs, slots and weight, not `\(word)`")
            }
        }
    }

    private mutating func readJob(_ words: inout Words, isGang: Bool) throws(Fault) {
        var job = Job()
        job.isGang = isGang
        job.units = UInt32(try words.number())
        while let word = words.next() {
            switch word {
            case "of": job.tenant = try words.number()
            case "slots": job.slots = UInt32(try words.number())
            case "retries": job.retries = UInt32(try words.number())
            case "crash-limit": job.crashLimit = UInt32(try words.number())
            case "priority": job.priority = Int32(try words.number())
            case "after": job.after.append(try words.number())
            case "least": job.minimumRanks = UInt32(try words.number())
            case "concurrency": job.concurrency = UInt32(try words.number())
            case "limit": job.timeLimit = Int64(try words.number())
            case "on": job.place = try words.number()
            case "poisoned": job.isPoisoned = true
            case "again": job.isRepeated = true
            default:
                throw Fault(
                    description:
                        "a job of the core's scope has of, slots, retries, crash-limit, priority, after, least, "
                        + "concurrency, limit, on, poisoned and again, not `\(word)`")
            }
        }
        jobs.append(job)
    }

    private struct Words {
        private var rest: [Substring]
        private var last: Substring = ""

        init(_ clause: Substring) { rest = clause.split { $0.isWhitespace } }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func next() -> String? {
            guard !rest.isEmpty else { return nil }
            last = rest.removeFirst()
            return String(last)
        }

        mutating func word(_ what: String) throws(Fault) -> String {
            let before = last
            guard let word = next() else {
                throw Fault(description: "the core's scope: after `\(before)` comes \(what)")
            }
            return word
        }

        mutating func number() throws(Fault) -> Int {
            let before = last
            let text = try word("a number")
            guard let number = Int(text), (0...1000).contains(number) else {
                throw Fault(
                    description: "the core's scope: after `\(before)` comes a number from 0 to 1000, not `\(text)`")
            }
            return number
        }

        func end() throws(Fault) {
            guard let word = rest.first else { return }
            throw Fault(description: "the core's scope: nothing is to follow `\(last)`, and there is `\(word)`")
        }
    }
}

// MARK: What it means to the core

extension CoreScope {
    /// One tick of the model's clock is a heartbeat.
    static let terms = Terms(heartbeatMilliseconds: 1, leaseMilliseconds: 3)

    var configuration: CoordinatorConfiguration {
        var rules = TenantRules()
        for tenant in Set(jobs.map(\.tenant)) {
            var limits = TenantLimits()
            limits.weight = weights[tenant] ?? 1
            limits.slots = quotas[tenant]
            limits.activeJobs = activeJobs[tenant] ?? limits.activeJobs
            rules.named["t\(tenant)"] = limits
        }
        // What has ended is kept, save where jobs come for ever.
        let retention = Retention(jobs: jobs.contains(where: \.isRepeated) ? 0 : 1000, milliseconds: .max / 2)
        var limits = ClusterLimits(retention: retention)
        limits.activeJobs = allJobs ?? limits.activeJobs
        var configuration = CoordinatorConfiguration(
            terms: Self.terms, lapseMarginMilliseconds: 1, stopGraceMilliseconds: 1, limits: limits, tenants: rules,
            preemptionMilliseconds: preemption, preemptionGraceMilliseconds: 1)
        configuration.preemptionsPerUnit = 1
        return configuration
    }

    var schedulingPolicy: any SchedulingPolicy {
        if policy == Fair.name, let patience { return Fair(patience: patience) }
        return Policies.named(policy) ?? Fair()
    }

    var horizons: Renamer.Horizons {
        var horizons = Renamer.Horizons()
        horizons.waits = preemption.map { Int64($0) + 1 } ?? 0
        horizons.runs = jobs.compactMap(\.timeLimit).max().map { $0 + 2 } ?? 0
        horizons.ages = UInt64(patience ?? Fair().patience) * UInt64(workers.reduce(0, +)) + 1
        return horizons
    }

    /// - Parameter known: the numbers that the core gave to the jobs that were submitted.
    func specification(of place: Int, known: [Int: JobID]) -> JobSpecification {
        let job = jobs[place]
        var requirements = Requirements()
        if let worker = job.place { requirements.labels["name"] = "w\(worker)" }
        return JobSpecification(
            name: "job\(place)", tenant: "t\(job.tenant)",
            shape: job.isGang ? .gang(ranks: job.units) : .array(tasks: job.units),
            program: .builtin("noop", parameters: [:]), slots: job.slots, retries: job.retries,
            crashLimit: job.crashLimit, timeLimitMilliseconds: job.timeLimit, retryDelayMilliseconds: 0,
            concurrency: job.concurrency, minimumRanks: job.minimumRanks, priority: job.priority,
            after: job.after.compactMap { known[$0] }, requirements: requirements)
    }

    func offer(of worker: Int) -> WorkerOffer {
        var offer = WorkerOffer()
        if jobs.contains(where: { $0.place != nil }) { offer.labels["name"] = "w\(worker)" }
        offer.credit = credit
        return offer
    }
}
