/// A language that the lab speaks.
public enum Language: String, CaseIterable, Sendable, Encodable {
    case english = "en"
    case french = "fr"

    /// The locale's: French where the first of LC_ALL, LC_MESSAGES and LANG that is set begins with `fr`, else English.
    public static func of(_ environment: [String: String]) -> Language {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        return locale?.lowercased().hasPrefix("fr") == true ? .french : .english
    }

    public var phrases: Phrases { self == .french ? .french : .english }

    /// What is said of a scenario; a test holds that no language lacks one.
    public func lesson(_ scenario: String) -> LessonText? {
        self == .french ? LessonText.french[scenario] : LessonText.english[scenario]
    }
}

/// What the lab says about one scenario, in plain words. Each is a paragraph.
public struct LessonText: Sendable {
    public let title: String
    /// One line, for the list.
    public let summary: String
    public let story: String
    public let attack: String
    /// What to look at while it runs.
    public let watch: String
    public let countermeasure: String
    /// What the model's run does on the coordinator's own code, and why.
    public let code: String
    public let lesson: String
    /// A question for the class.
    public let question: String

    public var all: [String] { [title, summary, story, attack, watch, countermeasure, code, lesson, question] }
}

/// The words around it. `{x}` stands for something that is filled in.
public struct Phrases: Sendable {
    public let model, live, story, attack, watch, countermeasure, lesson, question, before, after, policy: String
    public let starves, deadlock, forbidden, holds, fails, unknown, states, stem, cycle, trace, circle,
        overtakes: String
    public let beginsToWait, forEver, notAllowed, served, stillWaits, overtaken, lateWrites, refusedWrites: String
    public let lateWrite, second, naiveSetting, repairedSetting, listHint, goOn, recovered, notRecovered: String
    public let faultSeen, faultNotSeen, modelUnexpected, plotTitle, plotServed, plotWaiting, plotBefore: String
    public let plotAfter, plotSeconds, startsCluster, stopped: String
    public let gradePassed, gradeFailed, gradeUnreadable, gradeLimit, gradeDefines, gradeTooLong, gradeIncludes: String
    public let gradeHint, exerciseHint, exerciseWritten: String
    public let codeStory, code, core, world, codeGoesRound, codeStands, codeRefuses, codeInstead, codeBecause: String
    public let codeGoesOn, codeUnknown, codeUnexpected, planFails, planHolds: String
    public let refuses, diverges, isWaitedFor: String
    /// Between a word and what is said of it; and between two things that are said.
    public let colon, semicolon: String

    var all: [String] {
        Mirror(reflecting: self).children.compactMap { $0.value as? String }
    }
}

extension String {
    /// Puts values in the place of `{key}`.
    public func filled(_ values: [String: String]) -> String {
        values.reduce(self) { $0.replacing("{\($1.key)}", with: $1.value) }
    }
}
