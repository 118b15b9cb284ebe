@testable import Coordination
import Foundation
import Testing

@testable import Console

@Suite struct AlertBookTests {
    private func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1000) }

    private func seen(
        _ seconds: Int64, overtaken: UInt64 = 0, waitsSince: Int64? = nil, slots: UInt64 = 4
    ) -> AlertBook.Observation {
        let tenant = TenantSummary(
            name: "vision", weight: 1, quota: nil, slotsUsed: 0, dominantShare: 0, activeJobs: 1, queuedUnits: 8,
            firstWaiting: waitsSince.map { _ in JobID(5) }, waitsSince: waitsSince.map(at), overtaken: overtaken)
        return AlertBook.Observation(
            time: at(seconds),
            overview: ClusterOverview(
                sequence: 1, time: at(seconds), policy: "fair", isUnverified: false, jobs: [:], workers: [:],
                slots: slots,
                slotsUsed: 0, tenants: [tenant]))
    }

    @Test func aWaitBecomesAnAlertAtItsBoundAndIsOverWithTheWait() {
        var rules = AlertRules()
        rules.waitMilliseconds = 60_000
        var book = AlertBook(rules: rules)
        #expect(book.observe(seen(59, waitsSince: 0)).isEmpty)
        let opened = book.observe(seen(60, waitsSince: 0))
        #expect(opened.map(\.kind) == [.starvation])
        #expect(opened.map(\.subject) == ["j5"])
        // The same finding is one alert.
        #expect(book.observe(seen(70, waitsSince: 0)).isEmpty)
        let cleared = book.observe(seen(80))
        #expect(cleared.map(\.cleared) == [at(80)])
        #expect(book.open.isEmpty)
        // And it is a new one when it happens again.
        #expect(book.observe(seen(200, waitsSince: 100)).map(\.id) == [2])
    }

    @Test(arguments: [(UInt64(5), false), (6, true)]) func overtakingIsHeldAgainstItsBound(
        _ count: UInt64, _ isAlert: Bool
    ) {
        var rules = AlertRules()
        rules.overtaken = 5
        // Also where something is proved.
        for proved in [nil, OvertakingBound(most: 3, tenants: 3)] {
            var book = AlertBook(rules: rules)
            var observation = seen(1, overtaken: count, waitsSince: 0)
            observation.proved = proved
            let opened = book.observe(observation)
            #expect(opened.isEmpty != isAlert)
            #expect(opened.allSatisfy { $0.message.contains("the configuration's limit is 5;") })
        }
    }

    /// The number is the preflight's, and the alert says so.
    @Test func whatThePreflightProvedIsTheLimit() throws {
        var book = AlertBook(rules: AlertRules())
        func look(_ seconds: Int64, _ times: UInt64, tenants: Int = 1) -> [Alert] {
            // Units say nothing here: those that start beside a reservation may be any number.
            var observation = seen(seconds, overtaken: 1_000_000, waitsSince: 0)
            for index in 1..<max(tenants, 1) {
                var other = observation.overview.tenants[0]
                (other.name, other.firstWaiting) = ("other\(index)", JobID(UInt64(5 + index)))
                observation.overview.tenants.append(other)
            }
            observation.proved = OvertakingBound(most: 7, tenants: 3)
            observation.overtakenInTurn = ["vision": times]
            return book.observe(observation)
        }
        #expect(look(1, 7).isEmpty)
        let opened = look(2, 9)
        #expect(opened.map(\.subject) == ["j5"] && opened.map(\.kind) == [.starvation])
        #expect(
            opened[0].message
                == "j5 of vision was overtaken 9 times since it is aged; the preflight proved at most 7; "
                + "`banquet show j5` says what it waits for")
        #expect(look(3, 0).map(\.cleared) == [at(3)])
        // Each tenant beyond the model's may go first once.
        #expect(look(4, 9, tenants: 5).isEmpty)
        #expect(look(5, 10, tenants: 5)[0].message.contains("at most 9 with 5 tenants that wait;"))
    }

    /// Where the preflight has no number, the alert names the limit that stands in for it.
    @Test func withoutANumberTheUsualLimitIsNamed() {
        var book = AlertBook(rules: AlertRules())
        let limit = 4 * (2 * UInt64(Fair().patience) + 1 + 1)
        #expect(book.observe(seen(1, overtaken: limit, waitsSince: 0)).isEmpty)
        let opened = book.observe(seen(2, overtaken: limit + 1, waitsSince: 0))
        #expect(
            opened.map(\.message) == [
                "j5 of vision was overtaken by \(limit + 1) units; the preflight proved no number for the policy fair, "
                    + "and the limit is \(limit) for 4 slots; `banquet show j5` says what it waits for"
            ])
    }

    @Test func aWaitNamesItsLimit() {
        var book = AlertBook(rules: AlertRules())
        let opened = book.observe(seen(7200, waitsSince: 0))
        #expect(opened[0].message.contains("has waited for 120 minutes (alert from 60 minutes)"))
    }

    @Test func stuckGangsFlappingWorkersAndAFullDisk() {
        var rules = AlertRules()
        rules.stuckMilliseconds = 10_000
        rules.losses = 2
        rules.freeBytes = 1000
        var book = AlertBook(rules: rules)
        var observation = seen(4000)
        observation.gangs = [(JobID(1), at(3990)), (JobID(2), at(3991))]
        observation.crashes = [WorkerName("w1")!: [at(300), at(3999)], WorkerName("w2")!: [at(500), at(3999)]]
        observation.freeBytes = 999
        let found = book.observe(observation).map { "\($0.kind.rawValue) \($0.subject)" }
        // w1 was lost once within the hour before, w2 twice.
        #expect(found == ["disk state", "flapping w2", "stuck j1"])
    }

    /// An alert at the bound, one that stays through small changes, and none once the device is cool. Being slowed down is one at any
    /// temperature.
    @Test func aDeviceThatIsHotOrSlowedDown() {
        var book = AlertBook(rules: AlertRules())
        var device = DeviceState(kind: "nvidia", index: 1, name: "NVIDIA H100")
        func look(_ seconds: Int64, _ celsius: Double?, throttle: String? = nil) -> [Alert] {
            device.celsius = celsius
            device.throttle = throttle
            var observation = seen(seconds)
            observation.devices = [WorkerName("w1")!: [device]]
            return book.observe(observation)
        }
        #expect(look(1, 89.9).isEmpty)
        let opened = look(2, 90)
        #expect(opened.map(\.kind) == [.heat] && opened.map(\.subject) == ["w1 nvidia1"])
        #expect(opened[0].message.contains("NVIDIA H100, has 90.0 °C"))
        #expect(look(3, 85).isEmpty)
        #expect(look(4, 84.9).map(\.cleared) == [at(4)])
        #expect(look(5, 86).isEmpty)
        #expect(look(6, nil, throttle: "power brake").first?.message.contains("is slowed down (power brake)") == true)
        #expect(look(7, nil).map(\.cleared) == [at(7)])
    }

    /// One alert for what is newly refused; it stays until somebody has taken note, also over a restart.
    @Test func aViolationStaysUntilSomebodyTakesNote() {
        var book = AlertBook(rules: AlertRules())
        func look(_ seconds: Int64, _ entries: [UInt64]) -> [Alert] {
            var observation = seen(seconds)
            observation.violations = (UInt64(entries.count), entries.map { .init(sequence: $0, text: "entry \($0)") })
            return book.observe(observation)
        }
        #expect(look(1, []).isEmpty)
        #expect(look(2, [4]).map(\.subject) == ["entry 4"])
        #expect(look(3, [4]).isEmpty)
        // Many at once are one alert.
        #expect(look(4, [4, 5, 6, 7]).map(\.subject) == ["entry 7"])
        #expect(book.open.count == 2)
        _ = book.acknowledge(1, at: at(5))
        #expect(look(6, [4, 5, 6, 7]).map(\.id) == [1])
        book = AlertBook(rules: AlertRules(), alerts: book.alerts)
        #expect(look(7, [6, 7]).isEmpty)
        #expect(book.open.map(\.subject) == ["entry 7"])
    }

    @Test func numbersGoOnAfterARestartAndAcknowledgementStays() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("alerts-\(UUID().uuidString).jsonl")
            .path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = AlertFile(path: path)
        var rules = AlertRules()
        rules.waitMilliseconds = 0
        var book = AlertBook(rules: rules)
        try file.append(book.observe(seen(1, waitsSince: 0)))
        let acknowledged = book.acknowledge(1, at: at(2))
        try file.append([#require(acknowledged)])
        #expect(book.acknowledge(7, at: at(2)) == nil)
        // A torn line, as a power cut leaves it.
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"id\":9".utf8))
        try handle.close()
        var next = AlertBook(rules: rules, alerts: file.read())
        #expect(next.open.map(\.acknowledged) == [at(2)])
        #expect(next.observe(seen(3)).map(\.cleared) == [at(3)])
        #expect(next.observe(seen(4, waitsSince: 0)).map(\.id) == [2])
    }

    /// However many come, what is kept is bounded, and open ones stay.
    @Test func oldAlertsAreForgotten() {
        var rules = AlertRules()
        rules.waitMilliseconds = 0
        var book = AlertBook(rules: rules)
        for round in 0..<Int64(AlertBook.kept + 10) {
            _ = book.observe(seen(2 * round, waitsSince: 0))
            if round > 0 { _ = book.observe(seen(2 * round + 1)) }
        }
        #expect(book.alerts.count <= AlertBook.kept)
    }
}
