public import Communication
internal import Coordination
internal import Yams

/// A job's `communication`, as it stands in its file. docs/plans.md describes it.
public enum PlanFile {
    /// Of all ranks together, as they are written; loops count once.
    static let stepLimit = 100_000
    private static let depthLimit = 32

    private static let keys = ["sends", "buffer", "ranks", "groups", "program"]
    private static let scheduleKeys = [
        "schedule", "sends", "buffer", "stages", "ranks", "rounds", "exchange", "micro-batches", "chunks", "servers",
        "order",
    ]

    /// Reads a document that has `communication` as a key, among others that it doesn't look at.
    /// - Returns: nil if it has none.
    public static func parse(_ text: String, file: String) throws(InputError) -> Plan? {
        guard let value = try Document.parse(text, file: file, keys: nil).value("communication") else { return nil }
        return try plan(value)
    }

    /// A plan, and for how many ranks.
    public struct File: Sendable {
        public let plan: Plan
        /// nil: the file doesn't say.
        public let ranks: ClosedRange<Int>?
    }

    /// Reads a job file, or one that has nothing but `communication`, `gang` and `name`.
    public static func read(_ file: String) throws(InputError) -> File {
        let top = try Document.read(file: file, keys: nil)
        guard let value = top.value("communication") else {
            throw InputError(file: file, message: "it has no `communication`, so there is nothing to check")
        }
        let plan = try plan(value)
        if top.value("command") != nil || top.value("builtin") != nil {
            let job = try JobFile.parse(top.document.text, file: file)
            return File(plan: plan, ranks: Int(job.minimumRanks ?? job.units)...Int(job.units))
        }
        let bare = try Document.parse(top.document.text, file: file, keys: ["name", "gang", "communication"])
        let ranks = try bare.value("gang").map { value throws(InputError) in try JobFile.gang(value) }
        return File(plan: plan, ranks: ranks.map { Int($0.minimumRanks ?? $0.ranks)...Int($0.ranks) })
    }

    /// The part of a document that declares the plan, as it stands there and in the same lines; if that alone means another plan, because
    /// of an anchor elsewhere, the plan is written anew.
    static func text(_ value: Value, in top: Mapping) throws(InputError) -> String {
        let plan = try plan(value)
        if let text = top.text(of: value.key), let again = try? parse(text, file: value.document.file), again == plan {
            return text
        }
        do {
            return try Yams.serialize(node: Node.mapping([Node.scalar(.init(value.key)): value.node]))
        } catch { throw value.error("can't be written out: \(error)") }
    }

    static func plan(_ value: Value) throws(InputError) -> Plan {
        let any = try value.mapping(keys: nil)
        if any.value("schedule") != nil { return try scheduled(value.mapping(keys: scheduleKeys), value.place) }
        let mapping = try value.mapping(keys: keys)
        var reader = ProgramReader(document: value.document)
        var named = 0
        var groups: [RankGroup] = []
        if let value = mapping.value("groups") {
            for value in try value.mapping(keys: nil).values { groups.append(try group(value, &named)) }
        }
        var programs: [Plan.Program] = []
        if let value = mapping.value("program") {
            programs.append(Plan.Program(ranks: nil, steps: try reader.steps(value)))
        }
        var count: Int?
        if let value = mapping.value("ranks") {
            if value.isMapping {
                for value in try value.mapping(keys: nil).values {
                    programs.append(
                        Plan.Program(ranks: try ranks(named: value, &named), steps: try reader.steps(value)))
                }
            } else {
                count = try value.integer(1...1_000_000)
            }
        }
        guard !programs.isEmpty else {
            throw value.error("says nothing to communicate; add `program`, `ranks: {0: […], 1: […]}` or `schedule`")
        }
        return Plan(
            sends: try sends(mapping), groups: groups, behaviour: .programs(programs), ranks: count, place: value.place)
    }

    private static func sends(_ mapping: Mapping) throws(InputError) -> Plan.Sends {
        let buffer = mapping.value("buffer")
        guard let value = mapping.value("sends") else {
            if let buffer { throw buffer.error("belongs to eager sends; add `sends: eager`") }
            return .rendezvous
        }
        switch try value.string() {
        case "rendezvous":
            if let buffer { throw buffer.error("belongs to eager sends; `sends` is rendezvous") }
            return .rendezvous
        case "eager": return .eager(buffer: try buffer?.integer(1...1_000_000_000))
        case let other: throw value.error("is '\(other)'; it must be rendezvous or eager")
        }
    }

