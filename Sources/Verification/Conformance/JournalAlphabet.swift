internal import Coordination

/// What a fact about a journal's entry may be, as the specs of `Specs/journal` name it.
///
/// A spec sees of an entry its objects and, besides, what decides what may come next: whether a number is the one that is due, and
/// what kind of end it was. Everything else (ports, hosts, commands) is data that no process looks at.
enum Fact: String, CaseIterable {
    case order = "Order"
    case shape = "Shape"
    case claim = "Claim"
    case place = "Place"
    case attempt = "Attempt"
    case outcome = "Outcome"
    case part = "Part"
    case reason = "Reason"
    case step = "Step"
    case end = "End"
    case life = "Life"
    case right = "Right"
    case limit = "Limit"
    case ground = "Ground"

    /// The constructors of the datatype, in order; `One` takes the index of the task that it means.
    var values: [String] {
        switch self {
        case .order: ["Next", "Amiss"]
        case .shape: ["Gang", "Array"]
        case .claim: ["Unbound", "Bound"]
        case .place: ["Inner", "Last", "Astray"]
        case .attempt: ["Same", "Further", "Wrong"]
        case .outcome: ["Stopped", "Failed"]
        case .part: ["All", "One"]
        case .reason: ["Failure", "Loss", "Preemption"]
        case .step: ["Onward", "Backward"]
        case .end: ["Success", "Defeat", "Abort"]
        case .life: ["Later", "Present", "Past"]
        case .right: ["Due", "Early", "Unfit"]
        case .limit: ["Within", "Beyond"]
        case .ground: ["Spent", "Barred", "Groundless"]
        }
    }

    var meaning: String {
        switch self {
        case .order: "a job's number, an epoch: the next after the last one that was given out, or another"
        case .shape: "a gang, or an array of tasks"
        case .claim: "whether the job comes after others"
        case .place:
            "of a rank: the next in its generation's row, and whether it is the last; else Astray. Of a task: Inner, if there is one"
        case .attempt: "against the last attempt of the gang, or of the array's task: the same, one more, or another"
        case .outcome: "stopped, or whatever else"
        case .part: "the whole gang, or one task of an array"
        case .reason: "the program failed, a worker was lost, or it made room"
        case .step: "a checkpoint's step: later than the one before, or not"
        case .end: "succeeded, failed, cancelled"
        case .life: "an incarnation: later than the worker's last, that one itself, or an earlier one"
        case .right:
            "whether a unit may be granted there now; Early: it isn't its job's turn, or as many run as may; Unfit: no room, or other labels"
        case .limit: "whether a unit that ended so may be tried again: its retries, or its crash limit, are not used up"
        case .ground:
            "what there is to fail by: tries that are used up, a job before this one that did not succeed, or nothing"
        }
    }
}

/// The words of the vocabulary that are journaled, with the fields that specs of journals see.
enum Word: Int, CaseIterable {
    case submit, form, assign, accept, start, finish, fail, lapse, retry, expire, preempt, checkpoint, cancel, end,
        join,
        leave, crash, cordon, uncordon, recover

    enum Field: Equatable {
        case job, task, epoch, worker
        case fact(Fact)
    }

    var name: String { "\(self)" }

    var fields: [Field] {
        switch self {
        case .submit: [.job, .fact(.order), .fact(.shape), .fact(.claim)]
        case .form, .cancel: [.job]
        case .assign: [.task, .epoch, .worker, .fact(.order), .fact(.place), .fact(.attempt), .fact(.right)]
        case .accept, .finish, .lapse: [.task, .epoch]
        case .fail: [.task, .epoch, .fact(.outcome)]
        case .start: [.job, .fact(.attempt)]
        case .retry: [.job, .fact(.part), .fact(.reason), .fact(.limit)]
        case .expire, .preempt: [.job, .fact(.part)]
        case .checkpoint: [.job, .fact(.step)]
        case .end: [.job, .fact(.end), .fact(.ground)]
        case .join, .crash: [.worker, .fact(.life)]
        case .leave, .cordon, .uncordon: [.worker]
        case .recover: []
        }
    }

