import ArgumentParser
import ConfigurationFiles
import Console
import Daemon
import Foundation
import Logging

/// Where the coordinator serves its web console.
struct ConsoleOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where to serve the web console and /metrics, such as 127.0.0.1:7448, or `off` (default: the configuration's `console`).",
            valueName: "address:port"))
    var console: String?

    /// - Returns: nil where there is to be no console.
    func settings(_ configuration: ClusterConfiguration) throws -> ConsoleServer.Settings? {
        guard let address = try address(configuration) else { return nil }
        let token = try configuration.console.tokenFile.map(Self.token)
        guard address.isLoopback || token != nil else {
            throw CommandFailure(
                message: "banquet: --console is \(address.host), which others reach; "
                    + "give a `token-file` under `console:` in the configuration, or an address of this host alone")
        }
        var settings = ConsoleServer.Settings(host: address.host, port: address.port, token: token)
        let alerts = configuration.alerts
        settings.rules.waitMilliseconds = Int64(alerts.wait)
        settings.rules.overtaken = alerts.overtaken.map(UInt64.init)
        settings.rules.stuckMilliseconds = Int64(alerts.stuck)
        settings.rules.losses = alerts.losses
        settings.rules.freeBytes = alerts.free
        settings.rules.celsius = Double(alerts.temperature)
        settings.delivery = AlertDelivery(webhook: alerts.webhook.flatMap { URL(string: $0) }, command: alerts.command)
        return settings
    }

    private func address(_ configuration: ClusterConfiguration) throws -> ConsoleAddress? {
        guard let console else { return configuration.console.address }
        guard console != "off" else { return nil }
        guard let address = ConsoleAddress(console) else {
            throw CommandFailure(message: "banquet: --console is '\(console)'; it must read ADDRESS:PORT, or `off`")
        }
        return address
    }

    private static let shortestToken = 16

    private static func token(_ file: String) throws -> String {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw CommandFailure(message: "banquet: the console's token file \(file) can't be read")
        }
        let mode =
            (try? FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? NSNumber)?.intValue ?? 0
        guard mode & 0o077 == 0 else {
            throw CommandFailure(
                message:
                    "banquet: the console's token file \(file) can be read by others; `chmod 600 \(file)` mends that")
        }
        let token = text.prefix { !$0.isNewline }.trimmingCharacters(in: .whitespaces)
        guard token.count >= shortestToken,
            token.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != 0x3b && $0 != 0x2c })
        else {
            throw CommandFailure(
                message:
                    "banquet: the console's token in \(file) must have \(shortestToken) or more printable characters, "
                    + "without blanks, commas and semicolons")
        }
        return token
    }
}

enum ConsoleCommand {
    /// Serves beside the coordinator. A port that is in use keeps no coordinator from its work.
    static func serve(
        _ settings: ConsoleServer.Settings, _ service: CoordinatorService, _ registry: PrometheusRegistry, _ log: Logger
    ) async throws {
        let server = ConsoleServer(settings, service: service, registry: registry, log: log)
        do {
            try await server.run { port in
                Terminal.write(
                    "console: http://\(settings.host.contains(":") ? "[\(settings.host)]" : settings.host):\(port)/\n")
            }
        } catch is CancellationError {
        } catch {
            Terminal.complain("banquet: there is no console at \(settings.host):\(settings.port): \(error)")
        }
    }
}
