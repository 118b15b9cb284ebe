public import Coordination
internal import Foundation

/// What an operator decides about a cluster: `cluster/local.yaml` is an example with every key.
public struct ClusterConfiguration: Hashable, Sendable {
    /// A ZeroMQ endpoint on which workers and clients reach the coordinator.
    public var listen = "tcp://127.0.0.1:7447"
    /// The state folder; the flag `--state` wins over it.
    public var state: String?
    public var policy = Fair.name
    public var limits = Limits()
    public var lease = LeaseTimes()
    /// Weights and bounds of the tenants.
    public var tenants = TenantRules(others: Self.usualTenant)
    /// When others are stopped for a job that waits; nil: never.
    public var preemption: Preemption?
    public var preflight = Preflight()
    public var connections = Connections()

    /// What one peer may say, on all of its connections together; one that says more is disconnected.
    public struct Connections: Hashable, Sendable {
        public var messagesPerSecond = 100_000
        public var bytesPerSecond = 1 << 30
    }
    public var console = ConsoleConfiguration()
    public var alerts = AlertConfiguration()

    public struct Limits: Hashable, Sendable {
        /// The most slots that one gang may hold: a larger gang could never start, and is refused when it is submitted.
        public var gangSlots = 64
        /// The slots of the largest worker: a rank or task that needs more could never start, and is refused.
        public var workerSlots = 64
        public var arrayTasks = 1_000_000
        /// Jobs that wait or run at one time.
        public var activeJobs = 100_000
        /// Bytes that one unit may print on one stream, and all units of a job together; what comes after is dropped.
        public var logBytes = 64 << 20
        public var jobLogBytes = 1 << 30
        /// Bytes of metrics that are kept of a job.
        public var metricsBytes = 16 << 20
        /// How long jobs that have ended are remembered: so many, and so many milliseconds.
        public var endedJobs = 10_000
        public var endedAge = 30 * 86_400_000
    }

    /// Milliseconds.
    public struct LeaseTimes: Hashable, Sendable {
        public var heartbeat = 1_000
        public var duration = 10_000
    }

    /// Milliseconds.
    public struct Preemption: Hashable, Sendable {
        /// How long a job of a tenant below its share waits before others make room for it.
        public var after = 60_000
        /// What a unit gets to write a checkpoint.
        public var grace = 30_000
    }

    public struct Preflight: Hashable, Sendable {
        /// CSPm files, all of whose assertions must hold before the coordinator starts.
        public var specifications: [String] = []
        /// What the workers offer together, as far as the operator promises it; nil: as much as the largest gang needs.
        public var slots: Int?
        /// How often each kind of fault may happen, where the coordinator itself is explored; those that aren't named are as usual.
        public var faults: [String: Int] = [:]
        public var maxStates = 5_000_000
        /// Milliseconds.
        public var timeout = 60_000
    }

    public init() {}

    /// A tenant of which the file says nothing. One program that submits a job, waits for its end, and submits the next comes to about a
    /// thousand a second; what floods comes to several times that, and everybody else would wait for the commits of its jobs.
    public static let usualTenant = TenantLimits(submissionsPerSecond: 1000, submissionBurst: 2000)

    private static let keys = [
        "listen", "state", "policy", "limits", "lease", "tenants", "preemption", "preflight", "connections", "console",
        "alerts",
    ]

    /// Paths in the file are relative to the file's own folder.
    public static func read(_ file: String) throws(InputError) -> ClusterConfiguration {
        try configuration(
            from: Document.read(file: file, keys: keys), folder: URL(fileURLWithPath: file).deletingLastPathComponent())
    }

    public static func parse(_ text: String, file: String) throws(InputError) -> ClusterConfiguration {
        try configuration(
            from: Document.parse(text, file: file, keys: keys),
            folder: URL(fileURLWithPath: file).deletingLastPathComponent())
    }

    private static func configuration(from top: Mapping, folder: URL) throws(InputError) -> ClusterConfiguration {
        var result = ClusterConfiguration()
        func path(_ text: String) -> String { URL(fileURLWithPath: text, relativeTo: folder).standardizedFileURL.path }
        if let value = top.value("listen") { result.listen = try endpoint(value) }
        if let value = top.value("state") { result.state = path(try value.string()) }
        if let value = top.value("policy") {
            result.policy = try value.string()
            if Policies.named(result.policy) == nil {
                let names = Policies.all.map { type(of: $0).name }.joined(separator: ", ")
                throw value.error("is '\(result.policy)'; there are: \(names)")
            }
        }
        if let value = top.value("limits") { try result.limits.read(value) }
        if let value = top.value("lease") { try result.lease.read(value) }
        if let value = top.value("tenants") { result.tenants = try TenantRules.read(value) }
        if let value = top.value("preemption") {
            let mapping = try value.mapping(keys: ["after", "grace"])
            var preemption = Preemption()
            if let value = mapping.value("after") { preemption.after = try value.duration(0...604_800_000) }
            if let value = mapping.value("grace") { preemption.grace = try value.duration(0...3_600_000) }
            result.preemption = preemption
        }
        if let value = top.value("connections") {
            let mapping = try value.mapping(keys: ["messages-per-second", "bytes-per-second"])
            if let value = mapping.value("messages-per-second") {
                result.connections.messagesPerSecond = try value.integer(10...1_000_000_000)
            }
            if let value = mapping.value("bytes-per-second") {
                result.connections.bytesPerSecond = try value.integer(65_536...1 << 40)
            }
        }
        if let value = top.value("console") { result.console = try ConsoleConfiguration.read(value, path: path) }
        if let value = top.value("alerts") { result.alerts = try AlertConfiguration.read(value) }
        if let value = top.value("preflight") {
            let preflight = try value.mapping(keys: ["specs", "slots", "faults", "max-states", "timeout"])
            if let value = preflight.value("faults") {
                for fault in try value.mapping(keys: ["crashes", "cuts", "losses", "doubles", "kills"]).values {
                    result.preflight.faults[fault.key] = try fault.integer(0...3)
                }
            }
            if let value = preflight.value("specs") { result.preflight.specifications = try value.strings().map(path) }
            if let value = preflight.value("slots") { result.preflight.slots = try value.integer(1...1_000_000_000) }
            if let value = preflight.value("max-states") {
                result.preflight.maxStates = try value.integer(1...1_000_000_000)
            }
            if let value = preflight.value("timeout") { result.preflight.timeout = try value.duration(100...3_600_000) }
        }
        return result
    }

