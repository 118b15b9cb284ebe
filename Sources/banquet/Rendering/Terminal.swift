import Foundation
import Verification

/// Where people read: standard output and standard error, coloured on a terminal only.
enum Terminal {
    static let isColoured = isColoured(STDOUT_FILENO)
    static let errorsAreColoured = isColoured(STDERR_FILENO)

    /// https://no-color.org: any value but an empty one asks for no colours.
    private static func isColoured(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1 && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }

    /// For reports on standard output: as wide as the terminal; 100 columns where there is none.
    static var style: TextStyle { TextStyle(coloured: isColoured, width: columns(of: STDOUT_FILENO) ?? 100) }

    /// Nil where the descriptor is no terminal.
    static func columns(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard isatty(descriptor) == 1, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }

    /// Of standard output; 80 by 24 where it doesn't say.
    static var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    static func styled(_ text: String, _ style: Style, isColoured: Bool = isColoured) -> String {
        isColoured ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Writes a line to standard error.
    static func complain(_ message: String) { write(message + "\n", to: .standardError) }

    static func write(_ text: String, to handle: FileHandle = .standardOutput) { write(Data(text.utf8), to: handle) }

    static func write(_ bytes: Data, to handle: FileHandle) {
        ProgressLine.makeRoom()
        put(bytes, to: handle)
    }

    /// The same, without making room for it: for the line of progress itself.
    static func put(_ text: String, to handle: FileHandle) { put(Data(text.utf8), to: handle) }

    /// A reader that has gone away (`banquet logs | head`) ends the command quietly; a disk that is full does not.
    private static func put(_ bytes: Data, to handle: FileHandle) {
        var rest = [UInt8](bytes)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(handle.fileDescriptor, $0.baseAddress, $0.count) }
            if written >= 0 {
                rest = rest.dropFirst(written)
            } else if errno == EPIPE {
                exit(0)
            } else if errno != EINTR && errno != EAGAIN {
                FileHandle.standardError.write(
                    Data("banquet: the output can't be written: \(String(cString: strerror(errno)))\n".utf8))
                exit(2)
            }
        }
    }
}
