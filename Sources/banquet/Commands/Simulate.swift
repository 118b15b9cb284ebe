import ArgumentParser
import Coordination
import Foundation
import Simulation

/// The deterministic world: the real coordinator and workers on a clock, a network and disks that one seed drives.
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the real coordinator and workers in a simulated world full of faults, and check every promise.",
        discussion: """
            A seed is a run, for good. A run that breaks a promise is shrunk, and printed as a schedule that --replay runs again. \
            Exit code 0: every promise held. 1: one was broken. 2: bad usage, or a schedule that can't be read.
            """)

    @Option(help: "The first seed.") var seed: UInt64 = 1
    @Option(help: "How many seeds.") var seeds: Int = 1
    @Option(help: "How many of them run at one time (default: as many as there are cores).") var threads: Int?
    @Option(help: "Simulated hours of each run, before the faults stop.") var hours: Double = 1
    @Option(help: "Workers (default: each seed draws 1 to 6, with 1 to 4 slots each).") var workers: Int?
    @Option(
        help: "The scheduling policy (default: each seed draws one, mostly fair).", completion: Completions.policies)
    var policy: String?
    @Option(
        help: ArgumentHelp(
            "What may go wrong: all, none, or some of \(FaultKind.allCases.map(\.rawValue).joined(separator: ",")).",
            valueName: "kinds"), completion: .list(["all", "none"] + FaultKind.allCases.map(\.rawValue)))
    var faults: String = "all"
    @Option(
        help: ArgumentHelp(
            "What the work is like: all, none, or some of \(WorkKind.allCases.map(\.rawValue).joined(separator: ",")).",
            valueName: "kinds"), completion: .list(["all", "none"] + WorkKind.allCases.map(\.rawValue)))
    var work: String = "all"
    @Option(help: ArgumentHelp("Run this schedule in place of seeds.", valueName: "file")) var replay: String?
    @Option(help: "The most seconds to spend on shrinking a run that fails.") var shrink: Double = 30
    @Option(help: ArgumentHelp("Write the schedule (shrunk, if the run fails) to this file.", valueName: "file"))
    var save: String?
    @Option(
        help: ArgumentHelp("Write the last run's protocol events to this file, one JSON line each.", valueName: "file"))
    var trace: String?
    @OptionGroup var output: FormatOption

    func validate() throws {
        guard (1...1_000_000_000).contains(seeds), seed <= UInt64.max - UInt64(seeds) else {
            throw ValidationError("--seeds must be from 1 to 1000000000")
        }
        guard hours > 0, hours <= 10_000 else { throw ValidationError("--hours must be from 0 to 10000") }
        if let threads, !(1...1000).contains(threads) { throw ValidationError("--threads must be from 1 to 1000") }
        if let workers, !(1...1000).contains(workers) { throw ValidationError("--workers must be from 1 to 1000") }
        guard FaultKind.named(faults) != nil else {
            let names = FaultKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--faults takes all, none, or some of \(names), not '\(faults)'")
        }
        guard WorkKind.named(work) != nil else {
            let names = WorkKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--work takes all, none, or some of \(names), not '\(work)'")
        }
        guard shrink >= 0, shrink < 1e9 else { throw ValidationError("--shrink must be 0 or more seconds") }
        if let policy { try Self.check(policy: policy) }
    }

    static func check(policy: String) throws {
        guard Policies.named(policy) != nil else {
            let names = Policies.all.map { type(of: $0).name }.joined(separator: ", ")
            throw ValidationError("there is no policy '\(policy)'; there are: \(names)")
        }
    }

    func run() async throws {
        Interruption.requestsEnd()
        let start = ContinuousClock.now
        var report = SimulationReport()
        var last: Simulation?
        let counter = WorkCounter("simulate", unit: "seeds", total: replay == nil ? seeds : 1)
        let progress = ProgressLine(counter)
        defer { progress.end() }
        let threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
        try await Campaign.run(try schedules(), threads: threads) { run in
            guard let run else { throw CommandFailure(message: "banquet: no such policy") }
            last = run
            report.add(run)
            counter.add()
            return run.violation == nil && !Interruption.isRequested
        }
        if let run = last, run.violation != nil {
            progress.aside {}
            last = shrunk(run)
            report.failure = SimulationReport.Failure(last!, seed: run.schedule.seed)
        }
        report.seconds =
            Double((ContinuousClock.now - start).components.seconds)
            + Double((ContinuousClock.now - start).components.attoseconds) / 1e18
        progress.end()
        if let last { try write(last) }
        switch output.format {
        case .json: print(try JSON.line(report))
        case .text: print(report.rendered())
        }
        if report.failure != nil { throw ExitCode(1) }
        if Interruption.isRequested { throw ExitCode(3) }
    }

    private func schedules() throws -> some Sequence<Schedule> {
        if let replay {
            let schedule: Schedule
            do {
                schedule = try Schedule(text: try String(contentsOfFile: replay, encoding: .utf8))
            } catch {
                let reason = error is ScheduleError ? "\(error)" : "this file can't be read"
                throw CommandFailure(message: "\(replay): error: \(reason)")
            }
            try Self.check(policy: schedule.cluster.policy)
            return sequence(first: schedule) { _ in nil }
        }
        let settings = SimulationSettings(
            hours: hours, workers: workers, policy: policy, faults: FaultKind.named(faults) ?? [],
            work: WorkKind.named(work) ?? [])
        let end = seed + UInt64(seeds)
        return sequence(first: Schedule(seed: seed, settings)) {
            $0.seed + 1 < end ? Schedule(seed: $0.seed + 1, settings) : nil
        }
    }

    private func shrunk(_ run: Simulation) -> Simulation {
        let deadline = ContinuousClock.now + .milliseconds(Int64(shrink * 1000))
        var shrinker = Shrinker(run) { !Interruption.isRequested && ContinuousClock.now < deadline }
        shrinker.shrink()
        return shrinker.best
    }

    private func write(_ run: Simulation) throws {
        do {
            if let save { try run.schedule.description.write(toFile: save, atomically: true, encoding: .utf8) }
            if let trace {
                let lines = try run.journal.map { try JSON.line($0) + "\n" }
                try lines.joined().write(toFile: trace, atomically: true, encoding: .utf8)
            }
        } catch {
            throw CommandFailure(message: "banquet: error: \(error.localizedDescription)")
        }
    }
}
