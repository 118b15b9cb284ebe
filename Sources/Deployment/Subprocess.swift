import Foundation
import Glibc
import Synchronization

/// A program that is run to its end, on the calling thread.
///
/// Foundation's `Process` doesn't do: on Linux it takes a closed descriptor of the child's for the child's end and waits for that with
/// all others behind it, and ssh begins by closing every descriptor that it doesn't know.
enum Subprocess {
    enum Input {
        case nothing
        case text(String)
        /// The content of a file.
        case file(String)
    }

    struct Ended {
        /// Its exit code; 128 and more for a signal, as shells count; -1 where it could not be started.
        let code: Int32
        let output: String
        let error: String
    }

    /// - Parameters:
    ///   - arguments: the program, looked up in PATH, and its arguments.
    ///   - seconds: after so many it is killed.
    static func run(_ arguments: [String], input: Input = .nothing, within seconds: Double) -> Ended {
        func failed(_ what: String, _ code: Int32) -> Ended {
            Ended(code: -1, output: "", error: "\(what): \(String(cString: strerror(code)))")
        }
        starting.lock()
        var source: Int32 = -1
        var feed: Pipe?
        switch input {
        case .nothing: source = open("/dev/null", O_RDONLY | O_CLOEXEC)
        case .file(let path):
            source = open(path, O_RDONLY | O_CLOEXEC)
            if source < 0 {
                starting.unlock()
                return failed(path, errno)
            }
        case .text:
            feed = Pipe()
            source = feed?.read ?? -1
        }
        guard source >= 0, let output = Pipe(), let error = Pipe() else {
            starting.unlock()
            return failed("a pipe", errno)
        }
        let (pid, problem) = spawn(arguments, source, output.write, error.write)
        starting.unlock()
        for end in [source, output.write, error.write] { close(end) }
        guard let pid else {
            for end in [feed?.write, output.read, error.read] { if let end { close(end) } }
            return failed(arguments[0], problem)
        }
        if case .text(let text) = input, let feed { write(text, to: feed.write) }
        let texts = [Collected(output.read), Collected(error.read)]
        let isLate = wait(for: pid, within: seconds)
        var complaint = texts[1].text()
        if isLate.killed { complaint += "\nnot done within \(Int(seconds)) s" }
        return Ended(code: isLate.code, output: texts[0].text(), error: complaint)
    }

    /// While one thread makes pipes and starts a program, no other does: it would inherit them.
    private static let starting = NSLock()

    /// Both ends are closed on exec.
    private struct Pipe {
        let read: Int32
        let write: Int32

        init?() {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { return nil }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            (read, write) = (ends[0], ends[1])
        }
    }

    private static func spawn(
        _ arguments: [String], _ input: Int32, _ output: Int32, _ error: Int32
    ) -> (pid_t?, problem: Int32) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, end) in [input, output, error].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, end, Int32(number))
        }
        // A thread of a pool has its signals blocked; the program isn't to begin so.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, arguments[0], &actions, &attributes, &words, environ)
        return (code == 0 ? pid : nil, code)
    }

    /// Writes from a thread of its own, for the program may print before it has read all.
    private static func write(_ text: String, to end: Int32) {
        Thread.detachNewThread {
            // A program that has ended reads no more, and that must not end this one.
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGPIPE)
            pthread_sigmask(SIG_BLOCK, &signals, nil)
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(end, $0.baseAddress, $0.count) }
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { break }
                rest = rest.dropFirst(count)
            }
            close(end)
        }
    }

    /// All that comes out of a pipe, read by a thread of its own.
    private final class Collected: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        private let isWhole = DispatchSemaphore(value: 0)

        init(_ end: Int32) {
            Thread.detachNewThread { [self] in
                var piece = [UInt8](repeating: 0, count: 64 << 10)
                while true {
                    let count = read(end, &piece, piece.count)
                    if count < 0 && errno == EINTR { continue }
                    guard count > 0 else { break }
                    bytes.withLock { $0 += piece[..<count] }
                }
                close(end)
                isWhole.signal()
            }
        }

        func text() -> String {
            isWhole.wait()
            return String(decoding: bytes.withLock { $0 }, as: UTF8.self)
        }
    }

    private static func wait(for pid: pid_t, within seconds: Double) -> (code: Int32, killed: Bool) {
        let limit = ContinuousClock.now.advanced(by: .seconds(seconds))
        var status: Int32 = 0
        var killed = false
        var pause: useconds_t = 1_000
        while true {
            let ended = waitpid(pid, &status, WNOHANG)
            if ended == pid { break }
            if ended < 0 && errno != EINTR { return (-1, killed) }
            if !killed, ContinuousClock.now > limit {
                killed = true
                kill(pid, SIGKILL)
            }
            usleep(pause)
            pause = min(pause * 2, 50_000)
        }
        let signal = status & 0x7f
        return (signal == 0 ? (status >> 8) & 0xff : 128 + signal, killed)
    }
}