    var facts: [Fact] { fields.compactMap { if case .fact(let fact) = $0 { fact } else { nil } } }

    init?(_ name: some StringProtocol) {
        guard let word = Word.allCases.first(where: { $0.name == name }) else { return nil }
        self = word
    }
}

/// A word with its facts, as one small number: what an automaton's table is indexed by.
struct Letter: Hashable {
    /// Of every word.
    static let codesPerWord = 64
    static let codeCount = Word.allCases.count * codesPerWord

    let code: Int

    init(_ word: Word, _ a: Int = 0) { code = word.rawValue * Self.codesPerWord + a }
    init(code: Int) { self.code = code }

    var word: Word { Word(rawValue: code / Self.codesPerWord)! }

    /// - Parameter facts: the number of each fact's value.
    init(_ word: Word, facts: [Int]) {
        var number = 0
        for (fact, value) in zip(word.facts, facts) { number = number * fact.values.count + value }
        self.init(word, number)
    }

    /// All letters of a word, where a fact that is nil may be anything.
    static func letters(_ word: Word, facts: [Int?]) -> [Letter] {
        var partial: [[Int]] = [[]]
        for (fact, value) in zip(word.facts, facts) {
            let choices = value.map { $0..<$0 + 1 } ?? 0..<fact.values.count
            partial = partial.flatMap { known in choices.map { known + [$0] } }
        }
        return partial.map { Letter(word, facts: $0) }
    }

    /// The facts' values, by name.
    var values: [String] {
        var number = code % Self.codesPerWord
        var names: [String] = []
        for fact in word.facts.reversed() {
            names.insert(fact.values[number % fact.values.count], at: 0)
            number /= fact.values.count
        }
        return names
    }

    /// `retry(One, Loss)`
    var description: String {
        let values = values
        return values.isEmpty ? word.name : "\(word.name)(\(values.joined(separator: ", ")))"
    }
}

/// The vocabulary with the facts that specs of journals see: the text of `Specs/journal/vocabulary.csp`.
public enum JournalVocabulary {
    public static var specification: String {
        let types = Fact.allCases.map { fact in
            let values = fact.values.map { $0 == "One" ? "One.INDICES" : $0 }.joined(separator: " | ")
            return "-- \(fact.meaning)\ndatatype \(fact.rawValue) = \(values)"
        }
        let meanings = Dictionary(uniqueKeysWithValues: Vocabulary.words.map { ($0.name, $0.meaning) })
        let declarations = Word.allCases.map { word in
            let sets = word.fields.map { field in
                switch field {
                case .job: "JOBS"
                case .task: "TASKS"
                case .epoch: "EPOCHS"
                case .worker: "WORKERS"
                case .fact(let fact): fact.rawValue
                }
            }
            return "channel \(word.name)\(sets.isEmpty ? "" : " : " + sets.joined(separator: "."))"
        }
        let width = declarations.map(\.count).max() ?? 0
        let lines = zip(declarations, Word.allCases).map { declaration, word in
            declaration + String(repeating: " ", count: width - declaration.count) + "  -- \(meanings[word.name] ?? "")"
        }
        return """
            -- The vocabulary of a journal: every event that the coordinator writes down, with the facts that decide what may come next.
            --
            -- Printed from the tables in Sources/Coordination/Vocabulary and Sources/Verification/Conformance by
            -- scripts/generate-vocabulary; don't edit it. A spec that includes this file defines the sets, and so its bounds:
            -- JOBS, INDICES (of a job's units), EPOCHS, WORKERS.

            \(types.joined(separator: "\n\n"))

            -- the unit of a job with an index
            datatype Units = Unit.JOBS.INDICES
            TASKS = Units

            \(lines.joined(separator: "\n"))

            """
    }
}
