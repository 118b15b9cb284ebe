import ArgumentParser
import Coordination
import Foundation
import Verification

struct ManCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "man", abstract: "Write the manual's pages, from this program's own help.",
        discussion: """
            One page a command, banquet.1 and banquet-COMMAND.1, into a folder; or one of them to standard output: `banquet man check | man -l -`. \
            For everybody on a host the folder is /usr/local/share/man/man1. SOURCE_DATE_EPOCH sets the date on the pages.
            """)

    @Argument(help: ArgumentHelp("Print this command's page, such as `keys add`.", valueName: "command"))
    var command: [String] = []
    @Option(
        help: ArgumentHelp("Write all pages into this folder, which is made where it isn't there.", valueName: "dir"),
        completion: .directory)
    var output: String?

    func validate() throws {
        if output != nil, !command.isEmpty { throw ValidationError("give a command or --output, not both") }
    }

    func run() throws {
        let (version, date) = (BanquetVersion.current, Self.date)
        let pages = try HelpTree.current().command.all.map { ManualPage(command: $0, version: version, date: date) }
        guard let output else {
            guard let page = pages.first(where: { $0.command.path.dropFirst() == command[...] }) else {
                throw CommandFailure(message: "banquet: there is no command '\(command.joined(separator: " "))'")
            }
            return Terminal.write(page.text)
        }
        do {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
            for page in pages {
                try Data(page.text.utf8).write(to: URL(fileURLWithPath: "\(output)/\(page.fileName)"), options: .atomic)
            }
        } catch {
            throw CommandFailure(message: "\(output): error: can't be written: \(error.localizedDescription)")
        }
        Terminal.write("\(pages.count) pages in \(output)\n")
    }

    /// As `.Dd` wants it: `November 28, 2026`, UTC.
    private static var date: String {
        let epoch = ProcessInfo.processInfo.environment["SOURCE_DATE_EPOCH"].flatMap { Double($0) }
        let date = epoch.map { Date(timeIntervalSince1970: $0) } ?? Date()
        let parts = date.formatted(.iso8601).split(separator: "T")[0].split(separator: "-")
        let months = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November",
            "December",
        ]
        return "\(months[(Int(parts[1]) ?? 1) - 1]) \(Int(parts[2]) ?? 1), \(parts[0])"
    }
}
