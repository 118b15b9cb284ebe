// Whoever waits for something that will never come: a slot, a result, room in a pipe.

extension Scenario {
    /// Each gang has half of what it needs. That both wait for slots at one time is Warmup's doing: it leaves two, one after the other.
    static let holdAndWait = Scenario(
        name: "hold-and-wait", processes: ("PIECEMEAL", "ALL_OR_NOTHING"),
        workers: [WorkerPlan(name: "w1"), WorkerPlan(name: "w2")],
        waiting: ("submit", "start"), victims: ["Left", "Right"],
        shown: ["submit": "submit", "assign": "take", "start": "start", "end": "finish", "cancel": "cancel"],
        fault: .waits,
        before: Phase(
            settings: Settings(policy: "greedy-gang"),
            acts: [
                Act(at: 0.2, deed: .submit(JobPlan("Warmup", tenant: "warmup", tasks: 2, script: "sleep 0.7"))),
                Act(at: 0.4, deed: .submit(JobPlan("Left", tenant: "left", gang: 2, script: "sleep 0.5"))),
                Act(at: 0.4, deed: .submit(JobPlan("Right", tenant: "right", gang: 2, script: "sleep 0.5"))),
            ], seconds: (7, 3.5)),
        after: Phase(
            settings: Settings(policy: "fair"),
            acts: [
                Act(at: 0.2, deed: .cancel("Right")),
                Act(at: 0.5, deed: .submit(JobPlan("Right.2", tenant: "right", gang: 2, script: "sleep 0.5"))),
                Act(at: 0.5, deed: .submit(JobPlan("Left.2", tenant: "left", gang: 2, script: "sleep 0.5"))),
            ], goal: Goal(channel: "end", subjects: ["Left", "Right.2", "Left.2"])))

    /// The program hangs in its first attempt. `exec`, so that nothing of it is left when it is killed.
    private static let hangsOnce = "[ \"$BANQUET_ATTEMPT\" = 1 ] && exec sleep 3600; sleep 0.3"

    static let stuckWorker = Scenario(
        name: "stuck-worker", processes: ("NAIVE", "REPAIRED"), workers: [WorkerPlan(name: "w1")],
        waiting: ("submit", "end"), victims: ["Ada", "Bob"],
        shown: [
            "submit": "submit", "assign": "assign", "accept": "accept", "expire": "expire", "finish": "finish",
            "end": "end", "cancel": "cancel",
        ], fault: .waits,
        before: Phase(
            settings: Settings(),
            acts: [
                Act(at: 0.2, deed: .submit(JobPlan("Ada", tenant: "ada", script: hangsOnce))),
                Act(at: 0.5, deed: .submit(JobPlan("Bob", tenant: "bob", script: "sleep 0.3"))),
            ], seconds: (7, 3)),
        after: Phase(
            settings: Settings(),
            acts: [
                Act(at: 0.2, deed: .cancel("Ada")),
                Act(
                    at: 0.4,
                    deed: .submit(
                        JobPlan("Ada.2", tenant: "ada", script: hangsOnce, timeLimitMilliseconds: 1000, retries: 2))),
                Act(at: 0.6, deed: .submit(JobPlan("Bob.2", tenant: "bob", script: "sleep 0.3"))),
            ], goal: Goal(channel: "end", subjects: ["Bob", "Ada.2", "Bob.2"])),
        repairedJobs: "job Ada tenant=ada retries=2 limit=1000")

    /// Two stages and two named pipes, which hold 64 KiB each on Linux. A micro-batch is 16 KiB, and there are 40 of them.
    private static func pipeline(_ name: String, stageA: String) -> JobPlan {
        JobPlan(
            name, tenant: "ada", gang: 2,
            script: """
                cd "$LAB"; mkfifo \(name).forward \(name).backward 2>/dev/null
                batch() { head -c 16384; }
                if [ "$RANK" = 1 ]; then exec 3<\(name).forward 4>\(name).backward; exec cat <&3 >&4; fi
                exec 3>\(name).forward 4<\(name).backward
                send() { batch </dev/zero >&3 && echo "forward $1" >>trace; }
                take() { batch <&4 >/dev/null && echo "back $1" >>trace; }
                \(stageA)
                """)
    }

    static let pipelineBuffers = Scenario(
        name: "pipeline-buffers", processes: ("NAIVE", "REPAIRED"),
        workers: [WorkerPlan(name: "w1"), WorkerPlan(name: "w2")],
        waiting: ("submit", "end"), victims: ["Step"],
        shown: ["submit": "submit", "start": "begin", "end": "end", "cancel": "cancel"], fault: .waits,
        before: Phase(
            settings: Settings(),
            acts: [
                Act(
                    at: 0.2,
                    deed: .submit(
                        pipeline(
                            "Step",
                            stageA: """
                                n=1; while [ $n -le 40 ]; do send $n; n=$((n+1)); done
                                n=1; while [ $n -le 40 ]; do take $n; n=$((n+1)); done
                                """)))
            ], seconds: (7, 3)),
        after: Phase(
            settings: Settings(),
            acts: [
                Act(at: 0.2, deed: .cancel("Step")),
                Act(
                    at: 0.4,
                    deed: .submit(
                        pipeline(
                            "Step.2",
                            stageA: """
                                send 1; send 2; n=3
                                while [ $n -le 40 ]; do send $n; take $((n-2)); n=$((n+1)); done
                                take 39; take 40
                                """))),
            ], goal: Goal(channel: "end", subjects: ["Step.2"])))
}
