extension LessonText {
    static let english: [String: LessonText] = [
        "priority-flood": LessonText(
            title: "The flood at high priority",
            summary: "small jobs of a higher priority, without end: a denial of service",
            story:
                "Two tenants share two slots. Ada has a gang of two ranks: it needs both slots at one time. Mallory may submit at a higher priority than Ada. The rule says: the highest priority goes first.",
            attack:
                "Mallory keeps five small jobs in the system. When one ends, he submits the next. He breaks no rule, and he needs no more slots than there are.",
            watch:
                "Follow start.Ada. In the model it is never possible: a slot that becomes free goes to somebody more important before the other one is free, too. Live, count who overtakes her.",
            countermeasure:
                "Fair shares with ageing. Whoever holds least goes first, and who has seen enough others start goes before everybody. What becomes free is kept for her until she starts. The coordinator is restarted with the new policy on the same state; the flood goes on.",
            code:
                "The coordinator's own core is put through the model's run, event by event. With strict-priority it goes round and round, as the model does. With fair it lets the first job of the flood in, and not the second: the slot is kept for Ada.",
            lesson:
                "A slot that is always busy is not a sign of health. A rule that is followed to the letter can starve somebody for ever, and no fairness of the machinery helps, because nothing is neglected: there is always somebody more important.",
            question: "Mallory has one job instead of five. Can Ada still starve? Ask the model: take Flood.1 away."),
        "big-gang": LessonText(
            title: "The big gang that never fits",
            summary: "small jobs slip past a gang that needs three slots at once",
            story:
                "Four slots. Ada's gang needs three of them at one time. Many others have jobs of one slot. The rule says: whoever fits starts. It is called first fit, and no slot is ever idle.",
            attack:
                "Nobody attacks. The others only have work: whenever a slot becomes free, one of their jobs fits, and Ada's gang does not.",
            watch:
                "Look for a moment in which three slots are free. There is none: each free slot is gone before the next one comes. The cluster is busy all the time, and Ada waits.",
            countermeasure:
                "A reservation. The first in the queue who doesn't fit leads: what becomes free is kept for it. Others may still start on the slots that it doesn't need (backfill). The coordinator is restarted with the policy backfill.",
            code:
                "With first-fit the coordinator's own core goes round the same cycle. With backfill it does not start the next small job: the slots are kept for Ada's gang.",
            lesson:
                "Being work-conserving (never idle) and being fair to the big are two goals that pull against each other. A reservation gives up a little of the first for the second; backfill gets most of it back.",
            question: "Why may exactly one small job run beside the reservation here? What changes with five slots?"),
        "hold-and-wait": LessonText(
            title: "Hold and wait", summary: "two gangs each hold half of the slots and wait for the other half",
            story:
                "Two slots, and two gangs of two ranks, Left and Right. A gang can't start before it has all of its slots. The rule gives out slots one by one, to whoever has least, and nobody gives back what he has.",
            attack:
                "Nobody attacks. Another job, Warmup, ends and leaves two slots, one shortly after the other. Left gets the first. Right, who has nothing yet, gets the second.",
            watch:
                "take.Left and take.Right (0 and 1 in the model), and then silence. No lamp is red, both jobs are \"starting\", all slots are taken, and nobody computes. The circle names who waits for whom.",
            countermeasure:
                "All or nothing: a gang gets all of its slots in one step, or none. The new rule can't dissolve the old deadlock: somebody has to give back what he holds, so Right is cancelled first. Then both are submitted again under the new rule.",
            code:
                "With greedy-gang the coordinator's own core hands out the same two slots and then stands still, for ever. With fair the second slot goes to the gang that has the first: the step take.1 is not possible.",
            lesson:
                "Four conditions make a deadlock: exclusive use, holding while waiting, no taking away, a circle. Break one of them and it can't happen. All or nothing breaks the second.",
            question:
                "What if slots were handed out one by one, but always to the gang that came first? Is that free of deadlock?"
        ),
        "convoy": LessonText(
            title: "The convoy", summary: "everybody waits behind one who waits for something else",
            story:
                "A machine with a GPU and one without. Old runs on the GPU and will for a long time. Head wants the GPU next. Behind Head, Ada submits small jobs that want no GPU. The rule: first in, first out.",
            attack:
                "One job that waits for what is taken. It stands at the head of the queue, and nobody passes the head.",
            watch:
                "The machine plain does nothing at all. Ada's jobs want it and nothing else. In the model, nothing can happen any more until Old ends.",
            countermeasure:
                "The head gets a reservation for what it wants, and for nothing else. Those behind it may start on the rest. The coordinator is restarted with the policy fair.",
            code:
                "With fifo the coordinator's own core stands still in the same place, with a machine idle. With fair it goes on: it starts Ada's first job at once.",
            lesson:
                "A queue in which nobody passes is only fair to those who wait for the same thing. One queue for two kinds of machine makes everybody wait for the scarcer one.",
            question: "Nobody starves in policies/fifo.csp, and here somebody does. What is different?"),
        "stuck-worker": LessonText(
            title: "The worker that never finishes", summary: "it accepts, its heartbeats come, and nothing gets done",
            story:
                "One worker with one slot. It accepts Ada's job, and the program hangs: a dead file server, a lock that nobody gives back. The agent beside the program is well. Bob waits for the slot.",
            attack: "A program that hangs. The worker says every moment: I am alive. It is true.",
            watch:
                "The cycle in the model is a heartbeat and nothing else. Live, the worker is connected, its lease is renewed, and the job is running. Every lamp is green.",
            countermeasure:
                "A time limit. What has not finished by then is killed, however well its worker beats, and is tried again. Ada's job is cancelled by hand this once, and submitted again with a limit of one second.",
            code:
                "The coordinator's own core hears heartbeats and does nothing, as long as you like: it knows no better. With a time limit it goes on: it ends the attempt.",
            lesson:
                "A heartbeat says that somebody is alive, not that work gets done. Liveness needs a measure of progress, or at least a bound on time.",
            question: "The limit is shorter than the job really takes. What happens then? What would you show to Ada?"),
        "double-work": LessonText(
            title: "Work that is done twice", summary: "the worker that was given up is still writing",
            story:
                "A worker is trusted with a task for the time of a lease, and each heartbeat renews it. When heartbeats stop, the lease lapses and the task is given to another worker, with a larger number: the epoch.",
            attack:
                "The lab stops the agent of the worker that runs Ada's task (SIGSTOP), as a paused virtual machine would. Its heartbeats stop. The program that it had started is not stopped, and the agent, frozen, can't end it.",
            watch:
                "Both programs write to one ledger. A write with the older epoch after one with the newer is work that is done twice. In the model it takes six steps.",
            countermeasure:
                "A fence. Each write shows the epoch of its lease, and the ledger refuses what is older than the newest that it has seen. The coordinator does the same with results: one with an old epoch never counts.",
            code:
                "The coordinator keeps no ledger; what comes nearest to a write is a result. Its own core gives the task to the second worker, as the model says, and takes that one's result. The old worker's, which comes later, it refuses: the epoch is over. That the program itself goes on writing is beyond its reach, so the ledger needs the fence.",
            lesson:
                "You can't be sure that a machine that you don't hear is dead. So whatever must happen once is guarded where it happens, by a number that grows. Banquet's own leases end by the worker's clock too; only a frozen agent can't keep that promise.",
            question: "Why must the ledger remember the newest epoch, and not the time of the last write?"),
        "reconnect-storm": LessonText(
            title: "The reconnect storm", summary: "everybody comes back at the same moment, again and again",
            story:
                "The coordinator lets in two submissions a second, one at a time, to protect itself. It is killed and comes back. Six clients have noticed, and all of them want to submit.",
            attack:
                "Each client tries again after exactly the same time. So they come in one wave, and in one order: Ada's line is a little longer, so she is always the last. Whoever is let in has more to submit, and comes again.",
            watch:
                "enter and refuse. For an instant the door is besieged, then nobody is there until the next wave. Ada finds it just taken, each time.",
            countermeasure:
                "Jitter: each client draws the time that it waits before it tries again. The door, its rate and the number of clients stay the same.",
            code:
                "The coordinator's own core lets in the first of each wave and refuses the others, round after round. Nothing in it is wrong, and nothing in it is changed afterwards: it is the clients that learn to draw their delays.",
            lesson:
                "Many machines that follow one clock act as one. A little randomness, put where retries are timed, turns a wave into a stream. (Banquet's own workers draw the time before they reconnect.)",
            question: "Doubling the wait after each refusal, without drawing it: does that help Ada?"),
        "pipeline-buffers": LessonText(
            title: "The pipeline that fills up",
            summary: "two stages and two pipes: each waits until the other takes something",
            story:
                "A model is cut into two stages, each a process. Stage A sends micro-batches forward through a pipe; stage B sends a gradient back for each, through another. A pipe holds only so much.",
            attack:
                "Nobody attacks. Stage A sends all forty micro-batches first, and takes the gradients afterwards. With four it worked, and so it went into production.",
            watch:
                "The trace stops in the middle of the forward pass. The job is running, both processes live, heartbeats come. The circle in the model: A waits for the pipe forward, which waits for B, which waits for the pipe back, which waits for A.",
            countermeasure:
                "Never more on the way than the pipes hold: after a warm-up of two, one forward and one back (1F1B). The hanging step is cancelled by hand and submitted anew.",
            code:
                "The coordinator's own core starts the step and then sees nothing wrong, however long it waits: what the stages say to each other is not its business. But the job may declare it; then the schedule is checked before it is admitted.",
            lesson:
                "A buffer hides a deadlock until it is full. Whether a program is right must not depend on how large a buffer happens to be. A schedule can be checked before a run starts, as this model was.",
            question:
                "How large must the pipes be for the naive schedule with BATCHES micro-batches? Try it in the model."),
    ]
}
