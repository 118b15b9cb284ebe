import Simulation

/// One lesson of the lab: an attack, the rule that lets it through, and the one that does not. The same story is told by a model
/// (`Specs/lab/NAME.csp`) and by a live cluster on this machine.
public struct Scenario: Sendable {
    public let name: String
    /// What the spec calls the process with the naive rule, and the one with the countermeasure.
    public let processes: (naive: String, repaired: String)
    public let workers: [WorkerPlan]
    /// What is waited for: the first event of a subject begins a wait, the second ends it.
    public let waiting: (first: String, second: String)
    /// The groups whose waiting the lesson is about, the others being who overtakes them.
    public let victims: [String]
    /// Protocol events that the audience is shown, by the words of the model: others would only be in the way.
    public let shown: [String: String]
    /// What must be seen live for the attack to have worked.
    public let fault: Fault
    public let before: Phase
    public let after: Phase
    /// What the real core makes of the model's counterexample with the naive setting.
    var naiveVerdict = ModelReplay.Verdict.reproduced
    /// Lines for the replay's map that tell of the countermeasure, where it isn't the policy but in the jobs.
    var repairedJobs: String?

    public enum Fault: Sendable {
        /// A victim waits from its first event to the end of the phase.
        case waits
        /// A victim has waited while so many others were served.
        case overtaken(Int)
        /// A lease that is over still writes.
        case lateWrites
    }
}

public struct WorkerPlan: Sendable {
    public let name: String
    public var slots = 1
    public var gpus = 0
}

/// One half of a lesson: a setting, and what is done under it.
public struct Phase: Sendable {
    public var settings: Settings
    public var acts: [Act] = []
    public var floods: [Flood] = []
    public var knockers: Knockers?
    /// How long it lasts, in seconds: in full, and in the short form. One with a goal ends when that is reached, and waits for it
    /// for `patience` at most.
    public var seconds: (full: Double, quick: Double) = (6, 3)
    public var goal: Goal?

    /// Seconds.
    public static let patience = 30.0
}

/// What the lab's coordinator is told.
public struct Settings: Sendable, Equatable {
    public var policy = "fair"
    /// Milliseconds.
    public var heartbeat = 200, lease = 2_000
    /// Submissions a second that the door lets in, one at a time.
    public var submissionsPerSecond: Int?

    /// The cluster's configuration as YAML.
    public func configuration(specs: [String]) -> String {
        var lines = [
            "listen: tcp://127.0.0.1:*", "policy: \(policy)",
            "limits: { gang-slots: 8, worker-slots: 4 }",
            "lease: { heartbeat: \(heartbeat)ms, duration: \(lease)ms }",
        ]
        if let rate = submissionsPerSecond {
            lines.append("tenants: { default: { submits-per-second: \(rate), submit-burst: 1 } }")
        }
        if !specs.isEmpty {
            lines.append("preflight: { specs: [\(specs.map { "\"\($0)\"" }.joined(separator: ", "))] }")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// A job that somebody submits.
public struct JobPlan: Sendable {
    public let name: String
    public var tenant: String
    /// Ranks that start together; nil: tasks.
    public var gang: UInt32?
    public var tasks: UInt32 = 1
    /// For `sh -c`. `$LAB` is a folder that all of the lab's processes share.
    public var script: String
    public var priority: Int32 = 0
    public var gpus = 0
    public var timeLimitMilliseconds: Int64?
    public var retries: UInt32 = 0

    public init(
        _ name: String, tenant: String, gang: UInt32? = nil, tasks: UInt32 = 1, script: String, priority: Int32 = 0,
        gpus: Int = 0, timeLimitMilliseconds: Int64? = nil, retries: UInt32 = 0
    ) {
        self.name = name
        self.tenant = tenant
        self.gang = gang
        self.tasks = tasks
        self.script = script
        self.priority = priority
        self.gpus = gpus
        self.timeLimitMilliseconds = timeLimitMilliseconds
        self.retries = retries
    }
}

/// Somebody who always has so many jobs in the queue or running: one that ends is followed by the next.
public struct Flood: Sendable {
    /// The first part of the jobs' names, which are numbered: `Flood.17`.
    public let group: String
    public let tenant: String
    public let alive: Int
    /// How long the jobs run, one after the other, in seconds.
    public var durations = [0.3]
    public var priority: Int32 = 0
    /// When it begins, in seconds.
    public var from = 0.0

    public func job(_ number: Int) -> JobPlan {
        JobPlan(
            "\(group).\(number)", tenant: tenant, script: "sleep \(durations[number % durations.count])",
            priority: priority)
    }
}

/// Clients that knock at the coordinator's door again and again.
public struct Knockers: Sendable {
    public let names: [String]
    /// Seconds between two attempts of one client.
    public let period: Double
    /// How much later than the others each one's knock arrives, in seconds.
    public let lateness: [String: Double]
    /// Each draws its own time to wait, about a period, in place of coming back with all others.
    public let jitter: Bool
}

public struct Act: Sendable {
    /// Seconds from the beginning of the phase.
    public let at: Double
    public let deed: Deed
}

public enum Deed: Sendable {
    case submit(JobPlan)
    case cancel(String)
    /// Stops the agent (SIGSTOP) that holds a unit of this job: no heartbeat comes any more, and nobody ends the unit.
    case freezeHolder(of: String)
    /// Wakes all frozen agents.
    case thaw
    /// Kills the coordinator (SIGKILL), and starts it again.
    case crashCoordinator
}

/// The phase's end: each of these subjects has had this event in it.
public struct Goal: Sendable {
    public let channel: String
    public let subjects: [String]
}

extension Scenario {
    /// All of them, in the order of the lesson.
    public static let all: [Scenario] = [
        priorityFlood, bigGang, holdAndWait, convoy, stuckWorker, doubleWork, reconnectStorm, pipelineBuffers,
    ]

    public static func named(_ name: String) -> Scenario? { all.first { $0.name == name } }
}
