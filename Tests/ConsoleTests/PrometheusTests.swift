import Coordination
import CoreMetrics
import Hummingbird
import Testing

@testable import Console

@Suite struct PrometheusTests {
    private func text(_ registry: PrometheusRegistry, help: [String: String] = [:]) -> [String] {
        var text = PrometheusText(help: help)
        registry.write(to: &text)
        return text.text.split(separator: "\n").map(String.init)
    }

    @Test func aCounterIsOneSampleForEachOfItsLabels() {
        let registry = PrometheusRegistry()
        registry.makeCounter(label: "a_total", dimensions: [("event", "start")]).increment(by: 2)
        registry.makeCounter(label: "a_total", dimensions: [("event", "end")]).increment(by: 1)
        // The same name and labels are the same counter.
        registry.makeCounter(label: "a_total", dimensions: [("event", "start")]).increment(by: 3)
        #expect(
            text(registry, help: ["a_total": "What."]) == [
                "# HELP a_total What.", "# TYPE a_total counter", #"a_total{event="end"} 1"#,
                #"a_total{event="start"} 5"#,
            ])
    }

    /// What is counted whole is written as that number: `Double.init` of an unsigned one may also be taken for one by its bits.
    @Test func devicesAreWrittenInTheirUnits() throws {
        var device = DeviceState(kind: "nvidia", index: 1, name: "X")
        device.celsius = 51.5
        device.utilisationPercent = 97
        device.memory = .init(used: 2_097_152_000, total: 150_754_820_096)
        device.milliwatts = 345_200
        device.throttle = "heat"
        var text = PrometheusText(help: [:])
        let worker = try #require(WorkerName("w1"))
        ClusterMetrics.write([worker: [device]], energy: [worker: 3600], to: &text)
        let labels = #"{worker="w1",device="nvidia1",name="X"}"#
        let samples = text.text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
        #expect(
            samples == [
                "banquet_device_memory_bytes\(labels) 150754820096",
                "banquet_device_memory_used_bytes\(labels) 2097152000",
                "banquet_device_power_watts\(labels) 345.2", "banquet_device_temperature_celsius\(labels) 51.5",
                "banquet_device_throttled\(labels) 1", "banquet_device_utilisation_ratio\(labels) 0.97",
                #"banquet_worker_energy_joules_total{worker="w1"} 3600"#,
            ])
    }

    @Test func labelsAreEscaped() {
        let registry = PrometheusRegistry()
        registry.makeMeter(label: "m", dimensions: [("tenant", "a\"b\\c\nd")]).set(1.5)
        #expect(text(registry).last == #"m{tenant="a\"b\\c\nd"} 1.5"#)
    }

    /// Buckets count all that is at most their bound, the last one everything.
    @Test func aTimerIsAHistogramInSeconds() {
        let registry = PrometheusRegistry()
        let timer = registry.makeTimer(label: "t_seconds", dimensions: [])
        for nanoseconds: Int64 in [100_000, 2_000_000, 30_000_000_000] { timer.recordNanoseconds(nanoseconds) }
        let lines = text(registry)
        #expect(lines.first == "# TYPE t_seconds histogram")
        #expect(lines.contains(#"t_seconds_bucket{le="0.0001"} 1"#))
        #expect(lines.contains(#"t_seconds_bucket{le="0.001"} 1"#))
        #expect(lines.contains(#"t_seconds_bucket{le="0.0025"} 2"#))
        #expect(lines.contains(#"t_seconds_bucket{le="10"} 2"#))
        #expect(lines.contains(#"t_seconds_bucket{le="+Inf"} 3"#))
        #expect(lines.suffix(2) == ["t_seconds_sum 30.0021", "t_seconds_count 3"])
    }

    @Test(arguments: [
        ("localhost", true), ("127.0.0.1:7448", true), ("[::1]:80", true), ("evil.example", false),
        ("127.0.0.1.evil.example", false),
        ("", false), ("[::2]:80", false),
    ]) func onlyThisHostIsLoopback(_ authority: String, _ isLoopback: Bool) {
        #expect(ConsoleAccess<BasicRequestContext>.isLoopback(authority) == isLoopback)
    }

    @Test(arguments: [
        ("secret", "secret", true), ("secre", "secret", false), ("secret1", "secret", false), ("", "secret", false),
        ("Secret", "secret", false),
    ])
    func tokensAreComparedWhole(_ a: String, _ b: String, _ isSame: Bool) {
        #expect(ConsoleAccess<BasicRequestContext>.isSame(a, b) == isSame)
    }
}
