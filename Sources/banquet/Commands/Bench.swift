import ArgumentParser
import Coordination
import Foundation
import Synchronization

/// Measurements against a running cluster, each as one JSON line.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a running cluster, and parts of it; each measurement is one JSON line.",
        subcommands: [RoundTrip.self, Dispatch.self, Submissions.self, Flood.self, Heartbeats.self, Monitor.self])

    struct RoundTrip: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "round-trip",
            abstract:
                "Submit one job at a time and wait for its end: milliseconds from submit to the news that it ended.")

        @Option(help: "Jobs.") var jobs = 200
        @Flag(help: "Run the builtin noop, without a process, in place of a command.") var builtin = false
        @Argument(parsing: .postTerminator, help: "What each job runs (default: /bin/true).") var command: [String] = []
        @OptionGroup var connection: ConnectionOptions

        struct Report: Encodable {
            let test = "round-trip"
            let unit = "ms"
            let jobs: Int
            let p50, p90, p99, max: Double
        }

        func run() throws {
            guard jobs > 0 else { throw ValidationError("--jobs must be at least 1") }
            if builtin, !command.isEmpty { throw ValidationError("give --builtin or a command, not both") }
            let program: JobSpecification.Program =
                builtin ? .builtin("noop", parameters: [:]) : .command(command.isEmpty ? ["/bin/true"] : command)
            let client = try CoordinatorClient(connection)
            var times: [Double] = []
            let keys = UUID().uuidString
            let counter = WorkCounter("round-trip", unit: "jobs", total: jobs)
            let progress = ProgressLine(counter)
            defer { progress.end() }
            for number in 0..<jobs {
                let start = ContinuousClock.now
                let job = JobSpecification(
                    name: "round-trip", tenant: "bench", shape: .array(tasks: 1), program: program)
                try client.run(job, key: "\(keys)-\(number)")
                times.append((ContinuousClock.now - start).milliseconds)
                counter.add()
            }
            progress.end()
            times.sort()
            func quantile(_ q: Double) -> Double { times[Swift.min(times.count - 1, Int(Double(times.count) * q))] }
            print(
                try JSON.line(
                    Report(
                        jobs: jobs, p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99),
                        max: times[times.count - 1])))
        }
    }

    struct Dispatch: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Submit an array of tasks that do nothing: tasks per second from the submission to the end, each result durable."
        )

        @Option(help: "Tasks.") var tasks: UInt32 = 10_000
        @Option(help: "How many wait at most: they come as arrays of half of that, one after the other (default: all).")
        var waiting: UInt32?
        @Argument(parsing: .postTerminator, help: "What each task runs (default: the builtin noop, without a process).")
        var command: [String] = []
        @OptionGroup var connection: ConnectionOptions

        struct Report: Encodable {
            let test = "dispatch"
            let unit = "tasks/s"
            let tasks: UInt32
            let waiting: UInt32
            let workers: Int
            let slots: UInt32
            let seconds: Double
            let value: Double
        }

        func run() throws {
            guard tasks > 0 else { throw ValidationError("--tasks must be at least 1") }
            guard waiting ?? 2 > 1 else { throw ValidationError("--waiting must be at least 2") }
            let client = try CoordinatorClient(connection)
            guard case .workers(let workers) = try client.ask(.workers) else { throw CommandFailure.unexpectedReply }
            let live = workers.filter { $0.state == .connected }
            let program: JobSpecification.Program =
                command.isEmpty ? .builtin("noop", parameters: [:]) : .command(command)
            let counter = WorkCounter("dispatch", unit: "tasks", total: Int(tasks))
            let progress = ProgressLine()
            defer { progress.end() }
            let start = ContinuousClock.now
            let size = waiting.map { min(tasks, $0 / 2) } ?? tasks
            var submitted: UInt32 = 0
            var open: [JobID] = []
            while submitted < tasks || !open.isEmpty {
                if submitted < tasks, open.count < 2 {
                    let job = JobSpecification(
                        name: "dispatch", tenant: "bench", shape: .array(tasks: min(size, tasks - submitted)),
                        program: program)
                    open.append(try client.submit(job, key: UUID().uuidString))
                    submitted += job.units
                    if open.count == 1 { try progress.begin(watching(open[0], after: submitted - job.units, counter)) }
                } else {
                    try client.wait(for: open.removeFirst())
                    if let next = open.first { try progress.begin(watching(next, after: submitted - size, counter)) }
                }
            }
            progress.end()
            let seconds = (ContinuousClock.now - start).milliseconds / 1000
            print(
                try JSON.line(
                    Report(
                        tasks: tasks, waiting: waiting ?? tasks, workers: live.count,
                        slots: live.reduce(0) { $0 + $1.slots }, seconds: seconds,
                        value: (Double(tasks) / seconds).rounded())))
        }

        /// What the line of progress says while this array runs: at each look its own connection asks how far it has come, which
        /// happens on a terminal only, five times a second.
        private func watching(
            _ job: JobID, after before: UInt32, _ counter: WorkCounter
        ) throws -> ProgressLine.Source {
            guard ProgressLine.isPossible else { return { _ in nil } }
            let asking = Mutex(try CoordinatorClient(connection))
            return { width in
                let reply = try? asking.withLock { try $0.ask(.show(job)) }
                if case .job(let detail) = reply { counter.set(Int(before + detail.summary.unitsSucceeded)) }
                return counter.line(width: width)
            }
        }
    }
}

