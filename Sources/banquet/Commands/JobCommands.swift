import ArgumentParser
import Coordination
import Foundation

struct Submit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Submit a job and return as soon as it is safe on the coordinator's disk.",
        discussion:
            "Prints the job's id. `banquet submit job.yaml`, or `banquet submit --gang 2 -- PROGRAM ARGUMENT …`.")

    @OptionGroup var job: JobOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: FormatOption

    func run() throws {
        let id = try CoordinatorClient.submit(job.specification(), over: connection)
        print(output.format == .json ? "{\"job\":\"\(id)\"}" : id.description)
    }
}

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Submit a job, follow it, and exit with its exit code.",
        discussion: """
            Interrupting it (Ctrl-C) cancels the job; a second time leaves at once. What the units print goes to standard output and \
            standard error, with several units each line behind its unit's number.
            """)

    @OptionGroup var job: JobOptions
    @Flag(help: "Show the job's protocol events, and the progress that its program reports, too.") var events = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: FormatOption

    func run() throws {
        let id = try CoordinatorClient.submit(job.specification(), over: connection)
        Interruption.cancels(id, over: connection)
        var follower = JobFollower(job: id, connection: connection)
        follower.showsEvents = events
        follower.format = output.format
        let detail = try follower.follow()
        if output.format == .json {
            Terminal.write(try JSON.line(detail) + "\n", to: .standardError)
        } else if detail.summary.state != .succeeded {
            Terminal.complain(
                "banquet: \(id) \(detail.summary.state.rawValue)" + (detail.summary.reason.map { ": \($0)" } ?? ""))
        }
        throw ExitCode(detail.exitCode)
    }
}

struct Wait: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Wait until a job has ended, and exit with its exit code.")

    @Argument(help: "The job, such as j12.") var job: JobID
    @Flag(help: "Show the job's protocol events and its progress meanwhile.") var events = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: FormatOption

    func run() throws {
        var follower = JobFollower(job: job, connection: connection)
        follower.showsOutput = false
        follower.showsEvents = events
        follower.format = output.format
        let detail = try follower.follow()
        print(output.format == .json ? try JSON.line(detail) : "\(job) \(detail.summary.state.rawValue)")
        throw ExitCode(detail.exitCode)
    }
}

struct Jobs: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the jobs.")

    @Flag(help: "List what failed for good instead, each task and gang with its attempts and the reason.") var failed =
        false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: FormatOption

    func run() throws {
        let client = try CoordinatorClient(connection)
        let jobs = try client.jobs()
        if failed {
            let letters = try FailedUnit.all(of: jobs, from: client)
            switch output.format {
            case .json: for letter in letters { print(try JSON.line(letter)) }
            case .text: print(letters.isEmpty ? "nothing has failed" : FailedUnit.table(letters))
            }
            return
        }
        switch output.format {
        case .json: for job in jobs { print(try JSON.line(job)) }
        case .text: print(jobs.isEmpty ? "no jobs" : JobSummary.table(jobs))
        }
    }
}

struct Retry: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Submit a job that failed once more: the gang, or the array's tasks that haven't succeeded.",
        discussion: """
            It becomes another job, whose id is printed; the tasks keep their numbers. `banquet jobs --failed` lists what \
            failed.
            """)

    @Argument(help: "The job, such as j12.") var job: JobID
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: FormatOption

    func run() throws {
        let id = try CoordinatorClient.retry(job, over: connection)
        print(output.format == .json ? "{\"job\":\"\(id)\"}" : id.description)
    }
}

struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a job: its state, why it waits, and which worker holds what.")

    @Argument(help: "The job, such as j12.") var job: JobID
    @Flag(help: "Explain how each worker is judged for it: speed, data, price, and what it lacks.") var why = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: FormatOption

    func run() throws {
        guard case .job(var detail) = try CoordinatorClient(connection).ask(.show(job)) else {
            throw CommandFailure.unexpectedReply
        }
        if !why { detail.explanation = nil }
        print(output.format == .json ? try JSON.line(detail) : detail.rendered())
    }
}

