/// A schedule that can't be read, and where.
public struct ScheduleError: Error, Hashable, CustomStringConvertible {
    /// From 1; nil for the file as a whole.
    public let line: Int?
    public let reason: String

    public var description: String { (line.map { "line \($0): " } ?? "") + reason }
}

extension Schedule {
    /// Reads what `description` writes.
    public init(text: String) throws(ScheduleError) {
        var header: [String: (value: String, line: Int)] = [:]
        var incidents: [Incident] = []
        for (index, content) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = content.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" || $0 == "\r" }
            guard let first = words.first else { continue }
            if first.first!.isNumber {
                incidents.append(try Self.incident(words, line: index + 1))
            } else {
                guard words.count == 2 else {
                    throw ScheduleError(line: index + 1, reason: "'\(first)' takes one value")
                }
                header[String(first)] = (String(words[1]), index + 1)
            }
        }
        try self.init(header: header, incidents: incidents.sorted { $0.time < $1.time })
    }

    private init(header: [String: (value: String, line: Int)], incidents: [Incident]) throws(ScheduleError) {
        let known = [
            "seed", "workers", "policy", "heartbeat", "lease", "drift", "disk", "horizon", "offers", "tenants",
            "preemption",
        ]
        if let (key, value) = header.first(where: { !known.contains($0.key) }) {
            throw ScheduleError(line: value.line, reason: "'\(key)' is none of \(known.joined(separator: ", "))")
        }
        func value<T>(_ key: String, _ read: (String) -> T?) throws(ScheduleError) -> T {
            guard let (text, line) = header[key] else { throw ScheduleError(line: nil, reason: "'\(key)' is missing") }
            guard let value = read(text) else { throw ScheduleError(line: line, reason: "'\(key)' can't be '\(text)'") }
            return value
        }
        func numbers<T: LosslessStringConvertible>(_ text: String) -> [T]? {
            let words = text.split(separator: ",")
            let numbers = words.compactMap { T(String($0)) }
            return numbers.count == words.count && !numbers.isEmpty ? numbers : nil
        }
        let seed: UInt64 = try value("seed") { UInt64($0) }
        let workers: [UInt32] = try value("workers") {
            numbers($0).flatMap { $0.count <= 1000 && $0.allSatisfy { (1...10_000).contains($0) } ? $0 : nil }
        }
        var cluster = Cluster(
            workers: workers, policy: try value("policy") { $0 },
            heartbeat: UInt32(try value("heartbeat") { Self.milliseconds($0, 1...3_600_000) }),
            lease: UInt32(try value("lease") { Self.milliseconds($0, 1...36_000_000) }),
            drift: try value("drift") { numbers($0).flatMap { $0.count == workers.count + 1 ? $0 : nil } },
            disk: try value("disk") { Disk(rawValue: $0) })
        if header["offers"] != nil {
            cluster.offers = try value("offers") { text in
                let offers = text.split(separator: ",").compactMap { Offer(String($0)) }
                return offers.count == workers.count ? offers : nil
            }
        }
        if header["tenants"] != nil { cluster.tenants = try value("tenants", TenantsText.read) }
        if header["preemption"] != nil { cluster.preemption = try value("preemption") { Preemption($0) } }
        self.init(
            seed: seed, cluster: cluster,
            horizon: try value("horizon") { Self.milliseconds($0, 0...Self.longest) }, incidents: incidents)
        try checkNumbers()
    }

    /// Ten thousand hours.
    static let longest: Int64 = 36_000_000_000

    /// Every worker and every submission that an incident names must be there.
    private func checkNumbers() throws(ScheduleError) {
        var numbers: Set<Int> = []
        for submission in submissions where !numbers.insert(submission.number).inserted {
            throw ScheduleError(line: nil, reason: "two submissions have the number \(submission.number)")
        }
        for incident in incidents {
            if let worker = incident.worker, !cluster.workers.indices.contains(worker) {
                throw ScheduleError(line: nil, reason: "there is no worker \(worker): \(incident)")
            }
        }
    }

    /// Seconds, such as `12.345`.
    static func milliseconds(_ text: String, _ range: ClosedRange<Int64> = 0...longest) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = Int64(parts[0]), (0...longest).contains(whole) else {
            return nil
        }
        var rest: Int64 = 0
        if parts.count == 2 {
            guard (1...3).contains(parts[1].count), parts[1].allSatisfy(\.isWholeNumber),
                let digits = Int64(parts[1] + String(repeating: "0", count: 3 - parts[1].count))
            else { return nil }
            rest = digits
        }
        return range.contains(whole * 1000 + rest) ? whole * 1000 + rest : nil
    }

    private static func incident(_ words: [Substring], line: Int) throws(ScheduleError) -> Incident {
        guard let time = milliseconds(String(words[0])) else {
            throw ScheduleError(line: line, reason: "'\(words[0])' is no time in seconds")
        }
        guard words.count > 1 else { throw ScheduleError(line: line, reason: "nothing happens here") }
        var fields = Fields(line: line, verb: String(words[1]))
        for word in words.dropFirst(2) {
            let parts = word.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else {
                throw ScheduleError(line: line, reason: "'\(word)' must read key=value")
            }
            fields.values[String(parts[0])] = String(parts[1])
        }
        let action = try fields.action()
        if let rest = fields.values.keys.min() {
            throw ScheduleError(line: line, reason: "'\(fields.verb)' has no '\(rest)'")
        }
        return Incident(at: time, action)
    }
}

