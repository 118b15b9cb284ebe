import Coordination
import Foundation
import Glibc
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(30))) struct ChildProcessTests {
    private let processGuard: ProcessGuard
    private let folder: TemporaryFolder

    init() throws {
        processGuard = try ProcessGuard()
        folder = try TemporaryFolder()
    }

    private func start(_ script: String, environment: [String: String] = ["PATH": "/usr/bin:/bin"]) throws
        -> ChildProcess
    {
        let launch = Launch(
            path: "/bin/sh", arguments: ["sh", "-c", script], environment: environment, directory: folder.path)
        return try ChildProcess(launch, processGuard: processGuard)
    }

    private func end(_ child: ChildProcess) -> Outcome? {
        guard waitUntilReadable(child.process) else { return nil }
        defer { child.close() }
        return child.reap()
    }

    @Test(arguments: [0, 1, 7, 255]) func exitCodes(_ code: Int32) throws {
        #expect(end(try start("exit \(code)")) == .exited(code: code))
    }

    @Test(arguments: [SIGTERM, SIGKILL, SIGSEGV, SIGHUP]) func signals(_ number: Int32) throws {
        #expect(end(try start("kill -\(number) $$")) == .signalled(signal: number))
    }

    @Test func aRunningChildHasNoOutcome() throws {
        let child = try start("read line < /dev/tty; sleep 1000")
        #expect(child.reap() == nil)
        child.signal(SIGKILL)
        #expect(end(child) == .signalled(signal: SIGKILL))
        #expect(child.reap() == nil)
    }

    @Test func threeStreamsAndTheFolder() throws {
        let child = try start(
            "pwd; cat; echo error >&2; echo '{\"a\":1}' >&\(ChildProcess.metricsDescriptor); echo $A",
            environment: ["A": "ä b", "PATH": "/bin"])
        #expect(readToEnd(child.output) == "\(folder.path)\nä b\n", "standard input is empty")
        #expect(readToEnd(child.error) == "error\n")
        #expect(readToEnd(child.metrics) == "{\"a\":1}\n")
        #expect(end(child) == .exited(code: 0))
    }

    /// Descriptors of this process, also those that are not closed on exec, don't reach a child; nor do ignored and
    /// blocked signals.
    @Test func aChildInheritsNothing() throws {
        let leak = open("/dev/null", O_RDONLY)
        defer { close(leak) }
        let child = try start("ls /proc/self/fd | tr '\\n' ' '; grep -E 'Sig(Blk|Ign)' /proc/self/status")
        let text = try #require(readToEnd(child.output))
        // `ls` itself has the folder that it lists open, as 4.
        #expect(text.hasPrefix("0 1 2 3 4 "), "\(text)")
        #expect(!text.hasPrefix("0 1 2 3 4 5"), "\(text)")
        #expect(text.contains("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000"), "\(text)")
        #expect(end(child) == .exited(code: 0))
    }

    /// What the agent's own parent left ignored isn't passed on.
    @Test func whatTheAgentIgnoresAChildDoesNot() throws {
        let before = signal(SIGUSR2, SIG_IGN)
        defer { signal(SIGUSR2, before) }
        let launch = Launch(
            path: "/bin/sh", arguments: ["sh", "-c", "grep SigIgn /proc/self/status"], environment: [:], directory: "/")
        let child = try ChildProcess(launch, processGuard: ProcessGuard())
        #expect(readToEnd(child.output) == "SigIgn:\t0000000000000000\n")
        #expect(end(child) == .exited(code: 0))
    }

    @Test func aMissingProgramOrFolderStartsNothing() throws {
        let missing = Launch(path: "/no/such/program", arguments: ["x"], environment: [:], directory: "/")
        let error = #expect(throws: Launch.Impossible.self) { try ChildProcess(missing, processGuard: processGuard) }
        #expect(error?.reason == "can't run /no/such/program: No such file or directory")
        let nowhere = Launch(path: "/bin/sh", arguments: ["sh"], environment: [:], directory: "/no/such/folder")
        let other = #expect(throws: Launch.Impossible.self) { try ChildProcess(nowhere, processGuard: processGuard) }
        #expect(other?.reason == "can't enter /no/such/folder: No such file or directory")
        let folder = Launch(path: "/", arguments: ["/"], environment: [:], directory: "/")
        let third = #expect(throws: Launch.Impossible.self) { try ChildProcess(folder, processGuard: processGuard) }
        #expect(third?.reason == "can't run /: Permission denied")
    }

    /// A signal reaches what the child started, and what is left of the group ends with its leader.
    @Test(arguments: ["wait", "exit 3"]) func theWholeGroupEnds(_ ending: String) async throws {
        let child = try start("sleep 1000 & echo $!; (sleep 1000 & echo $!); \(ending)")
        var text = ""
        let buffer = ReadBuffer()
        while text.split(separator: "\n").count < 2 {
            #expect(waitUntilReadable(child.output))
            if let more = buffer.read(child.output) { text += String(decoding: more, as: UTF8.self) }
        }
        let grandchildren = text.split(separator: "\n").compactMap { pid_t($0) }
        #expect(grandchildren.count == 2)
        if ending == "wait" {
            #expect(grandchildren.allSatisfy(isRunning))
            child.signal(SIGTERM)
            #expect(end(child) == .signalled(signal: SIGTERM))
        } else {
            #expect(end(child) == .exited(code: 3))
        }
        #expect(await eventually { !grandchildren.contains(where: isRunning) })
    }

    /// The agent is killed (-9): its children, theirs, and those that ignore every signal they can, end with it.
    @Test func nothingOutlivesAnAgentThatIsKilled() async throws {
        let path = folder.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let script = "trap '' TERM HUP INT; echo $$ > a; (sleep 1000 & echo $! > b); sleep 1001 & echo $! > c; wait"
            let launch = Launch(
                path: "/bin/sh", arguments: ["sh", "-c", script], environment: ["PATH": "/usr/bin:/bin"],
                directory: path)
            let child = try ChildProcess(launch, processGuard: try ProcessGuard())
            while !["a", "b", "c"].allSatisfy({
                (try? String(contentsOfFile: "\(path)/\($0)", encoding: .utf8))?.last == "\n"
            }) {
                sched_yield()
            }
            withExtendedLifetime(child) { _ = kill(getpid(), SIGKILL) }
            while true { pause() }
        }
        let pids = try ["a", "b", "c"].map {
            try #require(pid_t(try String(contentsOfFile: "\(path)/\($0)", encoding: .utf8).dropLast()))
        }
        #expect(Set(pids).count == 3)
        #expect(await eventually { !pids.contains(where: isRunning) })
    }

    /// A child that was reaped is off the guard's list: its number may be another's by then.
    @Test func theGuardForgetsTheReaped() async throws {
        let own = try ProcessGuard()
        let launch = Launch(
            path: "/bin/sh", arguments: ["sh", "-c", "exec sleep 1000"], environment: ["PATH": "/usr/bin:/bin"],
            directory: folder.path)
        let first = try ChildProcess(launch, processGuard: own)
        let second = try ChildProcess(launch, processGuard: own)
        // What `reap` tells the guard, without the end; a later child takes the place.
        let group = try #require(pid_t(try processGroup(of: first)))
        own.forget(first.place)
        let third = try ChildProcess(launch, processGuard: own)
        #expect(third.place == first.place)
        // As the agent's end does.
        own.close()
        #expect(end(third) == .signalled(signal: SIGKILL))
        #expect(end(second) == .signalled(signal: SIGKILL))
        #expect(isRunning(group))
        first.signal(SIGKILL)
        #expect(end(first) == .signalled(signal: SIGKILL))
    }

    private func processGroup(of child: ChildProcess) throws -> String {
        let text = try String(contentsOfFile: "/proc/self/fdinfo/\(child.process)", encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("Pid:") })
        return line.dropFirst(4).trimmingCharacters(in: .whitespaces)
    }
}
