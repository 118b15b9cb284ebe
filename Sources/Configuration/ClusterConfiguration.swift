internal import Coordination
internal import Foundation

/// What an operator decides about a cluster: `cluster/local.yaml` is an example with every key.
public struct ClusterConfiguration: Hashable, Sendable {
    /// A ZeroMQ endpoint on which workers and clients reach the coordinator.
    public var listen = "tcp://127.0.0.1:7447"
    /// The state folder; the flag `--state` wins over it.
    public var state: String?
    public var policy = "fifo"
    public var limits = Limits()
    public var lease = LeaseTimes()
    public var preflight = Preflight()

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

    public struct Preflight: Hashable, Sendable {
        /// CSPm files, all of whose assertions must hold before the coordinator starts.
        public var specifications: [String] = []
        public var maxStates = 5_000_000
        /// Milliseconds.
        public var timeout = 60_000
    }

    public init() {}

    private static let keys = ["listen", "state", "policy", "limits", "lease", "preflight"]

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
        if let value = top.value("limits") {
            let limits = try value.mapping(keys: [
                "gang-slots", "worker-slots", "array-tasks", "active-jobs", "log-bytes", "job-log-bytes",
                "metrics-bytes",
                "ended-jobs", "ended-age",
            ])
            if let value = limits.value("gang-slots") { result.limits.gangSlots = try value.integer(1...1_000_000) }
            if let value = limits.value("worker-slots") { result.limits.workerSlots = try value.integer(1...1_000_000) }
            if let value = limits.value("array-tasks") { result.limits.arrayTasks = try value.integer(1...100_000_000) }
            if let value = limits.value("active-jobs") { result.limits.activeJobs = try value.integer(1...10_000_000) }
            if let value = limits.value("log-bytes") { result.limits.logBytes = try value.integer(0...1 << 40) }
            if let value = limits.value("job-log-bytes") { result.limits.jobLogBytes = try value.integer(0...1 << 40) }
            if let value = limits.value("metrics-bytes") { result.limits.metricsBytes = try value.integer(0...1 << 32) }
            if let value = limits.value("ended-jobs") { result.limits.endedJobs = try value.integer(0...10_000_000) }
            if let value = limits.value("ended-age") {
                result.limits.endedAge = try value.duration(1000...3650 * 86_400_000)
            }
        }
        if let value = top.value("lease") {
            let lease = try value.mapping(keys: ["heartbeat", "duration"])
            if let value = lease.value("heartbeat") { result.lease.heartbeat = try value.duration(10...600_000) }
            if let value = lease.value("duration") { result.lease.duration = try value.duration(100...3_600_000) }
            if result.lease.duration < 3 * result.lease.heartbeat {
                throw value.error(
                    "has a duration of \(result.lease.duration)ms and a heartbeat each \(result.lease.heartbeat)ms; "
                        + "a lease must outlive three heartbeats, or one late message ends it")
            }
        }
        if let value = top.value("preflight") {
            let preflight = try value.mapping(keys: ["specs", "max-states", "timeout"])
            if let value = preflight.value("specs") { result.preflight.specifications = try value.strings().map(path) }
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

    /// Whether `text` reads `tcp://HOST:PORT` (PORT may be `*` to bind) or `ipc://PATH`.
    public static func isEndpoint(_ text: String) -> Bool {
        if text.hasPrefix("ipc://") { return text.count > 6 }
        guard text.hasPrefix("tcp://"), let colon = text.lastIndex(of: ":") else { return false }
        let host = text.dropFirst(6).prefix(upTo: max(colon, text.index(text.startIndex, offsetBy: 6)))
        let port = text[text.index(after: colon)...]
        return !host.isEmpty && (port == "*" || UInt16(port) != nil)
    }
}
