import Coordination
import Deployment
import Foundation

/// Brings services to a release and to their files, and leaves alone those that are there.
struct ClusterRollout {
    let release: Release
    let isDry: Bool
    /// Seconds that a worker's work may take to end.
    let timeout: Double
    var connection: ClusterConnection?
    private(set) var hasRunOutOfTime = false
    /// Workers whose hosts have something of them.
    private(set) var placed: Set<String> = []

    init(release: Release, isDry: Bool, timeout: Double) {
        self.release = release
        self.isDry = isDry
        self.timeout = timeout
    }

    /// What has to happen with a service.
    private struct Need {
        var row: ClusterRow
        var starts = false
        /// It runs, but not as it should.
        var isRestart = false
        /// The release that it ran.
        var before: String?

        mutating func take(_ facts: ServiceFacts, _ release: Release) {
            row.take(facts)
            // The allow list is read again by a coordinator that runs; all else is read at the start.
            let isConfigured = facts.changes.allSatisfy { $0.hasSuffix("/allowed") }
            starts = facts.pid == nil || facts.running != release.name || !isConfigured
            isRestart = starts && facts.pid != nil
            before = isRestart ? facts.running : nil
        }
    }

    /// Everything up to the start, which interrupts nothing: files in their places, and the release installed.
    private func prepare(_ session: HostSession, _ files: [HostFile]) async -> Need {
        var need = Need(row: ClusterRow(session))
        let configuration = files.first { $0.place == .configuration }
        do throws(DeploymentError) {
            // What is checked before it is put in force is only looked for.
            var facts = try await session.prepare(files, isDry: isDry || configuration != nil)
            need.take(facts, release)
            guard facts.machine == release.machine else {
                throw DeploymentError("the package is for \(release.machine), and this host is \(facts.machine)")
            }
            // Folders, and the coordinator's user.
            if configuration != nil, need.starts, !isDry { _ = try await session.prepare([], isDry: false) }
            if !facts.releases.contains(release.name) {
                if !isDry { try await session.install(release) }
                need.row.did.append("\(isDry ? "would install" : "installed") \(release.version)")
            }
            if let configuration, !isDry {
                if need.starts { try await pass(configuration, session) }
                if !facts.changes.isEmpty { facts = try await session.prepare(files, isDry: false) }
            }
            for path in facts.changes { need.row.did.append("\(isDry ? "would write" : "wrote") \(path)") }
            if isDry, need.starts { need.row.did.append(need.isRestart ? "would restart it" : "would start it") }
            if !need.starts, need.row.did.isEmpty { need.row.did.append("as it should be") }
        } catch {
            if need.row.state == "running" {
                need.row.problem = error.description
            } else {
                need.row.fail(error.description)
            }
        }
        return need
    }

    /// The preflight of the coordinator's configuration, by this release on its host, before either is in force.
    private func pass(_ configuration: HostFile, _ session: HostSession) async throws(DeploymentError) {
        Terminal.complain("coordinator: its preflight, before anything is changed")
        guard let report = try await session.preflight(of: configuration, by: release) else { return }
        Terminal.complain(report.trimmingCharacters(in: .whitespacesAndNewlines))
        throw DeploymentError("the preflight, above, did not pass: what was in force stays so")
    }

    private func start(_ session: HostSession, _ row: inout ClusterRow, isRestart: Bool) async {
        do throws(DeploymentError) {
            try await session.start(release)
            row.did.append(isRestart ? "restarted" : "started")
            row.take(try await session.facts())
        } catch {
            row.fail(error.description)
        }
    }

    /// The coordinator, whose restart interrupts nothing that runs. One that doesn't come up again is brought back as it was.
    /// - Parameter answers: asks it at its endpoint.
    func bringCoordinator(
        _ session: HostSession, _ files: [HostFile], until answers: () -> Bool
    ) async -> ClusterRow {
        var need = await prepare(session, files)
        guard need.row.problem == nil, !isDry else { return need.row }
        if need.starts { await start(session, &need.row, isRestart: need.isRestart) }
        var problem = need.row.problem
        if problem == nil { problem = await self.problem(of: session, until: answers) }
        guard let problem else {
            need.row.connection = "answers"
            return need.row
        }
        need.row.fail(problem)
        guard let before = need.before else { return need.row }
        do throws(DeploymentError) {
            try await session.revert(to: before)
            if let again = await self.problem(of: session, until: answers) { throw DeploymentError(again) }
            need.row.problem = "\(problem); what was in force before is so again"
            need.row.connection = "answers"
            need.row.take(try await session.facts())
        } catch {
            need.row.fail("\(problem); and what was in force before doesn't come up, either: \(error)")
        }
        return need.row
    }

