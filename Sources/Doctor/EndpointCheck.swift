import ConfigurationFiles
import Messaging

/// Whether the coordinator can listen where it is to listen, or is reached there.
struct EndpointCheck {
    let endpoint: String
    /// As whom it is tried; nil where there is no key to try with.
    let security: SocketSecurity?
    let isCoordinator: Bool

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
        return [isCoordinator && isFree ? Finding("endpoint", .ok, "\(endpoint) is free") : reached]
    }

    private var isFree: Bool {
        guard let context = try? MessagingContext(), let socket = try? BlockingSocket(.router, in: context) else {
            return false
        }
        defer { socket.close() }
        return (try? socket.bind(endpoint)) != nil
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
                    ? "the address is not this host's, or the port needs rights" : "start `banquet coordinator` there")
        } catch MessagingError.keyRefused {
            return Finding(
                "endpoint", .fault, "the coordinator at \(endpoint) doesn't know this host's key, or it was revoked",
                advice: "`banquet keys add` on the coordinator's host makes a new one")
        } catch MessagingError.timedOut {
            return Finding(
                "endpoint", .fault, "\(endpoint) gives no answer within \(Self.patience)",
                advice: "is the address right, and does a firewall let it through?")
        } catch {
            return Finding("endpoint", .fault, "\(error)")
        }
    }
}
