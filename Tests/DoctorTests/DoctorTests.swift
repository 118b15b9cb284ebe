import Access
import ConfigurationFiles
import Foundation
import Glibc
import Messaging
import Testing

@testable import Doctor

@Suite struct DoctorTests {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent(
        "banquet-doctor-\(UUID().uuidString)"
    )
    .path
    private var keys: KeyFolder { KeyFolder(path + "/keys") }

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    private func end() { try? FileManager.default.removeItem(atPath: path) }

    private func faults(_ findings: [Finding], _ check: String) -> [Finding] {
        findings.filter { $0.check == check && $0.verdict == .fault }
    }

    @Test func aHostInOrderHasNoFaults() throws {
        defer { end() }
        _ = try keys.initialize(operator: "ada")
        _ = try keys.add([Principal(.worker, "w1")])
        #expect(Examination.roles(by: keys) == [.coordinator, .worker])
        let examination = Examination(
            roles: [.coordinator, .worker], endpoint: "tcp://127.0.0.1:*", keys: keys, stateFolder: path + "/a/b/state",
            workFolder: path, user: "ada")
        let findings = examination.findings()
        for check in ["keys", "libraries", "clock", "endpoint", "user"] {
            #expect(faults(findings, check).isEmpty, "\(findings)")
        }
        // It left nothing behind, nor made what was not there.
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["keys"])
        #expect(
            Set(findings.map(\.check)).isSuperset(of: [
                "keys", "endpoint", "clock", "limits", "devices", "disk", "libraries", "user",
            ]))
    }

    @Test func keysOutOfOrderAreFaultsWithTheirCure() throws {
        defer { end() }
        #expect(KeyCheck(keys: keys, isCoordinator: false).findings().map(\.verdict) == [.fault])
        #expect(KeyCheck(keys: keys, isCoordinator: true).findings().map(\.verdict) == [.fault])
        _ = try keys.initialize(operator: "ada")
        let worker = try keys.add([Principal(.worker, "w1")])[0]
        chmod(worker.path, 0o644)
        let wide = KeyCheck(keys: keys, isCoordinator: true).findings().filter { $0.verdict == .fault }
        #expect(wide.count == 1 && wide[0].what.contains("chmod 0600 \(worker.path)"))
        chmod(worker.path, 0o600)
        // A copy of a key that was revoked.
        let text = try String(contentsOfFile: worker.path, encoding: .utf8)
        _ = try keys.revoke(worker.principal)
        #expect(
            FileManager.default.createFile(
                atPath: worker.path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600]))
        #expect(KeyCheck(keys: keys, isCoordinator: true).findings().map(\.verdict) == [.ok, .ok, .warning])
        #expect(KeyCheck(keys: nil, isCoordinator: true).findings().map(\.verdict) == [.warning])
    }

    @Test func endpointsAreTried() throws {
        defer { end() }
        let context = try MessagingContext()
        let server = try BlockingSocket(.router, in: context)
        let taken = try server.bind("tcp://127.0.0.1:*")
        func verdict(_ endpoint: String, isCoordinator: Bool, _ security: SocketSecurity? = .plain) -> Finding.Verdict?
        {
            EndpointCheck(endpoint: endpoint, security: security, isCoordinator: isCoordinator).findings().first?
                .verdict
        }
        #expect(verdict(taken, isCoordinator: true) == .ok)
        #expect(verdict(taken, isCoordinator: false) == .ok)
        let keys = try CurveKeyPair.generate()
        #expect(verdict(taken, isCoordinator: true, .client(keys: keys, server: keys.publicKey)) == .fault)
        server.close()
        // An address of nobody's; TEST-NET-1 (RFC 5737).
        let foreign = EndpointCheck(endpoint: "tcp://192.0.2.7:7447", security: nil, isCoordinator: true).findings()
        #expect(foreign.map(\.verdict) == [.fault] && foreign[0].what.contains("on this host"))
        #expect(verdict("nonsense", isCoordinator: true) == .fault)
        #expect(verdict("tcp://127.0.0.1:1", isCoordinator: false) == .warning)
    }

    /// Somebody listens there who says nothing, or another thing.
    @Test func aPortThatAnotherProgramHasIsAFault() throws {
        defer { end() }
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) + listen(listener, 8) + getsockname(listener, $0, &length)
            }
        }
        #expect(code == 0)
        let place = "127.0.0.1:\(in_port_t(bigEndian: address.sin_port))"
        let taken = EndpointCheck(endpoint: "tcp://\(place)", security: .plain, isCoordinator: true).findings()
        #expect(taken.map(\.verdict) == [.fault] && taken[0].what.contains("is taken"), "\(taken)")
        let spare = try BlockingSocket(.router, in: MessagingContext())
        let free = try spare.bind("tcp://127.0.0.1:*").split(separator: ":").last.map(String.init) ?? ""
        spare.close()
        let console = EndpointCheck(
            endpoint: "tcp://127.0.0.1:\(free)", security: .plain, isCoordinator: true, console: ConsoleAddress(place)
        ).findings()
        #expect(console.contains { $0.verdict == .fault && $0.what.contains("console") }, "\(console)")
    }

    @Test func oldLibrariesAreFaults() {
        defer { end() }
        #expect(LibraryCheck.messaging((4, 2, 5), hasCurve: true).map(\.verdict) == [.fault])
        #expect(LibraryCheck.messaging((4, 3, 4), hasCurve: false).map(\.verdict) == [.fault])
        #expect(LibraryCheck.messaging((4, 3, 4), hasCurve: true).map(\.verdict) == [.ok])
    }

    @Test func aFolderThatCanNotBeWrittenIsAFault() throws {
        defer { end() }
        let readable = DiskCheck(folder: path + "/new/one", purpose: "state").findings()
        #expect(readable.count == 2 && readable.allSatisfy { $0.check == "disk" })
        #expect(DiskCheck(folder: "/proc/self", purpose: "state").findings().first?.verdict == .fault)
    }
}