    private static func group(_ value: Value, _ named: inout Int) throws(InputError) -> RankGroup {
        if value.isMapping {
            guard let by = try value.mapping(keys: ["by"]).value("by") else {
                throw value.error("must be a list of ranks, or { by: EXPRESSION }, such as { by: rank / 4 }")
            }
            return RankGroup(name: value.key, members: .by(try by.expression()), place: value.place)
        }
        var members: [Int] = []
        for text in try value.strings() {
            guard let range = range(text), range.upperBound < 1_000_000 else {
                throw value.error("names '\(text)'; it must be ranks, such as [0, 1, 4-7]")
            }
            try count(range, &named, value)
            members += range
        }
        guard !members.isEmpty, Set(members).count == members.count else {
            throw value.error(members.isEmpty ? "has no ranks" : "names a rank twice")
        }
        return RankGroup(name: value.key, members: .ranks(members), place: value.place)
    }

    /// `0`, `4-7`; and `others` for those that have no program of their own.
    private static func ranks(named value: Value, _ named: inout Int) throws(InputError) -> [Int]? {
        if value.key == "others" { return nil }
        var ranks: [Int] = []
        for part in value.key.split(separator: ",", omittingEmptySubsequences: false) {
            guard let range = range(part.filter { $0 != " " }), range.upperBound < 1_000_000 else {
                throw value.document.error(
                    at: value.node.mark,
                    "'\(value.key)' is no rank; the keys of `ranks` read 0, 4-7, '0, 2' or others")
            }
            try count(range, &named, value)
            ranks += range
        }
        return ranks
    }

    /// A few lines can name a million ranks a thousand times.
    private static func count(_ range: ClosedRange<Int>, _ named: inout Int, _ value: Value) throws(InputError) {
        named += range.count
        guard named <= 1_000_000 else {
            throw value.error("is one too many: a plan names at most 1000000 ranks in all")
        }
    }

