public import ConfigurationFiles
import Foundation

/// What is known of a service on its host.
public struct ServiceFacts: Hashable, Sendable {
    /// `systemd` or `process`, as it turned out.
    public var supervision: String
    public var machine: String
    /// The folder of releases, and of all else where no unit is.
    public var prefix: String
    public var releases: Set<String>
    /// Nil where it doesn't run.
    public var pid: Int?
    /// The release that runs; nil where none does, or where it is not one of ours.
    public var running: String?
    /// Files that were, or would be, written.
    public var changes: [String]

    /// Nil for what no script of ours printed.
    init?(_ text: String) {
        var lists: [String: [String]] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            if words.count == 2 { lists[String(words[0]), default: []].append(String(words[1])) }
        }
        guard let supervision = lists["service"]?.last, let machine = lists["machine"]?.last,
            let prefix = lists["prefix"]?.last
        else { return nil }
        self.supervision = supervision
        self.machine = machine
        self.prefix = prefix
        releases = Set(lists["release"] ?? [])
        pid = lists["pid"]?.last.flatMap { Int($0) }
        running = lists["running"]?.last.flatMap { $0 == "unknown" ? nil : $0 }
        changes = lists["changes"] ?? []
    }
}

/// One service on one host, over ssh. Each call is a script there; where one fails, `DeploymentError` says what the host said.
public struct HostSession: Sendable {
    public let host: ClusterInventory.Host
    public let service: HostService
    private let shell: RemoteShell
    private let scripts: HostScripts

    public init(_ host: ClusterInventory.Host, _ service: HostService) {
        self.host = host
        self.service = service
        shell = RemoteShell(host)
        scripts = HostScripts(host: host, service: service)
    }

    /// Looks, and changes nothing.
    public func facts() async throws(DeploymentError) -> ServiceFacts { try await facts(scripts.facts) }

    /// Puts the files that the service needs in their places; with `isDry`, says only which that would be.
    public func prepare(_ files: [HostFile], isDry: Bool) async throws(DeploymentError) -> ServiceFacts {
        try await facts(scripts.preparing(files, isDry: isDry))
    }

    public func install(_ release: Release) async throws(DeploymentError) {
        let outcome = await shell.run(scripts.installing(release), reading: release.path, within: 900)
        try check(outcome)
    }

    /// Starts it on this release, after an end of what ran.
    public func start(_ release: Release) async throws(DeploymentError) {
        try check(await shell.run(scripts.starting(release.name), within: 120))
    }

    /// Makes the preflight of a configuration on its host, by this release, which is installed there, and changes nothing.
    /// - Returns: what it said, where it did not pass.
    public func preflight(of configuration: HostFile, by release: Release) async throws(DeploymentError) -> String? {
        let outcome = await shell.run(scripts.checking(configuration.text, release), within: 1800)
        // ssh's own, and where ssh was killed.
        if outcome.code < 0 || outcome.code > 3 { try check(outcome) }
        guard outcome.code != 0 else { return nil }
        return (outcome.output + outcome.error).replacingOccurrences(
            of: HostScripts.candidate, with: "the configuration")
    }

    /// Starts the coordinator on the release that was in force before, by its folder's name, with the configuration of then.
    public func revert(to release: String) async throws(DeploymentError) {
        try check(await shell.run(scripts.reverting(to: release), within: 120))
    }

    /// Ends a worker and takes its key away.
    public func remove() async throws(DeploymentError) {
        try check(await shell.run(scripts.removing(), within: 120))
    }

    /// - Returns: whether it ran.
    public func stop() async throws(DeploymentError) -> Bool {
        let outcome = await shell.run(scripts.stopping(), within: 120)
        try check(outcome)
        return !outcome.output.contains("was stopped")
    }

    /// What the service printed last, for an operator's eyes.
    public func lastWords() async -> String { await shell.run(scripts.lastWords, within: 30).output }

    private func facts(_ script: String) async throws(DeploymentError) -> ServiceFacts {
        let outcome = await shell.run(script, within: 60)
        try check(outcome)
        guard let facts = ServiceFacts(outcome.output) else {
            throw DeploymentError("\(host.name): its shell answers something else than was asked: is it a POSIX shell?")
        }
        return facts
    }

    private func check(_ outcome: ScriptOutcome) throws(DeploymentError) {
        guard outcome.code != 0 else { return }
        let reason = outcome.code == 255 ? "can't be reached: \(outcome.complaint)" : outcome.complaint
        throw DeploymentError(reason)
    }
}
