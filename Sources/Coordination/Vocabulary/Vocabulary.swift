/// The words that the specs, the core and the journal share, in one table. `Specs/vocabulary.csp` is printed from it
/// (`scripts/generate-vocabulary`), and a test fails when the two drift apart.
public enum Vocabulary {
    /// One word: an event of the protocol.
    public struct Word: Hashable, Sendable {
        public let name: String
        public let fields: [Field]
        /// For people: one line.
        public let meaning: String
        /// Whether the coordinator writes it down.
        public let isJournaled: Bool
    }

    public struct Field: Hashable, Sendable {
        public let name: String
        /// The set that the field ranges over in a spec; nil if specs leave it out.
        public let set: String?
    }

    public static let words: [Word] = [
        word("submit", [job, data("specification"), data("key")], "a job was submitted and admitted"),
        word("reject", [job], "a submission was refused; nothing is kept of it", isJournaled: false),
        word("form", [job, data("ranks")], "the ranks of an elastic gang's next generation were counted"),
        word("assign", [task, epoch, worker, data("attempt")], "a lease was granted to a worker"),
        word(
            "accept", [task, epoch, data("port")], "the worker took the lease; a task runs, a rank waits for its gang"),
        word("start", [job, data("attempt")], "all ranks of a gang have accepted, and were told to run"),
        word("finish", [task, epoch], "the unit ended well, and so its lease"),
        word("fail", [task, epoch, data("outcome")], "the unit ended in another way, and so its lease"),
        word("lapse", [task, epoch], "the lease is void: its worker was lost or left"),
        word("retry", [job, data("index"), data("reason")], "a task, or a whole gang, goes back to the queue"),
        word("expire", [job, data("index")], "the time limit of a task or gang is over; it is to stop"),
        word("preempt", [job, data("index")], "a task or gang makes room for another job; it is to stop"),
        word("checkpoint", [job, data("step")], "rank 0's checkpoint is in the store"),
        word("cancel", [job], "somebody asked for the job's end"),
        word("end", [job, data("end")], "the job ended; nothing of it is held any more"),
        word(
            "join", [worker, data("incarnation"), data("slots"), data("host"), data("offer"), data("terms")],
            "a worker became a member"),
        word("leave", [worker], "a worker that held nothing went away in good order"),
        word("crash", [worker, data("incarnation")], "an incarnation of a worker is over; what it held lapsed before"),
        word("cordon", [worker], "the worker gets no new leases"),
        word("uncordon", [worker], "the worker gets leases again"),
        word("recover", [data("terms")], "the coordinator started on a state folder that was used before"),
    ]

    private static let job = Field(name: "job", set: "JOBS")
    private static let task = Field(name: "task", set: "TASKS")
    private static let epoch = Field(name: "epoch", set: "EPOCHS")
    private static let worker = Field(name: "worker", set: "WORKERS")
    private static func data(_ name: String) -> Field { Field(name: name, set: nil) }

    private static func word(_ name: String, _ fields: [Field], _ meaning: String, isJournaled: Bool = true) -> Word {
        Word(name: name, fields: fields, meaning: meaning, isJournaled: isJournaled)
    }

    /// The text of `Specs/vocabulary.csp`: a channel for each word. Its sets are for the spec that includes it to define,
    /// for a spec chooses its own bounds.
    public static var specification: String {
        let declarations = words.map { word in
            let sets = word.fields.compactMap(\.set)
            return "channel \(word.name)\(sets.isEmpty ? "" : " : " + sets.joined(separator: "."))"
        }
        let width = declarations.map(\.count).max() ?? 0
        let lines = zip(declarations, words).map { declaration, word in
            let padding = String(repeating: " ", count: width - declaration.count)
            return "\(declaration)\(padding)  -- \(word.meaning)\(word.isJournaled ? "" : " (not in the journal)")"
        }
        let sets = Set(words.flatMap(\.fields).compactMap(\.set)).sorted().joined(separator: ", ")
        return """
            -- The vocabulary: the events that the specs, the coordinator and its journal share, one channel each.
            --
            -- Printed from the table in Sources/Coordination/Vocabulary/Vocabulary.swift by scripts/generate-vocabulary;
            -- don't edit it. A spec that includes this file defines the sets, and so its bounds:
            -- \(sets). What an event carries besides is data that specs leave out.

            \(lines.joined(separator: "\n"))

            """
    }
}