struct Logs: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print what a job's units printed.")

    @Argument(help: "The job, such as j12.") var job: JobID
    @Option(help: "The task or rank, from 0 (default: all, each line marked with its number).") var unit: UInt32?
    @Flag(help: "Standard error instead of standard output.") var error = false
    @Flag(name: .shortAndLong, help: "Go on until the job has ended.") var follow = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: FormatOption

    func validate() throws {
        if follow, output.format == .json {
            throw ValidationError("--follow prints text; take --format json without it")
        }
    }

    /// One piece of a log, for `--format json`.
    private struct Piece: Encodable {
        let job: JobID
        let unit: UInt32
        let stream: LogStream
        let offset: UInt64
        let text: String
    }

    func run() throws {
        if follow {
            var follower = JobFollower(job: job, connection: connection)
            follower.unit = unit
            follower.stream = error ? .error : .output
            _ = try follower.follow()
            return
        }
        let client = try CoordinatorClient(connection)
        guard case .job(let detail) = try client.ask(.show(job)) else { throw CommandFailure.unexpectedReply }
        let units = detail.summary.units
        if let unit, unit >= units {
            throw CommandFailure(message: "banquet: \(job) has units 0 to \(units - 1), and no \(unit)")
        }
        for index in unit.map({ $0..<$0 + 1 }) ?? 0..<units { try show(index, of: units, from: client) }
    }

    private func show(_ index: UInt32, of units: UInt32, from client: CoordinatorClient) throws {
        let stream = error ? LogStream.error : .output
        let marks = unit == nil && units > 1
        var offset: UInt64 = 0
        while case .log(let bytes, _, _) = try client.ask(
            .log(TaskID(job, index), stream, offset: offset, limit: 1 << 20)), !bytes.isEmpty
        {
            switch output.format {
            case .json:
                print(
                    try JSON.line(
                        Piece(
                            job: job, unit: index, stream: stream, offset: offset,
                            text: String(decoding: bytes, as: UTF8.self))))
            case .text: Terminal.write(marks ? bytes.marked("[\(index)] ") : Data(bytes), to: .standardOutput)
            }
            offset += UInt64(bytes.count)
        }
    }
}

struct Cancel: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End a job: what runs is stopped, what waits never starts.")

    @Argument(help: "The job, such as j12.") var job: JobID
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: FormatOption

    func run() throws {
        guard case .cancelled(let id) = try CoordinatorClient(connection).ask(.cancel(job)) else {
            throw CommandFailure.unexpectedReply
        }
        print(output.format == .json ? "{\"cancelled\":\"\(id)\"}" : "\(id) cancelled")
    }
}

struct Workers: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the workers.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: FormatOption

    func run() throws {
        guard case .workers(let workers) = try CoordinatorClient(connection).ask(.workers) else {
            throw CommandFailure.unexpectedReply
        }
        switch output.format {
        case .json: for worker in workers { print(try JSON.line(worker)) }
        case .text: print(workers.isEmpty ? "no workers" : WorkerSummary.table(workers))
        }
    }
}

struct Drain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take a worker out of service: it gets no new leases, and what it runs may end.",
        discussion: "It stays so, also after restarts, until `banquet drain --undo`.")

    @Argument(help: "The worker's name.") var worker: WorkerName
    @Flag(help: "Stop what it runs, with a grace for checkpoints; it is tried again elsewhere.") var now = false
    @Flag(help: "Put it back into service.") var undo = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: FormatOption

    func validate() throws {
        if now, undo { throw ValidationError("give --now or --undo, not both") }
    }

    func run() throws {
        let request: ClientRequest = undo ? .undrain(worker) : .drain(worker, now: now)
        guard case .workers(let workers) = try CoordinatorClient(connection).ask(request) else {
            throw CommandFailure.unexpectedReply
        }
        switch output.format {
        case .json: for worker in workers { print(try JSON.line(worker)) }
        case .text: print(WorkerSummary.table(workers))
        }
    }
}

extension JobDetail {
    /// What `run` and `wait` exit with: the job's own code, 1 for a job that failed without one or was cancelled.
    var exitCode: Int32 {
        switch summary.state {
        case .succeeded: 0
        case .failed: summary.exitCode.flatMap { $0 == 0 ? nil : $0 } ?? 1
        default: 1
        }
    }
}

extension Sequence<UInt8> {
    /// Each line behind `mark`.
    func marked(_ mark: String) -> Data {
        var result = Data()
        var lines = split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for line in lines {
            result.append(contentsOf: mark.utf8)
            result.append(contentsOf: line)
            result.append(UInt8(ascii: "\n"))
        }
        return result
    }
}
