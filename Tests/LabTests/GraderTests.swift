import Foundation
import Testing
import Verification

@testable import Lab

/// Answers that are right, wrong, unreadable, endless, and dishonest.
@Suite struct GraderTests {
    static let options = VerificationOptions(maximumStates: 50_000, timeout: .seconds(30), threads: 1)

    func grade(_ exercise: String, _ answer: String, options: VerificationOptions = options) throws -> Grade {
        let exercise = try #require(Exercise.named(exercise))
        return try Grader(exercise, .english).grade(
            "include \"given.csp\"\n" + answer, path: "mine.csp", options: options)
    }

    func unmet(_ grade: Grade) -> Set<String> { Set(grade.requirements.filter { $0.isMet == false }.map(\.name)) }

    static let solutions = [
        "attacker": "ATTACK = submit.Flood.0 -> ATTACK [] submit.Flood.1 -> ATTACK",
        "allocator": """
        ALLOCATOR = BANKER(0, 0)
        free(a, b) = SLOTS - a - b
        -- Safe: one of them can be given all that it lacks.
        safe(a, b) = free(a, b) >= 0 and (SIZE - a <= free(a, b) or SIZE - b <= free(a, b))
        BANKER(a, b) =
          (a < SIZE and safe(a + 1, b) & take.0 -> BANKER(a + 1, b))
          [] (b < SIZE and safe(a, b + 1) & take.1 -> BANKER(a, b + 1))
          [] (a > 0 & give.0 -> BANKER(a - 1, b)) [] (b > 0 & give.1 -> BANKER(a, b - 1))
        """,
        "scheduler": """
        SCHEDULER = AGES({}, {}, 0)
        AGES(waiting, running, age) =
          (submit?j:diff(Job, union(waiting, running)) -> AGES(union(waiting, {j}), running, age))
          [] (start?j:{k | k <- waiting, slots(running) + size(k) <= SLOTS, k == Ada or age < 2} ->
            AGES(diff(waiting, {j}), union(running, {j}), if j == Ada or not member(Ada, waiting) then 0 else age + 1))
          [] (end?j:running -> AGES(waiting, diff(running, {j}), age))
        """,
        "pipeline": """
        A = begin -> GOES(0, 0)
        GOES(sent, taken) =
          if taken == BATCHES then end -> A
          else if sent < BATCHES and sent - taken < CAPACITY then forward.(sent + 1) -> GOES(sent + 1, taken)
          else back.(taken + 1) -> GOES(sent, taken + 1)
        """,
        "ledger": """
        LEDGER = NEWEST(1)
        NEWEST(n) = write?e:{e | e <- EPOCHS, e >= n} -> NEWEST(e) [] refuse?e:{e | e <- EPOCHS, e < n} -> NEWEST(n)
        """,
    ]

