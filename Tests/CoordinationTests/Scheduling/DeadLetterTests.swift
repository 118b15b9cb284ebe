import Testing

@testable import Coordination

/// What failed for good is kept with its reason, and can be tried once more.
struct DeadLetterTests {
    static func ask(_ table: inout Table, _ job: UInt64, key: String = "again") -> ClientReply? {
        table.ask(.retry(JobID(job), key: key))
    }

    @Test func failedTasksAreTriedOnceMoreByTheirNumbers() {
        var table = Table(Fair(), slots: [4])
        table.submit(.array(4))
        for lease in table.running { table.end(lease, .exited(code: lease.task.index % 2 == 0 ? 0 : 3)) }
        let failed = table.core.job(JobID(1))
        #expect(failed?.deadLetters?.map(\.index) == [1, 3])
        #expect(failed?.deadLetters?.map(\.reason) == ["exited with code 3", "exited with code 3"])
        #expect(Self.ask(&table, 1) == .submitted(JobID(2)))
        #expect(Self.ask(&table, 1) == .submitted(JobID(2)), "the same key is the same job")
        let again = table.core.job(JobID(2))!
        #expect(again.specification.units == 2)
        #expect(again.specification.taskNumbers == [1, 3])
        // Of those one fails again, and is still known by its number.
        table.end(table.running[0])
        table.end(table.running[0], .exited(code: 4))
        #expect(table.core.job(JobID(2))?.deadLetters?.map(\.number) == [3])
        #expect(Self.ask(&table, 2, key: "a third time") == .submitted(JobID(3)))
        #expect(table.core.job(JobID(3))?.specification.taskNumbers == [3])
        table.end(table.running[0])
        #expect(LifecycleTests.end(table, 3) == .succeeded)
    }

    @Test func theWorkerIsToldTheNumber() {
        var world = World.joined([2])
        world.submit(.array(2))
        world.settle()
        world.endProcess(world.processes[0].assignment.lease, .exited(code: 0), on: 0)
        world.endProcess(world.processes[0].assignment.lease, .exited(code: 1), on: 0)
        world.settle()
        #expect(world.ask(.retry(JobID(1), key: "again")) == .submitted(JobID(2)))
        world.settle()
        #expect(world.processes.map(\.assignment.taskNumber) == [1])
        #expect(world.processes.map(\.assignment.lease.task.index) == [0])
        #expect(world.violations.isEmpty)
    }

    @Test func gangsAndWholeArraysAreTriedWhole() {
        var table = Table(Fair(), slots: [2])
        table.submit(.gang(2))
        for _ in 0..<2 { table.end(job: 1, .exited(code: 1)) }
        #expect(Self.ask(&table, 1) == .submitted(JobID(2)))
        #expect(table.core.job(JobID(2))?.specification == table.core.job(JobID(1))?.specification)
    }

    @Test func onlyWhatFailedIsTriedOnceMore() {
        var table = Table(Fair(), slots: [1])
        table.submit(.array(1))
        #expect(Self.ask(&table, 1) == .refused(reason: "j1 hasn't ended"))
        table.end(job: 1)
        #expect(Self.ask(&table, 1) == .refused(reason: "j1 has succeeded; submit it anew to run it again"))
        #expect(Self.ask(&table, 9) == .refused(reason: "there is no job j9 any more; submit it anew"))
    }

    /// It comes after what it came after, as far as that hasn't succeeded.
    @Test func whatFailedForAnotherJobWaitsForThatOne() {
        var table = Table(Fair(), slots: [1])
        table.submit(.array(1))
        table.submit(.array(1))
        table.submit(LifecycleTests.job(.array(1)) { $0.after = [JobID(1), JobID(2)] })
        table.end(job: 1)
        table.end(job: 2, .exited(code: 1))
        #expect(LifecycleTests.end(table, 3) == .failed(code: 1, reason: "j2, which it comes after, did not succeed"))
        #expect(
            Self.ask(&table, 3)
                == .refused(reason: "j2, which it is to come after, did not succeed: the job could never start"))
    }
}
