/// The faults that an operator reckons with: how often each may happen in the model of the coordinator.
public struct FaultModel: Hashable, Sendable {
    /// Agents that die, and come back.
    public var crashes = 1
    /// Connections that go quiet for longer than a lease.
    public var cuts = 1
    /// Messages that are late and then lost.
    public var losses = 1
    /// Messages that are late and arrive twice.
    public var doubles = 1
    /// The coordinator killed, before or after any commit.
    public var kills = 0

    public init() {}
}

/// The coordinator and its workers, as they are compiled into this program, under the configured policy and the faults that the
/// operator reckons with: explored exhaustively in a small cluster (`Core`), and held against the laws of Specs/core.
struct CoreModel {
    let text: String
    /// What is explored, and why that is enough or a bound: one line each.
    let bounds: [String]
    /// By the assertion's order in the script: what it says, for people.
    let claims: [String]

    /// One kind of fault, in the smallest cluster in which it can do harm.
    private struct Scope {
        let name: String
        /// What goes wrong, after "when".
        let fault: String
        let clauses: String
        /// A gang of two on two workers, else a single task.
        let isGang: Bool
    }

    init(_ shape: ClusterShape) {
        let faults = shape.faults
        // A gang that is granted in pieces keeps none of a gang's laws; Specs/policies says what comes of it.
        let gang = shape.policy == "greedy-gang" ? "array 2 of 0" : "gang 2 of 0"
        let isGang = shape.policy != "greedy-gang"
        let all: [(number: Int, scope: Scope)] = [
            (
                faults.crashes,
                Scope(
                    name: "CRASH", fault: "an agent dies", clauses: "\(gang), crashes \(faults.crashes)", isGang: isGang
                )
            ),
            (
                faults.cuts,
                Scope(
                    name: "CUT", fault: "a connection goes quiet", clauses: "\(gang), cuts \(faults.cuts)",
                    isGang: isGang)
            ),
            (
                faults.losses,
                Scope(
                    name: "LOSS", fault: "a message is lost",
                    clauses: "array 1 of 0, late 1, losses \(faults.losses)", isGang: false)
            ),
            (
                faults.doubles,
                Scope(
                    name: "DOUBLE", fault: "a message arrives twice",
                    clauses: "array 1 of 0, late 1, doubles \(faults.doubles)", isGang: false)
            ),
            (
                faults.kills,
                Scope(
                    name: "KILL", fault: "the coordinator is killed", clauses: "\(gang), kills \(faults.kills)",
                    isGang: isGang)
            ),
        ]
        let scopes = all.filter { $0.number > 0 }.map(\.scope)
        let most = all.map(\.number).max() ?? 0
        var claims: [String] = []
        var lines: [String] = []
        for scope in scopes {
            lines.append("\(scope.name) = core(\"policy \(shape.policy), workers 1 1, \(scope.clauses)\", Events)")
            if scope.isGang {
                lines.append("assert GANG(0) [T= only(\(scope.name), forming(0))")
                claims.append(
                    "when \(scope.fault): a gang holds all or none, starts together, generations never meet")
            } else {
                lines.append("assert FENCED(Unit.0.0, true) [T= only(\(scope.name), fencing(Unit.0.0))")
                claims.append("when \(scope.fault): a task never runs twice, and an old result never counts")
            }
            lines.append("assert SUCCEEDS(0) [F= only(\(scope.name), ending(0))")
            claims.append("when \(scope.fault): the job ends well all the same")
        }
        // A fault costs at most one lease of each unit, and one more than faults is granted.
        text = """
            LASTJOB = 0
            LASTRANK = 1
            LASTLEASE = \(most + 2)
            LASTWORKER = 1
            \(EmbeddedSpecs.laws)
            \(lines.joined(separator: "\n"))

            """
        let numbers = all.filter { $0.number > 0 }.map { "\($0.scope.fault), \($0.number)×" }
        let without = all.filter { $0.number == 0 }.map(\.scope.fault)
        bounds = [
            "the coordinator and the workers themselves, as they are in this program, with 2 workers of a slot and \(isGang ? "a gang of 2" : "two tasks") (a single task "
                + "where messages are late): the smallest in which these faults can do harm; a bound",
            "faults (`preflight: {faults: …}`), one kind at a time: " + numbers.joined(separator: "; ")
                + (without.isEmpty ? "" : "; never: " + without.joined(separator: ", ")) + "; a bound",
        ]
        self.claims = claims
    }

    /// There is nothing to look at where nothing goes wrong.
    var isEmpty: Bool { claims.isEmpty }
}
