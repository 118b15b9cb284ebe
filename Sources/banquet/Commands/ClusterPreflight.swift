import CSP
import Coordination
import ConfigurationFiles
import Daemon
import Foundation
import Verification

/// A preflight as the command line makes it: from a configuration, and from the cache where nothing has changed.
struct ClusterPreflight {
    let verdict: FileReport.Verdict
    let text: String
    let jsonLines: [String]
    let diagnostics: [String]
    /// What doesn't hold, in one line; nil if all hold.
    let objection: String?
    /// One line.
    let summary: String
    let overtaking: OvertakingBound?

    /// - Parameter shows: a line of progress is for a terminal, not for a coordinator that reads its configuration again.
    static func run(
        _ configuration: ClusterConfiguration, specifications: [String], isFresh: Bool, shows: Bool = true,
        style: TextStyle = TextStyle()
    ) -> ClusterPreflight {
        let progress = shows ? CheckLine() : nil
        defer { progress?.end() }
        var options = VerificationOptions(
            maximumStates: configuration.preflight.maxStates, timeout: .milliseconds(configuration.preflight.timeout),
            isCancelled: { Interruption.isRequested }, meter: progress?.meter)
        if let progress { options.beginning = { progress.begin($0.text) } }
        let cache = PreflightCache()
        let digest = Preflight.digest(
            specifications: specifications, cluster: configuration.shape, options: options)
        if !isFresh, let known = cache.entry(digest) {
            let date = Date(timeIntervalSince1970: Double(known.time)).formatted(.iso8601)
            return ClusterPreflight(
                verdict: .holds,
                text: known.text + "\nproved on \(date), and nothing has changed since (--fresh proves it again)",
                jsonLines: known.lines, diagnostics: [], objection: nil, summary: known.summary, overtaking: known.overtaking)
        }
        let report = Preflight.run(specifications: specifications, cluster: configuration.shape, options: options)
        cache.keep(report, digest)
        return ClusterPreflight(
            verdict: report.verdict, text: report.rendered(style), jsonLines: report.jsonLines,
            diagnostics: report.diagnostics, objection: report.objection, summary: report.summary,
            overtaking: report.overtaking)
    }

    /// For the coordinator that runs by it.
    var proof: Proof {
        get throws {
            let text = try JSON.line(text.replacing(/\u{1B}\[[0-9;]*m/, with: ""))
            let bound = try JSON.line(overtaking)
            return Proof(
                verdict == .holds ? summary : "the preflight did not pass",
                document: "{\"files\":[\(jsonLines.joined(separator: ","))],\"text\":\(text),\"overtaking\":\(bound)}",
                overtaking: overtaking)
        }
    }
}
