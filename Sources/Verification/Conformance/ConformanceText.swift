internal import Coordination

extension ConformanceReport {
    /// For people: the verdict in a line, and after a refusal who was in which state, and what would explain it.
    public func rendered(_ style: TextStyle = TextStyle()) -> String {
        let size =
            "\(Int(entries).grouped) entries, \(jobs.counted("job")), \(workers.counted("worker")), \(seconds.shortSeconds)"
        let past = hasPast ? "; it begins with entry \(first), and what was before is not there" : ""
        if let gap {
            return "\(style.red)refused\(style.plain)  \(size)\n"
                + "  entry \(gap.next) follows entry \(gap.after): \(gap.next > gap.after ? "what is between them is missing" : "it is out of its place")"
        }
        guard let refusal else {
            return "\(style.green)conforms\(style.plain)  \(size)\(past)\n" + populationLine("at the end")
        }
        var lines = ["\(style.red)refused\(style.plain)   \(size)\(past)", ""]
        lines.append(
            "  \(style.bold)entry \(refusal.entry.sequence)  \(refusal.event) of \(refusal.entry.event.subject)\(style.plain)"
        )
        let width = refusal.processes.map { $0.process.count }.max() ?? 0
        for process in refusal.processes {
            let states =
                process.states.count > 4
                ? "one of \(process.states.count) states" : process.states.joined(separator: " or ")
            let allowed = process.allowed.isEmpty ? "nothing" : process.allowed.joined(separator: ", ")
            let verdict = process.allows ? "allows it " : "\(style.red)refuses it\(style.plain)"
            lines.append("    \(process.process.padded(to: width))  \(verdict)  in \(states), which allows \(allowed)")
        }
        let instead = refusal.allowed.isEmpty ? "nothing of it" : refusal.allowed.joined(separator: ", ")
        lines.append("    instead    \(instead)")
        if let repair, let repairText {
            let reach =
                repair.isWhole
                ? "then all of the \(repair.lookedAt.counted("entry", many: "entries")) that follow it here are allowed"
                : "then \(repair.explained) of the \(repair.lookedAt.counted("entry", many: "entries")) from it on are allowed"
            lines.append("    repair     \(repairText); \(reach)")
        } else {
            lines.append("    repair     no change of one or two entries explains it")
        }
        if more > 0 {
            lines.append(
                "    after it   \(more.counted("more entry is", many: "more entries are")) refused, each object taken up anew after its refusal"
            )
        }
        lines.append(populationLine("before it"))
        return lines.joined(separator: "\n")
    }

    /// `JOB 3 ARRAY(false), 1 QUEUED(false) · WORKER 4 MEMBER(false)`
    private func populationLine(_ when: String) -> String {
        let kinds = Dictionary(grouping: population, by: \.process).sorted { $0.key < $1.key }
        let text = kinds.map { kind, states in
            let shown = states.prefix(5).map { "\($0.count.grouped) \($0.state)" }
            return "\(kind) " + (shown + (states.count > 5 ? ["…"] : [])).joined(separator: ", ")
        }.joined(separator: "  ·  ")
        return "    \(when)  \(text)"
    }
}

extension ConformanceReport: Encodable {
    private enum CodingKeys: String, CodingKey {
        case schema, verdict, entries, first, last, jobs, workers, refusal, gap, repair, more, population, seconds
    }

    private struct RefusalDocument: Encodable {
        let sequence: UInt64
        let event: String
        let subject: String
        let processes: [Refusal.ProcessState]
        let allowed: [String]
    }

    private struct RepairDocument: Encodable {
        let kind: String
        let text: String
        let explained: Int
        let lookedAt: Int
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(1, forKey: .schema)
        try container.encode(conforms ? "conforms" : "refused", forKey: .verdict)
        try container.encode(entries, forKey: .entries)
        try container.encode(first, forKey: .first)
        try container.encode(last, forKey: .last)
        try container.encode(jobs, forKey: .jobs)
        try container.encode(workers, forKey: .workers)
        if let refusal {
            try container.encode(
                RefusalDocument(
                    sequence: refusal.entry.sequence, event: refusal.event, subject: refusal.entry.event.subject,
                    processes: refusal.processes, allowed: refusal.allowed), forKey: .refusal)
        }
        if let gap { try container.encode(["after": gap.after, "next": gap.next], forKey: .gap) }
        if let repair, let repairText {
            try container.encode(
                RepairDocument(
                    kind: repair.kind, text: repairText, explained: repair.explained, lookedAt: repair.lookedAt),
                forKey: .repair)
        }
        try container.encode(more, forKey: .more)
        try container.encode(population, forKey: .population)
        try container.encode(seconds, forKey: .seconds)
    }
}

extension Int {
    fileprivate func counted(_ one: String, many: String) -> String { self == 1 ? "1 \(one)" : "\(grouped) \(many)" }
}

extension TextStyle {
    fileprivate var red: String { coloured ? "\u{1B}[1;31m" : "" }
    fileprivate var green: String { coloured ? "\u{1B}[1;32m" : "" }
}
