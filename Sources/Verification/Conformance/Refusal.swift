public import Coordination

/// An entry that the spec does not allow: who refuses it, and what would have been allowed instead.
public struct Refusal: Sendable {
    /// The process of one of the entry's objects, in the state that the journal brought it to.
    public struct ProcessState: Sendable, Encodable {
        /// `TASK(j7.0)`
        public let process: String
        /// As the spec calls it; several where the past isn't known.
        public let states: [String]
        /// Whether it allows the entry.
        public let allows: Bool
        /// What it allows, by the words of the vocabulary; a word with facts is allowed with these alone.
        public let allowed: [String]
    }

    public let entry: JournalEntry
    /// The entry as the spec sees it, such as `finish` or `assign(Amiss, Inner, Further)`.
    public let event: String
    public let processes: [ProcessState]
    /// The words that all of the entry's processes would have allowed.
    public let allowed: [String]
    /// The most processes that are shown of one kind.
    static let processesShown = 4

    /// One line: what was refused and by whom.
    public var summary: String {
        let refusing = processes.filter { !$0.allows }.map { process in
            "\(process.process), which is \(process.states.prefix(3).joined(separator: " or "))"
        }
        let instead = allowed.isEmpty ? "nothing of it was allowed" : "allowed were " + allowed.joined(separator: ", ")
        return "entry \(entry.sequence), \(event) of \(entry.event.subject), is refused by "
            + refusing.prefix(3).joined(separator: " and by ") + "; \(instead)"
    }
}

extension ProtocolEvent {
    /// What the event is about: `j1.0@3`, `j1`, `w1`.
    public var subject: String {
        switch self {
        case .assign(let lease, let worker, _): "\(lease) to \(worker)"
        case .accept(let lease, _), .finish(let lease), .fail(let lease, _), .lapse(let lease): "\(lease)"
        case .retry(let job, let index?, _), .expire(let job, let index?), .preempt(let job, let index?):
            "\(TaskID(job, index))"
        case .join(let name, _, _, _, _, _), .leave(let name), .crash(let name, _), .cordon(let name),
            .uncordon(let name):
            "\(name)"
        case .recover: "the coordinator"
        default: job.map { "\($0)" } ?? ""
        }
    }
}

extension JournalMonitor {
    /// Who refuses an entry, in the state before it.
    func explain(_ entry: JournalEntry) -> Refusal {
        let letters = letters(of: entry.event)
        let concerned = concerned(by: entry.event)
        var processes: [Refusal.ProcessState] = []
        var together: Set<Int>?
        for (name, state, process) in concerned {
            let states = possible(state, process)
            let isOwn = letters.contains { process.symbols[$0.code] >= 0 }
            let allows =
                isOwn
                ? letters.contains { letter in
                    let symbol = Int(process.symbols[letter.code])
                    return symbol < 0 || states.contains { process.target(of: $0, symbol) >= 0 }
                } : process.another < 0 || states.contains { process.target(of: $0, process.another) >= 0 }
            let codes = Set(states.flatMap { process.letters(in: $0).map(\.code) })
            processes.append(
                .init(
                    process: name, states: states.map { process.stateNames[Int($0)] }, allows: allows,
                    allowed: Self.words(codes)))
            let others = (0..<Letter.codeCount).filter { process.symbols[$0] < 0 }
            let offered = codes.union(process.kind == .grant && !allows && !isOwn ? [] : others)
            together = together.map { $0.intersection(offered) } ?? offered
        }
        let mentioned = Set(
            concerned.flatMap { process in process.2.symbols.indices.filter { process.2.symbols[$0] >= 0 } })
        let event = letters.count == 1 ? letters[0].description : entry.event.name
        return Refusal(
            entry: entry, event: event, processes: processes,
            allowed: Self.words((together ?? []).intersection(mentioned).filter { isOfTheSameKind($0, entry.event) }))
    }

    /// Whether the letter speaks of the objects that the event speaks of.
    private func isOfTheSameKind(_ code: Int, _ event: ProtocolEvent) -> Bool {
        let fields = Letter(code: code).word.fields
        switch event {
        case .join, .leave, .crash, .cordon, .uncordon: return fields.contains(.worker) && !fields.contains(.task)
        case .recover: return true
        default: return fields.contains(.job) || fields.contains(.task)
        }
    }

