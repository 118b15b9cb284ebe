import Coordination
import Foundation
import Glibc
import Testing

@testable import Agent

/// What keeps a job within its bounds: its user, its limits, and the secrets that are its tenant's.
@Suite(.timeLimit(.minutes(30))) struct ConfinementTests {
    private let folder: TemporaryFolder
    private let processGuard: ProcessGuard

    init() throws {
        folder = try TemporaryFolder()
        processGuard = try ProcessGuard()
    }

    private func run(
        _ script: String, _ confinement: Confinement, in directory: String = "/", memory: UInt64? = nil
    ) throws -> (String, Outcome?) {
        let launch = Launch(
            path: "/bin/sh", arguments: ["sh", "-c", script], environment: ["PATH": "/usr/bin:/bin"],
            directory: directory, memory: memory)
        let child = try ChildProcess(launch, confinement: confinement, processGuard: processGuard)
        let output = try #require(readToEnd(child.output))
        #expect(waitUntilReadable(child.process))
        defer { child.close() }
        return (output, child.reap())
    }

    @Test func limitsHoldForTheJobAlone() throws {
        let limits = [("files", 17), ("core", 0), ("cpu", 3600), ("file-size", 1 << 20)] as [(String, UInt64)]
        let confinement = Confinement(limits: limits.compactMap { ResourceLimit($0.0, $0.1) })
        let (text, outcome) = try run("ulimit -n; ulimit -Hn; ulimit -c; ulimit -t", confinement)
        #expect(text == "17\n17\n0\n3600\n" && outcome == .exited(code: 0))
        #expect(ResourceLimit("fame", 1) == nil)
        // One that the kernel does not grant starts nothing.
        let error = #expect(throws: Launch.Impossible.self) {
            _ = try run("true", Confinement(limits: [ResourceLimit("files", 1 << 40)!]))
        }
        #expect(error?.reason.hasPrefix("can't set its resource limits") == true)
    }

    /// A process that wants more than it may have is told so by the kernel; who asked for nothing has no bound of this kind.
    @Test func memoryAndProcessesAreBounded() throws {
        let script = "dd if=/dev/zero of=/dev/null bs=300M count=1 2>/dev/null && echo had || echo refused"
        let bound = Confinement(limits: [ResourceLimit("memory", 200 << 20)!, ResourceLimit("processes", 4096)!])
        #expect(try run("\(script); ulimit -p", bound).0 == "refused\n4096\n")
        let asked = Confinement(limits: [.jobsMemory])
        #expect(try run(script, asked, memory: 200 << 20).0 == "refused\n")
        #expect(try run(script, asked, memory: 2 << 30).0 == "had\n")
        #expect(try run(script, asked).0 == "had\n")
    }

    @Test(.enabled(if: geteuid() == 0)) func jobsOfRootsAgentRunAsTheirUser() throws {
        let account = try JobAccount(named: "nobody")
        let secret = folder.path + "/root-only"
        #expect(
            FileManager.default.createFile(
                atPath: secret, contents: Data("x".utf8), attributes: [.posixPermissions: 0o600]))
        let (text, outcome) = try run(
            "id -u; id -g; id -G; cat \(secret) 2>/dev/null || echo shut; grep NoNewPrivs /proc/self/status; kill -9 $PPID 2>/dev/null || echo alive",
            Confinement(account: account))
        let lines = text.split(separator: "\n").map(String.init)
        #expect(
            lines == [
                "\(account.user)", "\(account.group)", account.groups.map { "\($0)" }.joined(separator: " "),
                "shut", "NoNewPrivs:\t1", "alive",
            ], "\(text)")
        #expect(outcome == .exited(code: 0))
        #expect(throws: AgentError.self) { try JobAccount(named: "root") }
        #expect(throws: AgentError.self) { try JobAccount(named: "no-such-user-here") }
    }

    /// The user gets its lease's folder, cannot look into others', and what it names as a checkpoint has to be its own.
    @Test(.enabled(if: geteuid() == 0)) func theFolderIsTheUsersAndNothingElse() throws {
        let account = try JobAccount(named: "nobody")
        let work = try WorkFolder(folder.path + "/work", account: account)
        // The way there is open; the test's own folder is in /tmp.
        chmod(folder.path, 0o755)
        let lease = try work.make(for: lease(1, 0, 1))
        #expect(FileManager.default.createFile(atPath: lease.restored, contents: Data("old".utf8)))
        try work.handOver(lease)
        let (text, _) = try run(
            "pwd; echo new > a; cat \(lease.restored); echo; ls \(work.path) 2>/dev/null || echo hidden; ln -s /etc/shadow link",
            Confinement(account: account), in: lease.run)
        #expect(text == "\(lease.run)\nold\nhidden\n")
        #expect(try CheckpointFile.read("a", in: lease.run, owner: account.user) == Array("new\n".utf8))
        for path in ["link", "/etc/passwd"] {
            #expect(throws: CheckpointFile.Unfit.self) {
                try CheckpointFile.read(path, in: lease.run, owner: account.user)
            }
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func anotherUsersJobSeesNothingOfTheAgentsEnvironment() throws {
        let account = try JobAccount(named: "nobody")
        let seen = account.environment(from: ["PATH": "/bin", "AWS_SECRET": "x", "HOME": "/root", "LC_ALL": "C"])
        #expect(
            seen == [
                "PATH": "/bin", "LC_ALL": "C", "HOME": account.home, "USER": "nobody", "LOGNAME": "nobody",
                "SHELL": "/bin/sh",
            ])
    }

    @Test func secretsAreTheTenantsAndTheWorkers() throws {
        let secrets = SecretFolder(path: folder.path)
        try FileManager.default.createDirectory(atPath: folder.path + "/vision", withIntermediateDirectories: true)
        let file = folder.path + "/vision/hub"
        #expect(
            FileManager.default.createFile(
                atPath: file, contents: Data("hush\n".utf8), attributes: [.posixPermissions: 0o600]))
        #expect(try secrets.resolve(["T": "secret:hub", "A": "b"], of: "vision") == ["T": "hush", "A": "b"])
        #expect(try secrets.resolve(["A": "b"], of: "../x") == ["A": "b"])
        for (name, tenant) in [
            ("hub", "speech"), ("../vision/hub", "vision"), ("hub", "../vision"), ("", "vision"),
            ("hub", ""), (".", "vision"), ("none", "vision"),
        ] {
            #expect(throws: Launch.Impossible.self) { try secrets.resolve(["T": "secret:\(name)"], of: tenant) }
        }
        chmod(file, 0o644)
        let wide = #expect(throws: Launch.Impossible.self) { try secrets.resolve(["T": "secret:hub"], of: "vision") }
        #expect(wide?.reason.contains("chmod 0600") == true && wide?.reason.contains("hush") == false)
        #expect(throws: Launch.Impossible.self) {
            try SecretFolder(path: nil).resolve(["T": "secret:hub"], of: "vision")
        }
    }

    /// What a tenant writes is an argument, whatever is in it: there is no shell on the way.
    @Test func nothingIsReadByAShell() throws {
        let words = ["printf", "%s\\n", "$(touch \(folder.path)/x)", "`id`", "; rm -rf .", "a\nb", "'\"", "$HOME", "*"]
        let host = Launch.Host(worker: WorkerName("w1")!, executable: "/x", environment: ["PATH": "/usr/bin:/bin"])
        var launch = try Launch(
            assignment(.command(words), environment: ["E": "$(id)"]), nil, on: host,
            in: WorkFolder.LeaseFolder(path: folder.path), checkpoint: nil, isExecutable: { access($0, X_OK) == 0 })
        launch.directory = folder.path
        let child = try ChildProcess(launch, processGuard: processGuard)
        #expect(readToEnd(child.output) == words.dropFirst(2).map { $0 + "\n" }.joined())
        #expect(waitUntilReadable(child.process))
        #expect(child.reap() == .exited(code: 0))
        child.close()
        #expect(launch.environment["E"] == "$(id)")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/x"))
    }
}
