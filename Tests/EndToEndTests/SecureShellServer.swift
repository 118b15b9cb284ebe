import Foundation

/// A real sshd on a loopback port, with keys and a configuration of its own, that ends with the test.
final class SecureShellServer {
    static let program = ["/usr/sbin/sshd", "/usr/bin/sshd"].first { FileManager.default.isExecutableFile(atPath: $0) }

    let folder: URL
    let port: Int
    private let process = Process()

    var identity: String { folder.appendingPathComponent("id").path }
    var knownHosts: String { folder.appendingPathComponent("known_hosts").path }

    init(in folder: URL) throws {
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        port = try Self.freePort()
        for name in ["host", "id"] {
            try Self.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder.appendingPathComponent(name).path)
        }
        func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
        let text = """
            Port \(port)
            ListenAddress 127.0.0.1
            HostKey \(path("host"))
            AuthorizedKeysFile \(path("id.pub"))
            StrictModes no
            PasswordAuthentication no
            UsePAM no
            PidFile \(path("sshd.pid"))
            PermitRootLogin prohibit-password
            MaxStartups 100
            """
        try text.write(toFile: path("sshd_config"), atomically: true, encoding: .utf8)
        let key = try String(contentsOfFile: path("host.pub"), encoding: .utf8)
        try "[127.0.0.1]:\(port) \(key)".write(toFile: knownHosts, atomically: true, encoding: .utf8)
        // Where a root's sshd keeps its child that has no rights.
        if geteuid() == 0 {
            try? FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        }
        // With a shell before it: sshd closes all descriptors that it doesn't know, which `Process` takes for its end, and then waits
        // for that end, and for no other process's, until it comes.
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", "\"$@\"; exit 0", "sh", Self.program ?? "", "-D", "-E", path("sshd.log"), "-f", path("sshd_config"),
        ]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try eventually("sshd listens") { Self.connects(port) }
    }

    func stop() {
        let text = try? String(contentsOf: folder.appendingPathComponent("sshd.pid"), encoding: .utf8)
        // Killed: what a test starts may begin with all signals blocked.
        if process.isRunning, let pid = text.flatMap({ Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }) {
            kill(pid, SIGKILL)
        }
        process.waitUntilExit()
    }

    deinit { stop() }

    @discardableResult
    static func run(_ command: String...) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Unexpected("\(command) exited with \(process.terminationStatus)")
        }
        return 0
    }

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    /// A port that nobody has now.
    static func freePort() throws -> Int {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var bound = address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &bound) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(file, pointer, length) == 0 ? getsockname(file, pointer, &length) : -1
            }
        }
        guard code == 0 else { throw Unexpected("no port is free") }
        return Int(in_port_t(bigEndian: bound.sin_port))
    }

    private static func connects(_ port: Int) -> Bool {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var place = address(port)
        return withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
