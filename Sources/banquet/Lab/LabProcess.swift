import CPlatform
import Foundation

/// A process of the lab: `banquet` itself, started as a coordinator or a worker. It ends with the lab, however that ends: the kernel kills
/// it with the thread that started it, and a guard kills what the kernel doesn't.
final class LabProcess {
    let name: String
    let pid: pid_t
    private let running: banquet_running
    private let processGuard: OpaquePointer
    /// The last that it printed.
    private(set) var output = ""
    private(set) var hasEnded = false
    private static let outputKept = 16_384

    /// - Parameter processGuard: what `banquet_guard_start` returned.
    /// - Throws: `CommandFailure`.
    init(
        _ name: String, _ arguments: [String], environment: [String: String], folder: String,
        processGuard: OpaquePointer
    )
        throws
    {
        self.name = name
        self.processGuard = processGuard
        let path = Bundle.main.executablePath ?? CommandLine.arguments[0]
        var running = banquet_running()
        var step = BANQUET_SPAWN_RESOURCES
        let variables = environment.map { "\($0.key)=\($0.value)" }
        let code = Self.withStrings([path] + arguments) { arguments in
            Self.withStrings(variables) { variables in
                path.withCString { path in
                    folder.withCString { folder in
                        var child = banquet_child()
                        child.path = path
                        child.arguments = arguments
                        child.environment = variables
                        child.directory = folder
                        child.guard = processGuard
                        return banquet_spawn(&child, &running, &step)
                    }
                }
            }
        }
        guard code == 0 else {
            throw CommandFailure(message: "banquet: \(name) can't be started: \(String(cString: strerror(code)))")
        }
        self.running = running
        pid = running.pid
    }

    deinit {
        end()
        for descriptor in [running.process, running.output, running.error, running.metrics] { close(descriptor) }
    }

    /// Takes what it has printed, so that it never waits for a reader; and notes its end.
    func look() {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        for descriptor in [running.output, running.error, running.metrics] {
            while case let count = read(descriptor, &bytes, bytes.count), count > 0 {
                if descriptor != running.metrics { output += String(decoding: bytes[..<count], as: UTF8.self) }
            }
        }
        if output.utf8.count > 2 * Self.outputKept { output = String(output.suffix(Self.outputKept)) }
        var item = pollfd(fd: running.process, events: Int16(POLLIN), revents: 0)
        if !hasEnded, poll(&item, 1, 0) == 1 { reap() }
    }

    func signal(_ number: Int32) { if !hasEnded { kill(pid, number) } }

    /// Kills it and all that it started in its process group, and waits until it is gone.
    func end() {
        guard !hasEnded else { return }
        kill(-pid, SIGKILL)
        _ = wait(seconds: 10)
    }

    /// - Returns: whether it has ended.
    func wait(seconds: Double) -> Bool {
        let limit = Date().addingTimeInterval(seconds)
        look()
        while !hasEnded, Date() < limit {
            var item = pollfd(fd: running.process, events: Int16(POLLIN), revents: 0)
            poll(&item, 1, 50)
            look()
        }
        return hasEnded
    }

    private func reap() {
        var code: Int32 = 0
        var signal: Int32 = 0
        banquet_guard_forget(processGuard, running.place)
        banquet_reap(running.process, &code, &signal)
        hasEnded = true
    }

    private static func withStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { body(UnsafePointer($0.baseAddress!)) }
    }
}
