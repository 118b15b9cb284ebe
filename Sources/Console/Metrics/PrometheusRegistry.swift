public import CoreMetrics
import Synchronization

/// The backend of swift-metrics that keeps what `/metrics` shows. Timers become histograms in seconds.
public final class PrometheusRegistry: MetricsFactory, Sendable {
    private struct Key: Hashable {
        let name: String
        let labels: [PrometheusText.Label]
    }

    private struct State {
        var counters: [Key: CounterCell] = [:]
        var meters: [Key: MeterCell] = [:]
        var histograms: [Key: HistogramCell] = [:]
    }

    private let state = Mutex(State())

    public init() {}

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        state.withLock { Self.cell(&$0.counters, label, dimensions, CounterCell.init) }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        state.withLock { Self.cell(&$0.meters, label, dimensions, MeterCell.init) }
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        state.withLock { Self.cell(&$0.histograms, label, dimensions, HistogramCell.init) }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        state.withLock { Self.cell(&$0.histograms, label, dimensions, HistogramCell.init) }
    }

    // What was counted stays: Prometheus counters only grow.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    private static func cell<Cell>(
        _ cells: inout [Key: Cell], _ label: String, _ dimensions: [(String, String)], _ make: () -> Cell
    ) -> Cell {
        let key = Key(name: label, labels: dimensions.map { PrometheusText.Label($0.0, $0.1) })
        if let cell = cells[key] { return cell }
        let cell = make()
        cells[key] = cell
        return cell
    }

    /// Adds all that was counted to `text`.
    func write(to text: inout PrometheusText) {
        let (counters, meters, histograms) = state.withLock { ($0.counters, $0.meters, $0.histograms) }
        for (key, cell) in counters { text.add(.counter, key.name, key.labels, Double(cell.value)) }
        for (key, cell) in meters { text.add(.gauge, key.name, key.labels, cell.value) }
        for (key, cell) in histograms { text.add(key.name, key.labels, cell.figures) }
    }
}

final class CounterCell: CounterHandler, Sendable {
    private let count = Atomic<Int64>(0)
    var value: Int64 { count.load(ordering: .relaxed) }
    func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { count.store(0, ordering: .relaxed) }
}

final class MeterCell: MeterHandler, Sendable {
    private let state = Mutex(0.0)
    var value: Double { state.withLock { $0 } }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { state.withLock { $0 = value } }
    func increment(by amount: Double) { state.withLock { $0 += amount } }
    func decrement(by amount: Double) { state.withLock { $0 -= amount } }
}

final class HistogramCell: TimerHandler, RecorderHandler, Sendable {
    struct Figures {
        var counts = [UInt64](repeating: 0, count: HistogramCell.bounds.count + 1)
        var sum = 0.0
    }

    /// Upper bounds of the buckets, seconds.
    static let bounds = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    private let state = Mutex(Figures())
    var figures: Figures { state.withLock { $0 } }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) {
        let bucket = Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count
        state.withLock {
            $0.counts[bucket] += 1
            $0.sum += value
        }
    }
}
