import Foundation
import Testing

@testable import Coordination
@testable import Verification

/// What scripts/generate-vocabulary prints from other sources of ours, and what is committed.
struct GeneratedSpecsTests {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func check(_ path: String, _ text: String) throws {
        let file = Self.root.appendingPathComponent(path)
        if ProcessInfo.processInfo.environment["BANQUET_GENERATE_VOCABULARY"] != nil {
            try Data(text.utf8).write(to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == text, "run scripts/generate-vocabulary")
    }

    /// One test, because what is embedded is read from what is printed before.
    @Test func whatIsCommittedIsWhatTheSourcesSay() throws {
        try check("Specs/journal/vocabulary.csp", JournalVocabulary.specification)
        try check("Sources/Verification/Specs/EmbeddedSpecs.swift", Self.embedded())
    }

    @Test func everyJournaledWordHasAPlace() {
        let names = Vocabulary.words.filter(\.isJournaled).map(\.name)
        #expect(names == Word.allCases.map(\.name))
    }

    @Test func everyPolicyHasAModel() {
        #expect(ClusterModel.policies == Set(Policies.all.map { type(of: $0).name }))
    }

    /// A script as one text: each file that it includes stands where it is first included.
    private static func flattened(_ path: String) throws -> String {
        var seen: Set<String> = []
        func text(_ file: URL) throws -> [String] {
            guard seen.insert(file.standardizedFileURL.path).inserted else { return [] }
            return try String(contentsOf: file, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false
            )
            .flatMap { line -> [String] in
                guard line.hasPrefix("include \"") else { return [String(line)] }
                let name = line.dropFirst("include \"".count).prefix { $0 != "\"" }
                return try text(file.deletingLastPathComponent().appendingPathComponent(String(name)))
            }
        }
        return try text(root.appendingPathComponent(path)).joined(separator: "\n")
    }

    private static func embedded() throws -> String {
        let policies = [
            ("fair", "fair"), ("fifo", "fifo"), ("backfill", "backfill"), ("strictPriority", "strict-priority"),
            ("greedyGang", "greedy-gang"), ("firstFit", "first-fit"),
        ].map { name, file in ("policies/" + file, name) }
        let specs = try ([("journal/journal", "journal")] + policies).map { path, name in
            """
                /// Specs/\(path).csp
                static let \(name) = #\"""
            \(try flattened("Specs/\(path).csp"))
            \"""#
            """
        }
        return """
            /// Specs that every coordinator carries with it, each as one text with all that it includes.
            ///
            /// Printed from Specs by scripts/generate-vocabulary; don't edit it.
            enum EmbeddedSpecs {
            \(specs.joined(separator: "\n\n"))
            }

            """
    }
}