extension Incident {
    /// The worker that it names.
    var worker: Int? {
        switch action {
        case .submit, .cancel, .crashCoordinator, .reconfigure, .crashAtWrite, .slowDisk: return nil
        case .crashWorker(let worker, _, _), .shutDownWorker(let worker, _), .freeze(let worker, _),
            .hang(let worker, _), .drain(let worker, _, _), .cut(let worker, _, _, _), .breakConnection(let worker, _),
            .lie(let worker),
            .weather(.worker(let worker), _, _):
            return worker
        case .message(let link, _, _): if case .worker(let worker) = link.end { return worker } else { return nil }
        case .weather: return nil
        }
    }
}

/// The `key=value` words of a line, taken one by one.
private struct Fields {
    let line: Int
    let verb: String
    var values: [String: String] = [:]

    init(line: Int, verb: String) {
        self.line = line
        self.verb = verb
    }

    private mutating func take<T>(_ key: String, _ read: (String) -> T?) throws(ScheduleError) -> T {
        guard let text = values.removeValue(forKey: key) else {
            throw ScheduleError(line: line, reason: "'\(verb)' needs \(key)=…")
        }
        guard let value = read(text) else { throw ScheduleError(line: line, reason: "\(key) can't be '\(text)'") }
        return value
    }

    private mutating func time(_ key: String) throws(ScheduleError) -> Int64 {
        try take(key) { Schedule.milliseconds($0) }
    }

    private mutating func worker() throws(ScheduleError) -> Int { try take("worker") { Int($0) } }
    private mutating func percent(_ key: String) throws(ScheduleError) -> Int {
        try take(key) { (text: String) -> Int? in Int(text).flatMap { (0...100).contains($0) ? $0 : nil } }
    }
    private mutating func flag(_ key: String) throws(ScheduleError) -> Bool {
        try take(key) { $0 == "yes" ? true : $0 == "no" ? false : nil }
    }

