// Whoever could run, and is never chosen.

extension Scenario {
    private static let starts = ["submit": "submit", "start": "start", "end": "end"]

    static let priorityFlood = Scenario(
        name: "priority-flood", processes: ("NAIVE", "REPAIRED"),
        workers: [WorkerPlan(name: "w1"), WorkerPlan(name: "w2")],
        waiting: ("submit", "start"), victims: ["Ada"], shown: starts, fault: .waits,
        before: Phase(
            settings: Settings(policy: "strict-priority"),
            acts: [
                Act(at: 1, deed: .submit(JobPlan("Ada", tenant: "ada", gang: 2, script: "sleep 0.5")))
            ],
            floods: [flood], seconds: (8, 3.5)),
        after: Phase(
            settings: Settings(policy: "fair"), floods: [flood], goal: Goal(channel: "end", subjects: ["Ada"])))

    private static let flood = Flood(
        group: "Flood", tenant: "mallory", alive: 5, durations: [0.4, 0.6, 0.5], priority: 10)

    static let bigGang = Scenario(
        name: "big-gang", processes: ("NAIVE", "REPAIRED"),
        workers: [WorkerPlan(name: "w1", slots: 2), WorkerPlan(name: "w2", slots: 2)],
        waiting: ("submit", "start"), victims: ["Ada"], shown: starts, fault: .waits,
        before: Phase(
            settings: Settings(policy: "first-fit"),
            acts: [
                Act(at: 1, deed: .submit(JobPlan("Ada", tenant: "ada", gang: 3, script: "sleep 0.5")))
            ],
            floods: [small], seconds: (8, 3.5)),
        after: Phase(
            settings: Settings(policy: "backfill"), floods: [small], goal: Goal(channel: "end", subjects: ["Ada"])))

    private static let small = Flood(
        group: "Small", tenant: "many", alive: 8, durations: [0.5, 0.9, 0.7, 1.1, 0.6, 0.8])

    static let convoy = Scenario(
        name: "convoy", processes: ("NAIVE", "REPAIRED"),
        workers: [WorkerPlan(name: "gpu", gpus: 1), WorkerPlan(name: "plain")],
        waiting: ("submit", "start"), victims: ["Ada"], shown: starts, fault: .waits,
        before: Phase(
            settings: Settings(policy: "fifo"),
            acts: [
                Act(at: 0.2, deed: .submit(JobPlan("Old", tenant: "old", script: "exec sleep 3600", gpus: 1))),
                Act(at: 0.6, deed: .submit(JobPlan("Head", tenant: "head", script: "sleep 1", gpus: 1))),
            ],
            floods: [behind], seconds: (7, 3)),
        after: Phase(
            settings: Settings(policy: "fair"), floods: [behind],
            goal: Goal(channel: "end", subjects: ["Ada.0", "Ada.1", "Ada.2"])))

    private static let behind = Flood(group: "Ada", tenant: "ada", alive: 2, durations: [0.4], from: 1)
}
