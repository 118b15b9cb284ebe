// What happens when messages stop, and when they come back.

import Simulation

extension Scenario {
    /// The ledger is a file. What writes to it says with which epoch.
    private static func ledger(_ name: String, write: String) -> JobPlan {
        JobPlan(
            name, tenant: "ada",
            script: """
                cd "$LAB"
                n=1; while [ $n -le \(steps) ]; do
                \(write)
                n=$((n+1)); sleep 0.1; done
                """)
    }

    private static let steps = 25
    private static let lenient = Settings(heartbeat: 100, lease: 600)

    static let doubleWork = Scenario(
        name: "double-work", processes: ("NAIVE", "REPAIRED"),
        workers: [WorkerPlan(name: "w1"), WorkerPlan(name: "w2")],
        waiting: ("submit", "end"), victims: ["Ada"],
        shown: ["submit": "submit", "assign": "assign", "lapse": "lapse", "end": "end"], fault: .lateWrites,
        before: Phase(
            settings: lenient,
            acts: [
                Act(
                    at: 0.2,
                    deed: .submit(ledger("Ada", write: "echo write Ada $BANQUET_EPOCH >>trace"))),
                Act(at: 1.2, deed: .freezeHolder(of: "Ada")),
            ], seconds: (6, 4)),
        after: Phase(
            settings: lenient,
            acts: [
                Act(at: 0, deed: .thaw),
                Act(
                    at: 1,
                    deed: .submit(
                        ledger(
                            "Ada.2",
                            write: """
                                (
                                flock 9
                                newest=$(cat newest 2>/dev/null || echo 0)
                                if [ "$BANQUET_EPOCH" -lt "$newest" ]; then echo refuse Ada.2 "$BANQUET_EPOCH" >>trace; exit 1; fi
                                echo "$BANQUET_EPOCH" >newest
                                echo write Ada.2 "$BANQUET_EPOCH" >>trace
                                ) 9>lock || exit 1
                                """))),
                Act(at: 2, deed: .freezeHolder(of: "Ada.2")),
            ], goal: Goal(channel: "end", subjects: ["Ada.2"])), naiveVerdict: .refused)

    private static let clients = ["Bob", "Cyd", "Dan", "Eve", "Fay", "Ada"]

    private static func knockers(jitter: Bool) -> Knockers {
        Knockers(names: clients, period: 0.9, lateness: ["Ada": 0.15], jitter: jitter)
    }

    /// The door lets in one submission each half second, and keeps none in hand; the clients come each 0.9 s:
    /// whoever was let in last, and however late, the next is there before the others come.
    static let reconnectStorm = Scenario(
        name: "reconnect-storm", processes: ("NAIVE", "REPAIRED"), workers: [WorkerPlan(name: "w1")],
        waiting: ("knock", "enter"), victims: ["Ada"],
        shown: ["knock": "knock", "enter": "enter", "refuse": "refuse", "recover": "recover"], fault: .overtaken(3),
        before: Phase(
            settings: Settings(submissionsPerSecond: 2),
            acts: [Act(at: 0.1, deed: .crashCoordinator)], knockers: knockers(jitter: false), seconds: (12, 6)),
        after: Phase(
            settings: Settings(submissionsPerSecond: 2), knockers: knockers(jitter: true),
            goal: Goal(channel: "enter", subjects: ["Ada"])))
}
