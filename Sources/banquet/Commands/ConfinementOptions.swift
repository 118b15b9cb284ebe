import Agent
import ArgumentParser
import ConfigurationFiles
import Foundation

/// What a worker's jobs run as, and within which bounds.
struct ConfinementOptions: ParsableArguments {
    @Option(help: "The user that jobs run as; for a worker that root runs (default: the worker's own).") var user:
        String?
    @Option(
        help: ArgumentHelp(
            "A bound on each process of a job; may be repeated. NAME: \(ResourceLimit.names.joined(separator: ", ")); sizes like 8GiB; memory=job: what the job asked for.",
            valueName: "NAME=VALUE"))
    var limit: [String] = []
    @Option(
        help: ArgumentHelp(
            "A folder DIR/TENANT/NAME of secrets; a job's variable `secret:NAME` becomes that file's content.",
            valueName: "dir"))
    var secrets: String?

    func apply(to configuration: inout Agent.Configuration) throws {
        do {
            configuration.account = try user.map { try JobAccount(named: $0) }
        } catch {
            throw CommandFailure(message: "banquet: \(error)")
        }
        configuration.limits = try limit.map { try Self.resourceLimit($0) }
        if let secrets {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: secrets, isDirectory: &isFolder), isFolder.boolValue else {
                throw CommandFailure(message: "banquet: --secrets: there is no folder \(secrets)")
            }
            configuration.secretFolder = URL(fileURLWithPath: secrets).path
        }
    }

    private static func resourceLimit(_ text: String) throws -> ResourceLimit {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, ResourceLimit.names.contains(parts[0]) else {
            throw CommandFailure(
                message:
                    "banquet: --limit is '\(text)'; it must read NAME=VALUE with one of \(ResourceLimit.names.joined(separator: ", "))"
            )
        }
        if text == "memory=job" { return ResourceLimit.jobsMemory }
        let value = ResourceLimit.isSize(parts[0]) ? Quantity.bytes(parts[1]) : UInt64(parts[1])
        guard let value, let limit = ResourceLimit(parts[0], value) else {
            throw CommandFailure(
                message:
                    "banquet: --limit \(parts[0]) is '\(parts[1])'; it must be a whole number\(ResourceLimit.isSize(parts[0]) ? " of bytes, like 8GiB" : "")"
            )
        }
        return limit
    }
}
