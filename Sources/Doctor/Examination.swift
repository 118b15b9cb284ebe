public import Access
import ConfigurationFiles
import Foundation
import Messaging

/// Looks a host over before it serves, or when it serves badly.
public struct Examination: Sendable {
    public var roles: Set<HostRole>
    /// Where the coordinator listens, or is to listen.
    public var endpoint: String
    /// Nil: without keys.
    public var keys: KeyFolder?
    public var stateFolder: String?
    /// Nil for the folder of temporary files.
    public var workFolder: String?
    /// The cluster's configuration, to be read.
    public var configuration: String?
    /// The local user's name, by which its operator's key is found.
    public var user: String

    public init(
        roles: Set<HostRole>, endpoint: String, keys: KeyFolder?, stateFolder: String? = nil,
        workFolder: String? = nil, configuration: String? = nil, user: String
    ) {
        self.roles = roles
        self.endpoint = endpoint
        self.keys = keys
        self.stateFolder = stateFolder
        self.workFolder = workFolder
        self.configuration = configuration
        self.user = user
    }

    /// What a folder of keys says that its host is.
    public static func roles(by keys: KeyFolder) -> Set<HostRole> {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: keys.path)) ?? []
        var roles: Set<HostRole> = names.contains("cluster.key") ? [.coordinator] : []
        if names.contains(where: { $0.hasPrefix("worker-") && $0.hasSuffix(".key") }) { roles.insert(.worker) }
        return roles.isEmpty ? [.client] : roles
    }

    /// Runs every check that fits the roles. Writes only into the state and work folders (or where they would be made), and
    /// takes away again what it wrote.
    public func findings() -> [Finding] {
        var findings = configurationFindings()
        findings += KeyCheck(keys: keys, isCoordinator: roles.contains(.coordinator)).findings()
        findings += EndpointCheck(
            endpoint: endpoint, security: security, isCoordinator: roles.contains(.coordinator),
            console: configuration.flatMap { try? ClusterConfiguration.read($0).console.address }
        ).findings()
        findings += HostCheck(roles: roles).findings()
        if roles.contains(.coordinator) {
            findings += DiskCheck(folder: stateFolder ?? ".", purpose: "state").findings()
        }
        if roles.contains(.worker) {
            findings += DiskCheck(folder: workFolder ?? NSTemporaryDirectory(), purpose: "work").findings()
        }
        return findings + LibraryCheck.findings()
    }

    private func configurationFindings() -> [Finding] {
        guard let configuration else { return [] }
        do {
            _ = try ClusterConfiguration.read(configuration)
            return [
                Finding(
                    "configuration", .ok, "\(configuration) can be read; `banquet preflight` checks what it stands for")
            ]
        } catch {
            return [Finding("configuration", .fault, "\(error)")]
        }
    }

    /// As whom the endpoint is tried.
    private var security: SocketSecurity? {
        guard let keys else { return .plain }
        if let key = try? keys.clientKey(of: user) { return key.security }
        return (try? keys.workerKey(named: nil))?.security
    }
}
