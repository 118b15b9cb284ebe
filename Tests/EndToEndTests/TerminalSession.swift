import CPseudoTerminal
import Foundation
import TerminalEmulator

/// A program on a pseudo-terminal of its own, as if somebody sat there: keys go in, and what it draws is on a screen.
final class TerminalSession {
    let pid: pid_t
    private let master: Int32
    private let path: String
    private(set) var emulator: Emulator
    /// All that it wrote.
    private(set) var written: [UInt8] = []
    private var status: Int32?
    /// As the terminal was before the program began.
    private let before: termios

    init(
        _ program: String, _ arguments: [String], width: Int = 80, height: Int = 24, environment: [String: String] = [:]
    ) throws {
        var name = [CChar](repeating: 0, count: 128)
        master = pseudo_terminal_open(&name, Int32(name.count))
        guard master >= 0 else { throw Unexpected("no pseudo-terminal: \(String(cString: strerror(errno)))") }
        path = name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        emulator = Emulator(width: width, height: height)
        Self.resize(master, width, height)
        before = try Self.settings(path)
        var variables = ProcessInfo.processInfo.environment
        variables["TERM"] = "xterm-256color"
        variables["NO_COLOR"] = nil
        variables.merge(environment) { $1 }
        let (argv, envp) = ([program] + arguments, variables.map { "\($0)=\($1)" })
        var child = pid_t()
        let words = argv.map { strdup($0) } + [nil]
        let pairs = envp.map { strdup($0) } + [nil]
        defer { for text in words + pairs { free(text) } }
        let result = pseudo_terminal_spawn(path, words, pairs, &child)
        guard result == 0 else { throw Unexpected("\(program): \(String(cString: strerror(result)))") }
        pid = child
    }

    deinit {
        if status == nil {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
        close(master)
    }

    private static func resize(_ master: Int32, _ width: Int, _ height: Int) {
        var size = winsize(ws_row: UInt16(height), ws_col: UInt16(width), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    private static func settings(_ path: String) throws -> termios {
        let file = open(path, O_RDWR | O_NOCTTY)
        defer { close(file) }
        var settings = termios()
        guard file >= 0, tcgetattr(file, &settings) == 0 else { throw Unexpected("\(path): no terminal") }
        return settings
    }

    /// Keys are shown and lines are edited again, as before the program began.
    func isAsBefore() throws -> Bool {
        let now = try Self.settings(path)
        return now.c_lflag == before.c_lflag && now.c_iflag == before.c_iflag && now.c_oflag == before.c_oflag
    }

    func type(_ keys: String) {
        var bytes = Array(keys.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(master, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes.removeFirst(count)
        }
    }

    func resize(width: Int, height: Int) {
        pump()
        emulator.resize(width: width, height: height)
        Self.resize(master, width, height)
    }

    /// Takes in what was written since.
    func pump() {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(master, &bytes, bytes.count), count > 0 {
            written += bytes[..<count]
            emulator.feed(Array(bytes[..<count]))
        }
    }

    var screen: String { emulator.text }

    /// Waits until the screen is as wanted.
    func waits(_ what: String, within seconds: Double = 60, until isSo: (Emulator) -> Bool) throws {
        do {
            try eventually(what, within: seconds) {
                pump()
                return isSo(emulator)
            }
        } catch { throw Unexpected("\(error); the screen:\n\(screen)") }
    }

    /// How it ended: its exit code, or minus the signal that killed it.
    func ends(within seconds: Double = 60) throws -> Int32 {
        try eventually("process \(pid) ends", within: seconds) {
            pump()
            var found: Int32 = 0
            guard status == nil, waitpid(pid, &found, WNOHANG) == pid else { return status != nil }
            status = found
            return true
        }
        pump()
        let found = status ?? 0
        return found & 0x7F == 0 ? (found >> 8) & 0xFF : -(found & 0x7F)
    }
}

extension Cluster {
    /// `banquet` against this cluster, on a terminal.
    func terminal(_ arguments: [String], width: Int = 80, height: Int = 24) throws -> TerminalSession {
        try TerminalSession(Program.binary.path, insertingEndpoint(arguments), width: width, height: height)
    }
}
