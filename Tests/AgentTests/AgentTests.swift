import Coordination
import Foundation
import Glibc
import Logging
import Messaging
import Testing

@testable import Agent

/// A whole agent with real processes, against the real core behind a socket.
@Suite(.timeLimit(.minutes(30))) struct AgentTests {
    private let coordinator: TestCoordinator
    private let folder: TemporaryFolder

    init() throws {
        coordinator = try TestCoordinator()
        folder = try TemporaryFolder()
    }

    private func agent(
        _ name: String = "w1", at endpoint: String, slots: UInt32 = 4, offer: WorkerOffer = WorkerOffer()
    ) throws -> Agent {
        try Agent(
            Agent.Configuration(
                coordinator: endpoint, name: WorkerName(name)!, slots: slots, offer: offer,
                workFolder: "\(folder.path)/\(name)",
                executable: "/bin/echo", shutdownGraceMilliseconds: 300, catchesSignals: false),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    /// Runs `body` beside an agent, which is stopped then.
    private func withAgent(
        offering offer: WorkerOffer = WorkerOffer(), _ body: @Sendable (TestCoordinator) async throws -> Void
    ) async throws {
        let agent = try agent(at: try await coordinator.listen(), offer: offer)
        let running = Task { try await agent.run() }
        do {
            try await body(coordinator)
        } catch {
            running.cancel()
            throw error
        }
        running.cancel()
        #expect(try await running.value == .stopped)
        await coordinator.wait { $0.journal.last?.event == .leave(WorkerName("w1")!) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/w1") == [])
    }

    private func shell(
        _ script: String, shape: JobSpecification.Shape = .array(tasks: 1), retries: UInt32 = 0
    ) -> JobSpecification {
        JobSpecification(name: "test", shape: shape, program: .command(["sh", "-c", script]), retries: retries)
    }

    @Test func aProgramRunsAndItsOutputArrives() async throws {
        try await withAgent { coordinator in
            let job = await coordinator.submit(
                shell("echo out; echo error >&2; echo '{\"a\": 1}' >&$BANQUET_METRICS_FD; pwd"))
            #expect(await coordinator.end(of: job).state == .succeeded)
            #expect(await coordinator.text(job) == "out\n\(folder.path)/w1/j1.0-1/run\n")
            #expect(await coordinator.text(job, 0, .error) == "error\n")
            #expect(await coordinator.metrics == ["{\"a\": 1}"])
        }
    }

    @Test func codesSignalsAndMissingProgramsAreTold() async throws {
        try await withAgent { coordinator in
            let code = await coordinator.submit(shell("exit 7"))
            let signal = await coordinator.submit(shell("kill -9 $$"))
            let missing = await coordinator.submit(
                JobSpecification(name: "m", shape: .array(tasks: 1), program: .command(["no-such-program"])))
            #expect(await coordinator.end(of: code).exitCode == 7)
            #expect(await coordinator.end(of: signal).state == .failed)
            #expect(await coordinator.end(of: missing).state == .failed)
            let events = await coordinator.journal.map(\.event)
            #expect(events.contains(.fail(lease(2, 0, 2), .signalled(signal: 9))))
            let reason = events.compactMap { event -> String? in
                if case .fail(_, .notStarted(let reason)) = event { reason } else { nil }
            }
            #expect(reason.count == 1 && reason[0].hasPrefix("there is no program 'no-such-program' in PATH"))
        }
    }

    @Test func builtinsAreTheAgentsOwnExecutable() async throws {
        try await withAgent { coordinator in
            let job = await coordinator.submit(
                JobSpecification(
                    name: "b", shape: .array(tasks: 1), program: .builtin("digits", parameters: ["a": "b c"])))
            #expect(await coordinator.end(of: job).state == .succeeded)
            #expect(await coordinator.text(job) == "rank digits --parameter a=b c\n")
        }
    }

    @Test func noopsNeedNoProcess() async throws {
        try await withAgent { coordinator in
            let job = await coordinator.submit(
                JobSpecification(name: "n", shape: .array(tasks: 100), program: .builtin("noop", parameters: [:])))
            let end = await coordinator.end(of: job)
            #expect(end.unitsSucceeded == 100)
            #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/w1/j1.0-1"))
        }
    }

    @Test func aGangMeetsAndGoesOnFromItsCheckpoint() async throws {
        let script = """
            echo $RANK $LOCAL_RANK $WORLD_SIZE $MASTER_ADDR $BANQUET_ATTEMPT
            if [ $RANK = 0 ]; then
              if [ -z "$BANQUET_CHECKPOINT" ]; then
                while [ ! -e $SHARED/1 ] || [ ! -e $SHARED/2 ]; do sleep 0.01; done
                echo $MASTER_PORT > $BANQUET_CHECKPOINT_DIR/one
                printf '{"checkpoint": "%s", "step": 41}\\n' $BANQUET_CHECKPOINT_DIR/one >&3
                exit 1
              fi
              [ $BANQUET_CHECKPOINT_STEP = 41 ] || exit 9
              [ "$(cat $BANQUET_CHECKPOINT)" != $MASTER_PORT ] || exit 8
            else
              echo here > $SHARED/$RANK
              [ -n "$BANQUET_CHECKPOINT" ] || exec sleep 1000
            fi
            """
        try await withAgent { coordinator in
            var gang = shell(script, shape: .gang(ranks: 3), retries: 1)
            gang.environment["SHARED"] = folder.path
            let job = await coordinator.submit(gang)
            let end = await coordinator.end(of: job)
            #expect(end.state == .succeeded, "\(end)")
            #expect(end.attempts == 2)
            #expect(await coordinator.text(job, 0) == "0 0 3 127.0.0.1 1\n0 0 3 127.0.0.1 2\n")
            #expect(await coordinator.text(job, 2) == "2 2 3 127.0.0.1 1\n2 2 3 127.0.0.1 2\n")
            #expect(await coordinator.checkpoints.keys.sorted() == [41])
            #expect(await coordinator.metrics == [])
        }
    }

    @Test func eachUnitIsToldItsDevices() async throws {
        var offer = WorkerOffer()
        offer.devices = ["gpu": 3]
        try await withAgent(offering: offer) { coordinator in
            // The first keeps its device until both of the gang have said theirs.
            var task = shell(
                "echo $CUDA_VISIBLE_DEVICES $BANQUET_DEVICES_GPU; while [ ! -e $SHARED/0 ] || [ ! -e $SHARED/1 ]; do sleep 0.01; done"
            )
            task.environment["SHARED"] = folder.path
            task.requirements.devices = ["gpu": 1]
            let first = await coordinator.submit(task)
            await coordinator.wait { !$0.text(first).isEmpty }
            var gang = shell(
                "echo $LOCAL_RANK $LOCAL_WORLD_SIZE $CUDA_VISIBLE_DEVICES $BANQUET_DEVICES_GPU; echo x > $SHARED/$RANK",
                shape: .gang(ranks: 2))
            gang.environment["SHARED"] = folder.path
            gang.requirements.devices = ["gpu": 1]
            let second = await coordinator.submit(gang)
            #expect(await coordinator.end(of: second).state == .succeeded)
            #expect(await coordinator.end(of: first).state == .succeeded)
            #expect(await coordinator.text(first) == "0 0\n")
            #expect(await coordinator.text(second, 0) == "0 2 1,2 1\n")
            #expect(await coordinator.text(second, 1) == "1 2 1,2 2\n")
            let none = await coordinator.submit(shell("echo $CUDA_VISIBLE_DEVICES"))
            #expect(await coordinator.end(of: none).state == .succeeded)
            #expect(await coordinator.text(none) == "-1\n")
        }
    }

    @Test func checkpointsThatAreNotTakenAreExplained() async throws {
        try await withAgent { coordinator in
            let script = """
                head -c 5000000 /dev/zero > big; echo '{"checkpoint": "big", "step": 1}' >&3
                echo 'no JSON' >&3; echo '{"checkpoint": "small", "step": 2}' >&3
                """
            let job = await coordinator.submit(shell(script))
            #expect(await coordinator.end(of: job).state == .succeeded)
            let run = "\(folder.path)/w1/j1.0-1/run"
            #expect(
                await coordinator.text(job, 0, .error) == """
                    [banquet: checkpoint 1 is not kept: \(run)/big has 5000000 bytes; a checkpoint may have 4194304]
                    [banquet: a line of metrics is not a JSON object: no JSON]
                    [banquet: checkpoint 2 is not kept: \(run)/small: No such file or directory]

                    """)
        }
    }

    @Test func cancelStopsPolitelyThenNot() async throws {
        try await withAgent { coordinator in
            let polite = await coordinator.submit(
                shell("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done"))
            let deaf = await coordinator.submit(shell("trap '' TERM; echo ready; while :; do sleep 1000; done"))
            await coordinator.wait { $0.text(polite) == "ready\n" && $0.text(deaf) == "ready\n" }
            await coordinator.cancel(polite)
            await coordinator.cancel(deaf)
            #expect(await coordinator.end(of: polite).state == .cancelled)
            #expect(await coordinator.end(of: deaf).state == .cancelled)
            #expect(await coordinator.text(polite) == "ready\nbye\n")
        }
    }

    @Test func aFloodArrivesWhole() async throws {
        try await withAgent { coordinator in
            let size = 8_000_000
            let job = await coordinator.submit(shell("yes 0123456 | head -c \(size); echo done >&2"))
            #expect(await coordinator.end(of: job).state == .succeeded)
            let bytes = await coordinator.bytes(job)
            #expect(bytes.count == size)
            var expected = Array("0123456\n".utf8)
            while expected.count < size { expected += expected }
            #expect(bytes == Array(expected[..<size]))
            #expect(await coordinator.text(job, 0, .error) == "done\n")
            #expect(await coordinator.holes == 0)
        }
    }

    @Test func anEndlessFloodCanBeCancelledAndHoldsNobodyUp() async throws {
        try await withAgent { coordinator in
            let flood = await coordinator.submit(shell("yes"))
            await coordinator.wait { $0.printedBytes > 5_000_000 }
            let other = await coordinator.submit(shell("echo here"))
            #expect(await coordinator.end(of: other).state == .succeeded)
            await coordinator.cancel(flood)
            #expect(await coordinator.end(of: flood).state == .cancelled)
        }
    }

    /// The coordinator is killed and comes back on its journal; the unit goes on, and nothing that it printed is lost
    /// or doubled.
    @Test func aUnitOutlivesItsCoordinator() async throws {
        let endpoint = try await coordinator.listen()
        let agent = try agent(at: endpoint)
        let running = Task { try await agent.run() }
        let go = "\(folder.path)/go"
        let job = await coordinator.submit(
            shell("seq 1 20000; while [ ! -e \(go) ]; do sleep 0.01; done; seq 20001 40000; echo end >&2"))
        await coordinator.wait { $0.printedBytes > 50_000 }
        try await coordinator.crash()
        _ = FileManager.default.createFile(atPath: go, contents: nil)
        // libzmq closes the old socket in its own time.
        #expect(await eventually { (try? await coordinator.listen(at: endpoint)) != nil })
        let end = await coordinator.end(of: job)
        #expect(end.state == .succeeded)
        #expect(await coordinator.journal.filter { if case .assign = $0.event { true } else { false } }.count == 1)
        await coordinator.wait { $0.text(job, 0, .error) == "end\n" }
        #expect(await coordinator.text(job) == (1...40_000).map { "\($0)\n" }.joined())
        #expect(await coordinator.holes == 0)
        running.cancel()
        #expect(try await running.value == .stopped)
    }

    /// A unit that ends while no coordinator listens: its last words come before its end.
    @Test func whatAUnitSaidLastOutlivesTheCoordinator() async throws {
        let endpoint = try await coordinator.listen()
        let agent = try agent(at: endpoint)
        let running = Task { try await agent.run() }
        let go = "\(folder.path)/go"
        let job = await coordinator.submit(
            shell(
                """
                echo $$; while [ ! -e \(go) ]; do sleep 0.01; done; echo second; echo third >&2
                echo 7 > c; echo '{"a": 1}' >&3; printf '{"checkpoint": "c", "step": 5}\\n' >&3
                """))
        await coordinator.wait { $0.text(job).hasSuffix("\n") }
        let first = await coordinator.text(job)
        let pid = try #require(pid_t(first.dropLast()))
        try await coordinator.crash()
        _ = FileManager.default.createFile(atPath: go, contents: nil)
        #expect(await eventually { kill(pid, 0) != 0 })
        #expect(await eventually { (try? await coordinator.listen(at: endpoint)) != nil })
        #expect(await coordinator.end(of: job).state == .succeeded)
        #expect(await coordinator.text(job) == first + "second\n")
        #expect(await coordinator.text(job, 0, .error) == "third\n")
        #expect(await coordinator.metrics == ["{\"a\": 1}"])
        #expect(await coordinator.checkpoints == [5: Array("7\n".utf8)])
        running.cancel()
        #expect(try await running.value == .stopped)
    }

    @Test func stoppingAnAgentStopsItsUnits() async throws {
        let agent = try agent(at: try await coordinator.listen())
        let running = Task { try await agent.run() }
        let job = await coordinator.submit(shell("echo $$; sleep 1000 & echo $!; wait"))
        await coordinator.wait { $0.text(job).split(separator: "\n").count == 2 }
        let pids = await coordinator.text(job).split(separator: "\n").compactMap { pid_t($0) }
        #expect(pids.count == 2 && pids.allSatisfy(isRunning))
        running.cancel()
        #expect(try await running.value == .stopped)
        #expect(await eventually { !pids.contains(where: isRunning) })
        #expect(await coordinator.summary(job).state == .queued)
    }

    @Test func anotherWorkerOfTheSameNameIsRefused() async throws {
        let endpoint = try await coordinator.listen()
        let first = try agent(at: endpoint)
        let running = Task { try await first.run() }
        await coordinator.wait { $0.journal.contains { if case .join = $0.event { true } else { false } } }
        let elsewhere = try TemporaryFolder()
        let second = try Agent(
            Agent.Configuration(
                coordinator: endpoint, name: WorkerName("w1")!, slots: 1, workFolder: elsewhere.path,
                executable: "/bin/echo",
                catchesSignals: false), logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        guard case .refused(let reason) = try await second.run() else {
            Issue.record("it was not refused")
            return
        }
        #expect(reason.contains("w1"), "\(reason)")
        running.cancel()
        #expect(try await running.value == .stopped)
    }

    @Test func settingsThatCanNotBeAreRefused() async throws {
        #expect(throws: AgentError.self) { try agent(at: "tcp://127.0.0.1:1", slots: 0) }
        let wrong = try agent(at: "tcp//nonsense")
        await #expect(throws: MessagingError.self) { try await wrong.run() }
    }

    /// SIGTERM without a coordinator: the agent has nothing to wait for.
    @Test func aSignalStopsTheAgent() async throws {
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            let agent = try Agent(
                Agent.Configuration(
                    coordinator: "tcp://127.0.0.1:1", name: WorkerName("w1")!, slots: 1, workFolder: path,
                    executable: "/bin/echo"), logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
            let running = Task { try await agent.run() }
            // The handler is there once the signal is caught.
            var action = sigaction()
            while sigaction(SIGTERM, nil, &action) == 0, action.__sigaction_handler.sa_handler == nil {
                await Task.yield()
            }
            kill(getpid(), SIGTERM)
            guard try await running.value == .stopped else { _exit(3) }
        }
    }
}