    @Test(arguments: Exercise.all.map(\.name)) func aSolutionPasses(name: String) throws {
        let grade = try grade(name, #require(Self.solutions[name]))
        #expect(grade.verdict == .passed, "\(grade.errors) \(unmet(grade))")
        #expect(grade.requirements.count >= 4)
    }

    /// What the student begins with fails at what it is about, with a hint and a run.
    @Test(arguments: Exercise.all.map(\.name)) func theTaskFails(name: String) throws {
        let exercise = try #require(Exercise.named(name))
        let grade = try Grader(exercise, .english).grade(exercise.task, path: "mine.csp", options: Self.options)
        #expect(grade.verdict == .failed, "\(grade.errors)")
        for requirement in grade.requirements where requirement.isMet == false {
            #expect(requirement.hint?.isEmpty == false)
        }
        let text = GradePanel(Screen(width: 80, isColoured: false), .french).lines(grade).joined(separator: "\n")
        #expect(text.contains("pas encore") && text.contains("✗"))
    }

    @Test(arguments: Language.allCases) func everyRequirementIsExplained(language: Language) {
        for exercise in Exercise.all {
            let text = language.text(of: exercise)
            let names = Set(exercise.hidden.matches(of: /-- @ ([a-z]+)/).map { String($0.output.1) })
            #expect(Set(text.requirements.keys) == names, "\(exercise.name)")
        }
        #expect(ExerciseText.english.keys.sorted() == Exercise.all.map(\.name).sorted())
        #expect(ExerciseText.french.keys.sorted() == Exercise.all.map(\.name).sorted())
    }

    // MARK: Files that are no answers

    @Test func whatCannotBeReadIsNotGraded() throws {
        let cases = [
            "LEDGER = write?e -> ": "mine.csp:2", "OTHER = STOP": "has to define LEDGER", "LEDGER = {1}": "LEDGER",
            "LEDGER = Q": "`Q` is not in scope", "include \"other.csp\"\nLEDGER = STOP": "no other file",
            "LEDGER = STOP include \"/dev/zero\"": "no other file", "\u{0}\u{1}": "mine.csp",
        ]
        for (answer, message) in cases {
            let grade = try grade("ledger", answer)
            #expect(grade.verdict == .unreadable, "\(answer)")
            #expect(grade.errors.contains { $0.contains(message) }, "\(answer): \(grade.errors)")
        }
    }

    @Test func whatDoesNotEndReachesALimit() throws {
        let options = VerificationOptions(maximumStates: 2_000, timeout: .milliseconds(1500), threads: 1)
        let endless = try grade(
            "ledger", "f(n) = f(n + 1)\nLEDGER = if f(0) == 1 then STOP else STOP", options: options)
        #expect(endless.verdict == .limit)
        let huge = try grade("ledger", "LEDGER = C(0)\nC(n) = write?e -> C(n + 1)", options: options)
        #expect(huge.verdict != .passed)
    }

    // MARK: Attempts to cheat

    /// The exercise's own names can't be taken, whichever way.
    @Test(arguments: [
        "SYSTEM_WITH(S) = RUN({end.Ada})", "size(j) = 0", "JOB(j) = STOP", "channel submit, start, end : {0}",
        "datatype Job = Ada", "SLOTS = 100", "PROMPT = {}", "slots(jobs) = 0", "ITS_EVENTS = {}",
    ])
    func givenNamesAreTaken(cheat: String) throws {
        let grade = try grade("scheduler", cheat + "\n" + Self.solutions["scheduler"]!)
        #expect(grade.verdict == .unreadable, "\(cheat): \(unmet(grade))")
    }

    /// Processes that satisfy some of what is asked for by doing nothing, or too much.
    @Test(arguments: [
        ("STOP", "alone"), ("SKIP", "alone"), ("let P = submit.Ada -> P within P \\ {submit.Ada}", "divergence"), ("RUN(ITS_EVENTS)", "bound"),
        ("CHAOS(ITS_EVENTS)", "alone"), ("let P = submit.Ada -> start.Ada -> end.Ada -> P within P", "open"),
        ("SCHED |~| STOP", "alone"), ("SCHED [| {| submit |} |] RUN({submit.Ada, submit.Flood.0})", "alone"),
        ("SCHED [| {| start |} |] RUN({start.Ada})", "alone"), ("ONE", "together"),
    ])
    func nothingIsGainedByAnEmptyModel(answer: String, requirement: String) throws {
        let grade = try grade(
            "scheduler",
            Self.solutions["scheduler"]!.replacing("SCHEDULER = ", with: "SCHED = ") + """

                -- One at a time, in order of submission.
                QUEUE(q) = (submit?j:diff(Job, set(q)) -> QUEUE(q ^ <j>)) [] (not null(q) & start!head(q) -> RUNS(q))
                RUNS(q) = (submit?j:diff(Job, set(q)) -> RUNS(q ^ <j>)) [] end!head(q) -> QUEUE(tail(q))
                ONE = QUEUE(<>)
                SCHEDULER = \(answer)
                """)
        #expect(grade.verdict == .failed, "\(grade.errors)")
        #expect(unmet(grade).contains(requirement), "\(unmet(grade))")
    }

    /// The assertions that the student writes count for nothing, and neither does what the hidden ones are called.
    @Test func ownAssertionsDoNotCount() throws {
        let grade = try grade(
            "ledger",
            "hidden_SYSTEM = STOP\nhidden_ITS = STOP\nassert STOP :[deadlock free]\nLEDGER = write?e -> LEDGER")
        #expect(grade.verdict == .failed)
        #expect(unmet(grade).contains("once"))
        #expect(!grade.requirements.contains { $0.report.text.contains("STOP :[deadlock free]") })
    }

    /// An attacker who meddles with what isn't his is found out.
    @Test func theAttackerStaysWithinTheRules() throws {
        let grade = try grade("attacker", "ATTACK = submit.Flood?i -> ATTACK [] start.Ada -> ATTACK")
        #expect(unmet(grade).contains("honest"))
    }

    /// A clause that is added to a given function is a second definition, not a better match.
    @Test func clausesAreNotAdded() throws {
        let exercise = try #require(Exercise.named("allocator"))
        let grade = try Grader(exercise, .english).grade(
            "GANG(1) = STOP\nALLOCATOR = STOP", path: "mine.csp", options: Self.options)
        #expect(grade.verdict == .unreadable)
    }
}
