import Access
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
        #expect(verdict("tcp://10.9.8.7:7447", isCoordinator: true) == .fault)
        #expect(verdict("nonsense", isCoordinator: true) == .fault)
        #expect(verdict("tcp://127.0.0.1:1", isCoordinator: false) == .warning)
    }

    @Test func aFolderThatCanNotBeWrittenIsAFault() throws {
        defer { end() }
        let readable = DiskCheck(folder: path + "/new/one", purpose: "state").findings()
        #expect(readable.count == 2 && readable.allSatisfy { $0.check == "disk" })
        #expect(DiskCheck(folder: "/proc/self", purpose: "state").findings().first?.verdict == .fault)
    }
}
