import Coordination
import Display
import Foundation

/// The plots of a report's page. Colours are the page's.
enum Plot {
    private static let width = 900.0

    private static func svg(height: Double, label: String, _ parts: [String]) -> String {
        """
        <svg viewBox="0 0 \(Int(width)) \(Int(height))" role="img" aria-label="\(UsageReport.escaped(label))">
        \(parts.joined(separator: "\n"))
        </svg>

        """
    }

    private static func number(_ value: Double) -> String { String(format: "%.1f", value) }

    private static func text(
        _ text: String, _ x: Double, _ y: Double, anchor: String = "start", isName: Bool = false
    ) -> String {
        "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\"\(isName ? " class=\"name\"" : "")>"
            + "\(UsageReport.escaped(text))</text>"
    }

    private static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String = "line")
        -> String
    {
        "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" stroke=\"var(--\(colour))\"/>"
    }

    private static func bar(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ colour: String) -> String {
        "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(max(0, width)))\" height=\"\(number(height))\" fill=\"var(--\(colour))\"/>"
    }

    // MARK: Over time

    /// The slots that there were, and of them those in use, as steps.
    static func overTime(_ slices: [UsageReport.Slice], from: Timestamp, to: Timestamp) -> String {
        let (left, right, top, bottom) = (50.0, width - 10, 20.0, 220.0)
        let highest = slices.reduce(0) { max($0, $1.available, $1.used) }
        guard highest > 0, !slices.isEmpty else { return "<p>There were no slots in this time.</p>\n" }
        let ceiling = roundUp(highest)
        func y(_ value: Double) -> Double { bottom - value / ceiling * (bottom - top) }
        func area(_ value: (UsageReport.Slice) -> Double, _ colour: String) -> String {
            let step = (right - left) / Double(slices.count)
            var points = ["\(number(left)),\(number(bottom))"]
            for (index, slice) in slices.enumerated() {
                points.append("\(number(left + Double(index) * step)),\(number(y(value(slice))))")
                points.append("\(number(left + Double(index + 1) * step)),\(number(y(value(slice))))")
            }
            points.append("\(number(right)),\(number(bottom))")
            return "<polygon points=\"\(points.joined(separator: " "))\" fill=\"var(--\(colour))\"/>"
        }
        var parts = [area(\.available, "room"), area(\.used, "fill")]
        for step in 0...4 {
            let value = ceiling * Double(step) / 4
            parts.append(line(left, y(value), right, y(value)))
            parts.append(text(axis(value), left - 8, y(value) + 4, anchor: "end"))
        }
        for step in 0...3 {
            let time = Timestamp(milliseconds: from.milliseconds + (to - from) * Int64(step) / 3)
            let anchor = step == 0 ? "start" : step == 3 ? "end" : "middle"
            parts.append(text(time.minute, left + (right - left) * Double(step) / 3, bottom + 20, anchor: anchor))
        }
        parts.append(bar(left + 8, 3, 12, 10, "fill") + text("in use", left + 26, 12))
        parts.append(bar(left + 88, 3, 12, 10, "room") + text("slots there", left + 106, 12))
        return svg(height: 245, label: "Slots in use and slots there, over time", parts)
    }

    /// 1, 2, 4 or 5 times a power of ten, or four parts of such: what divides by four and reads well.
    private static func roundUp(_ value: Double) -> Double {
        let power = pow(10, floor(log10(value)))
        return [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10].map { $0 * power }.first { $0 >= value - 1e-9 } ?? value
    }

    private static func axis(_ value: Double) -> String {
        value >= 1000
            ? Progress.grouped(Int(value)) : value == value.rounded() ? "\(Int(value))" : String(format: "%.2g", value)
    }

    // MARK: Waits

    /// A line for each tenant: p50, p90, p99 and the longest, where 1 s, 1 min, 1 h stand as far apart as they are in powers.
    static func waits(_ tenants: [UsageReport.Tenant]) -> String {
        let shown = tenants.filter { $0.waits.count > 0 }.sorted { $0.waits.count > $1.waits.count }.prefix(40)
        let (left, right, row) = (170.0, width - 90, 26.0)
        let bottom = 10 + row * Double(shown.count)
        let (least, most) = (0.01, max(10, shown.map(\.waits.max).max() ?? 0))
        func x(_ seconds: Double) -> Double {
            left + (right - left) * log(max(seconds, least) / least) / log(most / least)
        }
        var parts: [String] = []
        var lastLabel = -100.0
        for (seconds, name) in [
            (0.01, "≤ 10 ms"), (0.1, "0.1 s"), (1, "1 s"), (10, "10 s"), (60, "1 min"), (600, "10 min"), (3600, "1 h"),
            (36_000, "10 h"), (86_400, "1 d"), (604_800, "1 w"),
        ] where seconds <= most {
            parts.append(line(x(seconds), 8, x(seconds), bottom))
            if x(seconds) - lastLabel > 45 {
                parts.append(text(name, x(seconds), bottom + 16, anchor: "middle"))
                lastLabel = x(seconds)
            }
        }
        for (index, tenant) in shown.enumerated() {
            let y = 10 + row * (Double(index) + 0.5)
            let waits = tenant.waits
            parts.append(text(tenant.name.fitted(to: 20), left - 12, y + 4, anchor: "end", isName: true))
            parts.append(
                "<line x1=\"\(number(x(waits.p50)))\" y1=\"\(number(y))\" x2=\"\(number(x(waits.max)))\" y2=\"\(number(y))\" stroke=\"var(--fill)\" stroke-width=\"2\"/>"
            )
            for (value, radius) in [(waits.p50, 6.0), (waits.p90, 4.5), (waits.p99, 3.0)] {
                parts.append(
                    "<circle cx=\"\(number(x(value)))\" cy=\"\(number(y))\" r=\"\(radius)\" fill=\"var(--fill)\"/>")
            }
            parts.append(
                "<circle cx=\"\(number(x(waits.max)))\" cy=\"\(number(y))\" r=\"4.5\" fill=\"var(--ground)\" stroke=\"var(--fill)\" stroke-width=\"2\"/>"
            )
            parts.append(text("\(Progress.grouped(waits.count)) jobs", width - 4, y + 4, anchor: "end"))
        }
        return svg(height: bottom + 26, label: "Waiting times by tenant", parts)
    }

    // MARK: Bars

    static func workers(_ workers: [UsageReport.Worker]) -> String {
        let shown = workers.sorted { ($1.slots.available, $0.name) < ($0.slots.available, $1.name) }.prefix(40)
        let most = max(shown.map(\.slots.available).max() ?? 0, 1e-9)
        let (left, right, row) = (170.0, width - 170, 22.0)
        var parts: [String] = []
        for (index, worker) in shown.enumerated() {
            let y = row * Double(index) + 4
            let scale = (right - left) / most
            parts.append(text(worker.name.description.fitted(to: 20), left - 12, y + 12, anchor: "end", isName: true))
            parts.append(bar(left, y, worker.slots.available * scale, 15, "room"))
            parts.append(bar(left, y, worker.slots.used * scale, 15, "fill"))
            let label =
                "\(UsageReport.hours(worker.slots.used)) of \(UsageReport.hours(worker.slots.available)) h, \(UsageReport.percent(worker.slots.share))"
            parts.append(text(label, width - 4, y + 12, anchor: "end"))
        }
        return svg(height: row * Double(shown.count) + 8, label: "Slot-hours by worker", parts)
    }

    static func failures(_ failures: [UsageReport.Failure]) -> String {
        let shown = failures.prefix(20)
        let most = Double(max(shown.map(\.count).max() ?? 0, 1))
        let (left, right, row) = (170.0, width - 90, 22.0)
        var parts: [String] = []
        for (index, failure) in shown.enumerated() {
            let y = row * Double(index) + 4
            parts.append(text(failure.cause, left - 12, y + 12, anchor: "end", isName: true))
            parts.append(bar(left, y, Double(failure.count) / most * (right - left), 15, "bad"))
            parts.append(text(Progress.grouped(failure.count), width - 4, y + 12, anchor: "end"))
        }
        return svg(height: row * Double(shown.count) + 8, label: "Failures by cause", parts)
    }
}
