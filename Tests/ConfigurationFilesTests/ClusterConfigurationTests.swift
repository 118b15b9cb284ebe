import ConfigurationFiles
import Testing

@Suite struct ClusterConfigurationTests {
    func error(_ text: String) -> String? {
        do throws(InputError) {
            _ = try ClusterConfiguration.parse(text, file: "/etc/banquet/c.yaml")
            return nil
        } catch { return error.description }
    }

    @Test func pathsAreRelativeToTheFile() throws {
        let configuration = try ClusterConfiguration.parse(
            "listen: tcp://127.0.0.1:9000\nstate: ../state\nlease: { heartbeat: 250ms, duration: 1.5s }\npreflight: { specs: [Specs/a.csp] }",
            file: "/etc/banquet/c.yaml")
        #expect(configuration.state == "/etc/state")
        #expect(configuration.preflight.specifications == ["/etc/banquet/Specs/a.csp"])
        #expect(configuration.lease.heartbeat == 250)
        #expect(configuration.lease.duration == 1500)
    }

    /// One who floods is held to a rate without a word of the operator's, and only the operator's word lifts it.
    @Test func tenantsHaveARateUnlessItIsLifted() throws {
        #expect(ClusterConfiguration().tenants.rules(of: "x").submissionsPerSecond == 1000)
        let text = "tenants:\n  default: { weight: 2 }\n  a: { submits-per-second: unlimited }\n  b: { submits-per-second: 7 }"
        let tenants = try ClusterConfiguration.parse(text, file: "/c.yaml").tenants
        #expect(["x", "a", "b"].map { tenants.rules(of: $0).submissionsPerSecond } == [1000, nil, 7])
        #expect(["x", "a", "b"].map { tenants.rules(of: $0).submissionBurst } == [2000, 2000, 2000])
    }

    @Test(arguments: [
        (
            "listen: localhost",
            "/etc/banquet/c.yaml:1:9: error: 'listen' is 'localhost'; it must read tcp://ADDRESS:PORT, such as tcp://127.0.0.1:7447"
        ),
        ("lease:\n  heartbeat: 1s\n  duration: 2s", "a lease must outlive three heartbeats"),
        ("lease: { heartbeat: 5 }", "it must be a time with a unit"),
        ("tenants: { a: { submits-per-second: fast } }", "must be a whole number from 1 to 1000000"),
        ("limits: { gang-slot: 4 }", "did you mean 'gang-slots'?"),
    ])
    func namesPlaceAndCause(text: String, message: String) {
        #expect(error(text)?.contains(message) == true, "\(error(text) ?? "no error")")
    }
}
