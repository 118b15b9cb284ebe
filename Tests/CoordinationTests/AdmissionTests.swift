import Testing

@testable import Coordination

struct AdmissionTests {
    static let limits = ClusterLimits(
        gangSlots: 8, unitSlots: 4, arrayTasks: 10, activeJobs: 2, programBytes: 20, environmentBytes: 10, retries: 9)

    static func reply(_ job: JobSpecification, key: String = "k") -> ClientReply? {
        var world = World(workers: [], configuration: CoordinatorConfiguration(limits: limits))
        let before = world.journal
        let reply = world.submit(job, key: key)
        if case .refused = reply {
            #expect(world.journal == before, "nothing changed")
            #expect(world.counters == [.submissionsRefused: 1])
        }
        return reply
    }

    static func job(_ change: (inout JobSpecification) -> Void) -> JobSpecification {
        var job = JobSpecification.array(1)
        change(&job)
        return job
    }

    @Test func admitsUpToTheBounds() {
        for job in [JobSpecification.gang(8), .gang(2, slots: 4), .array(10), .array(1, retries: 9)] {
            #expect(Self.reply(job) == .submitted(JobID(1)))
        }
    }

    @Test(
        arguments: [
            (.gang(9), "a gang of 9 slots could never start: at most 8 slots are for one gang on this cluster"),
            (
                .gang(3, slots: 3),
                "a gang of 9 slots could never start: at most 8 slots are for one gang on this cluster"
            ),
            (
                .gang(.max, slots: 4),
                "a gang of 17179869180 slots could never start: at most 8 slots are for one gang on this cluster"
            ),
            (
                .gang(1, slots: 5),
                "a rank of 5 slots could never start: at most 4 slots are on one worker of this cluster"
            ),
            (.gang(0), "a gang has at least one rank"),
            (.array(0), "an array has at least one task"),
            (.array(1, slots: 0), "a task holds at least one slot"),
            (.array(11), "an array of 11 tasks is too large: at most 10 are admitted on this cluster"),
            (.array(1, retries: 10), "retries and crash limit are at most 9 on this cluster"),
            (job { $0.name = "" }, "a job name has 1 to 64 printable ASCII characters"),
            (job { $0.name = "a\u{1B}[2J" }, "a job name has 1 to 64 printable ASCII characters"),
            (job { $0.tenant = String(repeating: "x", count: 65) }, "a tenant has 1 to 64 printable ASCII characters"),
            (job { $0.program = .command([]) }, "a command names a program"),
            (job { $0.program = .builtin("", parameters: [:]) }, "a builtin has a name"),
            (
                job { $0.program = .command(["true", "a\0b"]) },
                "a command, its environment and its directory can't have NUL bytes"
            ),
            (
                job { $0.program = .command([String(repeating: "x", count: 21)]) },
                "the command has 21 bytes, at most 20 are admitted"
            ),
            (job { $0.environment = ["A": "1234567890"] }, "the environment has 11 bytes, at most 10 are admitted"),
            (job { $0.environment = ["A=": "1"] }, "the name of an environment variable isn't empty, and has no '='"),
            (job { $0.workingDirectory = "here" }, "the working directory is an absolute path on the worker, not here"),
        ] as [(JobSpecification, String)])
    func refusesAndSaysWhatWouldBeRight(job: JobSpecification, reason: String) {
        #expect(Self.reply(job) == .refused(reason: reason))
    }

    @Test func theQueueIsBounded() {
        var world = World(workers: [], configuration: CoordinatorConfiguration(limits: Self.limits))
        world.submit(.array(1))
        world.submit(.array(1))
        let reason = "2 jobs haven't ended, and this cluster admits 2; try again in 5s"
        #expect(world.submit(.array(1)) == .busy(reason: reason, retryMilliseconds: 5000))
        world.cancel(JobID(1))
        #expect(world.submit(.array(1)) == .submitted(JobID(3)))
    }

    @Test func cancelAnswersForEveryState() {
        var world = World.joined([1])
        #expect(world.cancel(JobID(1)) == .refused(reason: "there is no job j1"))
        for _ in 0..<3 { world.submit(.array(1)) }
        world.settle()
        world.endProcess(world.processes[0].assignment.lease, .exited(code: 0), on: 0)
        world.settle()
        world.endProcess(world.processes[0].assignment.lease, .exited(code: 1), on: 0)
        #expect(world.cancel(JobID(3)) == .cancelled(JobID(3)))
        #expect(world.cancel(JobID(3)) == .cancelled(JobID(3)))
        world.settle()
        #expect(world.cancel(JobID(1)) == .refused(reason: "j1 has already succeeded"))
        #expect(world.cancel(JobID(2)) == .refused(reason: "j2 has already failed"))
        #expect(world.cancel(JobID(3)) == .cancelled(JobID(3)))
        #expect(world.state(3) == .cancelled)
        #expect(world.violations.isEmpty)
    }
}
