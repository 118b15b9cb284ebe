import Coordination
import Testing
import Wire

/// Peers of other versions, before a coordinator of this one: over real sockets, with keys.
@Suite(.timeLimit(.minutes(30))) struct UpgradeTests {
    private let site: Site
    init() async throws { site = try await Site() }

    /// While an upgrade lasts, workers of one minor version before do their work.
    @Test func aWorkerOfTheVersionBeforeWorks() async throws {
        let worker = try site.peer(.worker, "w1")
        worker.version = WireVersion(WireVersion.current.major, WireVersion.current.minor - 1)
        #expect(try worker.join(as: "w1", incarnation: 1).isWelcome)
        let job = try site.submit(slots: 1)
        let lease = try #require(try worker.assigned())
        try worker.say(.fromWorker(.accept(lease, port: 0)))
        try worker.say(.fromWorker(.heartbeat(Heartbeat(incarnation: Incarnation(1), sequence: 2, held: []))))
        try worker.hear { if case .toWorker(.renew(2, _), _) = $0 { true } else { false } }
        try worker.say(.fromWorker(.finish(lease, .exited(code: 0))))
        try worker.hear { if case .toWorker(.settle(lease), _) = $0 { true } else { false } }
        #expect(try site.job(job).summary.state == .succeeded)
        try await site.end()
    }

    /// What is older, or of another major version, hears which version it takes, and is no member.
    @Test(arguments: [WireVersion(0, 9), WireVersion(2, 0)]) func othersAreTold(_ version: WireVersion) async throws {
        let worker = try site.peer(.worker, "w1")
        worker.version = version
        let refusal = try #require(try worker.join(as: "w1", incarnation: 1).refusal)
        #expect(refusal.contains("wire version \(version)") && refusal.contains("\(WireVersion.current)"), "\(refusal)")
        #expect(try site.workers().isEmpty)
        try await site.end()
    }
}
