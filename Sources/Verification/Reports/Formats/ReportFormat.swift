import Foundation

/// The forms in which the results of a check are handed on.
public enum ReportFormat: String, Sendable, CaseIterable {
    /// For people.
    case text
    /// One object a file, each on one line; docs/report.schema.json is its schema.
    case json
    /// JUnit's XML, which the build servers read: a suite a file, a case an assertion.
    case junit
    /// SARIF 2.1.0 (OASIS, 2020), which code review reads: one run, a rule for each kind of assertion and of error, a result for what does not hold.
    case sarif

    /// Whether it is one document for all files, complete only at the end.
    public var isDocument: Bool { self == .junit || self == .sarif }

    /// All reports in this form.
    public func document(of reports: [FileReport]) -> String {
        switch self {
        case .text:
            reports.flatMap(\.assertions).map { $0.rendered() + "\n\n" }.joined()
                + reports.flatMap { $0.complaints() }.map { $0 + "\n" }.joined()
        case .json: reports.map { $0.jsonLine + "\n" }.joined()
        case .junit: JUnitDocument(reports).text
        case .sarif: SARIFDocument(reports).text
        }
    }
}

extension FileReport {
    /// As one line of JSON.
    public var jsonLine: String { JSONText.line(self) }
}

/// JSON with its keys in a fixed order, so that outputs can be compared.
enum JSONText {
    static func line(_ value: some Encodable) -> String { text(value, []) }
    static func pretty(_ value: some Encodable) -> String { text(value, .prettyPrinted) }

    private static func text(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, formatting]
        // Numbers are finite and keys are strings: nothing in a report is beyond JSON.
        guard let data = try? encoder.encode(value) else { preconditionFailure("a report can't be encoded") }
        return String(decoding: data, as: UTF8.self)
    }
}
