public import Foundation

/// A run of a model, as `banquet check --format json` prints it: a counterexample, or a run that shows what a property says is there.
public struct ModelRun: Sendable {
    /// What it was found in, and the assertion.
    public let file: String
    public let line: Int
    public let assertion: String
    /// `deadlock`, `lasso`, `event`, …
    public let kind: String
    public let events: [String]
    /// What goes on for ever after the events; empty where it ends.
    public let cycle: [String]
    /// The channels that the model speaks of anywhere in the report: what it has a say in.
    let channels: Set<String>

    private struct Report: Decodable {
        struct Assertion: Decodable {
            var file: String
            var line: Int
            var text: String
            var counterexample: Run?
            var witness: Run?
        }
        struct Run: Decodable {
            struct Event: Decodable { var event: String }
            struct Component: Decodable {
                struct Blocked: Decodable { var event: String }
                var offers: [String]
                var refuses: [String]
                var blocked: [Blocked]
            }
            struct Refused: Decodable { var event: String }
            var kind: String
            var events: [Event]
            var cycle: [Event]
            var components: [Component]
            var refused: [Refused]
        }
        var file: String
        var assertions: [Assertion]
    }

    /// - Parameters:
    ///   - json: one object, or one a line.
    ///   - line: of the assertion; nil: the first that has a run.
    /// - Throws: `ReplayError` where there is none.
    public init(json: Data, line: Int? = nil) throws(ReplayError) {
        let isOne = (try? JSONDecoder().decode(Report.self, from: json)) != nil
        let texts = isOne ? [json] : json.split(separator: UInt8(ascii: "\n"))
        if texts.isEmpty { throw ReplayError("it is empty; give what `banquet check --format json` prints") }
        var found: (report: Report.Assertion, run: Report.Run)?
        var lines: [Int] = []
        for text in texts where found == nil {
            let report: Report
            do { report = try JSONDecoder().decode(Report.self, from: text) } catch {
                throw ReplayError("this is no report of `banquet check --format json`: \(Self.reason(error))")
            }
            for assertion in report.assertions {
                guard let run = assertion.counterexample ?? assertion.witness else { continue }
                lines.append(assertion.line)
                if line == nil || assertion.line == line, found == nil { found = (assertion, run) }
            }
        }
        guard let found else {
            let known =
                lines.isEmpty
                ? "no assertion in it has a run" : "lines \(lines.map(String.init).joined(separator: ", ")) have runs"
            throw ReplayError(line.map { "the assertion in line \($0) has no run to replay: \(known)" } ?? known)
        }
        file = found.report.file
        self.line = found.report.line
        assertion = found.report.text
        kind = found.run.kind
        events = found.run.events.map(\.event)
        cycle = found.run.cycle.map(\.event)
        var mentioned = events + cycle + found.run.refused.map(\.event)
        for component in found.run.components {
            mentioned += component.offers + component.refuses + component.blocked.map(\.event)
        }
        channels = Set(mentioned.map { String($0.prefix { $0 != "." }) })
    }

    private static func reason(_ error: any Error) -> String {
        if case DecodingError.keyNotFound(let key, _) = error { return "'\(key.stringValue)' is missing" }
        return "it can't be read"
    }
}

/// What is wrong with what a replay was given.
public struct ReplayError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
