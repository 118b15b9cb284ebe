import Foundation

/// One command's page for `man`, in mdoc.
struct ManualPage {
    let command: HelpTree.Command
    /// The program's version.
    let version: String
    /// The date that stands at the page's foot, such as `November 28, 2026`.
    let date: String

    /// `banquet-keys-add.1`
    var fileName: String { command.path.joined(separator: "-") + ".1" }

    private var shown: [HelpTree.Argument] { (command.arguments ?? []).filter(\.shouldDisplay) }

    var text: String {
        var lines = [
            ".\\\" Written by `banquet man` from the program's own help.",
            ".Dd \(date)", ".Dt \(command.path.joined(separator: "-").uppercased()) 1", ".Os \"Banquet \(version)\"",
            ".Sh NAME", ".Nm \(command.path.joined(separator: "-"))",
            ".Nd \(Self.argument(sentence(command.abstract)))",
            ".Sh SYNOPSIS", ".Nm \(command.path.joined(separator: " "))",
        ]
        lines += shown.map(synopsis)
        let children = (command.subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
        if !children.isEmpty { lines += [".Ar command", ".Op Ar argument ..."] }
        lines += [".Sh DESCRIPTION"] + Self.paragraphs(command.abstract ?? "")
        if let discussion = command.discussion { lines += [".Pp"] + Self.paragraphs(discussion) }
        if !shown.isEmpty {
            lines += [".Pp", "The options and arguments are:", ".Bl -tag -width Ds"]
            lines += shown.flatMap(description)
            lines.append(".El")
        }
        if !children.isEmpty {
            lines += [".Pp", "The commands are:", ".Bl -tag -width Ds"]
            for child in children {
                lines.append(".It Ic \(Self.argument(child.commandName))")
                lines += Self.paragraphs(child.abstract ?? "")
                lines += ["See", ".Xr \(child.path.joined(separator: "-")) 1 ."]
            }
            lines.append(".El")
        }
        if command.path.count == 1 {
            lines += [".Sh ENVIRONMENT", ".Bl -tag -width Ds"]
            for (name, meaning) in Self.environment { lines += [".It Ev \(name)"] + Self.paragraphs(meaning) }
            lines.append(".El")
        }
        lines += [".Sh EXIT STATUS"] + Self.paragraphs(Self.exitStatus)
        if command.path.count > 1 {
            lines += [".Sh SEE ALSO", ".Xr \(command.path.dropLast().joined(separator: "-")) 1"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let environment = [
        ("BANQUET_COORDINATOR", "Where the coordinator listens, for commands without --coordinator."),
        ("BANQUET_KEYS", "The folder of keys, for commands without --keys."),
        ("BANQUET_KEY", "The key to connect with, for commands without --key."),
        ("NO_COLOR", "With any value but an empty one: no colours."),
    ]

    private static let exitStatus =
        "0: yes. 1: no (an assertion fails, a job failed). 2: bad usage or bad input; nothing was done. 3: a limit was reached, and nothing is known."

    private func sentence(_ text: String?) -> String {
        let text = text ?? ""
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }

    // MARK: Arguments

    private static func flags(_ argument: HelpTree.Argument) -> [String] {
        (argument.names ?? []).map { $0.kind == .long ? "\\-\($0.name)" : $0.name }
    }

    private func synopsis(_ argument: HelpTree.Argument) -> String {
        let value = Self.argument(argument.valueName ?? "value")
        var text: String
        switch argument.kind {
        case .positional: text = "Ar \(value)" + (argument.isRepeating ? " ..." : "")
        case .flag: text = "Fl \(Self.flags(argument).last ?? "")"
        case .option: text = "Fl \(Self.flags(argument).last ?? "") Ar \(value)"
        }
        if argument.kind == .positional, argument.parsingStrategy == "postTerminator" { text = "Fl \\- " + text }
        return argument.isOptional ? ".Op \(text)" : ".\(text)"
    }

    private func description(_ argument: HelpTree.Argument) -> [String] {
        let value = Self.argument(argument.valueName ?? "value")
        var head: String
        switch argument.kind {
        case .positional: head = "Ar \(value)"
        case .flag: head = Self.flags(argument).map { "Fl \($0)" }.joined(separator: " , ")
        case .option: head = Self.flags(argument).map { "Fl \($0)" }.joined(separator: " , ") + " Ar \(value)"
        }
        if argument.isRepeating { head += " ..." }
        var text = argument.abstract ?? ""
        if let discussion = argument.discussion { text += (text.isEmpty ? "" : " ") + discussion }
        if let values = argument.allValues, !values.isEmpty { text += " One of: \(values.joined(separator: ", "))." }
        if let standard = argument.defaultValue, argument.kind != .flag { text += " Default: \(standard)." }
        return [".It \(head)"] + Self.paragraphs(text)
    }

    // MARK: Text

    /// What roff would take for something else is written so that it doesn't.
    static func escaped(_ text: some StringProtocol) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\e"
            case "\"": result += "\\(dq"
            case "`": result += "\\(ga"
            case "'": result += "\\(aq"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case "-": result += "\\-"
            default:
                if scalar.isASCII {
                    result.unicodeScalars.append(scalar)
                } else {
                    let digits = String(scalar.value, radix: 16, uppercase: true)
                    result += "\\[u\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)]"
                }
            }
        }
        return result
    }

    /// One argument of a macro, which may have blanks in it.
    static func argument(_ text: some StringProtocol) -> String {
        let text = escaped(text)
        return "\"\(text.first.map { ".'".contains($0) } == true ? "\\&" : "")\(text)\""
    }

    /// Filled lines; an empty line of the text begins a paragraph. A line may not begin as a request does.
    static func paragraphs(_ text: String) -> [String] {
        var lines: [String] = []
        for (place, paragraph) in text.components(separatedBy: "\n\n").enumerated() {
            if place > 0 { lines.append(".Pp") }
            var line = ""
            for word in paragraph.split(whereSeparator: \.isWhitespace).map({ escaped($0) }) {
                if !line.isEmpty, line.count + 1 + word.count > 78 {
                    lines.append(line)
                    line = ""
                }
                line += line.isEmpty ? word : " " + word
                // Each sentence begins a line, so that it is set apart as the language wants it.
                if let last = word.last, ".!?".contains(last), word.count > 1 {
                    lines.append(line)
                    line = ""
                }
            }
            if !line.isEmpty { lines.append(line) }
        }
        return lines.map { [".", "'"].contains($0.prefix(1)) ? "\\&" + $0 : $0 }
    }
}
