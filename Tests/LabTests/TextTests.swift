import Foundation
import Testing

@testable import Lab

/// What the lab says: complete, in each language.
@Suite struct TextTests {
    @Test(arguments: Language.allCases) func everyScenarioHasALesson(language: Language) throws {
        let texts = language == .english ? LessonText.english : LessonText.french
        #expect(texts.keys.sorted() == Scenario.all.map(\.name).sorted())
        for scenario in Scenario.all {
            let text = try #require(language.lesson(scenario.name))
            for part in text.all { #expect(part.count >= 5, "\(scenario.name): '\(part)'") }
        }
        for phrase in language.phrases.all { #expect(!phrase.isEmpty) }
    }

    @Test func noTextIsLeftUntranslated() throws {
        for scenario in Scenario.all {
            let pairs = zip(
                try #require(Language.english.lesson(scenario.name)).all, Language.french.lesson(scenario.name)!.all)
            for (english, french) in pairs { #expect(english != french) }
        }
    }

    /// The same is filled in, whatever the language.
    @Test func phrasesHaveTheSamePlaces() {
        func places(_ text: String) -> Set<String> {
            Set(text.matches(of: /\{[a-z]+\}/).map { String($0.output) })
        }
        for (english, french) in zip(Language.english.phrases.all, Language.french.phrases.all) {
            #expect(places(english) == places(french), "\(english) | \(french)")
        }
    }

    @Test func theLocaleChooses() {
        #expect(Language.of(["LANG": "fr_FR.UTF-8"]) == .french)
        #expect(Language.of(["LANG": "fr_FR.UTF-8", "LC_ALL": "C"]) == .english)
        #expect(Language.of(["LC_ALL": "", "LC_MESSAGES": "fr_CA"]) == .french)
        #expect(Language.of([:]) == .english)
    }
}
