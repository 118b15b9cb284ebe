import CPlatform
import Coordination
import Glibc

/// A process of a unit, and the process group that it leads. Belongs to the thread that started it: the kernel kills
/// the process when that thread ends. `close()` must be called once, after `reap()` has given an outcome.
final class ChildProcess {
    static let metricsDescriptor = Int(BANQUET_METRICS_DESCRIPTOR)

    /// Becomes readable when the process has ended.
    let process: Int32
    /// Read ends of its pipes, which don't block.
    let output: Int32
    let error: Int32
    let metrics: Int32
    private let group: pid_t
    /// On the guard's list.
    let place: Int32
    private let processGuard: ProcessGuard
    private var isReaped = false

    /// - Throws: `Launch.Impossible`.
    init(_ launch: Launch, confinement: Confinement = Confinement(), processGuard: ProcessGuard) throws {
        var running = banquet_running()
        var step = BANQUET_SPAWN_RESOURCES
        let limits = confinement.limits.compactMap { limit in
            (limit.value ?? launch.memory).map { banquet_limit(resource: limit.resource, value: $0) }
        }
        let groups = confinement.account?.groups ?? []
        let code = withCStrings(launch.arguments.map { [$0] }) { arguments in
            withCStrings(launch.environment.map { [$0.key, "=", $0.value] }) { environment in
                launch.path.withCString { path in
                    launch.directory.withCString { directory in
                        limits.withUnsafeBufferPointer { limits in
                            groups.withUnsafeBufferPointer { groups in
                                var child = banquet_child()
                                child.path = path
                                child.arguments = arguments
                                child.environment = environment
                                child.directory = directory
                                child.guard = processGuard.guardian
                                if let account = confinement.account {
                                    child.changes_user = 1
                                    child.user = account.user
                                    child.group = account.group
                                    child.groups = groups.baseAddress
                                    child.group_count = Int32(groups.count)
                                }
                                child.limits = limits.baseAddress
                                child.limit_count = Int32(limits.count)
                                return banquet_spawn(&child, &running, &step)
                            }
                        }
                    }
                }
            }
        }
        guard code == 0 else {
            let reason = String(cString: strerror(code))
            switch step {
            case BANQUET_SPAWN_EXECUTE: throw Launch.Impossible(reason: "can't run \(launch.path): \(reason)")
            case BANQUET_SPAWN_LIMITS: throw Launch.Impossible(reason: "can't set its resource limits: \(reason)")
            case BANQUET_SPAWN_USER:
                throw Launch.Impossible(reason: "can't become user \(confinement.account?.name ?? ""): \(reason)")
            case BANQUET_SPAWN_DIRECTORY: throw Launch.Impossible(reason: "can't enter \(launch.directory): \(reason)")
            default: throw Launch.Impossible(reason: "can't make a process: \(reason)")
            }
        }
        (group, place, process) = (running.pid, running.place, running.process)
        (output, error, metrics) = (running.output, running.error, running.metrics)
        self.processGuard = processGuard
    }

    /// Sends a signal to the whole group.
    func signal(_ number: Int32) {
        // Until it is reaped the leader keeps the group's number from being used again.
        if !isReaped { kill(-group, number) }
    }

    /// Kills what is left of the group, and takes the leader's status.
    ///
    /// - Returns: nil while the leader still runs.
    func reap() -> Outcome? {
        var code: Int32 = 0
        var signal: Int32 = 0
        guard !isReaped, hasEnded else { return nil }
        self.signal(SIGKILL)
        processGuard.forget(place)
        isReaped = true
        guard banquet_reap(process, &code, &signal) == 1 else {
            return .notStarted(reason: "its exit status is not known: \(String(cString: strerror(errno)))")
        }
        return signal == 0 ? .exited(code: code) : .signalled(signal: signal)
    }

    func close() {
        for descriptor in [process, output, error, metrics] { Glibc.close(descriptor) }
    }

    private var hasEnded: Bool {
        var item = pollfd(fd: process, events: Int16(POLLIN), revents: 0)
        return poll(&item, 1, 0) == 1
    }
}

/// A process that kills all of an agent's process groups when the agent ends, however it ends.
final class ProcessGuard {
    private(set) var guardian: OpaquePointer?

    init() throws {
        guardian = banquet_guard_start()
        guard guardian != nil else {
            throw AgentError.system(operation: "starting the guard process", reason: String(cString: strerror(errno)))
        }
    }

    deinit { close() }

    func forget(_ place: Int32) { banquet_guard_forget(guardian, place) }

    /// Ends the guard, as the agent's end does: it kills what it guards.
    func close() {
        if let guardian { banquet_guard_close(guardian) }
        guardian = nil
    }
}

/// The null-terminated array of C strings that exec takes: each the concatenation of its parts. All of it is one piece of
/// memory.
private func withCStrings<Result>(
    _ strings: [[String]], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let size = strings.reduce(0) { $1.reduce($0 + 1) { $0 + $1.utf8.count } }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: max(size, 1)) { memory in
        withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<CChar>?.self, capacity: strings.count + 1) { pointers in
            var next = memory.baseAddress!
            for (index, parts) in strings.enumerated() {
                pointers.initializeElement(at: index, to: next)
                for var part in parts {
                    part.withUTF8 { bytes in
                        guard let start = bytes.baseAddress else { return }
                        UnsafeMutableRawPointer(next).copyMemory(from: start, byteCount: bytes.count)
                        next += bytes.count
                    }
                }
                next.initialize(to: 0)
                next += 1
            }
            pointers.initializeElement(at: strings.count, to: nil)
            return body(UnsafePointer(pointers.baseAddress!))
        }
    }
}
