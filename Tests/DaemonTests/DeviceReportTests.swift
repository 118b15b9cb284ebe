import Coordination
import Foundation
import Storage
import Testing

@testable import Daemon

@Suite struct DeviceReportTests {
    private let worker = WorkerName("w1")!
    private func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1000) }

    /// Power holds until the next report, but not through a silence; what was said long ago is not shown.
    @Test func powerBecomesEnergy() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("banquet-devices-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var reports = DeviceReports(EnergyLedger(folder: folder.path, now: at(0)))
        var processors = DeviceState(kind: "cpu", name: "c")
        var graphics = DeviceState(kind: "nvidia", name: "g")
        processors.milliwatts = 100_000
        graphics.milliwatts = 300_000
        try reports.note([processors, graphics], of: worker, at: at(0))
        #expect(reports.energy.isEmpty)
        try reports.note([processors], of: worker, at: at(5))
        #expect(reports.energy == [worker: 2000])
        try reports.note([processors], of: worker, at: at(1005))
        #expect(reports.energy == [worker: 3500])
        #expect(reports.devices(of: worker, at: at(1035))?.count == 1)
        #expect(reports.devices(of: worker, at: at(1036)) == nil && reports.fresh(at: at(1036)).isEmpty)
        try reports.flush()
        #expect(EnergyLedger.spans(in: folder.path).map(\.joules) == [["w1": 3500]])
    }
}
