public import CSP

/// How far a file is checked.
public enum CheckPhase: String, Sendable, CaseIterable {
    case parse, types, assertions
}

/// What checking one CSPm file found: a line of `banquet check --format json`.
public struct FileReport: Encodable, Sendable {
    /// One thing that is wrong with the file itself.
    public struct Fault: Codable, Sendable {
        /// The file that holds the place: the checked one, or one that it includes.
        public var file: String
        /// From 1, as is the column.
        public var line: Int
        public var column: Int
        /// `lexical`, `parse`, `name`, `type` or `evaluation`; `file` for one that can't be read, `assertion` for one that asserts nothing.
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

    /// The version of the JSON's form; docs/report.schema.json describes it.
    public let schema = 1
    public var file: String
    public var assertions: [AssertionReport] = []
    public var errors: [Fault] = []
    /// The errors and warnings, as people read them; not in the JSON.
    public var diagnostics: [Diagnostic] = []

    private enum CodingKeys: String, CodingKey { case schema, file, verdict, assertions, errors }

    init(file: String) { self.file = file }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(schema, forKey: .schema)
        try container.encode(file, forKey: .file)
        try container.encode(verdict, forKey: .verdict)
        try container.encode(assertions, forKey: .assertions)
        try container.encode(errors, forKey: .errors)
    }

    public var verdict: Verdict {
        if !errors.isEmpty || assertions.contains(where: \.isRefused) { return .faulty }
        if assertions.contains(where: { $0.verdict == .fails }) { return .fails }
        return assertions.contains { $0.verdict == .unknown } ? .unknown : .holds
    }

    /// What is wrong with the file and its assertions, and what is doubtful, as people read it; for standard error.
    public func complaints(coloured: Bool = false) -> [String] {
        let described = Set(diagnostics.map { "\($0.line):\($0.message)" })
        let others = errors.filter { !described.contains("\($0.line):\($0.message)") }.map {
            "\(file):\($0.line):\($0.column): error: \($0.message)"
        }
        let refused = assertions.filter { $0.isRefused && $0.fault == nil }.map {
            "\($0.file):\($0.line):\($0.column): error: \($0.explanation ?? "this assertion can't be checked")"
        }
        return diagnostics.map { $0.rendered(coloured: coloured) } + others + refused
    }

    mutating func note(_ diagnostic: Diagnostic) {
        diagnostics.append(diagnostic)
        guard diagnostic.severity == .error else { return }
        errors.append(
            Fault(
                file: diagnostic.path, line: diagnostic.line, column: diagnostic.column,
                phase: diagnostic.phase.rawValue,
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
    /// - Parameters:
    ///   - decided: called after each assertion, for progress.
    ///   - isWanted: which of the file's assertions are decided; the others are left out of the report.
    public static func run(
        path: String, until phase: CheckPhase = .assertions, options: VerificationOptions = VerificationOptions(),
        decided: (AssertionReport) -> Void = { _ in }, where isWanted: (AssertionSite) -> Bool = { _ in true }
    ) -> FileReport {
        var report = FileReport(file: path)
        guard phase == .assertions else {
            for diagnostic in Script.check(path: path, until: phase == .parse ? .parse : .types) {
                report.note(diagnostic)
            }
            return report
        }
        check(&report, options, isWanted, decided) { () throws(ScriptFault) in try Script.load(path: path) }
        return report
    }

    /// Checks a script that is in memory; `name` stands for its file.
    public static func run(
        text: String, name: String, options: VerificationOptions = VerificationOptions(),
        decided: (AssertionReport) -> Void = { _ in }
    ) -> FileReport {
        var report = FileReport(file: name)
        check(&report, options, { _ in true }, decided) { () throws(ScriptFault) in
            try Script.load(text: text, path: name)
        }
        return report
    }

    private static func check(
        _ report: inout FileReport, _ options: VerificationOptions, _ isWanted: (AssertionSite) -> Bool,
        _ decided: (AssertionReport) -> Void, _ load: () throws(ScriptFault) -> Script
    ) {
        do throws(ScriptFault) {
            let script = try load()
            for warning in script.warnings { report.note(warning) }
            check(script, options, &report, isWanted, decided)
        } catch {
            for diagnostic in error.diagnostics { report.note(diagnostic) }
        }
    }

    private static func check(
        _ script: Script, _ options: VerificationOptions, _ report: inout FileReport,
        _ isWanted: (AssertionSite) -> Bool, _ decided: (AssertionReport) -> Void
    ) {
        let verifier = Verifier(store: script.store, options: options)
        for assertion in script.assertions {
            let site = script.site(of: assertion)
            guard isWanted(site) else { continue }
            if options.isCancelled?() == true {
                let decision = AssertionReport(notBegun: site)
                report.assertions.append(decision)
                decided(decision)
                continue
            }
            options.beginning?(site)
            let budget = Budget(options)
            script.limit { budget.exceeded != nil }
            let decision = verifier.check(site, budget) { () throws(EvaluationError) in
                try script.evaluate(assertion)
            }
            if let fault = decision.fault { report.note(fault.diagnostic) }
            report.assertions.append(decision)
            decided(decision)
        }
    }
}
