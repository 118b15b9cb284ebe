import Foundation
import Lab

/// What the audience sees: text that scrolls, and at its end a part that changes while something runs.
final class LabScreen {
    let screen: Screen
    /// Nil: no text is printed.
    private let isShown: Bool
    private let isTerminal: Bool
    private let rows: Int
    /// Lines of the changing part that are on the terminal now.
    private var drawn = 0

    init(isShown: Bool) {
        self.isShown = isShown
        isTerminal = isatty(STDOUT_FILENO) == 1
        screen = Screen(width: Terminal.columns(of: STDOUT_FILENO) ?? 100, isColoured: Terminal.isColoured)
        var size = winsize()
        rows =
            isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_row > 4 ? Int(size.ws_row) : 40
    }

    /// Rows that the changing part may have.
    var room: Int { isTerminal ? rows - 2 : 24 }

    func say(_ lines: [String]) {
        guard isShown else { return }
        drawn = 0
        Terminal.write(lines.joined(separator: "\n") + "\n")
    }

    /// Draws the changing part anew; where there is no terminal, only when it is final.
    func draw(_ lines: [String], isFinal: Bool) {
        guard isShown, isTerminal || isFinal else { return }
        let shown = isTerminal && !isFinal ? Array(lines.prefix(room)) : lines
        let back = drawn > 0 ? "\u{1B}[\(drawn)A\u{1B}[J" : ""
        Terminal.write(back + shown.joined(separator: "\n") + "\n")
        drawn = isFinal ? 0 : shown.count
    }

    /// Waits for a key.
    func waitForKey(_ prompt: String) {
        Terminal.write(screen.paint(prompt, .faint))
        while !Interruption.isRequested, !Self.keyIsPressed(within: 100) {}
        Terminal.write("\r\u{1B}[K")
    }

    /// Whether a line has been entered; takes it.
    static func keyIsPressed(within milliseconds: Int32) -> Bool {
        var item = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&item, 1, milliseconds) == 1 else { return false }
        var bytes = [UInt8](repeating: 0, count: 256)
        _ = read(STDIN_FILENO, &bytes, bytes.count)
        return true
    }
}
