import Coordination
import Foundation
import Simulation
import Testing

@testable import Reporting

@Suite struct LedgerTests {
    private static let hour: Int64 = 3_600_000
    private static func at(_ hours: Double) -> Timestamp { Timestamp(milliseconds: Int64(hours * Double(hour))) }

    /// A small journal whose figures are counted by hand.
    private static let journal: [JournalEntry] = {
        let (w1, w2) = (WorkerName("w1")!, WorkerName("w2")!)
        var gpus = WorkerOffer()
        gpus.devices = ["gpu": 2]
        var gang = JobSpecification(
            name: "big", tenant: "vision", shape: .gang(ranks: 2), program: .command(["train"]), slots: 2)
        gang.requirements.devices = ["gpu": 1]
        let array = JobSpecification(name: "many", tenant: "speech", shape: .array(tasks: 2), program: .command(["go"]))
        let late = JobSpecification(name: "late", tenant: "speech", shape: .array(tasks: 1), program: .command(["go"]))
        func lease(_ job: UInt64, _ index: UInt32, _ epoch: UInt64) -> Lease {
            Lease(TaskID(JobID(job), index), Epoch(epoch))
        }
        let events: [(Double, ProtocolEvent)] = [
            (0, .join(w1, Incarnation(1), slots: 4, host: "a", offer: gpus)),
            (1, .join(w2, Incarnation(2), slots: 2, host: "b")),
            (2, .submit(JobID(1), gang, key: "a")),
            (2, .submit(JobID(2), array, key: "b")),
            // The gang waits two hours, and holds 4 slots and 2 GPUs of w1 for three.
            (4, .assign(lease(1, 0, 1), w1, attempt: 1)), (4, .assign(lease(1, 1, 2), w1, attempt: 1)),
            (4, .accept(lease(1, 0, 1), port: 1)), (4, .accept(lease(1, 1, 2), port: 2)),
            (4, .start(JobID(1), attempt: 1)),
            // The array waits one hour; task 0 runs for two hours, task 1 for one and then fails.
            (3, .assign(lease(2, 0, 3), w2, attempt: 1)), (3, .accept(lease(2, 0, 3), port: 3)),
            (3.5, .assign(lease(2, 1, 4), w2, attempt: 1)), (3.5, .accept(lease(2, 1, 4), port: 4)),
            (4.5, .fail(lease(2, 1, 4), .exited(code: 3))), (4.5, .retry(JobID(2), index: 1, reason: .failed)),
            (5, .finish(lease(2, 0, 3))),
            (5, .assign(lease(2, 1, 5), w2, attempt: 2)), (5, .accept(lease(2, 1, 5), port: 5)),
            (6, .fail(lease(2, 1, 5), .signalled(signal: 9))),
            (6, .end(JobID(2), .failed(code: 137, reason: "task 1: signal 9"))),
            (7, .finish(lease(1, 0, 1))), (7, .finish(lease(1, 1, 2))), (7, .end(JobID(1), .succeeded)),
            (7, .cordon(w1)), (8, .submit(JobID(3), late, key: "c")), (9, .crash(w2, Incarnation(2))), (9, .recover()),
            (10, .uncordon(w1)),
        ]
        return events.sorted { $0.0 < $1.0 }.enumerated().map {
            JournalEntry(sequence: UInt64($0 + 1), time: at($1.0), event: $1.1)
        }
    }()

    private static func report(_ from: Double, _ to: Double, of journal: [JournalEntry] = journal) -> UsageReport {
        var ledger = Ledger(ReportPeriod(from: at(from), to: at(to)))
        for entry in journal { ledger.add(entry) }
        return ledger.report(knownTo: at(to))
    }

