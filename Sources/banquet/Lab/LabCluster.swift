import ArgumentParser
import CPlatform
import Coordination
import Foundation
import Lab
import Storage

/// A coordinator and workers on 127.0.0.1, real processes of this very binary, in a temporary folder. It listens on a port that the system
/// chose, and nobody else is told of it: what the lab attacks is always its own. All of it is gone when the cluster is closed.
final class LabCluster {
    let folder: String
    private(set) var endpoint = ""
    private var coordinator: LabProcess?
    private var workers: [String: LabProcess] = [:]
    private var frozen: Set<String> = []
    private var journal: JournalInspection?
    private var client: CoordinatorClient?
    private var connection: ConnectionOptions?
    private let processGuard: OpaquePointer
    private var traceOffset: UInt64 = 0
    private var isClosed = false

    /// Seconds that a coordinator or a worker may take to start.
    private static let patience = 60.0

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("banquet-lab-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard let started = banquet_guard_start() else {
            throw CommandFailure(
                message: "banquet: the lab can't guard its processes: \(String(cString: strerror(errno)))")
        }
        processGuard = started
    }

    deinit { close() }

    /// Ends every process, and removes the folder.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        client = nil
        journal = nil
        for worker in workers.values { worker.end() }
        coordinator?.end()
        banquet_guard_close(processGuard)
        try? FileManager.default.removeItem(atPath: folder)
    }

    private var state: String { folder + "/state" }

    private var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("BANQUET_") }
        environment["LAB"] = folder
        return environment
    }

    // MARK: The coordinator

    /// Starts it, or starts it anew with other settings on the same state and port; what runs goes on meanwhile.
    /// - Parameter specs: what must hold before it starts; with none it starts unverified.
    func startCoordinator(_ settings: Settings, specs: [String]) throws {
        if let coordinator {
            coordinator.signal(SIGTERM)
            if !coordinator.wait(seconds: Self.patience) { coordinator.end() }
        }
        let configuration = folder + "/cluster.yaml"
        try settings.configuration(specs: specs).write(toFile: configuration, atomically: true, encoding: .utf8)
        try launch(specs.isEmpty ? ["--unverified"] : [])
    }

    /// Kills it with SIGKILL, and starts it again.
    func crashCoordinator() throws {
        coordinator?.end()
        try launch(["--unverified"])
    }

    private func launch(_ arguments: [String]) throws {
        client = nil
        let listen = endpoint.isEmpty ? [] : ["--listen", endpoint]
        let process = try LabProcess(
            "the coordinator",
            ["coordinator", "--config", folder + "/cluster.yaml", "--state", state, "--insecure"]
                + listen + arguments,
            environment: environment, folder: folder, processGuard: processGuard)
        coordinator = process
        let mark = "listening on "
        try wait(for: process) {
            guard let range = process.output.range(of: mark + "tcp://127.0.0.1:") else { return false }
            let rest = process.output[range.upperBound...]
            guard let end = rest.firstIndex(where: { !$0.isNumber }) else { return false }
            endpoint = "tcp://127.0.0.1:" + rest[..<end]
            return true
        }
        connection = try ConnectionOptions.parse(Self.reaching(endpoint))
        do { client = try CoordinatorClient(connection!) } catch let error as CoordinatorLost { throw lost(error) }
        if journal == nil { journal = try JournalInspection(folder: state) }
    }

    private func wait(for process: LabProcess, _ condition: () throws -> Bool) throws {
        let limit = Date().addingTimeInterval(Self.patience)
        while true {
            process.look()
            if try condition() { return }
            if process.hasEnded || Date() > limit || Interruption.isRequested {
                throw CommandFailure(
                    message: "banquet: \(process.name) of the lab did not start: \(process.output.suffix(2000))",
                    exitCode: Interruption.isRequested ? 3 : 2)
            }
            usleep(20_000)
        }
    }

    // MARK: Workers

    func startWorkers(_ plans: [WorkerPlan]) throws {
        for plan in plans {
            let devices = plan.gpus > 0 ? ["--device", "gpu=\(plan.gpus)"] : []
            workers[plan.name] = try LabProcess(
                "worker \(plan.name)",
                [
                    "worker", "--name", plan.name, "--coordinator", endpoint, "--insecure", "--slots", "\(plan.slots)",
                    "--work",
                    "\(folder)/\(plan.name)",
                ] + devices, environment: environment, folder: folder, processGuard: processGuard)
        }
        guard let last = plans.last.flatMap({ workers[$0.name] }) else { return }
        try wait(for: last) {
            guard case .workers(let found) = try ask(.workers) else { throw CommandFailure.unexpectedReply }
            return found.count { $0.state == .connected } == plans.count
        }
    }

    func freeze(_ worker: String) {
        workers[worker]?.signal(SIGSTOP)
        frozen.insert(worker)
    }

    func thaw() {
        for worker in frozen { workers[worker]?.signal(SIGCONT) }
        frozen = []
    }

    // MARK: Jobs

    func submit(_ plan: JobPlan) throws {
        guard case .submitted = try ask(.submit(plan.specification, key: UUID().uuidString)) else {
            throw CommandFailure.unexpectedReply
        }
    }

    func cancel(_ job: JobID) throws { _ = try ask(.cancel(job)) }

    private func ask(_ request: ClientRequest) throws -> ClientReply {
        guard let client else { throw CommandFailure(message: "banquet: the lab has no coordinator") }
        do { return try client.ask(request) } catch let error as CoordinatorLost { throw lost(error) }
    }

    private func lost(_ error: CoordinatorLost) -> CommandFailure {
        coordinator?.look()
        return CommandFailure(
            message: "banquet: \(error); the coordinator said: \(coordinator?.output.suffix(2000) ?? "")")
    }

    // MARK: What happens

    /// Takes in what the journal and the programs' trace have that the record has not.
    /// - Parameter time: seconds since the record began, for lines of the trace, which have no time of their own.
    func update(_ record: inout LiveRecord, at time: Double) throws {
        coordinator?.look()
        for worker in workers.values { worker.look() }
        if let coordinator, coordinator.hasEnded {
            throw CommandFailure(
                message: "banquet: the lab's coordinator has ended: \(coordinator.output.suffix(2000))")
        }
        // The trace first: what a program has written stands before its end.
        try readTrace(into: &record, at: time)
        try journal?.forEach(from: record.nextSequence) { record.note($0) }
    }

    private func readTrace(into record: inout LiveRecord, at time: Double) throws {
        guard let file = FileHandle(forReadingAtPath: folder + "/trace") else { return }
        defer { try? file.close() }
        try file.seek(toOffset: traceOffset)
        let new = try file.readToEnd() ?? Data()
        guard let end = new.lastIndex(of: UInt8(ascii: "\n")) else { return }
        for line in String(decoding: new[...end], as: UTF8.self).split(separator: "\n") {
            record.note(trace: line, at: time)
        }
        traceOffset += UInt64(end + 1)
    }

    /// The options of a client: without keys, for nothing but this machine can reach the lab.
    static func reaching(_ endpoint: String) -> [String] { ["--coordinator", endpoint, "--insecure"] }
}

extension JobPlan {
    var specification: JobSpecification {
        var job = JobSpecification(
            name: name, tenant: tenant, shape: gang.map { .gang(ranks: $0) } ?? .array(tasks: tasks),
            program: .command(["/bin/sh", "-c", script]), retries: retries,
            timeLimitMilliseconds: timeLimitMilliseconds, retryDelayMilliseconds: 100, priority: priority)
        if gpus > 0 { job.requirements.devices = ["gpu": UInt32(gpus)] }
        return job
    }
}
