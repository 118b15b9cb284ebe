import Access
public import ArgumentParser
import ConfigurationFiles
public import Doctor
import Foundation

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look this host over: keys, ports, clock, limits, devices, disk, libraries.",
        discussion: "Says what to do. The exit code is 1 when something must be mended; warnings alone leave it 0.")

    @Option(
        help: "What this host is: coordinator, worker or client; may be repeated (default: what its keys say).")
    var role: [HostRole] = []
    @Option(help: ArgumentHelp("The cluster's configuration (YAML).", valueName: "file")) var config: String?
    @Option(help: ArgumentHelp("The state folder.", valueName: "dir")) var state: String?
    @Option(help: ArgumentHelp("A worker's folder for the jobs' files.", valueName: "dir")) var work: String?
    @Option(
        help: ArgumentHelp(
            "Where the coordinator listens (default: $BANQUET_COORDINATOR, the configuration's, or tcp://127.0.0.1:7447).",
            valueName: "endpoint"))
    var coordinator: String?
    @OptionGroup var keys: KeyOptions
    @OptionGroup var output: FormatOption

    func run() throws {
        let configuration = config.flatMap { try? ClusterConfiguration.read($0) } ?? ClusterConfiguration()
        let endpoint =
            coordinator ?? ProcessInfo.processInfo.environment["BANQUET_COORDINATOR"] ?? configuration.listen
        let examination = Examination(
            roles: role.isEmpty ? Examination.roles(by: keys.folder) : Set(role), endpoint: endpoint,
            keys: keys.insecure ? nil : keys.folder, stateFolder: state ?? configuration.state, workFolder: work,
            configuration: config, user: NSUserName())
        let findings = examination.findings()
        switch output.format {
        case .json: for finding in findings { print(try JSON.line(finding)) }
        case .text: for finding in findings { print(Self.rendered(finding)) }
        }
        if findings.contains(where: { $0.verdict == .fault }) { throw ExitCode(1) }
    }

    private static func rendered(_ finding: Finding) -> String {
        let line = "\(finding.verdict.rawValue.padded(to: 9))\(finding.check.padded(to: 15))\(finding.what)"
        return finding.advice.map { "\(line)\n\("".padded(to: 24))\($0)" } ?? line
    }
}

extension HostRole: ExpressibleByArgument {}