    mutating func action() throws(ScheduleError) -> Incident.Action {
        switch verb {
        case "submit": .submit(try submission())
        case "cancel": .cancel(submission: try take("number") { Int($0) })
        case "crash-coordinator": .crashCoordinator(downtime: try time("for"))
        case "reconfigure":
            .reconfigure(
                heartbeat: try take("heartbeat") { Schedule.milliseconds($0, 1...3_600_000) },
                lease: try take("lease") { Schedule.milliseconds($0, 1...36_000_000) }, downtime: try time("for"))
        case "drain": .drain(try worker(), isNow: try flag("now"), duration: try time("for"))
        case "crash-at-write": .crashAtWrite(try take("point") { .init($0) }, downtime: try time("for"))
        case "slow-disk": .slowDisk(latency: try time("latency"), duration: try time("for"))
        case "crash-worker":
            .crashWorker(try worker(), downtime: try time("for"), isNoticed: try flag("noticed"))
        case "stop-worker": .shutDownWorker(try worker(), downtime: try time("for"))
        case "freeze": .freeze(try worker(), duration: try time("for"))
        case "hang": .hang(try worker(), duration: try time("for"))
        case "cut":
            .cut(
                try worker(), try take("direction") { .init(rawValue: $0) }, try take("mode") { .init(rawValue: $0) },
                duration: try time("for"))
        case "break-connection": .breakConnection(try worker(), isNoticed: try flag("noticed"))
        case "weather":
            .weather(
                try take("end") { .init($0) },
                Incident.Weather(
                    loss: try percent("loss"), doubling: try percent("doubling"), lateness: try percent("lateness"),
                    lateBy: try time("late-by")), duration: try time("for"))
        case "lie": .lie(try worker())
        case "message": try message()
        default: throw ScheduleError(line: line, reason: "nothing is called '\(verb)'")
        }
    }

    private mutating func message() throws(ScheduleError) -> Incident.Action {
        let end: Incident.End = try take("end") { .init($0) }
        let isUp = try take("direction") { $0 == "up" ? true : $0 == "down" ? false : nil }
        let number: Int = try take("number") { Int($0) }
        let fault: Incident.MessageFault =
            if values["double"] != nil { .double(try time("double")) } else if values["late"] != nil {
                .late(try time("late"))
            } else { try take("fault") { $0 == "lose" ? .lose : nil } }
        return .message(Incident.Link(end, isUp: isUp), number: number, fault)
    }

    private mutating func submission() throws(ScheduleError) -> Submission {
        let isGang = values["gang"] != nil
        let number: Int = try take("number") { UInt32($0).map(Int.init) }
        var submission = Submission(
            number: number, tenant: try take("tenant") { $0 }, isGang: isGang,
            units: try take(isGang ? "gang" : "array") { UInt32($0) }, slots: try take("slots") { UInt32($0) },
            retries: try take("retries") { UInt32($0) }, crashLimit: try take("crash-limit") { UInt32($0) },
            duration: try time("runs"), failing: try percent("failing"))
        if values["count"] != nil {
            submission.count = try take("count") { (text: String) -> Int? in
                Int(text).flatMap { (1...1_000_000).contains($0) ? $0 : nil }
            }
            submission.interval = try time("every")
        }
        try readRules(of: &submission)
        return submission
    }

    /// What is as usual is left out.
    private mutating func readRules(of submission: inout Submission) throws(ScheduleError) {
        if values["hanging"] != nil { submission.hanging = try percent("hanging") }
        if values["min"] != nil { submission.minimumRanks = try take("min") { UInt32($0) } }
        if values["concurrency"] != nil { submission.concurrency = try take("concurrency") { UInt32($0) } }
        if values["time-limit"] != nil { submission.timeLimit = try time("time-limit") }
        if values["retry-delay"] != nil { submission.retryDelay = try time("retry-delay") }
        if values["priority"] != nil { submission.priority = try take("priority") { Int32($0) } }
        if values["gpus"] != nil { submission.gpus = try take("gpus") { UInt32($0) } }
        if values["site"] != nil { submission.site = try take("site") { $0 } }
        if values["prefers"] != nil { submission.preferredSite = try take("prefers") { $0 } }
        guard values["after"] != nil else { return }
        submission.after = try take("after") { text in
            let words = text.split(separator: ",")
            let numbers = words.compactMap { Int($0) }
            return numbers.count == words.count ? numbers : nil
        }
    }
}
