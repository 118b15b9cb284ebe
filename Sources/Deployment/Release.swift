import Foundation

/// An archive of `scripts/package`, as it lies on this host.
public struct Release: Hashable, Sendable {
    public let path: String
    /// Of the archive, in hexadecimal.
    public let digest: String
    /// As the archive's own manifest has it.
    public let version: String
    public let machine: String

    /// The name of its folder on a host: two archives of one version are two releases.
    public var name: String { "\(version)-\(digest.prefix(12))" }

    /// - Throws: `DeploymentError` where it is no such archive.
    public init(reading path: String) throws(DeploymentError) {
        self.path = path
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw DeploymentError("\(path): there is no such package; `scripts/package` makes one")
        }
        let sum = Subprocess.run(["sha256sum", "--", path], within: 120)
        guard sum.code == 0, let digest = sum.output.split(separator: " ").first, digest.count == 64 else {
            throw DeploymentError("\(path): its sum can't be taken: \(sum.error)")
        }
        self.digest = String(digest)
        let manifest = Subprocess.run(
            ["tar", "-xzOf", path, "--wildcards", "--no-wildcards-match-slash", "*/MANIFEST"], within: 120)
        var fields: [String: String] = [:]
        for line in manifest.output.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            if words.count == 2 { fields[String(words[0])] = String(words[1]) }
        }
        guard manifest.code == 0, let version = fields["version"], let machine = fields["machine"],
            version.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") })
        else {
            throw DeploymentError("\(path): it is no package of `scripts/package`: it has no MANIFEST with a version")
        }
        self.version = version
        self.machine = machine
    }
}

/// What can't be done, in a sentence.
public struct DeploymentError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