    @Test func figuresCountedByHand() throws {
        let report = Self.report(0, 10)
        #expect(report.slots == .init(available: 40 + 16, used: 12 + 4))
        #expect(report.workers.map(\.slots) == [.init(available: 40, used: 12), .init(available: 16, used: 4)])
        #expect(report.workers.map(\.drained) == [12, 0])
        #expect(report.workers.map(\.crashes) == [0, 1] && report.workers.map(\.joins) == [1, 1])
        #expect(report.devices == [.init(kind: "gpu", hours: .init(available: 20, used: 6))])
        #expect(report.failures == [.init(cause: "exit code 3", count: 1), .init(cause: "signal 9", count: 1)])
        #expect(report.retries == .init(failed: 1, lost: 0, preempted: 0))
        #expect(report.deadLetters == 1 && report.deadLetterJobs.map(\.job) == [JobID(2)] && report.restarts == 1)
        let speech = try #require(report.tenants.first)
        #expect(speech.name == "speech" && speech.slotHours == 4 && speech.share == 0.25)
        #expect(speech.jobs.submitted == 2 && speech.jobs.failed == 1 && speech.jobs.waiting == 1)
        #expect(speech.jobs.longestWaiting == 7200 && speech.waits.p50 == 3600)
        #expect(report.tenants.last?.waits.max == 7200)
        #expect(report.slices.count == Ledger.slices)
        #expect(abs(report.slices.reduce(0) { $0 + $1.used } / 120 * 10 - 16) < 1e-9)
        #expect(report.slices[60].used == 5 && report.slices[60].available == 6)
    }

    /// Periods side by side add up to the whole.
    @Test func partsAddUp() {
        let whole = Self.report(0, 10)
        for cut in [1.0, 3.25, 4.1, 6.9, 9.5] {
            let (a, b) = (Self.report(0, cut), Self.report(cut, 10))
            #expect(abs(a.slots.used + b.slots.used - whole.slots.used) < 1e-9)
            #expect(abs(a.slots.available + b.slots.available - whole.slots.available) < 1e-9)
            #expect(a.jobs.submitted + b.jobs.submitted == whole.jobs.submitted)
            #expect(a.waits.count + b.waits.count == whole.waits.count)
            #expect(a.deadLetters + b.deadLetters == whole.deadLetters)
        }
    }

    @Test func percentilesAreOfTheNearestRank() {
        let waits = UsageReport.Waits(milliseconds: Array((1...200).map { Int64($0) * 1000 }.reversed()))
        #expect(waits == UsageReport.Waits(milliseconds: (1...200).map { Int64($0) * 1000 }))
        #expect((waits.p50, waits.p90, waits.p99, waits.max) == (100, 180, 198, 200))
        let one = UsageReport.Waits(milliseconds: [1500])
        #expect((one.p50, one.p99, one.max) == (1.5, 1.5, 1.5))
    }

