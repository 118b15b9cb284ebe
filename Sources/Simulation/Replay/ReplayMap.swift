import Coordination

/// What a model's names stand for: one line for each, as docs/replay.md has them.
///
///     policy strict-priority
///     worker w1 slots=3
///     job Flood.* tenant=flood array=1 priority=1
///     job Gang.* tenant=gangs gang=#
///     before submit.Gang.2
///     event arrive.*.Finish.* = report $1 $2
///     event write.* = report $1 and finish.0.$1
///     core finish
public struct ReplayMap: Sendable {
    struct Job: Sendable {
        var pattern: [String]
        var fields: [String: String]
    }

    /// What an event stands for: one thing or several, one after the other.
    struct Rule: Sendable {
        var pattern: [String]
        var actions: [[String]]
    }

    struct Worker: Sendable {
        var name: WorkerName
        var slots: UInt32
        var gpus: UInt32
    }

    /// The scheduling policy that the model is of; nil: the default.
    public var policy: String?
    var workers: [Worker] = []
    var jobs: [Job] = []
    /// What happens before the run begins: the model has it behind it.
    var before: [String] = []
    var rules: [Rule] = []
    /// Submissions that the door lets in each second, one at a time; nil: as many as come.
    var submissionsPerSecond: UInt32?
    /// Words that the coordinator decides here, and words that the world does.
    var decidedByCore: Set<String> = []
    var decidedByWorld: Set<String> = []

    public init() {}

