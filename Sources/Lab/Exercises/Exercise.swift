/// A task for a class: a process to write, and hidden assertions that grade it.
public struct Exercise: Sendable {
    public let name: String
    /// The process that the student's file has to define.
    public let answer: String

    public static let all = [
        Exercise(name: "attacker", answer: "ATTACK"), Exercise(name: "allocator", answer: "ALLOCATOR"),
        Exercise(name: "scheduler", answer: "SCHEDULER"), Exercise(name: "pipeline", answer: "A"),
        Exercise(name: "ledger", answer: "LEDGER"),
    ]

    public static func named(_ name: String) -> Exercise? { all.first { $0.name == name } }

    private func file(_ part: String) -> String { LabFiles.all["exercises/\(name)/\(part).csp"]! }

    /// The processes around the student's, which are not to be changed.
    public var given: String { file("given") }
    /// Where the student begins: a wrong answer, with an assertion that shows it.
    public var task: String { file("task") }
    /// The assertions that grade; before each stands `-- @ ` and what it requires.
    var hidden: String { file("hidden") }
}

/// What is said of an exercise.
public struct ExerciseText: Sendable {
    public let title: String
    /// What to do, in a sentence or two.
    public let task: String
    /// What is required, and what to think about where it is not met; by the names in the hidden file.
    public let requirements: [String: (text: String, hint: String)]
}

extension Language {
    public func text(of exercise: Exercise) -> ExerciseText {
        (self == .french ? ExerciseText.french : ExerciseText.english)[exercise.name]!
    }
}
