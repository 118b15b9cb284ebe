internal import Foundation

/// What an operator decides about the web console and the alerts.
public struct ConsoleConfiguration: Hashable, Sendable {
    /// Where the console is served; nil: it is not.
    public var address: ConsoleAddress?
    /// A file whose first line is the token that the console asks for; required beyond loopback.
    public var tokenFile: String?

    public init() {}

    static func read(_ value: Value, path: (String) -> String) throws(InputError) -> ConsoleConfiguration {
        var console = ConsoleConfiguration()
        let mapping = try value.mapping(keys: ["listen", "token-file"])
        guard let listen = mapping.value("listen") else { throw value.error("must have 'listen: ADDRESS:PORT'") }
        let text = try listen.string()
        guard let address = ConsoleAddress(text) else {
            throw listen.error("is '\(text)'; it must read ADDRESS:PORT, such as 127.0.0.1:7448")
        }
        console.address = address
        if let file = mapping.value("token-file") { console.tokenFile = path(try file.string()) }
        guard address.isLoopback || console.tokenFile != nil else {
            throw listen.error("is \(text), which others reach; then a 'token-file' is needed")
        }
        return console
    }
}

/// `ADDRESS:PORT`; `*` or 0 as the port takes a free one.
public struct ConsoleAddress: Hashable, Sendable {
    public let host: String
    public let port: Int

    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), colon != text.startIndex else { return nil }
        var host = String(text[..<colon])
        let port = text[text.index(after: colon)...]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        guard let number = port == "*" ? 0 : UInt16(port), !host.isEmpty, !host.contains("/") else { return nil }
        self.host = host
        self.port = Int(number)
    }

    public var isLoopback: Bool { ["127.0.0.1", "::1", "localhost"].contains(host) }
}

/// When an operator is alerted, and how.
public struct AlertConfiguration: Hashable, Sendable {
    /// Milliseconds that a tenant's first job may wait.
    public var wait = 3_600_000
    /// Units of others that may start meanwhile; nil: what the preflight proved, or the usual limit where that has no number.
    public var overtaken: Int?
    /// Milliseconds that a running gang may say nothing.
    public var stuck = 600_000
    /// How often a worker may be lost within an hour.
    public var losses = 3
    /// Bytes that should be free for the state folder.
    public var free: UInt64 = 1 << 30
    /// Degrees Celsius from which on a device is too hot.
    public var temperature = 90
    /// Gets each alert as JSON, by POST.
    public var webhook: String?
    /// Gets each alert as JSON on its standard input: an argument vector.
    public var command: [String] = []

    public init() {}

    private static let keys = ["wait", "overtaken", "stuck", "losses", "free", "temperature", "webhook", "command"]

    static func read(_ value: Value) throws(InputError) -> AlertConfiguration {
        var alerts = AlertConfiguration()
        let mapping = try value.mapping(keys: keys)
        if let value = mapping.value("wait") { alerts.wait = try value.duration(1000...365 * 86_400_000) }
        if let value = mapping.value("overtaken") { alerts.overtaken = try value.integer(0...1_000_000_000) }
        if let value = mapping.value("stuck") { alerts.stuck = try value.duration(1000...365 * 86_400_000) }
        if let value = mapping.value("losses") { alerts.losses = try value.integer(1...32) }
        if let value = mapping.value("free") { alerts.free = try value.bytes() }
        if let value = mapping.value("temperature") { alerts.temperature = try value.integer(30...150) }
        if let value = mapping.value("webhook") {
            let text = try value.string()
            guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host != nil else {
                throw value.error("is '\(text)'; it must be an http:// or https:// address")
            }
            alerts.webhook = text
        }
        if let value = mapping.value("command") {
            alerts.command = try value.strings()
            guard alerts.command.first?.isEmpty == false else { throw value.error("must be [PROGRAM, ARGUMENT, …]") }
        }
        return alerts
    }
}