    private static func endpoint(_ value: Value) throws(InputError) -> String {
        let text = try value.string()
        guard isEndpoint(text) else {
            throw value.error("is '\(text)'; it must read tcp://ADDRESS:PORT, such as tcp://127.0.0.1:7447")
        }
        return text
    }

    /// Whether nobody on another host can reach an endpoint: a loopback address, or a file.
    public static func isLocal(_ endpoint: String) -> Bool {
        if endpoint.hasPrefix("ipc://") { return true }
        guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") else { return false }
        let host = endpoint[endpoint.index(endpoint.startIndex, offsetBy: 6)..<colon]
        if host == "localhost" || host == "[::1]" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return numbers.count == 4 && numbers[0] == 127 && numbers.allSatisfy { $0 != nil }
    }

    /// Whether `text` reads `tcp://HOST:PORT` (PORT may be `*` to bind) or `ipc://PATH`.
    public static func isEndpoint(_ text: String) -> Bool {
        if text.hasPrefix("ipc://") { return text.count > 6 }
        guard text.hasPrefix("tcp://"), let colon = text.lastIndex(of: ":") else { return false }
        let host = text.dropFirst(6).prefix(upTo: max(colon, text.index(text.startIndex, offsetBy: 6)))
        let port = text[text.index(after: colon)...]
        return !host.isEmpty && (port == "*" || UInt16(port) != nil)
    }
}

extension ClusterConfiguration.Limits {
    fileprivate mutating func read(_ value: Value) throws(InputError) {
        let limits = try value.mapping(keys: [
            "gang-slots", "worker-slots", "array-tasks", "active-jobs", "log-bytes", "job-log-bytes", "metrics-bytes",
            "ended-jobs", "ended-age",
        ])
        if let value = limits.value("gang-slots") { gangSlots = try value.integer(1...1_000_000) }
        if let value = limits.value("worker-slots") { workerSlots = try value.integer(1...1_000_000) }
        if let value = limits.value("array-tasks") { arrayTasks = try value.integer(1...100_000_000) }
        if let value = limits.value("active-jobs") { activeJobs = try value.integer(1...10_000_000) }
        if let value = limits.value("log-bytes") { logBytes = try value.integer(0...1 << 40) }
        if let value = limits.value("job-log-bytes") { jobLogBytes = try value.integer(0...1 << 40) }
        if let value = limits.value("metrics-bytes") { metricsBytes = try value.integer(0...1 << 32) }
        if let value = limits.value("ended-jobs") { endedJobs = try value.integer(0...10_000_000) }
        if let value = limits.value("ended-age") { endedAge = try value.duration(1000...3650 * 86_400_000) }
    }
}

extension ClusterConfiguration.LeaseTimes {
    fileprivate mutating func read(_ value: Value) throws(InputError) {
        let lease = try value.mapping(keys: ["heartbeat", "duration"])
        if let value = lease.value("heartbeat") { heartbeat = try value.duration(10...600_000) }
        if let value = lease.value("duration") { duration = try value.duration(100...3_600_000) }
        if duration < 3 * heartbeat {
            throw value.error(
                "has a duration of \(duration)ms and a heartbeat each \(heartbeat)ms; "
                    + "a lease must outlive three heartbeats, or one late message ends it")
        }
    }
}

extension TenantRules {
    private static let keys = [
        "weight", "slots", "queued", "jobs", "submits-per-second", "submit-burst", "log-bytes",
    ]

    /// By tenant; `default` is for those that aren't named.
    fileprivate static func read(_ value: Value) throws(InputError) -> TenantRules {
        var rules = TenantRules(others: ClusterConfiguration.usualTenant)
        let all = try value.mapping(keys: nil).values
        for value in all where value.key == "default" { rules.others = try limits(value, from: rules.others) }
        for value in all where value.key != "default" { rules.named[value.key] = try limits(value, from: rules.others) }
        return rules
    }

    private static func limits(_ value: Value, from other: TenantLimits) throws(InputError) -> TenantLimits {
        var limits = other
        let mapping = try value.mapping(keys: keys)
        if let value = mapping.value("weight") { limits.weight = UInt32(try value.integer(1...1_000_000)) }
        if let value = mapping.value("slots") { limits.slots = UInt32(try value.integer(1...1_000_000)) }
        if let value = mapping.value("queued") { limits.queuedUnits = UInt64(try value.integer(1...1_000_000_000)) }
        if let value = mapping.value("jobs") { limits.activeJobs = try value.integer(1...10_000_000) }
        if let value = mapping.value("submits-per-second") {
            let isUnlimited = try value.string() == "unlimited"
            limits.submissionsPerSecond = isUnlimited ? nil : UInt32(try value.integer(1...1_000_000))
        }
        if let value = mapping.value("submit-burst") {
            limits.submissionBurst = UInt32(try value.integer(1...1_000_000))
        }
        if let value = mapping.value("log-bytes") { limits.logBytes = try value.bytes() }
        return limits
    }
}