    /// Files that a coordinator reads while it runs.
    func update(_ session: HostSession, _ files: [HostFile]) async {
        do throws(DeploymentError) { _ = try await session.prepare(files, isDry: false) } catch {
            Terminal.complain("coordinator: its allow list is not brought up to date: \(error)")
        }
    }

    /// Workers. Those that don't run start together; those that do are drained, restarted and taken back one after the other.
    mutating func bring(_ sessions: [HostSession], files: [[HostFile]]) async -> [ClusterRow] {
        let this = self
        // Services of one host share its folder of releases: they take turns.
        let groups = Dictionary(grouping: sessions.indices) { sessions[$0].host }.values.sorted { $0[0] < $1[0] }
        let outcomes = await inParallel(groups) { group in
            var needs: [(Int, Need)] = []
            for index in group {
                var need = await this.prepare(sessions[index], files[index])
                if need.row.problem == nil, need.starts, !need.isRestart, !this.isDry {
                    await this.start(sessions[index], &need.row, isRestart: false)
                }
                needs.append((index, need))
            }
            return needs
        }
        var needs = outcomes.flatMap { $0 }.sorted { $0.0 < $1.0 }.map(\.1)
        guard !isDry else { return needs.map(\.row) }
        placed = Set(needs.filter { $0.row.problem == nil || $0.row.service != nil }.map(\.row.name))
        for index in needs.indices where needs[index].isRestart && needs[index].row.problem == nil {
            await restart(sessions[index], &needs[index].row)
        }
        await seeConnected(sessions, &needs)
        return needs.map(\.row)
    }

    private mutating func restart(_ session: HostSession, _ row: inout ClusterRow) async {
        guard let connection, let name = WorkerName(session.service.name) else { return }
        do {
            let known = try connection.workers()[name]
            // One that an operator drains stays so.
            let isOurs = known.map { $0.isDraining != true } ?? false
            if known != nil {
                if isOurs { try connection.drain(name) }
                Terminal.complain("\(name): drained, and restarted when it holds nothing")
                guard try await connection.waitUntilIdle([name], seconds: timeout).isEmpty else {
                    if isOurs { try connection.undrain(name) }
                    hasRunOutOfTime = true
                    row.fail("still holds work after \(Int(timeout)) s, and was left as it was")
                    return
                }
            }
            await start(session, &row, isRestart: true)
            if isOurs { try connection.undrain(name) }
        } catch {
            row.fail(sentence(error))
        }
    }

    /// Waits until the coordinator knows of all that were started.
    private func seeConnected(_ sessions: [HostSession], _ needs: inout [Need]) async {
        guard let connection else { return }
        let limit = ContinuousClock.now.advanced(by: .seconds(30))
        while true {
            let workers = (try? connection.workers()) ?? [:]
            for index in needs.indices {
                let state = WorkerName(sessions[index].service.name).flatMap { workers[$0] }
                needs[index].row.connection = state?.shown
            }
            let missing = needs.indices.filter {
                needs[$0].row.problem == nil && needs[$0].row.connection?.hasPrefix("connected") != true
            }
            if missing.isEmpty { return }
            if ContinuousClock.now > limit {
                for index in missing {
                    let words = await sessions[index].lastWords()
                    let last = words.split(separator: "\n").last.map { "; it last said: \($0)" } ?? ""
                    needs[index].row.fail("runs, and isn't connected to the coordinator\(last)")
                }
                return
            }
            try? await Task.sleep(for: .milliseconds(300))
        }
    }

    /// Waits for a coordinator that was started: its preflight comes before it listens.
    /// - Returns: why it doesn't answer; nil when it does.
    private func problem(of session: HostSession, until answers: () -> Bool) async -> String? {
        let limit = ContinuousClock.now.advanced(by: .seconds(120))
        while true {
            if answers() { return nil }
            let isAlive: Bool
            do throws(DeploymentError) { isAlive = try await session.facts().pid != nil } catch {
                return error.description
            }
            if isAlive, ContinuousClock.now < limit { continue }
            let words = await session.lastWords()
            if !words.isEmpty { Terminal.complain(words.trimmingCharacters(in: .newlines)) }
            return isAlive
                ? "runs, and doesn't answer at its endpoint within two minutes" : "it ended; what it said is above"
        }
    }
}
