import Coordination

/// What an operator's configuration says of a cluster, as far as it decides whether somebody could wait for ever.
public struct ClusterShape: Hashable, Sendable {
    public var policy: String
    /// The largest gang that is admitted, in slots.
    public var gangSlots: Int
    /// What the workers offer together; nil where the operator didn't say: then as much as the largest gang needs.
    public var slots: Int?
    /// Jobs that wait or run at one time, of everybody together.
    public var activeJobs: Int
    /// The bounds on one tenant: of those that may have the most.
    public var tenantJobs: Int
    public var tenantQueued: Int
    /// The tenants that are named, with their weights.
    public var tenants: [String: Int]
    public var preempts: Bool
    public var faults: FaultModel

    public init(
        policy: String, gangSlots: Int, slots: Int?, activeJobs: Int, tenantJobs: Int, tenantQueued: Int,
        tenants: [String: Int], preempts: Bool, faults: FaultModel = FaultModel()
    ) {
        self.policy = policy
        self.gangSlots = gangSlots
        self.slots = slots
        self.activeJobs = activeJobs
        self.tenantJobs = tenantJobs
        self.tenantQueued = tenantQueued
        self.tenants = tenants
        self.preempts = preempts
        self.faults = faults
    }
}

/// The small cluster that stands for a configuration: its policy's scheduler from `Specs/policies`, with bounds of its own, and what must
/// hold of it.
struct ClusterModel {
    let text: String
    /// What is modelled, and why that is enough or a bound: one line each.
    let bounds: [String]
    /// By the assertion's order in the script: what it says, for people.
    let claims: [String]
    /// What the last assertion says of overtaking; nil where there is none of it.
    var overtaking: OvertakingBound?

    /// The slots of a model: with three, a gang may need a part, more than half, or all of them.
    private static let slots = 3

    /// The policies that there is a model of.
    static let policies: Set = ["fair", "fifo", "backfill", "strict-priority", "first-fit", "greedy-gang"]

    /// - Precondition: there is a model of the policy.
    init(_ shape: ClusterShape) {
        self = shape.policy == "greedy-gang" ? Self.greedy(shape) : Self.scheduled(shape)
    }

    private init(text: String, bounds: [String], claims: [String]) {
        self.text = text
        self.bounds = bounds
        self.claims = claims
    }

    /// A policy that grants a job's slots in one step.
    private static func scheduled(_ shape: ClusterShape) -> ClusterModel {
        let total = shape.slots ?? shape.gangSlots
        let fits = shape.gangSlots <= total
        // The largest gang keeps its relation to the whole: what is below half, beyond it, all, or more.
        let largest: Int
        if !fits {
            largest = slots + 1
        } else if shape.gangSlots == total {
            largest = slots
        } else {
            largest = 2 * shape.gangSlots > total ? 2 : 1
        }
        let flood = max(1, min(2, shape.tenantJobs, shape.activeJobs))
        let gangs = fits ? "{1..\(largest)}" : "{1, \(largest)}"
        let script = schedulerScript(shape.policy)
        var claims = [
            "no deadlock: something can always happen",
            "nobody starves: every job starts, whatever is submitted besides",
        ]
        var assertions = [
            "assert CHECKED :[deadlock free [F]]",
            "{-# assert \(script.seen) :[starvation free [WF PROMPT]]: {(submit.j, start.j) | j <- CHECKED_JOBS} #-}",
        ]
        // The numbers of Specs/policies/fair.csp: one in the lead, and each of the two other tenants' first jobs.
        let bound = shape.policy == "fair" && fits ? OvertakingBound(most: 3, tenants: 3) : nil
        if let most = bound?.most {
            claims.append(
                "at most \(most) others start in their turn between the largest gang's submission and its start")
            assertions.append("assert BOUND(Gang.\(largest), \(most)) [T= overtaking(CHECKED, Gang.\(largest))")
        }
        let scope =
            shape.slots.map { "\($0) slots" }
            ?? "at least \(shape.gangSlots) slots, the largest gang's (`preflight: {slots: N}` says more)"
        let sizes =
            fits
            ? (1...largest).map { "\($0)" }.joined(separator: ", ") + " slots"
            : "1 slot and of \(largest), which never fits"
        let need = fits ? relation(shape.gangSlots, total) : "more than all of them"
        var bounds = [
            "cluster of \(scope), gangs of up to \(shape.gangSlots): here \(slots) slots and gangs of \(sizes), "
                + "as the largest gang needs \(need); a bound",
            "a tenant with \(shape.tenantJobs.grouped) jobs at one time floods: here with \(flood), each submitted again "
                + "as soon as it ends; a bound",
        ]
        bounds.append(
            shape.policy == "fair"
                ? "weights\(weights(shape)): any of them, because the model leaves the order of shares open; 3 tenants, a bound; patience 2, a bound"
                : "weights\(weights(shape)): the policy \(shape.policy) doesn't look at them")
        let text = """
            SLOTS = \(slots)
            FLOOD = \(flood)
            SIZES = \(gangs)
            \(script.text)
            -- A gang of one slot is a job like those of the flood.
            CHECKED_JOBS = \(largest > 1 ? "diff(JOBS, {Gang.1})" : "JOBS")
            CHECKED = \(script.system)
            \(assertions.joined(separator: "\n"))

            """
        var model = ClusterModel(text: text, bounds: bounds, claims: claims)
        model.overtaking = bound
        return model
    }

