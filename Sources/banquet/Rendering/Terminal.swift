import Foundation

/// Where people read: standard output and standard error, coloured on a terminal only.
enum Terminal {
    static let isColoured = isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil

    enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    static func styled(_ text: String, _ style: Style) -> String { isColoured ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text }

    /// Writes a line to standard error.
    static func complain(_ message: String) { write(message + "\n", to: .standardError) }

    static func write(_ text: String, to handle: FileHandle = .standardOutput) { write(Data(text.utf8), to: handle) }

    /// A reader that has gone away (`banquet logs | head`) ends the command quietly.
    static func write(_ bytes: Data, to handle: FileHandle) {
        do { try handle.write(contentsOf: bytes) } catch { exit(0) }
    }
}
