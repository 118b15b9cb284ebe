/// Prometheus' text format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/): one family of
/// samples after the other, each under its `# HELP` and `# TYPE`.
struct PrometheusText {
    struct Label: Hashable, Comparable {
        let name: String
        let value: String
        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
        static func < (a: Label, b: Label) -> Bool { (a.name, a.value) < (b.name, b.value) }
    }

    enum Kind: String { case counter, gauge, histogram }

    private struct Family {
        var kind: Kind
        var samples: [(labels: [Label], lines: String)] = []
    }

    private var families: [String: Family] = [:]
    private let help: [String: String]

    /// - Parameter help: what each name means, in a line.
    init(help: [String: String]) { self.help = help }

    mutating func add(_ kind: Kind, _ name: String, _ value: Double) { add(kind, name, [], value) }

    mutating func add(_ kind: Kind, _ name: String, _ labels: [Label], _ value: Double) {
        add(kind, name, labels, lines: "\(name)\(Self.text(labels)) \(Self.text(value))\n")
    }

    mutating func add(_ name: String, _ labels: [Label], _ figures: HistogramCell.Figures) {
        var lines = ""
        var total: UInt64 = 0
        for (bound, count) in zip(HistogramCell.bounds.map(Self.text) + ["+Inf"], figures.counts) {
            total += count
            lines += "\(name)_bucket\(Self.text(labels + [Label("le", bound)])) \(total)\n"
        }
        lines += "\(name)_sum\(Self.text(labels)) \(Self.text(figures.sum))\n"
        lines += "\(name)_count\(Self.text(labels)) \(total)\n"
        add(.histogram, name, labels, lines: lines)
    }

    private mutating func add(_ kind: Kind, _ name: String, _ labels: [Label], lines: String) {
        families[name, default: Family(kind: kind)].samples.append((labels, lines))
    }

    var text: String {
        families.sorted { $0.key < $1.key }.map { name, family in
            let head = help[name].map { "# HELP \(name) \($0)\n" } ?? ""
            let samples = family.samples.sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
            return head + "# TYPE \(name) \(family.kind.rawValue)\n" + samples.map(\.lines).joined()
        }.joined()
    }

    private static func text(_ labels: [Label]) -> String {
        labels.isEmpty ? "" : "{" + labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ text: String) -> String {
        text.map { $0 == "\\" ? "\\\\" : $0 == "\"" ? "\\\"" : $0 == "\n" ? "\\n" : String($0) }.joined()
    }

    private static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
