import Display
import Foundation

extension Table {
    /// As wide as the terminal that it is printed to; where it is printed to something else, as wide as it needs to be.
    func rendered() -> String {
        let lines = lines(width: Terminal.columns(of: STDOUT_FILENO))
        return ([Terminal.styled(lines[0], .dim)] + lines.dropFirst()).joined(separator: "\n")
    }
}
