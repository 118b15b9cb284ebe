import CPlatform
import Display
import Foundation

/// The live view on a real terminal.
struct TopScreen {
    private var view: TopView
    private var painter = Painter()
    private var keys = KeyReader()
    private let feed: TopFeed
    /// Signals and news wake the loop by a byte here.
    private let wake: (read: Int32, write: Int32)

    private enum Call: UInt8 {
        case news = 1
        case resize, end
    }

    /// How long the rest of an escape sequence may take. Milliseconds.
    private static let patience: Int32 = 50

    init(_ connection: ConnectionOptions, interval: Double) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw CommandFailure(message: "banquet: no pipe: \(String(cString: strerror(errno)))")
        }
        let end = ends[1]
        for descriptor in ends { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
        wake = (ends[0], end)
        let size = Terminal.size
        view = TopView(width: size.columns, height: size.rows)
        feed = TopFeed(connection, interval: interval, request: view.request) { Self.call(.news, end) }
        Interruption.handle([SIGWINCH, SIGCONT]) { Self.call(.resize, end) }
        Interruption.handle([SIGINT, SIGTERM, SIGHUP]) { Self.call(.end, end) }
    }

    /// A full pipe wakes as well.
    private static func call(_ call: Call, _ end: Int32) {
        var byte = call.rawValue
        _ = write(end, &byte, 1)
    }

    /// Returns when its user leaves.
    mutating func run() throws {
        try enter()
        defer {
            feed.end()
            banquet_terminal_leave()
        }
        while true {
            Terminal.write(painter.paint(view.draw()))
            var items = [
                pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wake.read, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&items, 2, keys.isWaiting ? Self.patience : -1)
            if ready < 0, errno != EINTR { return }
            if ready == 0, press(keys.flush()) { return }
            if items[1].revents != 0, try hear() { return }
            if items[0].revents != 0 {
                guard let bytes = Self.read(STDIN_FILENO), !bytes.isEmpty else { return }
                if press(keys.read(bytes)) { return }
            }
        }
    }

    private func enter() throws {
        guard banquet_terminal_enter(STDIN_FILENO, STDOUT_FILENO) == 0 else {
            throw CommandFailure(message: "banquet: this terminal can't be used: \(String(cString: strerror(errno)))")
        }
    }

    /// Nil at the end, or where it can't be read.
    private static func read(_ descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Foundation.read(descriptor, &bytes, bytes.count)
        return count > 0 ? Array(bytes[..<count]) : nil
    }

    /// - Returns: whether it is to end.
    private mutating func press(_ pressed: [KeyPress]) -> Bool {
        var asks = false
        for key in pressed {
            switch view.press(key) {
            case .nothing: break
            case .ask: asks = true
            case .suspend: suspend()
            case .quit: return true
            }
        }
        if asks { feed.ask(view.request, isPaused: view.isPaused) }
        return false
    }

    private mutating func suspend() {
        banquet_terminal_leave()
        kill(getpid(), SIGSTOP)
        _ = banquet_terminal_enter(STDIN_FILENO, STDOUT_FILENO)
        redraw()
    }

    private mutating func redraw() {
        let size = Terminal.size
        view.resize(width: size.columns, height: size.rows)
        painter.forget()
        feed.ask(view.request, isPaused: view.isPaused)
    }

    /// - Returns: whether it is to end.
    private mutating func hear() throws -> Bool {
        let calls = Set(Self.read(wake.read) ?? [])
        if calls.contains(Call.end.rawValue) { return true }
        if calls.contains(Call.resize.rawValue) { redraw() }
        switch feed.take() {
        case .snapshot(let snapshot): view.show(snapshot)
        case .away(let seconds, let reason): view.lose(seconds: seconds, reason: reason)
        case .failed(let failure): throw failure
        case nil: break
        }
        return false
    }
}
