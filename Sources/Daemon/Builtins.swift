import Coordination
import Training

/// The programs that every worker carries. What could not run is refused when it is submitted, not when it is started.
enum Builtins {
    /// Why a job of this program is refused: one line, for people; nil if its program is no builtin, or a good one.
    static func refusal(of program: JobSpecification.Program) -> String? {
        guard case .builtin(let name, let parameters) = program else { return nil }
        switch name {
        case "digits":
            do throws(TrainingError) {
                _ = try DigitsSettings(parameters: parameters)
                return nil
            } catch { return "builtin digits: \(error)" }
        case "noop": return parameters.isEmpty ? nil : "builtin noop takes no parameters"
        default: return "there is no builtin '\(name)'; there are: digits, noop"
        }
    }
}
