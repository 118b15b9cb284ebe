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
