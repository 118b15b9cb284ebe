import ArgumentParser
import CSP
import Foundation
import Verification

/// What to draw, and where to.
struct GraphOptions: ParsableArguments {
    @Option(
        name: .customLong("graph"),
        help: ArgumentHelp(
            "Write the transition system of an assertion's implementation: FILE.dot (Graphviz) or FILE.aut (Aldebaran), or as FILE.svg the counterexample's chart.",
            valueName: "file"))
    var path: String?
    @Option(help: ArgumentHelp("What --graph draws: this process, and no assertion is checked.", valueName: "term"))
    var process: String?
    @Option(help: ArgumentHelp("What --graph draws: the assertion in this line (default: the first).", valueName: "n"))
    var line: Int?

    func validate() throws {
        guard let path else {
            guard process == nil, line == nil else {
                throw ValidationError("--process and --line say what --graph draws: give --graph FILE, too")
            }
            return
        }
        guard GraphFormat(path: path) != nil else {
            throw ValidationError("--graph \(path): the file's name must end in .dot, .aut or .svg")
        }
        guard process == nil || line == nil else { throw ValidationError("give --process or --line, not both") }
    }

    /// - Parameter report: what the check found, for a picture of its counterexample.
    func write(of file: String, report: FileReport?, _ options: VerificationOptions) throws {
        guard let path, let format = GraphFormat(path: path) else { return }
        let subject: GraphSubject = process.map { .process($0) } ?? .assertion(line: line)
        let text: String
        do {
            text = try FileCheck.graph(path: file, of: subject, as: format, report: report, options: options)
        } catch let fault as GraphFault where fault.isTooLarge && format == .svg && report != nil {
            // Whoever wants to see what fails has seen that nothing does.
            return Terminal.complain("\(path): not written: there is no counterexample, and \(fault)")
        } catch let fault as GraphFault {
            throw CommandFailure(message: "\(path): error: \(fault)")
        } catch let fault as ScriptFault {
            throw CommandFailure(message: "\(fault)")
        }
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw CommandFailure(message: "\(path): error: can't be written: \(error.localizedDescription)")
        }
    }
}