    /// Journals of the simulated world, with all its faults, added up in another way: by asking at each moment between two entries
    /// who was there and what ran.
    @Test(arguments: 1...4 as ClosedRange<UInt64>) func simulatedJournals(seed: UInt64) throws {
        let schedule = Schedule(seed: seed, SimulationSettings(hours: 0.15))
        let run = try #require(Simulation(schedule))
        let journal = run.journal
        let (first, last) = (try #require(journal.first).time, try #require(journal.last).time)
        let from = Timestamp(milliseconds: first.milliseconds + (last - first) / 5)
        let to = Timestamp(milliseconds: last.milliseconds - (last - first) / 7)
        for period in [ReportPeriod(from: first, to: last), ReportPeriod(from: from, to: to)] {
            var ledger = Ledger(period)
            for entry in journal { ledger.add(entry) }
            let report = ledger.report(knownTo: last)
            let expected = Recount(journal, period)
            #expect(abs(report.slots.available - expected.available) < 1e-6)
            #expect(abs(report.slots.used - expected.used) < 1e-6)
            for worker in report.workers {
                #expect(abs(worker.slots.used - (expected.usedBy[worker.name] ?? 0)) < 1e-6, "\(worker.name)")
            }
            #expect(Dictionary(uniqueKeysWithValues: report.failures.map { ($0.cause, $0.count) }) == expected.failures)
            #expect(report.jobs.submitted == expected.submitted && report.jobs.started == expected.waits.count)
            #expect(report.waits.max == Double(expected.waits.max() ?? 0) / 1000)
            #expect(report.retries.failed + report.retries.lost + report.retries.preempted == expected.retries)
            let sliced = report.slices.reduce(0) { $0 + $1.used } / Double(report.slices.count)
            let spread = abs(sliced * Double(period.milliseconds) / 3_600_000 - report.slots.used)
            #expect(spread < 1e-3 * max(1, report.slots.used))
            #expect(abs(report.tenants.reduce(0) { $0 + $1.share } - (report.slots.used > 0 ? 1 : 0)) < 1e-9)
        }
    }

    /// The journal from a snapshot on gives the same hours as the whole, for what comes after the snapshot.
    @Test(arguments: 7...8 as ClosedRange<UInt64>) func afterASnapshot(seed: UInt64) throws {
        let run = try #require(Simulation(Schedule(seed: seed, SimulationSettings(hours: 0.15))))
        let journal = run.journal
        let middle = journal[journal.count / 2]
        var core = Coordinator(configuration: CoordinatorConfiguration(), policy: Fair())
        for entry in journal where entry.sequence <= middle.sequence { try core.replay(entry) }
        let last = try #require(journal.last).time
        for period in [ReportPeriod(from: middle.time, to: last), ReportPeriod(from: journal[0].time, to: last)] {
            var (whole, part) = (Ledger(period), Ledger(period))
            part.begin(after: core.snapshot, forgotten: [])
            for entry in journal {
                whole.add(entry)
                if entry.sequence > middle.sequence { part.add(entry) }
            }
            let (a, b) = (whole.report(knownTo: last), part.report(knownTo: last))
            // What was submitted, started and ended before is in the snapshot.
            #expect(a.jobs == b.jobs && a.waits == b.waits)
            guard period.from == middle.time else {
                #expect(b.knownFrom == middle.time && a.knownFrom == nil)
                continue
            }
            #expect(abs(a.slots.available - b.slots.available) < 1e-9 && abs(a.slots.used - b.slots.used) < 1e-9)
            #expect(abs(a.workers.reduce(0) { $0 + $1.drained } - b.workers.reduce(0) { $0 + $1.drained }) < 1e-9)
        }
    }

    @Test func momentsAreRead() {
        let now = Timestamp(milliseconds: 1_795_000_000_000)
        func moment(_ text: String) -> Int64? { ReportPeriod.moment(text, now: now)?.milliseconds }
        #expect(moment("90m") == now.milliseconds - 5_400_000)
        #expect(moment("7d") == now.milliseconds - 604_800_000 && moment("2w") == now.milliseconds - 1_209_600_000)
        #expect(moment("2026-11-21") == 1_795_219_200_000)
        #expect(moment("2026-11-21T14:30:00Z") == 1_795_271_400_000)
        #expect(moment("all") == 0 && moment("0h") == now.milliseconds)
        for text in [
            "", "d", "7", "-7d", "+7d", "7y", "1.5d", "yesterday", "2026-02-31", "2026-13-01", "99999999999999d", "７d",
        ] {
            #expect(moment(text) == nil, "\(text)")
        }
    }

    @Test func thePageNeedsNothingAndShowsNoForeignMarkup() {
        var journal = Self.journal
        let evil = JobSpecification(
            name: "<script>x</script>", tenant: "<b>&\"", shape: .array(tasks: 1), program: .command(["x"]))
        journal.append(.init(sequence: 90, time: Self.at(9.5), event: .submit(JobID(4), evil, key: "d")))
        journal.append(
            .init(
                sequence: 91, time: Self.at(9.6),
                event: .end(JobID(4), .failed(code: 1, reason: "<img onerror=x>\u{1B}[2J"))))
        let report = Self.report(0, 10, of: journal)
        let page = report.page
        #expect(
            !page.contains("<script") && !page.contains("<b>") && !page.contains("<img") && !page.utf8.contains(0x1B))
        #expect(page.contains("&lt;b&gt;&amp;&quot;"))
        for word in ["http:", "https:", "url(", "@import", "src=", "href="] { #expect(!page.contains(word), "\(word)") }
        #expect(!report.text(width: 80).utf8.contains(0x1B))
        for width in [40, 80, 200] {
            let tables = report.text(width: width).components(separatedBy: "\n\n").dropFirst(2).joined(separator: "\n")
            #expect(tables.split(separator: "\n").allSatisfy { $0.count <= width }, "\(width)")
        }
        // An empty period has a page, too.
        #expect(Self.report(20, 21).page.contains("There were no slots") == false)
        #expect(
            Ledger(ReportPeriod(from: Self.at(0), to: Self.at(1))).report(knownTo: Self.at(1)).page.contains("no slots")
        )
    }
}

