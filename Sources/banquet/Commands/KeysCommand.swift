public import Access
public import ArgumentParser
import Display
import Foundation
import Messaging

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make and revoke the keys of the cluster.",
        discussion: """
            Everybody who connects to the coordinator is known by a key pair: an operator may do everything, a tenant sees and submits its own \
            jobs, a worker serves as the one of its name, a viewer looks. A coordinator that runs notices a change within a second; \
            revoking a key ends its connections.
            """,
        subcommands: [Initialize.self, Add.self, List.self, Revoke.self])

    /// The folder, and what can go wrong with it.
    struct Place: ParsableArguments {
        @Option(
            help: ArgumentHelp("The folder of keys (default: $BANQUET_KEYS, or ~/.banquet/keys).", valueName: "dir"),
            completion: .directory)
        var keys: String?

        var folder: KeyFolder { keys.map { KeyFolder($0) } ?? .standard() }

        func attempt<Result>(_ body: (KeyFolder) throws -> Result) throws -> Result {
            do { return try body(folder) } catch let error as AccessError {
                throw CommandFailure(message: "banquet: \(error)")
            }
        }
    }

    /// What is printed of a key that was made. Never the secret one.
    struct Made: Encodable {
        let role: Role
        let name: String
        let publicKey: String
        let file: String?

        static func write(_ files: [KeyFile], _ format: OutputFormat) throws {
            for file in files {
                let made = Made(
                    role: file.principal.role, name: file.principal.name, publicKey: "\(file.keys.publicKey)",
                    file: file.path)
                print(format == .json ? try JSON.line(made) : "\(file.principal): \(file.path)")
            }
        }
    }

    struct Initialize: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "init", abstract: "Make the folder of keys: the cluster's key, and an operator's for you.")

        @Option(name: .customLong("operator"), help: "The operator's name (default: yours).") var name: String?
        @OptionGroup var place: Place
        @OptionGroup var output: FormatOption

        func run() throws {
            let file = try place.attempt { try $0.initialize(operator: name ?? NSUserName()) }
            if output.format == .text { print("the cluster's key: \(place.folder.clusterPath)") }
            try Made.write([file], output.format)
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make keys for workers, tenants, viewers or operators.",
            discussion:
                "Each becomes a file ROLE-NAME.key; copy a worker's to its host, into ~/.banquet/keys, with mode 0600.")

        @Argument(help: "worker, tenant, viewer or operator.") var role: Role
        @Argument(help: "Names, one key each.") var names: [String]
        @Option(
            name: .customLong("public"),
            help: ArgumentHelp(
                "Allow this public key, which was drawn elsewhere, in place of a new one.", valueName: "key"))
        var publicKey: String?
        @OptionGroup var place: Place
        @OptionGroup var output: FormatOption

        func validate() throws {
            if publicKey != nil, names.count != 1 { throw ValidationError("--public is the key of one name") }
            if let publicKey, CurvePublicKey(publicKey) == nil {
                throw ValidationError("--public takes forty characters of Z85, as `banquet keys list` shows them")
            }
            guard Set(names).count == names.count else { throw ValidationError("a name is there twice") }
        }

        func run() throws {
            guard let publicKey, let key = CurvePublicKey(publicKey) else {
                let files = try place.attempt { try $0.add(names.map { Principal(role, $0) }) }
                return try Made.write(files, output.format)
            }
            guard let principal = Principal(role, names[0]) else {
                throw CommandFailure(
                    message:
                        "banquet: a name has 1 to 64 letters, digits, dots, dashes and underscores, and no dot first")
            }
            try place.attempt { try $0.add(principal, key: key) }
            print(
                output.format == .json
                    ? try JSON.line(Made(role: role, name: names[0], publicKey: publicKey, file: nil)) : "\(principal)")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the keys, the revoked ones too.")

        @OptionGroup var place: Place
        @OptionGroup var output: FormatOption

        private struct Line: Encodable {
            let state: AllowList.Entry.State
            let role: Role
            let name: String
            let publicKey: String
        }

        func run() throws {
            let entries = try place.attempt { try $0.allowList() }.entries
            if output.format == .json {
                for entry in entries {
                    print(
                        try JSON.line(
                            Line(
                                state: entry.state, role: entry.principal.role, name: entry.principal.name,
                                publicKey: entry.key)))
                }
                return
            }
            let rows = entries.map { [$0.principal.role.rawValue, $0.principal.name, $0.state.rawValue, $0.key] }
            print(
                rows.isEmpty
                    ? "no keys"
                    : Table(
                        [
                            .init("ROLE", priority: 6), .init("NAME", priority: 9), .init("STATE", priority: 7),
                            .init("PUBLIC KEY", priority: 2, minimum: 12),
                        ], rows: rows
                    ).rendered())
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a key: its holder is disconnected and comes in no more.")

        @Argument(help: "worker, tenant, viewer or operator.") var role: Role
        @Argument(help: "The name.", completion: Completions.keyHolders) var name: String
        @OptionGroup var place: Place
        @OptionGroup var output: FormatOption

        func run() throws {
            guard let principal = Principal(role, name) else {
                throw CommandFailure(message: "banquet: '\(name)' is not a name")
            }
            let key = try place.attempt { try $0.revoke(principal) }
            print(
                output.format == .json
                    ? try JSON.line(Made(role: role, name: name, publicKey: key, file: nil)) : "\(principal) revoked")
        }
    }
}

extension Role: ExpressibleByArgument {}
