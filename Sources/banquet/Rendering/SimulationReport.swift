import Display
import Foundation
import Simulation

/// What `banquet simulate` prints.
struct SimulationReport: Encodable {
    struct Failure: Encodable {
        let seed: UInt64
        /// Seconds of true time after the beginning of the shrunk run.
        let at: Double
        let what: String
        /// The shrunk schedule, as `--replay` reads it.
        let schedule: String

        init(_ run: Simulation, seed: UInt64) {
            self.seed = seed
            at = Double(run.violation?.time ?? 0) / 1000
            what = run.violation?.what ?? ""
            schedule = run.schedule.description
        }
    }

    struct Tenant: Encodable {
        let tenant: String
        let submitted, refused, started, ended: Int
        /// Seconds from submission to first start.
        let waitP50, waitP99, waitMax: Double
        /// How many later submissions started before one of these.
        let overtakenMean: Double
        let overtakenMax: Int
        let slotHours: Double
    }

    var runs = 0
    var hours = 0.0
    var steps = 0
    var seconds = 0.0
    var failure: Failure?
    private var statistics: Statistics?

    enum CodingKeys: CodingKey {
        case runs, hours, steps, seconds, failure, tenants, utilisation, counts, messages
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(runs, forKey: .runs)
        try container.encode(hours, forKey: .hours)
        try container.encode(steps, forKey: .steps)
        try container.encode(seconds, forKey: .seconds)
        try container.encodeIfPresent(failure, forKey: .failure)
        try container.encode(tenants, forKey: .tenants)
        try container.encode(statistics?.utilisation ?? 0, forKey: .utilisation)
        try container.encode(statistics?.counts ?? [:], forKey: .counts)
        try container.encode(statistics?.messages ?? 0, forKey: .messages)
    }

    mutating func add(_ run: Simulation) {
        runs += 1
        hours += Double(run.duration) / 3_600_000
        steps += run.steps
        if statistics == nil { statistics = run.statistics } else { statistics!.add(run.statistics) }
    }

    private var tenants: [Tenant] {
        (statistics?.tenants ?? [:]).sorted { $0.key < $1.key }.map { name, tenant in
            let waits = tenant.waits.sorted()
            func quantile(_ q: Double) -> Double {
                waits.isEmpty ? 0 : waits[min(waits.count - 1, Int(Double(waits.count) * q))]
            }
            return Tenant(
                tenant: name, submitted: tenant.submitted, refused: tenant.refused, started: tenant.started,
                ended: tenant.ended, waitP50: quantile(0.5), waitP99: quantile(0.99), waitMax: waits.last ?? 0,
                overtakenMean: Double(tenant.overtaken.reduce(0, +)) / Double(max(1, tenant.overtaken.count)),
                overtakenMax: tenant.overtaken.max() ?? 0, slotHours: tenant.slotSeconds / 3600)
        }
    }

    func rendered() -> String {
        var table = Table(
            [.init("TENANT", priority: 9)]
                + zip(
                    [
                        "SUBMITTED", "REFUSED", "STARTED", "ENDED", "WAIT P50", "P99", "MAX", "OVERTAKEN", "MAX",
                        "SLOT-HOURS",
                    ], [7, 2, 4, 5, 8, 7, 6, 3, 3, 4]
                ).map { .init($0, numeric: true, priority: $1) })
        table.rows = tenants.map { tenant in
            [
                tenant.tenant, "\(tenant.submitted)", "\(tenant.refused)", "\(tenant.started)", "\(tenant.ended)",
                Self.seconds(tenant.waitP50), Self.seconds(tenant.waitP99), Self.seconds(tenant.waitMax),
                String(format: "%.1f", tenant.overtakenMean), "\(tenant.overtakenMax)",
                String(format: "%.2f", tenant.slotHours),
            ]
        }
        let counts = (statistics?.counts ?? [:]).sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        let speed = seconds > 0 ? "; \(Int(hours / seconds * 60)) hours a minute" : ""
        var lines = [
            table.rendered(),
            String(format: "slots in use: %.0f %%", (statistics?.utilisation ?? 0) * 100),
            "happened: \(counts.joined(separator: ", "))",
            "\(runs) run\(runs == 1 ? "" : "s"), \(String(format: "%.1f", hours)) cluster-hours, \(steps) steps in "
                + "\(String(format: "%.1f", seconds)) s\(speed)",
        ]
        if let failure {
            lines += [
                Terminal.styled("seed \(failure.seed) breaks a promise:", .red) + " \(failure.what)",
                "",
                "# the smallest schedule found that still does, at second \(failure.at); run it again with "
                    + "`banquet simulate --replay FILE`",
                failure.schedule,
            ]
        } else {
            lines.append(Terminal.styled("every promise held", .green))
        }
        return lines.joined(separator: "\n")
    }

    private static func seconds(_ value: Double) -> String { String(format: "%.1f s", value) }
}