    /// The processes whose event it is, each with its state.
    private func concerned(by event: ProtocolEvent) -> [(String, ObjectState, ObjectProcess)] {
        var list: [(String, ObjectState, ObjectProcess)] = []
        if let job = grantUnderWay, event.job?.number != job.id || rules.grant.symbols[letters(of: event)[0].code] < 0 {
            list.append(("GRANT(j\(job.id))", job.grant, rules.grant))
        }
        if letters(of: event).contains(where: { rules.cluster.symbols[$0.code] >= 0 }) {
            list.append(("CLUSTER", cluster, rules.cluster))
        }
        if let id = event.job { list += concerned(of: id, by: event) }
        switch event {
        case .assign(let lease, let name, _):
            list.append(("LEASE(\(lease))", state(of: lease, event), rules.lease))
            list.append(("WORKER(\(name))", workerTrack(name)?.worker ?? 0, rules.worker))
        case .accept(let lease, _), .finish(let lease), .fail(let lease, _), .lapse(let lease):
            list.append(("LEASE(\(lease))", state(of: lease, event), rules.lease))
        case .leave(let name), .crash(let name, _):
            list.append(("WORKER(\(name))", workerTrack(name)?.worker ?? 0, rules.worker))
            let number = workers.firstIndex { $0.name == name }
            let held = leases.filter { $0.value.worker == number.map(Int32.init) ?? -2 }.sorted { $0.key < $1.key }
            for (epoch, track) in held.prefix(Refusal.processesShown) {
                list.append(("HOLDING(\(Lease(track.task, Epoch(epoch))), \(name))", track.holding, rules.holding))
            }
        case .join(let name, _, _, _, _, _), .cordon(let name), .uncordon(let name):
            list.append(("WORKER(\(name))", workerTrack(name)?.worker ?? 0, rules.worker))
        default: break
        }
        return list
    }

    /// What was forgotten because it was over is shown as that.
    private static func over(_ process: ObjectProcess) -> ObjectState {
        process.isOver.firstIndex(of: true).map(ObjectState.init) ?? 0
    }

    private func state(of lease: Lease, _ event: ProtocolEvent) -> ObjectState {
        if case .assign = event { return leases[lease.epoch.number]?.lease ?? 0 }
        let state = self.lease(lease).lease
        let isForgotten = state == 0 && leases[lease.epoch.number] == nil && lease.epoch.number <= lastEpoch ?? 0
        return isForgotten ? Self.over(rules.lease) : state
    }

    private func concerned(of id: JobID, by event: ProtocolEvent) -> [(String, ObjectState, ObjectProcess)] {
        var list: [(String, ObjectState, ObjectProcess)] = []
        guard let track = jobTrack(id.number) else {
            let isOld = hasPast && (lastJob == nil || id.number <= lastJob ?? 0)
            guard !isOld else { return [] }
            return [("JOB(\(id))", id.number <= lastJob ?? 0 ? Self.over(rules.job) : 0, rules.job)]
        }
        let letters = letters(of: event)
        if letters.contains(where: { rules.job.symbols[$0.code] >= 0 }) {
            list.append(("JOB(\(id))", track.job, rules.job))
        }
        if grantsAtOnce, letters.contains(where: { rules.grant.symbols[$0.code] >= 0 }) {
            list.append(("GRANT(\(id))", track.grant, rules.grant))
        }
        guard letters.contains(where: { rules.task.symbols[$0.code] >= 0 }) else { return list }
        let unit: UInt32?
        switch event {
        case .assign(let lease, _, _), .accept(let lease, _), .finish(let lease), .fail(let lease, _),
            .lapse(let lease):
            unit = lease.task.index
        default: unit = event.unitIndex
        }
        if let unit {
            list.append(("TASK(\(TaskID(id, unit)))", track.task(unit), rules.task))
            return list
        }
        // All of its units: those that refuse before the others.
        let units = (0..<UInt32(track.tasks.count)).filter { track.tasks[Int($0)] >= 0 }
        func refuses(_ state: ObjectState) -> Bool {
            !possible(state, rules.task).contains { state in
                letters.contains { letter in
                    let symbol = Int(rules.task.symbols[letter.code])
                    return symbol < 0 || rules.task.target(of: state, symbol) >= 0
                }
            }
        }
        let refusing = units.filter { refuses(track.task($0)) }
        for unit in (refusing.isEmpty ? units : refusing).prefix(Refusal.processesShown) {
            list.append(("TASK(\(TaskID(id, unit)))", track.task(unit), rules.task))
        }
        if refuses(track.untouched), track.hasUntouched {
            list.append(("TASK(\(TaskID(id, UInt32(track.tasks.count))))", track.untouched, rules.task))
        }
        return list
    }

    /// `finish, fail, retry(One, Loss)`: a word alone where the process allows it whatever its facts are.
    static func words(_ codes: Set<Int>) -> [String] {
        var words: [String] = []
        for word in Word.allCases {
            let all = Letter.letters(word, facts: word.facts.map { _ in nil })
            let allowed = all.filter { codes.contains($0.code) }
            guard !allowed.isEmpty else { continue }
            if allowed.count == all.count {
                words.append(word.name)
                continue
            }
            // Facts that may be anything are left out.
            let deciding = word.facts.indices.filter { index in
                Set(allowed.map { $0.values[index] }).count < word.facts[index].values.count
            }
            var seen: Set<String> = []
            for letter in allowed {
                let text = "\(word.name)(\(deciding.map { letter.values[$0] }.joined(separator: ", ")))"
                if seen.insert(text).inserted { words.append(text) }
            }
        }
        return words
    }
}
