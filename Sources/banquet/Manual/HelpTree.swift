import ArgumentParser
import Foundation

/// The commands and their arguments as ArgumentParser writes them down (`--experimental-dump-help`), as far as a manual needs them.
struct HelpTree: Decodable {
    struct Name: Decodable {
        enum Kind: String, Decodable { case long, short, longWithSingleDash }

        var kind: Kind
        var name: String
    }

    struct Argument: Decodable {
        enum Kind: String, Decodable { case positional, option, flag }

        struct CompletionKind: Decodable {
            struct List: Decodable { var values: [String]? }
            var list: List?
        }

        var kind: Kind
        var abstract: String?
        var discussion: String?
        var isOptional: Bool
        var isRepeating: Bool
        var shouldDisplay: Bool
        var parsingStrategy: String?
        var names: [Name]?
        var preferredName: Name?
        var valueName: String?
        var defaultValue: String?
        var allValues: [String]?
    }

    struct Command: Decodable {
        var commandName: String
        var abstract: String?
        var discussion: String?
        var shouldDisplay: Bool
        var defaultSubcommand: String?
        var arguments: [Argument]?
        var subcommands: [Command]?
        /// The names of those above it, from `banquet` on.
        var superCommands: [String]?

        /// `banquet keys add`
        var path: [String] { (superCommands ?? []) + [commandName] }

        /// It and all below it that are shown in the help, `help` itself apart.
        var all: [Command] {
            [self] + (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }.flatMap(\.all)
        }
    }

    var command: Command

    static func current() throws -> HelpTree {
        try JSONDecoder().decode(HelpTree.self, from: Data(Banquet._dumpHelp().utf8))
    }
}
