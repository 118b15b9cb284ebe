import Coordination
import Display
import Foundation

extension UsageReport {
    /// For reading, without colours.
    /// - Parameter width: of the terminal; nil: tables are as wide as they need to be.
    public func text(width: Int?) -> String {
        var parts = [head.joined(separator: "\n")]
        for table in [workersTable, devicesTable, tenantsTable, failuresTable, deadLettersTable]
        where !table.rows.isEmpty {
            parts.append(table.lines(width: width).joined(separator: "\n"))
        }
        return parts.joined(separator: "\n\n")
    }

    /// Title and remarks, and then a line for each figure of the whole cluster.
    var title: String { "\(from.minute) to \(to.minute) (\(Progress.time(Double(to - from) / 1000)))" }

    var remarks: [String] {
        var remarks: [String] = []
        if let knownFrom {
            remarks.append(
                "The journal goes back to \(knownFrom.minute): hours, failures, retries and preemptions are counted from there; jobs "
                    + "of before by what is remembered of them.")
        }
        if unverified > 0 {
            remarks.append(
                "\(Progress.grouped(unverified)) of \(Progress.grouped(entries)) entries were written UNVERIFIED: by a coordinator whose preflight had not passed."
            )
        }
        return remarks
    }

    var figures: [(name: String, text: String)] {
        let jobs = jobs
        var waiting = ""
        if jobs.waiting > 0 {
            waiting =
                "; \(Progress.grouped(jobs.waiting)) still wait, the longest for \(Progress.time(jobs.longestWaiting))"
        }
        return [
            (
                "slots",
                "\(Self.percent(slots.share)) used: \(Self.hours(slots.used)) of \(Self.hours(slots.available)) slot-hours"
            ),
            (
                "jobs",
                "\(Progress.grouped(jobs.submitted)) submitted, \(Progress.grouped(jobs.started)) started, "
                    + "\(Progress.grouped(jobs.succeeded)) succeeded, \(Progress.grouped(jobs.failed)) failed, "
                    + "\(Progress.grouped(jobs.cancelled)) cancelled\(waiting)"
            ),
            (
                "waits",
                waits.count == 0
                    ? "nothing started"
                    : "p50 \(Self.seconds(waits.p50)), p90 \(Self.seconds(waits.p90)), p99 \(Self.seconds(waits.p99)), longest \(Self.seconds(waits.max))"
            ),
            (
                "retries",
                "\(retries.failed) after a failure, \(retries.lost) after a lost worker, \(retries.preempted) after a preemption"
            ),
            ("preempted", "\(preemptions)"),
            (
                "dead",
                "\(Progress.grouped(deadLetters)) task\(deadLetters == 1 ? "" : "s") and gangs that are tried no more"
            ),
            ("restarts", "\(restarts) of the coordinator"),
            (
                "energy",
                energyKilowattHours.map {
                    $0 < 1 ? String(format: "%.1f Wh", $0 * 1000) : String(format: "%.1f kWh", $0)
                } ?? "not known: no device told its power"
            ),
        ]
    }

    private var head: [String] {
        ["Banquet, \(title)"] + remarks + [""]
            + figures.map { $0.name.filled(to: 11) + $0.text }
    }

    var workersTable: Table {
        Table(
            [
                .init("WORKER", priority: 9), .init("HOST", priority: 3),
                .init("SLOT-HOURS", numeric: true, priority: 6),
                .init("USED", numeric: true, priority: 7), .init("%", numeric: true, priority: 8),
                .init("DRAINED", numeric: true, priority: 2), .init("JOINED", numeric: true, priority: 1),
                .init("LOST", numeric: true, priority: 4),
            ],
            rows: workers.map {
                [
                    $0.name.description, $0.host.withoutControls, Self.hours($0.slots.available),
                    Self.hours($0.slots.used),
                    Self.percent($0.slots.share), Self.hours($0.drained), "\($0.joins)", "\($0.crashes)",
                ]
            })
    }

    var devicesTable: Table {
        Table(
            [
                .init("DEVICE", priority: 9), .init("DEVICE-HOURS", numeric: true, priority: 6),
                .init("USED", numeric: true, priority: 7), .init("%", numeric: true, priority: 8),
            ],
            rows: devices.map {
                [
                    $0.kind.withoutControls, Self.hours($0.hours.available), Self.hours($0.hours.used),
                    Self.percent($0.hours.share),
                ]
            })
    }

    var tenantsTable: Table {
        Table(
            [
                .init("TENANT", priority: 9), .init("SUBMITTED", numeric: true, priority: 4),
                .init("STARTED", numeric: true, priority: 3), .init("FAILED", numeric: true, priority: 5),
                .init("WAIT P50", numeric: true, priority: 7), .init("P90", numeric: true, priority: 4),
                .init("P99", numeric: true, priority: 6), .init("MAX", numeric: true, priority: 5),
                .init("WAITING", numeric: true, priority: 2), .init("SLOT-HOURS", numeric: true, priority: 6),
                .init("SHARE", numeric: true, priority: 7),
            ],
            rows: tenants.map { tenant in
                let waits = tenant.waits
                return [
                    tenant.name.withoutControls, Progress.grouped(tenant.jobs.submitted),
                    Progress.grouped(tenant.jobs.started),
                    Progress.grouped(tenant.jobs.failed),
                ] + [waits.p50, waits.p90, waits.p99, waits.max].map { waits.count == 0 ? "-" : Self.seconds($0) } + [
                    Progress.grouped(tenant.jobs.waiting), Self.hours(tenant.slotHours), Self.percent(tenant.share),
                ]
            })
    }

    var failuresTable: Table {
        Table(
            [.init("FAILED BY", priority: 9), .init("TASKS AND RANKS", numeric: true, priority: 8)],
            rows: failures.map { [$0.cause, Progress.grouped($0.count)] })
    }

    var deadLettersTable: Table {
        Table(
            [
                .init("DEAD", priority: 9), .init("NAME", priority: 5), .init("TENANT", priority: 4),
                .init("UNITS", numeric: true, priority: 7), .init("REASON", priority: 3, minimum: 16),
            ],
            rows: deadLetterJobs.suffix(20).map {
                [
                    $0.job.description, $0.name.withoutControls, $0.tenant.withoutControls, Progress.grouped($0.units),
                    $0.reason.withoutControls,
                ]
            })
    }

    static func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }

    static func hours(_ hours: Double) -> String {
        let tenths = Int((hours * 10).rounded())
        return hours >= 100_000 ? Progress.grouped(tenths / 10) : "\(Progress.grouped(tenths / 10)).\(tenths % 10)"
    }

    static func seconds(_ seconds: Double) -> String {
        seconds < 10 ? String(format: "%.2f s", seconds) : Progress.time(seconds)
    }
}
