import Access
import ArgumentParser
import ConfigurationFiles
import Coordination
import Foundation
import Messaging

/// Where keys are, and doing without them.
struct KeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of keys, which `banquet keys` makes (default: $BANQUET_KEYS, or ~/.banquet/keys).",
            valueName: "dir"), completion: .directory)
    var keys: String?
    @Flag(
        help: "Without keys: whoever reaches the endpoint may do everything. Only on loopback addresses and ipc://.")
    var insecure = false

    var folder: KeyFolder { keys.map { KeyFolder($0) } ?? .standard() }

    func validate() throws {
        if insecure, keys != nil { throw ValidationError("give --keys or --insecure, not both") }
    }

    /// What a service says of itself beside its endpoint.
    var remark: String { insecure ? ", INSECURE: without keys" : "" }

    /// The coordinator's keys; nil for none.
    func coordinatorKeys(at endpoint: String) throws -> KeyFolder? {
        try checkPlain(endpoint)
        if insecure { return nil }
        do {
            // Said before anything else is done.
            _ = try (folder.clusterKey(), folder.allowList())
            return folder
        } catch {
            throw CommandFailure(message: "banquet: \(error)")
        }
    }

    /// - Throws: where plain connections could be reached from other hosts.
    func checkPlain(_ endpoint: String) throws {
        guard insecure, !ClusterConfiguration.isLocal(endpoint) else { return }
        throw CommandFailure(
            message:
                "banquet: --insecure is for loopback addresses and ipc:// alone; \(endpoint) can be reached from elsewhere, and needs keys (`banquet keys init`)"
        )
    }
}

/// As which key a worker or a client connects.
struct ClientKeyOptions: ParsableArguments {
    @OptionGroup var place: KeyOptions
    @Option(
        help: ArgumentHelp(
            "The key to connect with: a file, or the name of one in the folder of keys, such as tenant-vision (default: $BANQUET_KEY, then the one that fits).",
            valueName: "key"), completion: Completions.keyFiles)
    var key: String?

    func validate() throws {
        if place.insecure, key != nil { throw ValidationError("give --key or --insecure, not both") }
    }

    func checkPlain(_ endpoint: String) throws { try place.checkPlain(endpoint) }

    /// The key that was asked for by name.
    private var named: String? {
        let text = key ?? ProcessInfo.processInfo.environment["BANQUET_KEY"].flatMap { $0.isEmpty ? nil : $0 }
        return text.map { $0.contains("/") || $0.hasSuffix(".key") ? $0 : "\(place.folder.path)/\($0).key" }
    }

    /// Nil without keys.
    func clientKey() throws -> KeyFile? {
        try read { folder in try named.map { try KeyFile(reading: $0) } ?? folder.clientKey(of: NSUserName()) }
    }

    /// Nil without keys.
    func workerKey(named name: String?) throws -> KeyFile? {
        try read { folder in
            guard let path = named else { return try folder.workerKey(named: name) }
            let key = try KeyFile(reading: path)
            guard key.principal.role == .worker else {
                throw AccessError.refused("\(path) is the key of \(key.principal), not of a worker")
            }
            guard name == nil || name == key.principal.name else {
                throw AccessError.refused("\(path) is the key of \(key.principal), and --name says \(name ?? "")")
            }
            return key
        }
    }

    private func read(_ body: (KeyFolder) throws -> KeyFile) throws -> KeyFile? {
        if place.insecure { return nil }
        do { return try body(place.folder) } catch { throw CommandFailure(message: "banquet: \(error)") }
    }
}

extension ConnectionOptions {
    func security() throws -> SocketSecurity {
        try keys.checkPlain(endpoint)
        return try keys.clientKey()?.security ?? .plain
    }

    /// Whose jobs this client submits, where its key is a tenant's.
    func tenant() throws -> String? {
        guard let principal = try keys.clientKey()?.principal, principal.role == .tenant else { return nil }
        return principal.name
    }
}
