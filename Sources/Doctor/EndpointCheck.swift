import ConfigurationFiles
import Messaging

/// Whether the coordinator can listen where it is to listen, or is reached there.
struct EndpointCheck {
    let endpoint: String
    /// As whom it is tried; nil where there is no key to try with.
    let security: SocketSecurity?
    let isCoordinator: Bool
    /// Where the console is to listen; nil where it isn't to.
    var console: ConsoleAddress?

    private static let patience = Duration.seconds(3)

    func findings() -> [Finding] {
        guard ClusterConfiguration.isEndpoint(endpoint) else {
            return [
                Finding("endpoint", .fault, "'\(endpoint)' is no endpoint", advice: "it must read tcp://ADDRESS:PORT")
            ]
        }
        if security == .plain, !ClusterConfiguration.isLocal(endpoint) {
            return [
                Finding(
                    "endpoint", .fault, "\(endpoint) can be reached from elsewhere, and there are no keys",
                    advice: "`banquet keys init`")
            ]
        }
        // A `*` is for the coordinator to bind alone.
        if endpoint.hasSuffix(":*") { return [Finding("endpoint", .note, "\(endpoint): a free port at each start")] }
        guard isCoordinator else { return [reached] }
        do {
            try Self.bind(endpoint)
        } catch MessagingError.addressInUse {
            return [reached]
        } catch MessagingError.cannotBind(_, let reason) {
            return [
                Finding(
                    "endpoint", .fault, "nobody can listen at \(endpoint) on this host: \(reason)",
                    advice: "the address must be one of this host's, and ports below 1024 need rights")
            ]
        } catch {
            return [Finding("endpoint", .fault, "\(error)")]
        }
        return [Finding("endpoint", .ok, "\(endpoint) is free")] + consoleFindings
    }

    /// Where the coordinator doesn't run yet, its console's port is to be free, too.
    private var consoleFindings: [Finding] {
        guard let console, console.port != 0 else { return [] }
        let place = "\(console.host.contains(":") ? "[\(console.host)]" : console.host):\(console.port)"
        do {
            try Self.bind("tcp://\(place)")
            return [Finding("endpoint", .ok, "\(place), the console's, is free")]
        } catch MessagingError.addressInUse {
            return [
                Finding(
                    "endpoint", .fault, "\(place), where the console is to listen, is taken",
                    advice: "end what listens there (`ss -ltnp` names it), or choose another port (`console:`)")
            ]
        } catch {
            // A name, perhaps: the console's to judge.
            return []
        }
    }

    private static func bind(_ endpoint: String) throws {
        let socket = try BlockingSocket(.router, in: MessagingContext())
        defer { socket.close() }
        _ = try socket.bind(endpoint)
    }

    private var reached: Finding {
        guard let security else {
            return Finding("endpoint", .note, "\(endpoint) was not tried: there is no key to try it with")
        }
        do {
            var options = SocketOptions()
            options.security = security
            let connection = try RequestConnection(
                to: endpoint, in: MessagingContext(), options: options, deadline: .now.advanced(by: Self.patience))
            connection.close()
            return Finding("endpoint", .ok, "a coordinator answers at \(endpoint)")
        } catch MessagingError.refused {
            return Finding(
                "endpoint", isCoordinator ? .fault : .warning, "nobody listens at \(endpoint)",
                advice: isCoordinator
                    ? "something holds the port, and doesn't listen: `ss -tanp` names it"
                    : "start `banquet coordinator` there")
        } catch MessagingError.keyRefused {
            return Finding(
                "endpoint", .fault, "the coordinator at \(endpoint) doesn't know this host's key, or it was revoked",
                advice: "`banquet keys add` on the coordinator's host makes a new one")
        } catch MessagingError.timedOut where isCoordinator {
            return taken
        } catch MessagingError.handshakeFailed where isCoordinator {
            return taken
        } catch MessagingError.timedOut {
            return Finding(
                "endpoint", .fault, "\(endpoint) gives no answer within \(Self.patience)",
                advice: "is the address right, and does a firewall let it through?")
        } catch {
            return Finding("endpoint", .fault, "\(error)")
        }
    }

    /// The port is somebody else's.
    private var taken: Finding {
        Finding(
            "endpoint", .fault, "\(endpoint) is taken, and not by a coordinator that takes this host's key",
            advice: "end what listens there (`ss -ltnp` names it), or choose another port (`listen:`)")
    }
}
