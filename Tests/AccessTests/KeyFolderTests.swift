import Access
import Foundation
import Messaging
import Testing

@Suite struct KeyFolderTests {
    private let scratch = Scratch()
    private var folder: KeyFolder { KeyFolder(scratch.path + "/keys") }

    @Test func aFolderIsMadeOnceAndReadBack() throws {
        let own = try folder.initialize(operator: "ada")
        #expect(own.principal == Principal(.operator, "ada"))
        #expect(try folder.clusterKey().keys.publicKey == own.cluster)
        let files = try folder.add([Principal(.worker, "w1"), Principal(.tenant, "vision"), Principal(.viewer, "wall")])
        for file in files {
            let again = try KeyFile(reading: file.path)
            #expect(again.principal == file.principal && again.keys == file.keys && again.cluster == own.cluster)
            #expect(try folder.allowList()[file.keys.publicKey] == file.principal)
        }
        #expect(Set(files.map(\.keys)).count == 3)
        let list = try String(contentsOfFile: folder.listPath, encoding: .utf8)
        #expect(throws: AccessError.self) { try folder.initialize(operator: "eve") }
        #expect(try String(contentsOfFile: folder.listPath, encoding: .utf8) == list)
    }

    /// The coordinator runs as a user of its own, and root adds and revokes keys: it must be able to read the list after that.
    @Test(.enabled(if: geteuid() == 0, "files are given away by root alone")) func whatRootWritesIsTheFoldersOwners()
        throws
    {
        _ = try folder.initialize(operator: "ada")
        chown(folder.path, 65_534, 65_534)
        let key = try folder.add([Principal(.worker, "w1")])[0].path
        _ = try folder.revoke(Principal(.operator, "ada")!)
        for path in [key, folder.listPath] {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(
                attributes[.ownerAccountID] as? Int == 65_534 && attributes[.groupOwnerAccountID] as? Int == 65_534,
                "\(path)")
        }
    }

    @Test func everyFileIsItsOwnersAlone() throws {
        _ = try folder.initialize(operator: "ada")
        _ = try folder.add([Principal(.worker, "w1")])
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            #expect(try mode("\(folder.path)/\(name)") == 0o600, "\(name)")
        }
        #expect(try mode(folder.path) == 0o700)
        let key = folder.path(of: Principal(.worker, "w1")!)
        for wide in [0o640, 0o604, 0o620, 0o700] {
            chmod(key, mode_t(wide))
            let error = try #require(throws: AccessError.self) { try KeyFile(reading: key) }
            #expect("\(error)".contains("chmod 0600 \(key)"))
        }
        for path in [folder.clusterPath, folder.listPath] {
            chmod(path, 0o644)
            #expect(throws: AccessError.self) {
                _ = try folder.clusterKey()
                _ = try folder.allowList()
            }
            chmod(path, 0o600)
        }
        chmod(folder.path, 0o777)
        #expect(throws: AccessError.self) { try folder.clusterKey() }
    }

    @Test func aRevokedKeyIsAllowedNoMoreAndTheNameIsFree() throws {
        _ = try folder.initialize(operator: "ada")
        let worker = try #require(Principal(.worker, "w1"))
        let first = try folder.add([worker])[0]
        #expect(throws: AccessError.self) { try folder.add([worker]) }
        let version = folder.listVersion()
        #expect(try folder.revoke(worker) == first.keys.publicKey.description)
        #expect(folder.listVersion() != version)
        #expect(try folder.allowList()[first.keys.publicKey] == nil)
        #expect(throws: AccessError.self) { try folder.revoke(worker) }
        let second = try folder.add([worker])[0]
        #expect(try folder.allowList()[second.keys.publicKey] == worker)
        #expect(try folder.allowList().entries.count == 3)
        // A key that was revoked does not come back by its public half.
        #expect(throws: AccessError.self) { try folder.add(Principal(.worker, "w2")!, key: first.keys.publicKey) }
    }

    @Test func allOrNoneOfSeveralAreAdded() throws {
        _ = try folder.initialize(operator: "ada")
        _ = try folder.add([Principal(.worker, "w2")])
        let before = try folder.allowList()
        #expect(throws: AccessError.self) { try folder.add([Principal(.worker, "w1"), Principal(.worker, "w2")]) }
        #expect(throws: AccessError.self) { try folder.add([Principal(.worker, "w1"), Principal(.worker, "../w")]) }
        #expect(try folder.allowList() == before)
        #expect(!FileManager.default.fileExists(atPath: folder.path(of: Principal(.worker, "w1")!)))
    }

    @Test func whichKeyAClientTakes() throws {
        _ = try folder.initialize(operator: "ada")
        _ = try folder.add([Principal(.tenant, "vision"), Principal(.worker, "w1")])
        #expect(try folder.clientKey(of: "ada").principal == Principal(.operator, "ada"))
        #expect(throws: AccessError.self) { try folder.clientKey(of: "bob") }
        #expect(try folder.workerKey(named: nil).principal == Principal(.worker, "w1"))
        _ = try folder.add([Principal(.worker, "w2")])
        #expect(throws: AccessError.self) { try folder.workerKey(named: nil) }
        #expect(try folder.workerKey(named: "w2").principal == Principal(.worker, "w2"))
        #expect(throws: AccessError.self) { try folder.workerKey(named: "../../etc/passwd") }
    }

    @Test(arguments: [
        ("role worker\nname w1\n", "secret"), ("role boss\nname w1\n", "role"), ("role worker\nname ../x\n", "name"),
        ("role worker\nrole worker\n", "twice"), ("role\n", "value"),
    ]) func unreadableKeyFilesAreNamedByPlace(_ text: String, _ word: String) throws {
        let path = scratch.path + "/bad.key"
        #expect(
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600]))
        let error = try #require(throws: AccessError.self) { try KeyFile(reading: path) }
        #expect("\(error)".hasPrefix("\(path):") && "\(error)".contains(word), "\(error)")
    }

    /// A secret is in its file and nowhere else.
    @Test func noDescriptionTellsASecret() throws {
        _ = try folder.initialize(operator: "ada")
        let file = try folder.add([Principal(.worker, "w1")])[0]
        let secret = file.keys.secretKey.revealed
        var dumped = ""
        dump(file, to: &dumped)
        for text in ["\(file)", "\(file.keys)", String(reflecting: file), "\(file.security)", dumped] {
            #expect(!text.contains(secret))
        }
        // Nor does an error about a file that holds half of one.
        let path = scratch.path + "/half.key"
        let text = "role worker\nname w1\npublic \(file.keys.publicKey)\nsecret \(secret.dropLast())\n"
        #expect(
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600]))
        let error = try #require(throws: AccessError.self) { try KeyFile(reading: path) }
        #expect(!"\(error)".contains(secret.prefix(20)))
    }

    private func mode(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }
}

final class Scratch {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("banquet-keys-\(UUID().uuidString)").path

    init() { try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}
