public import Coordination
internal import Foundation

/// On which hosts a cluster runs, and how they are reached: `cluster/inventory.yaml` is an example with every key.
public struct ClusterInventory: Hashable, Sendable {
    /// The archive of `scripts/package`.
    public var package: String
    /// The folder where the cluster's keys are drawn and kept; nil for the user's usual one.
    public var keys: String?
    public var coordinator: CoordinatorPlace
    public var workers: [WorkerPlace]

    /// Who looks after a service on its host.
    public enum Supervision: String, Hashable, Codable, Sendable, CaseIterable {
        /// systemd where root logs in and systemd runs, else a process of the user's.
        case auto
        case systemd
        /// A process in the background, with a file that holds its number.
        case process
    }

    /// A host as OpenSSH's client reaches it.
    public struct Host: Hashable, Codable, Sendable {
        public var name: String
        public var user: String?
        public var port: Int?
        public var identity: String?
        /// Each as `ssh -o` takes it.
        public var options: [String] = []
        public var supervision = Supervision.auto
        /// Where all of Banquet's files are, for `process`; nil for `~/.banquet`.
        public var folder: String?
    }

    public struct CoordinatorPlace: Hashable, Sendable {
        public var host: Host
        /// Where workers and clients reach it.
        public var endpoint: String
        /// The cluster's configuration, a file on this host that is copied there.
        public var configuration: String
    }

    public struct WorkerPlace: Hashable, Codable, Sendable {
        public var name: WorkerName
        public var host: Host
        /// Where other workers' hosts reach it.
        public var address: String
        public var slots: Int?
        /// The user that jobs run as.
        public var runsAs: String?
        /// Further arguments of `banquet worker`.
        public var options: [String]
    }

    /// Paths in the file are relative to the file's own folder; `~` is the user's home.
    public static func read(_ file: String) throws(InputError) -> ClusterInventory {
        try inventory(from: Document.read(file: file, keys: keys), file: file)
    }

    public static func parse(_ text: String, file: String) throws(InputError) -> ClusterInventory {
        try inventory(from: Document.parse(text, file: file, keys: keys), file: file)
    }

    private static let keys = ["package", "keys", "defaults", "coordinator", "workers"]

    private static func inventory(from top: Mapping, file: String) throws(InputError) -> ClusterInventory {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        func path(_ text: String) -> String {
            if text == "~" || text.hasPrefix("~/") { return NSHomeDirectory() + text.dropFirst() }
            return URL(fileURLWithPath: text, relativeTo: folder).standardizedFileURL.path
        }
        func need(_ key: String, in mapping: Mapping, _ what: String) throws(InputError) -> Value {
            guard let value = mapping.value(key) else {
                throw mapping.document.error(at: mapping.mark, "'\(key)' is missing: \(what)")
            }
            return value
        }
        var defaults = Host(name: "")
        if let value = top.value("defaults") { try defaults.read(value.mapping(keys: Host.keys), path: path) }

        func host(_ mapping: Mapping) throws(InputError) -> Host {
            var host = defaults
            let value = try need("host", in: mapping, "the host's name or address, as ssh takes it")
            host.name = try value.hostName()
            try host.read(mapping, path: path)
            return host
        }

        let place = try need("coordinator", in: top, "the host of the coordinator").mapping(
            keys: ["host", "endpoint", "config"] + Host.keys)
        let endpoint = try need(
            "endpoint", in: place, "where workers reach the coordinator, such as tcp://10.0.0.1:7447")
        let address = try endpoint.string()
        guard address.hasPrefix("tcp://"), ClusterConfiguration.isEndpoint(address), !address.hasSuffix(":*"),
            !address.contains("0.0.0.0"), !address.contains("//*:"), !address.contains("[::]")
        else {
            throw endpoint.error(
                "is '\(address)'; it must read tcp://ADDRESS:PORT, with the address that workers connect to")
        }
        let coordinator = CoordinatorPlace(
            host: try host(place), endpoint: address,
            configuration: path(try need("config", in: place, "the cluster's configuration (YAML)").string()))

        var workers: [WorkerPlace] = []
        for value in try need("workers", in: top, "a mapping of workers by their names").mapping(keys: nil).values {
            guard let name = WorkerName(value.key) else {
                throw value.error("is no worker's name: 1 to 64 letters, digits, dots, dashes and underscores")
            }
            let mapping = try value.mapping(keys: ["host", "address", "slots", "run-as", "options"] + Host.keys)
            let host = try host(mapping)
            workers.append(
                WorkerPlace(
                    name: name, host: host, address: try mapping.value("address")?.hostName() ?? host.name,
                    slots: try mapping.value("slots")?.integer(1...1_000_000),
                    runsAs: try mapping.value("run-as")?.hostName(),
                    options: try mapping.value("options")?.workerOptions() ?? []))
        }
        guard !workers.isEmpty else { throw top.document.error(at: top.mark, "'workers' names no worker") }
        let package = path(try need("package", in: top, "the archive that scripts/package made").string())
        var keys: String?
        if let value = top.value("keys") { keys = path(try value.string()) }
        return ClusterInventory(
            package: package, keys: keys, coordinator: coordinator, workers: workers)
    }
}

extension ClusterInventory.Host {
    fileprivate static let keys = ["user", "port", "identity", "ssh-options", "service", "folder"]

    fileprivate mutating func read(_ mapping: Mapping, path: (String) -> String) throws(InputError) {
        if let value = mapping.value("user") { user = try value.hostName() }
        if let value = mapping.value("port") { port = try value.integer(1...65535) }
        if let value = mapping.value("identity") { identity = path(try value.string()) }
        if let value = mapping.value("ssh-options") { options = try value.strings() }
        if let value = mapping.value("service") {
            let text = try value.string()
            guard let known = ClusterInventory.Supervision(rawValue: text) else {
                let names = ClusterInventory.Supervision.allCases.map(\.rawValue).joined(separator: ", ")
                throw value.error("is '\(text)'; there are: \(names)")
            }
            supervision = known
        }
        if let value = mapping.value("folder") {
            let text = try value.string()
            guard text.hasPrefix("/") || text.hasPrefix("~/"), !text.contains(where: \.isNewline) else {
                throw value.error("is '\(text)'; it must be an absolute path on the host, or begin with ~/")
            }
            guard supervision != .systemd else {
                throw value.error("belongs to `service: process`; systemd's units have places of their own")
            }
            folder = text
        }
    }
}

extension Value {
    /// A name, address or user: nothing that ssh or a shell could take for anything else.
    fileprivate func hostName() throws(InputError) -> String {
        let text = try string()
        let isPlain = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || ".-_:%[]".utf8.contains(byte)
        }
        guard !text.isEmpty, !text.hasPrefix("-"), isPlain, text.utf8.count <= 255 else {
            throw error("is '\(text)'; it must be a name or an address, without blanks")
        }
        return text
    }

    /// Arguments that go into a unit's environment file, or a shell's command line.
    fileprivate func workerOptions() throws(InputError) -> [String] {
        let options = try strings()
        let ours = [
            "--name", "--key", "--keys", "--coordinator", "--work", "--host", "--slots", "--user", "--insecure",
        ]
        for option in options {
            if let flag = ours.first(where: { option == $0 || option.hasPrefix("\($0)=") }) {
                throw error("holds \(flag), which follows from the inventory's own keys")
            }
            guard !option.isEmpty, option.utf8.allSatisfy({ (32...126).contains($0) && !"'\"\\$%`".utf8.contains($0) })
            else {
                throw error("holds '\(option)': arguments are printable ASCII, without quotes, backslash, $, % and `")
            }
        }
        return options
    }
}
