import Coordination
import Storage

/// What the workers' devices last said of themselves, and the energy that they have used. Forgotten at a restart, but for the energy.
struct DeviceReports {
    private struct Report {
        var time: Timestamp
        var devices: [DeviceState]
        var joules: Double
    }

    private var reports: [WorkerName: Report] = [:]
    private var ledger: EnergyLedger

    /// What was said longer ago counts no more: agents say it every five seconds.
    private static let fresh: Int64 = 30_000
    /// Power that was told holds until the next report, but not through a silence.
    private static let longestStep: Int64 = 15_000

    init(_ ledger: EnergyLedger) { self.ledger = ledger }

    mutating func note(_ devices: [DeviceState], of worker: WorkerName, at time: Timestamp) throws {
        var report = Report(time: time, devices: devices, joules: 0)
        if let last = reports[worker] {
            let watts = last.devices.reduce(0) { $0 + Double($1.milliwatts ?? 0) / 1000 }
            let joules = watts * Double(max(0, min(time - last.time, Self.longestStep))) / 1000
            report.joules = last.joules + joules
            if joules > 0 { try ledger.add(joules, of: worker, at: time) }
        }
        reports[worker] = report
    }

    func devices(of worker: WorkerName, at time: Timestamp) -> [DeviceState]? {
        guard let report = reports[worker], time - report.time <= Self.fresh else { return nil }
        return report.devices
    }

    /// Of all workers that said something of late.
    func fresh(at time: Timestamp) -> [WorkerName: [DeviceState]] {
        reports.filter { time - $1.time <= Self.fresh }.mapValues(\.devices)
    }

    /// Joules since the coordinator started, of workers whose devices tell their power.
    var energy: [WorkerName: Double] { reports.compactMapValues { $0.joules > 0 ? $0.joules : nil } }

    /// The energy until now is on disk then.
    mutating func flush() throws { try ledger.flush() }
}
