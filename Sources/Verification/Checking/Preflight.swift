internal import CSP

/// The check that the coordinator makes before it starts: every assertion of every spec must hold.
public enum Preflight {
    public static func run(specifications: [String], options: VerificationOptions) -> PreflightReport {
        PreflightReport(
            files: specifications.map { path in
                var report = FileCheck.run(path: path, options: options)
                if report.errors.isEmpty, report.assertions.isEmpty {
                    let message = "this file asserts nothing, so nothing would be proved; give one with an `assert`"
                    report.errors.append(.init(file: path, line: 1, column: 1, phase: "assertion", message: message))
                }
                return report
            })
    }
}

/// What a preflight proved, or what stands against it.
public struct PreflightReport: Encodable, Sendable {
    public let files: [FileReport]

    public var verdict: FileReport.Verdict { .together(files.map(\.verdict)) }

    /// One line an assertion, and under one that doesn't hold the whole of its counterexample; errors in the files last.
    public func rendered(_ style: TextStyle = TextStyle()) -> String {
        var lines: [String] = []
        for file in files {
            lines.append("\(style.bold)\(file.file)\(style.plain)")
            let width = file.assertions.map { min($0.text.count, 90) }.max() ?? 0
            for assertion in file.assertions {
                let verdict = "\(style.colour(of: assertion))\(assertion.verdict.rawValue.padded(to: 7))\(style.plain)"
                let cost = "\(assertion.states.grouped) states, \(assertion.seconds.shortSeconds)"
                lines.append("  \(verdict)  \(assertion.text.padded(to: width))  \(style.faint)\(cost)\(style.plain)")
                if assertion.verdict != .holds { lines.append(assertion.rendered(style)) }
            }
        }
        lines.append(files.tally)
        return lines.joined(separator: "\n")
    }

    /// What is wrong with the files and their assertions, for standard error.
    public var diagnostics: [String] { files.flatMap { $0.complaints() } }
}