    /// - Throws: `ReplayError` with the line.
    public init(_ text: String) throws(ReplayError) {
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(separator: " ").prefix { !$0.hasPrefix("#") }.map(String.init)
            guard let first = words.first else { continue }
            do throws(ReplayError) { try read(first, Array(words.dropFirst())) } catch {
                throw ReplayError("line \(number + 1): \(error)")
            }
        }
    }

    private mutating func read(_ key: String, _ words: [String]) throws(ReplayError) {
        switch key {
        case "policy":
            guard words.count == 1, Policies.named(words[0]) != nil else {
                throw ReplayError(
                    "policy names one of \(Policies.all.map { type(of: $0).name }.joined(separator: ", "))")
            }
            policy = words[0]
        case "worker":
            let fields = try Self.fields(words.dropFirst(), ["slots", "gpu"])
            guard let name = words.first.flatMap({ WorkerName($0) }), let slots = UInt32(fields["slots"] ?? "1"),
                slots > 0, let gpus = UInt32(fields["gpu"] ?? "0")
            else { throw ReplayError("a worker reads `worker NAME slots=N gpu=N`") }
            guard !workers.contains(where: { $0.name == name }) else {
                throw ReplayError("there is a worker \(name) already")
            }
            workers.append(Worker(name: name, slots: slots, gpus: gpus))
        case "job":
            guard let pattern = words.first else { throw ReplayError("a job reads `job PATTERN gang=2`") }
            let fields = try Self.fields(
                words.dropFirst(),
                ["tenant", "gang", "array", "slots", "gpu", "priority", "retries", "crash-limit", "limit"])
            for (key, value) in fields where key != "tenant" && !(value == "#" && key != "priority") {
                guard Int32(value).map({ $0 >= 0 || key == "priority" }) == true else {
                    throw ReplayError("\(key)=\(value): that is no number")
                }
            }
            jobs.append(Job(pattern: Self.parts(pattern), fields: fields))
        case "before":
            guard !words.isEmpty else { throw ReplayError("what comes before reads `before EVENT …`") }
            before += words
        case "submits-per-second":
            guard words.count == 1, let rate = UInt32(words[0]), rate > 0 else {
                throw ReplayError("the door reads `submits-per-second N`")
            }
            submissionsPerSecond = rate
        case "event":
            let actions = words.dropFirst(2).split(separator: "and", omittingEmptySubsequences: false).map(Array.init)
            guard words.count >= 3, words[1] == "=", actions.allSatisfy(Self.isAction) else {
                throw ReplayError(
                    "an event reads `event PATTERN = WORD.FIELDS` or `event PATTERN = \(Self.actions.joined(separator: "|")) …`"
                )
            }
            rules.append(Rule(pattern: Self.parts(words[0]), actions: actions))
        case "core": decidedByCore.formUnion(words)
        case "world": decidedByWorld.formUnion(words)
        default:
            throw ReplayError(
                "'\(key)' is not known; there are: policy, worker, job, before, submits-per-second, event, core, world")
        }
    }

    static let actions = ["skip", "ask", "report", "silence", "return", "pass"]

    /// One of the actions with what it needs, or an event of the vocabulary.
    private static func isAction(_ words: [String]) -> Bool {
        switch words.first {
        case "skip": words.count == 1
        case "ask", "silence", "return": words.count == 2
        case "report": words.count == 2 || words.count == 3
        case "pass": words.count == 2 && UInt32(words[1]) != nil
        case let event?:
            words.count == 1 && Vocabulary.words.contains { $0.name == parts(event).first }
        case nil: false
        }
    }

    private static func fields(_ words: ArraySlice<String>, _ known: [String]) throws(ReplayError) -> [String: String] {
        var fields: [String: String] = [:]
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, known.contains(parts[0]) else {
                throw ReplayError(
                    "'\(word)' is not known; there are: \(known.map { "\($0)=…" }.joined(separator: ", "))")
            }
            fields[parts[0]] = parts[1]
        }
        return fields
    }

    static func parts(_ name: String) -> [String] { name.split(separator: ".").map(String.init) }

    /// What the stars of a pattern stand for; nil if it doesn't match. A last `*` takes all that is left.
    static func match(_ pattern: [String], _ parts: [String]) -> [String]? {
        var stars: [String] = []
        for (number, part) in pattern.enumerated() {
            guard number < parts.count else { return nil }
            if part == "*" {
                let takesRest = number == pattern.count - 1
                stars.append(takesRest ? parts[number...].joined(separator: ".") : parts[number])
                if takesRest { return stars }
            } else if part != parts[number] {
                return nil
            }
        }
        return pattern.count == parts.count ? stars : nil
    }

    /// What the tenant submits for a job of the model. Without a line of its own a job `Gang.3` is a gang of 3, and any other one task;
    /// its tenant is the name before the first dot.
    func specification(of job: String) throws(ReplayError) -> JobSpecification {
        let parts = Self.parts(job)
        let last = parts.last.flatMap { UInt32($0) }
        let line = jobs.first { Self.match($0.pattern, parts) != nil }
        var fields = line?.fields ?? [:]
        if line == nil, parts[0].lowercased().hasSuffix("gang"), last ?? 0 > 0 { fields["gang"] = "#" }
        func number(_ key: String) throws(ReplayError) -> UInt32? {
            guard let text = fields[key] else { return nil }
            guard let number = text == "#" ? last : UInt32(text) else {
                throw ReplayError("the job \(job) has \(key)=\(text), which is no number")
            }
            return number
        }
        let (gang, array) = (try number("gang"), try number("array"))
        let (slots, retries, crashLimit) = (try number("slots"), try number("retries"), try number("crash-limit"))
        var specification = JobSpecification(
            name: job, tenant: fields["tenant"] ?? parts[0].lowercased(),
            shape: gang.map { .gang(ranks: $0) } ?? .array(tasks: array ?? 1),
            program: .builtin("noop", parameters: [:]), slots: slots ?? 1, retries: retries ?? 0,
            crashLimit: crashLimit ?? 5, timeLimitMilliseconds: try number("limit").map(Int64.init),
            retryDelayMilliseconds: 0, priority: Int32(fields["priority"] ?? "0") ?? 0)
        if let gpus = try number("gpu"), gpus > 0 { specification.requirements.devices = ["gpu": gpus] }
        return specification
    }
}