    private static func range(_ text: some StringProtocol) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first >= 0,
            first <= last
        else { return nil }
        return first...last
    }

    // MARK: Schedules

    private static func scheduled(_ mapping: Mapping, _ place: Place) throws(InputError) -> Plan {
        guard let value = mapping.value("schedule") else {
            throw mapping.document.error(at: mapping.mark, "no schedule")
        }
        let text = try value.string()
        guard let name = Schedule.Name(rawValue: text) else {
            let names = Schedule.Name.allCases.map(\.rawValue).joined(separator: ", ")
            throw value.error("is '\(text)'; there are: \(names)")
        }
        var schedule = Schedule(name)
        func own(_ key: String, _ isOwn: Bool) throws(InputError) -> Value? {
            guard let value = mapping.value(key) else { return nil }
            guard isOwn else { throw value.error("does not belong to the schedule \(name.rawValue)") }
            return value
        }
        if let value = mapping.value("rounds") { schedule.rounds = try value.integer(1...1_000_000) }
        if let value = try own("exchange", name != .parameterServer) {
            guard let exchange = Schedule.Exchange(rawValue: try value.string()) else {
                throw value.error("must be separate (one after the other) or fused (both begun, then waited for)")
            }
            schedule.exchange = exchange
        }
        if let value = try own("micro-batches", name.isPipeline) {
            schedule.microBatches = try value.integer(1...1_000_000)
        }
        if let value = try own("chunks", name == .interleaved) { schedule.chunks = try value.integer(1...1000) }
        if let value = try own("servers", name == .parameterServer) {
            schedule.servers = try value.integer(1...1_000_000)
        }
        if let value = try own("order", name == .parameterServer) {
            switch try value.string() {
            case "any": schedule.takesAny = true
            case "rank": schedule.takesAny = false
            default: throw value.error("must be any (as they come) or rank (one worker after the other)")
            }
        }
        let stages = try own("stages", name.isPipeline)
        if let stages, mapping.value("ranks") != nil { throw stages.error("stands beside 'ranks', and means the same") }
        let ranks = try (stages ?? mapping.value("ranks"))?.integer(1...1_000_000)
        return Plan(sends: try sends(mapping), behaviour: .schedule(schedule), ranks: ranks, place: place)
    }

    // MARK: Programs

    /// Reads the steps of programs, and keeps count of them: YAML's aliases can write a few lines a million times.
    private struct ProgramReader {
        let document: Document
        private var steps = 0
        private var depth = 0
        private var names: Set<String> = []

        init(document: Document) { self.document = document }

        mutating func steps(_ value: Value) throws(InputError) -> [Step] {
            guard case .sequence(let sequence) = value.node else {
                throw value.error("must be a list of calls, `- send: 1`")
            }
            depth += 1
            defer { depth -= 1 }
            guard depth <= PlanFile.depthLimit else {
                throw value.error("is nested more than \(PlanFile.depthLimit) deep")
            }
            var result: [Step] = []
            for node in sequence { result.append(try step(node)) }
            return result
        }

        private mutating func step(_ node: Node) throws(InputError) -> Step {
            steps += 1
            guard steps <= PlanFile.stepLimit else {
                throw document.error(at: node.mark, "more than \(PlanFile.stepLimit) steps are written; use `repeat`")
            }
            // `- barrier` alone.
            if case .scalar(let scalar) = node {
                return try step(
                    word: scalar.string, Value(node: .mapping([:]), key: scalar.string, document: document), nil, node)
            }
            let mapping = try Mapping(node, in: document, what: "a step", keys: nil)
            guard let first = mapping.values.first else {
                throw document.error(at: node.mark, "this step is empty; \(Self.hint)")
            }
            return try step(word: first.key, first, mapping, node)
        }

        private static let words =
            ["send", "recv", "isend", "irecv", "sendrecv", "batch", "wait"] + Collective.allCases.map(\.rawValue)
            + ["repeat", "when"]
        private static let hint = "steps are: \(words.joined(separator: ", "))"

        private mutating func step(
            word: String, _ value: Value, _ mapping: Mapping?, _ node: Node
        ) throws(InputError) -> Step {
            let place = Place(node.mark)
            func alone() throws(InputError) {
                guard let mapping, mapping.values.count > 1 else { return }
                throw mapping.values[1].error("stands beside '\(word)'; a step has one call, and its details in { }")
            }
            switch word {
            case "repeat":
                guard let mapping = try whole(["repeat", "as", "do"], mapping, node), let body = mapping.value("do")
                else {
                    throw document.error(at: node.mark, "'repeat' needs `do: […]` beside it")
                }
                let count = try value.expression(names)
                let variable = try mapping.value("as")?.name()
                let isNew = variable.map { names.insert($0).inserted } ?? false
                let steps = try steps(body)
                if isNew, let variable { names.remove(variable) }
                return Step(.loop(count: count, variable: variable, steps), at: place)
            case "when":
                guard let mapping = try whole(["when", "do", "else"], mapping, node), let body = mapping.value("do")
                else {
                    throw document.error(at: node.mark, "'when' needs `do: […]` beside it, and may have `else: […]`")
                }
                return Step(
                    .choice(
                        condition: try value.expression(names), then: try steps(body),
                        otherwise: try mapping.value("else").map { value throws(InputError) in try steps(value) } ?? []),
                    at: place)
            case "batch":
                try alone()
                let calls = try steps(value)
                for step in calls {
                    guard case .call(let call) = step.kind, !call.isNonblocking, !call.takesAny else {
                        throw document.error(
                            at: node.mark,
                            "'batch' (line \(step.place.line)) holds send, recv (from one rank) and collectives")
                    }
                }
                return Step(.batch(calls), at: place)
            case "wait":
                try alone()
                let names = try value.strings()
                guard !names.isEmpty else { throw value.error("must name requests, or all") }
                return Step(.wait(names == ["all"] ? .all : .named(names)), at: place)
            case "sendrecv":
                try alone()
                let both = try value.mapping(keys: ["to", "from", "tag", "count", "dtype"])
                guard let to = try both.value("to")?.expression(names),
                    let from = try both.value("from")?.expression(names)
                else {
                    throw value.error(
                        "needs `to` and `from`: { to: (rank + 1) % size, from: (rank + size - 1) % size }")
                }
                let (tag, payload) = (try both.value("tag")?.string() ?? "", try self.payload(both))
                return Step(
                    .batch([
                        Step(.call(Call(.send(to: to, tag: tag), payload: payload)), at: place),
                        Step(.call(Call(.receive(from: from, tag: tag), payload: payload)), at: place),
                    ]), at: place)
            case "send", "isend", "recv", "irecv":
                try alone()
                return Step(.call(try message(word, value)), at: place)
            default:
                guard let collective = Collective(rawValue: word) else {
                    let nearest = Self.words.min { distance($0, word) < distance($1, word) } ?? ""
                    throw document.error(
                        at: node.mark,
                        "there is no call '\(word)'; "
                            + (distance(nearest, word) <= 2 ? "did you mean '\(nearest)'?" : Self.hint))
                }
                try alone()
                return Step(.call(try call(collective, value)), at: place)
            }
        }

        /// The step with all of its keys, if it is more than a word.
        private func whole(_ keys: [String], _ mapping: Mapping?, _ node: Node) throws(InputError) -> Mapping? {
            mapping == nil ? nil : try Mapping(node, in: document, what: "a step", keys: keys)
        }

        private func message(_ word: String, _ value: Value) throws(InputError) -> Call {
            let isSend = word.hasSuffix("send")
            let isBegun = word.hasPrefix("i")
            let peerKey = isSend ? "to" : "from"
            var details: Mapping?
            var peer = value
            if value.isMapping {
                let mapping = try value.mapping(keys: [peerKey, "tag", "count", "dtype"] + (isBegun ? ["as"] : []))
                guard let named = mapping.value(peerKey) else { throw value.error("needs `\(peerKey)`, a rank") }
                details = mapping
                peer = named
            }
            let tag = try details?.value("tag")?.string() ?? ""
            let payload = try details.map { mapping throws(InputError) in try self.payload(mapping) } ?? Payload()
            let request = try details?.value("as")?.name()
            if !isSend, (try? peer.string()) == "any" {
                guard !isBegun else {
                    throw value.error("can't be from any: which message it takes would depend on the library; use recv")
                }
                return Call(.receive(from: nil, tag: tag), payload: payload)
            }
            let rank = try peer.expression(names)
            return Call(
                isSend ? .send(to: rank, tag: tag) : .receive(from: rank, tag: tag), payload: payload,
                isNonblocking: isBegun, request: request)
        }

        private func call(_ collective: Collective, _ value: Value) throws(InputError) -> Call {
            var keys = ["group", "count", "dtype", "as", "async"]
            if collective.hasRoot { keys.append("root") }
            if collective.hasOperation { keys.append("op") }
            // `- barrier: pairs`, `- broadcast: 0`
            if !value.isMapping {
                let root = collective.hasRoot ? try value.expression(names) : nil
                let group = collective.hasRoot ? nil : try value.string()
                return Call(.collective(collective, group: group, root: root, operation: nil))
            }
            let mapping = try value.mapping(keys: keys)
            let root = try mapping.value("root")?.expression(names)
            if collective.hasRoot, root == nil { throw value.error("needs `root`, a rank") }
            let request = try mapping.value("as")?.name()
            return Call(
                .collective(
                    collective, group: try mapping.value("group")?.string(), root: root,
                    operation: try mapping.value("op")?.string()),
                payload: try payload(mapping),
                isNonblocking: try mapping.value("async")?.boolean() ?? (request != nil), request: request)
        }

        private func payload(_ mapping: Mapping) throws(InputError) -> Payload {
            Payload(
                count: try mapping.value("count")?.integer(0...Int.max / 2), type: try mapping.value("dtype")?.string())
        }
    }
}

extension Call {
    fileprivate var takesAny: Bool { if case .receive(nil, _) = kind { true } else { false } }
}

extension Place {
    fileprivate init(_ mark: Mark?) { self.init(line: mark?.line ?? 1, column: mark?.column ?? 1) }
}

extension Value {
    fileprivate var place: Place { Place(node.mark) }

    fileprivate func expression(_ names: Set<String> = []) throws(InputError) -> Expression {
        let text = try string()
        do throws(Expression.Fault) { return try Expression(text, names: names) } catch {
            throw document.error(at: node.mark, "'\(key)': \(error.message)")
        }
    }

    /// A word of the user's own: a request, a loop's variable.
    fileprivate func name() throws(InputError) -> String {
        let text = try string()
        let isName =
            text.first?.isLetter == true && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard isName, !["all", "rank", "size", "and", "or"].contains(text), text.count <= 64 else {
            throw error("is '\(text)'; it must be a name of letters and digits, and not all, rank, size, and, or")
        }
        return text
    }
}