    private static func relation(_ gang: Int, _ total: Int) -> String {
        gang == total ? "all of them" : 2 * gang > total ? "more than half" : "no more than half"
    }

    private static func weights(_ shape: ClusterShape) -> String {
        shape.tenants.isEmpty
            ? ""
            : " (" + shape.tenants.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
                + ")"
    }

    /// The policy's file without its own assertions and bounds, and what the system is called there.
    private static func schedulerScript(_ policy: String) -> (text: String, system: String, seen: String) {
        switch policy {
        case "first-fit":
            (definitions(EmbeddedSpecs.policy("first-fit")), "CLUSTER(CHECKED_JOBS, FIRST_FIT({}, {}))", "CHECKED")
        case "fifo": (definitions(EmbeddedSpecs.policy("fifo")), "CLUSTER(CHECKED_JOBS, FIFO(<>, {}))", "CHECKED")
        case "strict-priority":
            (definitions(EmbeddedSpecs.policy("strict-priority")), "CLUSTER(CHECKED_JOBS, STRICT(<>, {}))", "CHECKED")
        case "backfill":
            (definitions(EmbeddedSpecs.policy("backfill")), "SHARED(CHECKED_JOBS, EASY(<>, {}, {}))", "seen(CHECKED)")
        case "fair": (definitions(EmbeddedSpecs.policy("fair")), "POLICY(CHECKED_JOBS, PATIENCE)", "seen(CHECKED)")
        default: preconditionFailure("there is no model of the policy \(policy)")
        }
    }

    static func definitions(_ script: String) -> String {
        let bounds = [
            "SLOTS = ", "FLOOD = ", "SIZES = ", "GREEDY_SLOTS = ", "GREEDY_GANG = ", "assert ", "{-# assert ",
        ]
        return script.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { line in !bounds.contains { line.hasPrefix($0) } }.joined(separator: "\n")
    }

    /// The policy that grants slot by slot: gangs that hold a part each may wait for one another.
    private static func greedy(_ shape: ClusterShape) -> ClusterModel {
        let total = shape.slots ?? shape.gangSlots
        // n gangs of g can each hold all but one: only then nobody is left who could go on.
        let gangs = min(shape.activeJobs, total)
        let canBlock = gangs >= 2 && gangs * (shape.gangSlots - 1) >= total
        let (slots, gang) = shape.gangSlots == 1 ? (2, 1) : canBlock ? (2, 2) : (3, 2)
        let why =
            canBlock
            ? "\(shape.activeJobs.grouped) jobs of up to \(shape.gangSlots) slots can each hold all but one of theirs, and \(total) slots are held then"
            : "\(gangs.counted("job")) that may each hold all but one of \(shape.gangSlots) slots leave one of \(total) free"
        let text = """
            GREEDY_SLOTS = \(slots)
            GREEDY_GANG = \(gang)
            \(definitions(EmbeddedSpecs.policy("greedy-gang")))
            assert ONE_BY_ONE :[deadlock free [F]]
            {-# assert ONE_BY_ONE :[starvation free [SF]]: {(submit.j, start.j) | j <- {Left, Right}} #-}

            """
        return ClusterModel(
            text: text,
            bounds: [
                "gangs take slot by slot: two gangs of \(gang) and a single task on \(slots) slots, because \(why)",
                "two gangs stand for all: it takes no more of them to hold every slot of the model",
            ],
            claims: [
                "no deadlock: something can always happen",
                "no gang starves, if whoever can go on again and again does at some time",
            ])
    }
}
