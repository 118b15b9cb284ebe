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
    var room: Int { isTerminal ? rows - 2 : 44 }

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

    /// Whether Enter was pressed while the changing part stood there: the terminal has then gone one line on.
    func isEntered() -> Bool {
        guard Self.keyIsPressed(within: 0) else { return false }
        if drawn > 0 { drawn += 1 }
        return true
    }

    /// Waits for Enter.
    func waitForKey(_ prompt: String) {
        Terminal.write(screen.paint(prompt, .faint))
        while !Interruption.isRequested, !Self.keyIsPressed(within: 100) {}
        // Up to where the prompt stood, over the line that Enter began.
        Terminal.write("\r\u{1B}[K\u{1B}[A\u{1B}[K")
    }

    /// Whether a line has been entered; takes it.
    private static func keyIsPressed(within milliseconds: Int32) -> Bool {
        var item = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&item, 1, milliseconds) == 1 else { return false }
        var bytes = [UInt8](repeating: 0, count: 256)
        _ = read(STDIN_FILENO, &bytes, bytes.count)
        return true
    }
}
