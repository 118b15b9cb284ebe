import ArgumentParser
import CSP
import Foundation

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Print the value of a CSPm expression.",
        discussion:
            "`banquet eval FILE EXPRESSION`. Without an expression, or without a file, a prompt that reads one a line.")

    @Argument(help: ArgumentHelp("A CSPm file whose declarations the expression sees.", valueName: "file.csp"))
    var file: String?
    @Argument(help: "The expression.") var expression: String?

    func run() throws {
        let script = try load()
        if let expression {
            print(try value(of: expression, in: script))
        } else {
            prompt(script)
        }
    }

    private func load() throws -> Script {
        do throws(ScriptFault) {
            guard let file else { return try Script.load(text: "", path: "<prompt>") }
            return try Script.load(path: file)
        } catch { throw CommandFailure(message: error.description) }
    }

    private func value(of expression: String, in script: Script) throws -> String {
        do {
            return try script.text(of: try script.evaluate(expression))
        } catch let fault as ScriptFault {
            throw CommandFailure(message: fault.description)
        } catch let error as EvaluationError {
            throw CommandFailure(message: error.diagnostic.rendered())
        }
    }

    /// Reads expressions until the end of the input; a wrong one ends nothing.
    private func prompt(_ script: Script) {
        let isTerminal = isatty(STDIN_FILENO) == 1
        if isTerminal { print("banquet eval: one expression a line; Ctrl-D ends") }
        while true {
            if isTerminal { Terminal.write("> ") }
            guard let line = readLine() else { break }
            let expression = line.trimmingCharacters(in: .whitespaces)
            guard !expression.isEmpty else { continue }
            do { print(try value(of: expression, in: script)) } catch {
                Terminal.complain((error as? CommandFailure)?.message ?? "\(error)")
            }
        }
        if isTerminal { print() }
    }
}
