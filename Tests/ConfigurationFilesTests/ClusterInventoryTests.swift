import ConfigurationFiles
import Foundation
import Testing

@Suite struct ClusterInventoryTests {
    private func error(_ text: String) -> String? {
        do throws(InputError) {
            _ = try ClusterInventory.parse(text, file: "/etc/banquet/i.yaml")
            return nil
        } catch { return error.description }
    }

    private static func text(_ coordinator: String = "", _ workers: String = "w1: { host: a }") -> String {
        """
        package: p.tar.gz
        coordinator: { host: head, endpoint: "tcp://10.0.0.1:7447", config: c.yaml\(coordinator) }
        workers:
          \(workers)
        """
    }

    @Test func defaultsHoldForEachHostThatSaysNothingElse() throws {
        let inventory = try ClusterInventory.parse(
            """
            package: ../p.tar.gz
            keys: ~/k
            defaults: { user: root, port: 2222, identity: id, ssh-options: [LogLevel=ERROR] }
            coordinator: { host: head, endpoint: "tcp://10.0.0.1:7447", config: c.yaml }
            workers:
              w1: { host: a, port: 22, slots: 4, run-as: jobs, options: [--label, rack=a] }
              w2: { host: b, user: me, service: process, folder: ~/x, address: 10.0.0.2 }
            """, file: "/etc/banquet/i.yaml")
        #expect(inventory.package == "/etc/p.tar.gz")
        #expect(inventory.keys == NSHomeDirectory() + "/k")
        #expect(inventory.coordinator.configuration == "/etc/banquet/c.yaml")
        let (first, second) = (inventory.workers[0], inventory.workers[1])
        #expect(first.host.user == "root" && first.host.port == 22 && first.host.identity == "/etc/banquet/id")
        #expect(first.host.options == ["LogLevel=ERROR"] && first.address == "a" && first.slots == 4)
        #expect(first.runsAs == "jobs" && first.options == ["--label", "rack=a"])
        #expect(second.host.user == "me" && second.host.port == 2222 && second.host.folder == "~/x")
        #expect(second.host.supervision == .process && second.address == "10.0.0.2")
    }

    /// The example in the house is one, and its configuration too.
    @Test func theExampleIsRead() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let inventory = try ClusterInventory.read(root.appendingPathComponent("cluster/inventory.yaml").path)
        #expect(inventory.workers.map(\.name.description) == ["w1", "w2", "w3"])
        let configuration = try ClusterConfiguration.read(inventory.coordinator.configuration)
        for spec in configuration.preflight.specifications {
            #expect(spec.hasPrefix(root.appendingPathComponent("Specs").path + "/"), "\(spec)")
        }
    }

    @Test(arguments: [
        ("package: p", "i.yaml:1:1: error: 'coordinator' is missing: the host of the coordinator"),
        ("pakage: p", "did you mean 'package'?"),
        (text(", host: x"), "written twice"),
        (text(", port: 70000"), "'port' is 70000; it must be from 1 to 65535"),
        (text(", service: upstart"), "'service' is 'upstart'; there are: auto, systemd, process"),
        (text(", service: systemd, folder: /x"), "belongs to `service: process`"),
        (text("", "{}"), "'workers' names no worker"),
        (text("", "w1: { host: -oProxyCommand=x }"), "'host' is '-oProxyCommand=x'"),
        (text("", "w1: { host: \"a b\" }"), "without blanks"),
        (text("", "\"a b\": { host: a }"), "is no worker's name"),
        (text("", "w1: { host: a, slots: 0 }"), "from 1 to 1000000"),
        (
            text("", "w1: { host: a, options: [--name, x] }"),
            "holds --name, which follows from the inventory's own keys"
        ),
        (text("", "w1: { host: a, options: [\"--label=$(x)\"] }"), "without quotes, backslash, $, % and `"),
        (text("", "w1: { host: a, folder: here }"), "it must be an absolute path on the host"),
        (text("", "w1: { slots: 1 }"), "'host' is missing"),
    ])
    func namesPlaceAndCause(text: String, message: String) {
        #expect(error(text)?.contains(message) == true, "\(error(text) ?? "no error")")
    }

    @Test(arguments: ["tcp://0.0.0.0:7447", "tcp://10.0.0.1:*", "ipc:///x", "10.0.0.1:7447"])
    func anEndpointIsOneToConnectTo(endpoint: String) {
        let text =
            "package: p\ncoordinator: { host: a, endpoint: \"\(endpoint)\", config: c }\nworkers: { w1: { host: a } }"
        #expect(
            error(text)?.contains("with the address that workers connect to") == true, "\(error(text) ?? "no error")")
    }
}
