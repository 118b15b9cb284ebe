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

    @Test func whatIsCommittedIsWhatTheSourcesSay() throws {
        try check("Specs/journal/vocabulary.csp", JournalVocabulary.specification)
    }

    @Test func whatTheBinaryCarriesIsWhatStandsInSpecs() throws {
        for (path, text) in EmbeddedSpecs.files {
            let file = Self.root.appendingPathComponent("Specs/\(path)")
            #expect(try String(contentsOf: file, encoding: .utf8) == text, "\(path)")
        }
        for path in EmbeddedSpecs.files.keys { #expect(!EmbeddedSpecs.text(path).contains("\ninclude ")) }
    }

    @Test func everyJournaledWordHasAPlace() {
        let names = Vocabulary.words.filter(\.isJournaled).map(\.name)
        #expect(names == Word.allCases.map(\.name))
    }

    @Test func everyPolicyHasAModel() {
        #expect(ClusterModel.policies == Set(Policies.all.map { type(of: $0).name }))
    }
}
