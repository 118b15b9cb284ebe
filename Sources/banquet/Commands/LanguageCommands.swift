import ArgumentParser
import CSP
import Foundation

struct Format: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lay CSPm files out in the one canonical way.",
        discussion:
            "Writes each file in place if it changes, and names it. With --check it writes nothing, and the exit code is 1 if a file would change."
    )

    @Argument(help: ArgumentHelp("CSPm files.", valueName: "file.csp")) var files: [String]
    @Flag(help: "Only say which files are not laid out so.") var check = false
    @OptionGroup var output: FormatOption

    private struct Line: Encodable {
        let file: String
        let changes: Bool
    }

    func run() throws {
        var changed = 0
        var isFaulty = false
        for file in files {
            guard let bytes = FileManager.default.contents(atPath: file) else {
                Terminal.complain("\(file): error: no such file, or it can't be read")
                isFaulty = true
                continue
            }
            let (text, diagnostics) = CSP.Formatter.format(SourceFile(path: file, bytes: Array(bytes)))
            guard let text else {
                for diagnostic in diagnostics { Terminal.complain(diagnostic.rendered()) }
                isFaulty = true
                continue
            }
            let changes = text != Array(bytes)
            if output.format == .json {
                print(try JSON.line(Line(file: file, changes: changes)))
            } else if changes {
                print(file)
            }
            guard changes else { continue }
            changed += 1
            if check { continue }
            do {
                try Data(text).write(to: URL(fileURLWithPath: file), options: .atomic)
            } catch {
                throw CommandFailure(message: "\(file): error: can't be written: \(error.localizedDescription)")
            }
        }
        if isFaulty { throw ExitCode(2) }
        if check, changed > 0 { throw ExitCode(1) }
    }
}

struct LSP: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lsp", abstract: "Serve an editor over the Language Server Protocol, on standard input and output."
    )

    func run() throws {
        let code = LanguageServer.serve()
        if code != 0 { throw ExitCode(code) }
    }
}
