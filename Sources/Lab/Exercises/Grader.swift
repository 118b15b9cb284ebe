internal import CSP
internal import Foundation
public import Verification

/// What an answer is worth.
public struct Grade: Sendable, Encodable {
    public enum Verdict: String, Sendable, Encodable {
        /// Everything that is required is met.
        case passed
        case failed
        /// The file can't be read as an answer; `errors` say why.
        case unreadable
        /// A limit was reached, and nothing that was decided fails: it is too large, or doesn't end.
        case limit
    }

    public struct Requirement: Sendable, Encodable {
        public let name: String
        /// Nil: nothing is known, because a limit was reached.
        public let isMet: Bool?
        public let text: String
        /// What to think about; only where it is not met.
        public let hint: String?
        /// The assertion that decided: the one that fails, where one does.
        public let report: AssertionReport

        private enum CodingKeys: String, CodingKey {
            case name, text, hint, report
            case isMet = "met"
        }
    }

    public let exercise: String
    public internal(set) var verdict: Verdict
    public internal(set) var errors: [String] = []
    public internal(set) var requirements: [Requirement] = []

    public init(exercise: String, verdict: Verdict) {
        self.exercise = exercise
        self.verdict = verdict
    }
}

/// Grades answers. An answer is a CSPm file that defines one process; it is checked together with the exercise's own declarations, never with copies
/// that the student might have changed, and by assertions whose names are drawn anew each time.
public struct Grader {
    private let exercise: Exercise
    private let language: Language

    /// Of the answer, in bytes.
    public static let largestAnswer = 1 << 20

    public init(_ exercise: Exercise, _ language: Language) {
        self.exercise = exercise
        self.language = language
    }

    /// - Parameters:
    ///   - answer: the student's file.
    ///   - path: how errors name it.
    ///   - options: the limits of each assertion.
    /// - Throws: what keeps files from being written to the temporary folder.
    public func grade(_ answer: String, path: String, options: VerificationOptions) throws -> Grade {
        var grade = Grade(exercise: exercise.name, verdict: .unreadable)
        if let complaint = inclusionFault(answer) {
            grade.errors = ["\(path): \(complaint)"]
            return grade
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("banquet-grade-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let secret = "h" + UUID().uuidString.filter { $0 != "-" }.lowercased() + "_"
        let hidden = exercise.hidden.replacing("hidden_", with: secret)
        func write(_ text: String, _ name: String) throws -> String {
            let file = folder.appendingPathComponent(name)
            try text.write(to: file, atomically: true, encoding: .utf8)
            return file.path
        }
        // Line by line as the student has it, so that errors name the right places.
        let own = try write(answer.replacing(Self.inclusion, with: ""), "answer.csp")
        _ = try write(exercise.given, "given.csp")
        let whole = try write("include \"given.csp\"\ninclude \"answer.csp\"\n" + hidden, "hidden.csp")
        let report = FileCheck.run(path: whole, options: options, where: { $0.file == whole })
        grade.errors = report.errors.map { error in
            let message = error.message.replacing(secret, with: "")
            if error.file == own { return "\(path):\(error.line):\(error.column): \(message)" }
            return "\(path): \(message) (\(language.phrases.gradeDefines.filled(["name": exercise.answer])))"
        }
        guard grade.errors.isEmpty else { return grade }
        grade.requirements = requirements(report.assertions, hidden: "\n\n" + hidden)
        let isMet = grade.requirements.map(\.isMet)
        grade.verdict = isMet.contains(false) ? .failed : isMet.contains(nil) ? .limit : .passed
        return grade
    }

    nonisolated(unsafe) private static let inclusion = /include[ \t]*"given\.csp"/

    /// The answer is graded on its own: it can't bring other files, nor read any.
    private func inclusionFault(_ answer: String) -> String? {
        if answer.utf8.count > Self.largestAnswer {
            return language.phrases.gradeTooLong.filled(["n": String(Self.largestAnswer)])
        }
        let others = answer.replacing(Self.inclusion, with: "").contains(/include\s*"/)
        return others ? language.phrases.gradeIncludes : nil
    }

    /// Assertions with one name are one requirement: it is met when all of them hold.
    private func requirements(_ assertions: [AssertionReport], hidden: String) -> [Grade.Requirement] {
        let lines = hidden.split(separator: "\n", omittingEmptySubsequences: false)
        var groups: [(name: String, reports: [AssertionReport])] = []
        for report in assertions where lines.indices.contains(report.line - 2) {
            let name = String(lines[report.line - 2].drop { $0 != "@" }.dropFirst().drop { $0 == " " })
            if let known = groups.firstIndex(where: { $0.name == name }) {
                groups[known].reports.append(report)
            } else {
                groups.append((name, [report]))
            }
        }
        let texts = language.text(of: exercise).requirements
        return groups.map { group in
            let failing = group.reports.first { $0.verdict == .fails || $0.isRefused }
            let open = group.reports.first { $0.verdict == .unknown }
            return Grade.Requirement(
                name: group.name, isMet: failing != nil ? false : open != nil ? nil : true,
                text: texts[group.name]!.text, hint: failing != nil || open != nil ? texts[group.name]!.hint : nil,
                report: failing ?? open ?? group.reports[0])
        }
    }
}