/// The same sums, taken from lists of intervals.
private struct Recount {
    var available = 0.0
    var used = 0.0
    var usedBy: [WorkerName: Double] = [:]
    var failures: [String: Int] = [:]
    var submitted = 0
    var retries = 0
    var waits: [Int64] = []

    init(_ journal: [JournalEntry], _ period: ReportPeriod) {
        var times = Set(journal.map(\.time.milliseconds)).union([period.from.milliseconds, period.to.milliseconds])
            .sorted()
        times = times.filter { period.from.milliseconds <= $0 && $0 <= period.to.milliseconds }
        var slotsOf: [JobID: Double] = [:]
        var gangs: Set<JobID> = []
        var submission: [JobID: Int64] = [:]
        var begun: [JobID: Int64] = [:]
        // The last word on each worker and lease, by when it was said.
        var memberships: [WorkerName: [(Int64, Double)]] = [:]
        var holder: [Epoch: WorkerName] = [:]
        var runs: [Epoch: (job: JobID, from: Int64, to: Int64)] = [:]
        for entry in journal {
            let time = entry.time.milliseconds
            let inside = period.from.milliseconds <= time && time <= period.to.milliseconds
            switch entry.event {
            case .submit(let id, let job, _):
                slotsOf[id] = Double(job.slots)
                submission[id] = time
                if job.isGang { gangs.insert(id) }
                if inside { submitted += 1 }
            case .assign(let lease, let worker, _): holder[lease.epoch] = worker
            case .accept(let lease, _):
                runs[lease.epoch] = (lease.task.job, time, .max)
                if !gangs.contains(lease.task.job), begun[lease.task.job] == nil { begun[lease.task.job] = time }
            case .start(let id, _): if begun[id] == nil { begun[id] = time }
            case .finish(let lease): runs[lease.epoch]?.to = time
            case .lapse(let lease):
                runs[lease.epoch]?.to = time
                if inside { failures["worker lost", default: 0] += 1 }
            case .fail(let lease, let outcome):
                runs[lease.epoch]?.to = time
                guard inside else { break }
                switch outcome {
                case .exited(let code): failures["exit code \(code)", default: 0] += 1
                case .signalled(let signal): failures["signal \(signal)", default: 0] += 1
                case .notStarted: failures["could not be started", default: 0] += 1
                case .stopped: break
                }
            case .expire: if inside { failures["time limit", default: 0] += 1 }
            case .retry: if inside { retries += 1 }
            case .join(let name, _, let slots, _, _, _): memberships[name, default: []].append((time, Double(slots)))
            case .leave(let name), .crash(let name, _): memberships[name, default: []].append((time, 0))
            default: break
            }
        }
        for (id, time) in begun where period.from.milliseconds <= time && time <= period.to.milliseconds {
            waits.append(time - submission[id]!)
        }
        for (start, end) in zip(times, times.dropFirst()) {
            let hours = Double(end - start) / 3_600_000
            var held: [WorkerName: Double] = [:]
            for (epoch, run) in runs where run.from <= start && run.to > start {
                held[holder[epoch]!, default: 0] += slotsOf[run.job]!
            }
            for (name, changes) in memberships {
                let slots = changes.last { $0.0 <= start }?.1 ?? 0
                let held = held[name] ?? 0
                available += slots * hours
                used += min(slots, held) * hours
                usedBy[name, default: 0] += min(slots, held) * hours
            }
        }
    }
}
