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

    @Test(arguments: [
        (
            "listen: localhost",
            "/etc/banquet/c.yaml:1:9: error: 'listen' is 'localhost'; it must read tcp://ADDRESS:PORT, such as tcp://127.0.0.1:7447"
        ),
        ("lease:\n  heartbeat: 1s\n  duration: 2s", "a lease must outlive three heartbeats"),
        ("lease: { heartbeat: 5 }", "it must be a time with a unit"),
        ("limits: { gang-slot: 4 }", "did you mean 'gang-slots'?"),
    ])
    func namesPlaceAndCause(text: String, message: String) {
        #expect(error(text)?.contains(message) == true, "\(error(text) ?? "no error")")
    }
}
