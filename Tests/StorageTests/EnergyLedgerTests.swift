import Coordination
import Foundation
import Testing

@testable import Storage

@Suite struct EnergyLedgerTests {
    private func at(_ minutes: Int64) -> Timestamp { Timestamp(milliseconds: minutes * 60_000) }

    @Test func spansOfTenMinutesAreAddedUp() throws {
        let folder = try TemporaryFolder()
        let (w1, w2) = (try #require(WorkerName("w1")), try #require(WorkerName("w2")))
        var ledger = EnergyLedger(folder: folder.path, now: at(0))
        for minute in Int64(0)...9 { try ledger.add(6000, of: w1, at: at(minute)) }
        #expect(EnergyLedger.spans(in: folder.path).isEmpty)
        try ledger.add(1, of: w2, at: at(10))
        try ledger.add(2.25, of: w2, at: at(11))
        try ledger.flush()
        try ledger.flush()
        let spans = EnergyLedger.spans(in: folder.path)
        #expect(spans.map(\.joules) == [["w1": 60_000, "w2": 1], ["w2": 2.3]])
        #expect(spans.map(\.from) == [0, at(11).milliseconds] && spans[0].to == at(10).milliseconds)
        #expect(EnergyLedger.spans(in: folder.path, since: at(10).milliseconds) == [spans[1]])
        // A torn line, and what is older than ninety days.
        try Array("{\"from\":".utf8).withUnsafeBytes { try Files.append("\(folder.path)/energy.jsonl", $0) }
        _ = EnergyLedger(folder: folder.path, now: at(10 + 90 * 1440 + 1))
        #expect(EnergyLedger.spans(in: folder.path) == [spans[1]])
    }
}
