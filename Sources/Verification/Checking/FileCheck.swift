public import CSP

/// How far a file is checked.
public enum CheckPhase: String, Sendable, CaseIterable {
    case parse, types, assertions
}

/// What checking one CSPm file found: a line of `banquet check --format json`.
public struct FileReport: Codable, Sendable {
    /// One thing that is wrong with the file itself.
    public struct Fault: Codable, Sendable {
        public var line: Int
        public var column: Int
        /// `lexical`, `parse`, `name`, `type` or `evaluation`.
        public var phase: String
        public var message: String
    }

    public enum Verdict: String, Codable, Sendable {
        /// Every assertion holds as it is written.
        case holds
        /// At least one assertion fails.
        case fails
        /// No assertion fails, and of at least one nothing is known, because a limit was reached.
        case unknown
        /// The file, or an assertion in it, can't be checked at all.
        case faulty
    }

    public var file: String
    public var assertions: [AssertionReport] = []
    public var errors: [Fault] = []
    /// The errors and warnings, as people read them; not in the JSON.
    public var diagnostics: [Diagnostic] = []

    private enum CodingKeys: String, CodingKey { case file, assertions, errors }

    init(file: String) { self.file = file }

    public var verdict: Verdict {
        if !errors.isEmpty || assertions.contains(where: \.isRefused) { return .faulty }
        if assertions.contains(where: { $0.verdict == .fails }) { return .fails }
        return assertions.contains { $0.verdict == .unknown } ? .unknown : .holds
    }

    mutating func note(_ diagnostic: Diagnostic) {
        diagnostics.append(diagnostic)
        guard diagnostic.severity == .error else { return }
        errors.append(
            Fault(
                line: diagnostic.line, column: diagnostic.column, phase: diagnostic.phase.rawValue,
                message: diagnostic.message))
    }
}

extension FileReport.Verdict {
    /// What a command that checked exits with: 0 yes, 1 no, 2 bad input, 3 nothing is known.
    public var exitCode: Int32 {
        switch self {
        case .holds: 0
        case .fails: 1
        case .faulty: 2
        case .unknown: 3
        }
    }

    /// The verdict over several files: a fault is worst, then a failure, then not knowing.
    public static func together(_ verdicts: some Sequence<FileReport.Verdict>) -> FileReport.Verdict {
        let all = Set(verdicts)
        return [.faulty, .fails, .unknown].first(where: all.contains) ?? .holds
    }
}

/// Checks files: reads, types, evaluates, and decides each assertion.
public enum FileCheck {
    /// - Parameter decided: called after each assertion, for progress.
    public static func run(
        path: String, until phase: CheckPhase = .assertions, options: VerificationOptions = VerificationOptions(),
        decided: (AssertionReport) -> Void = { _ in }
    ) -> FileReport {
        var report = FileReport(file: path)
        guard phase == .assertions else {
            for diagnostic in Script.check(path: path, until: phase == .parse ? .parse : .types) {
                report.note(diagnostic)
            }
            return report
        }
        do throws(ScriptFault) {
            let script = try Script.load(path: path)
            for warning in script.warnings { report.note(warning) }
            check(script, options, &report, decided)
        } catch {
            for diagnostic in error.diagnostics { report.note(diagnostic) }
        }
        return report
    }

    private static func check(
        _ script: Script, _ options: VerificationOptions, _ report: inout FileReport,
        _ decided: (AssertionReport) -> Void
    ) {
        let verifier = Verifier(store: script.store, options: options)
        for assertion in script.assertions {
            let deadline = options.timeout.map { ContinuousClock.now.advanced(by: $0) }
            script.limit { options.isCancelled?() == true || deadline.map { ContinuousClock.now > $0 } == true }
            do throws(EvaluationError) {
                let decision = verifier.check(try script.evaluate(assertion))
                report.assertions.append(decision)
                decided(decision)
            } catch {
                report.note(error.diagnostic)
            }
        }
    }
}