extension Bench {
    struct Submissions: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "submit",
            abstract:
                "Submit jobs one by one, many at a time: submissions per second, each acknowledged when it is on disk.",
            discussion: "The jobs stay in the queue, or run: this is for a cluster that is there to be measured.")

        @Option(help: "Jobs.") var jobs = 10_000
        @Option(help: "Submissions that may wait for their answers.") var window = 256
        @OptionGroup var connection: ConnectionOptions

        struct Report: Encodable {
            let test = "submit"
            let unit = "jobs/s"
            let jobs: Int
            let seconds: Double
            let value: Double
        }

        func run() throws {
            guard jobs > 0, window > 0 else { throw ValidationError("--jobs and --window must be at least 1") }
            let client = try CoordinatorClient(connection)
            let key = UUID().uuidString
            let start = ContinuousClock.now
            var sent = 0
            var answered = 0
            let counter = WorkCounter("submit", unit: "jobs", total: jobs)
            let progress = ProgressLine(counter)
            defer { progress.end() }
            while answered < jobs {
                while sent < min(jobs, answered + window) {
                    let job = JobSpecification(
                        name: "job-\(sent)", tenant: "bench", shape: .array(tasks: 1), program: .command(["/bin/true"]))
                    try client.send(.submit(job, key: "\(key)-\(sent)"))
                    sent += 1
                }
                switch try client.receive(within: connection.timeout, toAny: true) {
                case .submitted:
                    answered += 1
                    counter.add()
                case .refused(let reason): throw CommandFailure(message: "banquet: \(reason)")
                case .busy(let reason, _): throw CommandFailure(message: "banquet: \(reason)", exitCode: 3)
                case nil:
                    throw CommandFailure(message: "banquet: no answer within \(connection.timeout) s", exitCode: 3)
                default: throw CommandFailure.unexpectedReply
                }
            }
            let seconds = (ContinuousClock.now - start).milliseconds / 1000
            progress.end()
            print(try JSON.line(Report(jobs: jobs, seconds: seconds, value: (Double(jobs) / seconds).rounded())))
        }
    }
}

extension CoordinatorClient {
    func submit(_ job: JobSpecification, key: String) throws -> JobID {
        guard case .submitted(let id) = try ask(.submit(job, key: key)) else { throw CommandFailure.unexpectedReply }
        return id
    }

    /// Submits a job and returns when it has succeeded. Both are asked for at once.
    func run(_ job: JobSpecification, key: String) throws {
        try send(.submit(job, key: key))
        try send(.waitFor(key: key))
        switch try receive(within: 10, toAny: true) {
        case .submitted(let id): try receiveEnd(of: id)
        case .refused(let reason): throw CommandFailure(message: "banquet: \(reason)")
        case nil: throw CommandFailure(message: "banquet: no answer within ten seconds", exitCode: 3)
        default: throw CommandFailure.unexpectedReply
        }
    }

    /// Returns when the job has succeeded.
    func wait(for id: JobID) throws {
        try send(.wait(id))
        try receiveEnd(of: id)
    }

    private func receiveEnd(of id: JobID) throws {
        switch try receive(within: 600) {
        case .ended(_, .succeeded): return
        case .ended(_, .failed(_, let reason)):
            throw CommandFailure(message: "banquet: \(id) failed: \(reason)", exitCode: 1)
        case .ended(_, .cancelled): throw CommandFailure(message: "banquet: \(id) was cancelled", exitCode: 1)
        case .refused(let reason): throw CommandFailure(message: "banquet: \(reason)")
        case nil: throw CommandFailure(message: "banquet: \(id) has not ended within ten minutes", exitCode: 3)
        default: throw CommandFailure.unexpectedReply
        }
    }
}

extension Duration {
    var milliseconds: Double { Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15 }
}
