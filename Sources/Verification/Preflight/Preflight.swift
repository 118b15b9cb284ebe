import CSP
public import Coordination
import Foundation

/// The check that the coordinator makes before it starts: every assertion of every spec must hold, and the model of the cluster that the
/// configuration describes must be free of deadlock and starvation.
public enum Preflight {
    public static func run(
        specifications: [String], cluster: ClusterShape? = nil, options: VerificationOptions
    ) -> PreflightReport {
        var report = PreflightReport(
            files: specifications.map { path in
                var report = FileCheck.run(path: path, options: options)
                if report.errors.isEmpty, report.assertions.isEmpty {
                    let message = "this file asserts nothing, so nothing would be proved; give one with an `assert`"
                    report.errors.append(.init(file: path, line: 1, column: 1, phase: "assertion", message: message))
                }
                return report
            })
        report.bounds = specifications.map(bounds)
        if let cluster {
            let policy = ClusterModel(cluster)
            let name = "\(cluster.policy), as configured"
            let policyReport = FileCheck.run(text: policy.text, name: name, options: options)
            if policyReport.verdict == .holds { report.overtaking = policy.overtaking }
            report.models.append(
                .init(
                    title: "the policy \(name)", bounds: policy.bounds, claims: policy.claims, report: policyReport))
            let core = CoreModel(cluster)
            if !core.isEmpty {
                let name = "the coordinator, as configured"
                report.models.append(
                    .init(
                        title: name, bounds: core.bounds, claims: core.claims,
                        report: FileCheck.run(text: core.text, name: name, options: options)))
            }
        }
        return report
    }

    /// Everything that a verdict depends on, as one digest: the texts of the specs and of what they include, the configuration's model, the
    /// limits, and the program itself.
    public static func digest(
        specifications: [String], cluster: ClusterShape?, options: VerificationOptions
    ) -> String {
        var digest = ContentDigest()
        digest.add(BanquetVersion.current)
        let program = try? FileManager.default.attributesOfItem(atPath: "/proc/self/exe")
        let target = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let file = (try? FileManager.default.attributesOfItem(atPath: target)) ?? program ?? [:]
        digest.add("\(target) \(file[.size] ?? 0) \((file[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0)")
        digest.add("\(options.maximumStates ?? 0) \(options.timeout.map { "\($0)" } ?? "")")
        if let cluster {
            let (policy, core) = (ClusterModel(cluster), CoreModel(cluster))
            digest.add(policy.text + policy.bounds.joined() + core.text + core.bounds.joined())
        }
        var seen: Set<String> = []
        func add(_ path: String) {
            guard seen.insert(path).inserted else { return }
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? "unreadable"
            digest.add(path)
            digest.add(text)
            for line in text.split(separator: "\n") where line.hasPrefix("include") {
                let name = line.split(separator: "\"").dropFirst().first.map(String.init) ?? ""
                add(URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent(name).path)
            }
        }
        for path in specifications { add(path) }
        return digest.text
    }

    /// What a spec says of its bounds in its opening words; empty if it says nothing.
    private static func bounds(of path: String) -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return "" }
        let opening = text.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("--") }
            .map { $0.dropFirst(2).trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
        guard let start = opening.range(of: "Bounds: ") else { return "" }
        let rest = opening[start.upperBound...]
        return String(rest[..<(rest.range(of: ". ")?.lowerBound ?? rest.endIndex)])
    }
}

/// What a preflight proved, or what stands against it.
public struct PreflightReport: Encodable, Sendable {
    /// A model of what is configured: the policy's, or the coordinator's own.
    public struct Model: Encodable, Sendable {
        public let title: String
        /// What is modelled, and why that is enough or a bound.
        public let bounds: [String]
        /// What each assertion says, for people.
        public let claims: [String]
        public let report: FileReport
    }

    public let files: [FileReport]
    public internal(set) var models: [Model] = []
    /// How often others go first, where that was proved of the policy; nil where there is no such number.
    public internal(set) var overtaking: OvertakingBound?
    /// Of each file, what it says of its bounds.
    var bounds: [String] = []

    private enum CodingKeys: String, CodingKey { case files, models }

    init(files: [FileReport]) { self.files = files }

    private var all: [FileReport] { files + models.map(\.report) }
    public var verdict: FileReport.Verdict { .together(all.map(\.verdict)) }

    /// `18 assertions hold (fair; 3 files)`
    public var summary: String {
        let names = models.map(\.title) + files.map(\.file)
        return "\(all.tally.split(separator: ";").first ?? ""): " + names.joined(separator: ", ")
    }

    /// What doesn't hold, in one line: the first that is wrong with a file, or the first assertion; nil if all hold.
    public var objection: String? {
        if let complaint = diagnostics.first { return complaint }
        for (report, texts) in models.map({ ($0.report, $0.claims) }) + files.map({ ($0, []) }) {
            guard let index = report.assertions.firstIndex(where: { $0.verdict != .holds }) else { continue }
            return "\(report.assertions[index].verdict.rawValue): \(Self.text(of: index, in: report, texts))"
        }
        return nil
    }

    /// What an assertion says: for people, where a model has words for it.
    private static func text(of index: Int, in file: FileReport, _ texts: [String]) -> String {
        index < texts.count ? texts[index] : file.assertions[index].text
    }

    /// What was proved, for how many of what: one line an assertion, and under one that doesn't hold the whole of its counterexample.
    public func rendered(_ style: TextStyle = TextStyle()) -> String {
        var lines: [String] = []
        for model in models {
            lines.append("\(style.bold)\(model.title)\(style.plain)")
            for bound in model.bounds { lines += style.wrapped(bound, head: "  model    ") }
            lines += rows(model.report, texts: model.claims, style)
        }
        for (index, file) in files.enumerated() {
            let bounds = index < bounds.count && !bounds[index].isEmpty ? "  \(style.faint(bounds[index]))" : ""
            lines.append("\(style.bold)\(file.file)\(style.plain)\(bounds)")
            lines += rows(file, texts: [], style)
        }
        lines.append(all.tally)
        return lines.joined(separator: "\n")
    }

    private func rows(_ file: FileReport, texts: [String], _ style: TextStyle) -> [String] {
        func text(_ index: Int) -> String { Self.text(of: index, in: file, texts) }
        var lines: [String] = []
        let width = file.assertions.indices.map { min(text($0).count, 100) }.max() ?? 0
        for (index, assertion) in file.assertions.enumerated() {
            let verdict = "\(style.colour(of: assertion))\(assertion.verdict.rawValue.padded(to: 7))\(style.plain)"
            let cost = "\(assertion.states.grouped) states, \(assertion.seconds.shortSeconds)"
            lines.append("  \(verdict)  \(text(index).padded(to: width))  \(style.faint)\(cost)\(style.plain)")
            if assertion.verdict != .holds { lines.append(assertion.rendered(style)) }
        }
        return lines
    }

    /// A line of JSON for each file, and for each model.
    public var jsonLines: [String] { all.map(\.jsonLine) }

    /// What is wrong with the files and their assertions, for standard error.
    public var diagnostics: [String] { all.flatMap { $0.complaints() } }
}
