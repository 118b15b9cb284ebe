/// A plan as a CSPm script with one assertion, of which `banquet check` finds what the check of the plan finds.
public struct PlanScript {
    /// What a channel is in the script.
    private enum Medium {
        /// Sender and receiver meet.
        case meeting
        /// A buffer between them.
        case buffer
        /// What was begun at either end, and which of it is over.
        case pending
    }

    private let network: Network
    private let capacity: Int?
    private let title: String
    private let showsLines: Bool
    private let media: [Medium]
    private let hasTags: Bool
    private let hasPayloads: Bool
    private let tagNames: [String]
    private let payloadNames: [String]
    private let calls: CallNames
    private let inboxed: Set<Int32>

    /// - Throws: `PlanError` where the plan makes no sense for so many ranks; nil if it has more steps than `limits` has.
    public static func text(
        of plan: Plan, ranks: Int, title: String, limits: PlanLimits = PlanLimits()
    ) throws(PlanError) -> String? {
        do throws(Unfolder.Failure) {
            let network = try Unfolder.network(of: plan, ranks: ranks, limit: limits.steps)
            var isWritten = false
            if case .programs = plan.behaviour { isWritten = true }
            return PlanScript(network, capacity: plan.sends.capacity, title: title, showsLines: isWritten).text
        } catch {
            if case .plan(let error) = error { throw error }
            return nil
        }
    }

    init(_ network: Network, capacity: Int?, title: String, showsLines: Bool) {
        self.network = network
        self.capacity = capacity
        self.title = title
        self.showsLines = showsLines
        media = network.channels.map { $0.isNonblocking ? .pending : capacity == 0 ? .meeting : .buffer }
        hasTags = network.tags.count > 1 || network.tags.contains { !$0.isEmpty }
        hasPayloads = network.payloads.count > 1 || network.payloads.contains { $0 != Payload() }
        tagNames = Self.distinct(network.tags.map { $0.isEmpty ? "untagged" : "t_\($0)" })
        payloadNames = Self.distinct(network.payloads.map { $0 == Payload() ? "unsaid" : "p_\($0.text)" })
        calls = CallNames(network)
        inboxed = Set(network.inboxes.joined())
    }

    /// Identifiers of CSPm, no two the same.
    static func distinct(_ texts: [String]) -> [String] {
        var taken: Set<String> = []
        return texts.map { text in
            let plain = String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
            var name = plain
            var number = 2
            while !taken.insert(name).inserted {
                name = "\(plain)__\(number)"
                number += 1
            }
            return name
        }
    }

    var text: String {
        let parts = [
            "-- \(title)\n-- Each rank is a process; channels, buffers and collectives are what they meet by. Sends: \(sendsText).",
            declarations, buffers, pendings, rounds, ranks, alphabets, system,
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    private var sendsText: String {
        switch capacity {
        case 0: "rendezvous"
        case nil: "eager, into buffers without bound"
        case let capacity?: "eager, into buffers of \(capacity)"
        }
    }

    // MARK: Declarations

    private func has(_ medium: Medium) -> Bool { media.contains { $0 == medium } }

    private var declarations: String {
        var lines = ["RANKS = {0..\(network.programs.count - 1)}"]
        if hasTags { lines.append("datatype Tag = \(tagNames.joined(separator: " | "))") }
        if hasPayloads {
            lines.append("datatype Payload = \(payloadNames.joined(separator: " | "))")
            lines.append("-- the messages that a receive of this payload takes")
            for (number, name) in payloadNames.enumerated() {
                let fitting = network.payloads.indices.filter { network.payloads[$0].fits(network.payloads[number]) }
                lines.append("fits(\(name)) = {\(fitting.map { payloadNames[$0] }.joined(separator: ", "))}")
            }
        }
        let path = "RANKS.RANKS" + (hasTags ? ".Tag" : "")
        let loaded = path + (hasPayloads ? ".Payload" : "")
        if has(.meeting) { lines.append("channel message : \(loaded)    -- source, target: both take part") }
        if has(.buffer) || has(.pending) { lines.append("channel put : \(loaded)    -- a send begins") }
        if has(.buffer) || hasTakes { lines.append("channel take : \(loaded)    -- a receive gets its message") }
        if has(.pending) {
            let most = max(1, network.channels.reduce(0) { max($0, $1.messages.count, $1.receives) })
            lines.append("ORDINALS = {1..\(most)}")
            lines.append("channel get : \(path)    -- a receive begins")
            lines.append("channel sent : \(path).ORDINALS    -- the n-th send of the channel is over")
            lines.append(
                "channel got : \(path).ORDINALS\(hasPayloads ? ".Payload" : "")    -- the n-th receive is over")
        }
        lines += calls.declarations
        lines.append("channel done    -- every rank is at its end, and nothing is on its way")
        return lines.joined(separator: "\n")
    }

    private var hasTakes: Bool { media.indices.contains { media[$0] == .pending && inboxed.contains(Int32($0)) } }

    private func path(_ channel: Int) -> String {
        let ends = network.channels[channel]
        return "\(ends.source).\(ends.target)" + (hasTags ? ".\(tagNames[ends.tag])" : "")
    }

    // MARK: What is between the ranks

    private var ends: String { hasTags ? "s, t, g" : "s, t" }
    private var way: String { hasTags ? "s.t.g" : "s.t" }

    private var buffers: String {
        guard has(.buffer) else { return "" }
        if hasPayloads {
            return """
                -- a buffer of m messages
                BUFFER(\(ends), m, q) =
                  #q < m & put.\(way)?p -> BUFFER(\(ends), m, q^<p>)
                  [] #q > 0 & take.\(way)!head(q) -> BUFFER(\(ends), m, tail(q))
                  [] #q == 0 & done -> SKIP
                """
        }
        return """
            -- a buffer of m messages, n of which are there
            BUFFER(\(ends), m, n) =
              n < m & put.\(way) -> BUFFER(\(ends), m, n + 1)
              [] n > 0 & take.\(way) -> BUFFER(\(ends), m, n - 1)
              [] n == 0 & done -> SKIP
            """
    }

    private var pendings: String {
        guard has(.pending) else { return "" }
        let (count, add, load) = hasPayloads ? ("#q", "q^<p>", "?p") : ("q", "q + 1", "")
        let taken = hasPayloads ? "!nth(q, r + 1)" : ""
        let gotten = hasPayloads ? "!nth(q, i)" : ""
        var lines = ["least(a, b) = if a < b then a else b"]
        if hasPayloads { lines.append("nth(q, i) = if i == 1 then head(q) else nth(tail(q), i - 1)") }
        lines += [
            "-- a channel of which m sends and l receives are begun in all; \(count) and r of them have been; a buffer of k",
            "PENDING(\(ends), m, l, k, q, r) =",
            "  \(count) < m & put.\(way)\(load) -> PENDING(\(ends), m, l, k, \(add), r)",
            "  [] r < l & get.\(way) -> PENDING(\(ends), m, l, k, q, r + 1)",
        ]
        if hasTakes { lines.append("  [] \(count) > r & take.\(way)\(taken) -> PENDING(\(ends), m, l, k, q, r + 1)") }
        lines += [
            "  [] ([] i : {1..least(\(count), r + k)} @ sent.\(way).i -> PENDING(\(ends), m, l, k, q, r))",
            "  [] ([] i : {1..least(\(count), r)} @ got.\(way).i\(gotten) -> PENDING(\(ends), m, l, k, q, r))",
            "  [] \(count) == r & done -> SKIP",
        ]
        return lines.joined(separator: "\n")
    }

    private var rounds: String { calls.rounds }

    // MARK: Ranks

    private var ranks: String {
        network.programs.indices.map { rank in
            let program = network.programs[rank]
            var lines = ["RANK(\(rank)) ="]
            for instruction in program.instructions {
                let events = self.events(of: instruction, program, rank)
                let remark = showsLines ? "    -- line \(network.places[Int(instruction.place)].line)" : ""
                for (number, event) in events.enumerated() {
                    lines.append("  \(event)\(number == 0 ? remark : "")")
                }
            }
            lines.append("  done -> SKIP")
            return lines.joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    private func events(of instruction: Network.Instruction, _ program: Network.RankProgram, _ rank: Int) -> [String] {
        let subject = Int(instruction.subject)
        switch instruction.verb {
        case .send: return sending(instruction)
        case .receive:
            let way = path(subject)
            switch media[subject] {
            case .meeting: return [taking("message.\(way)", instruction.content)]
            case .buffer: return [taking("take.\(way)", instruction.content)]
            case .pending where inboxed.contains(instruction.subject):
                return [taking("take.\(way)", instruction.content)]
            case .pending:
                let begin = "get.\(way) ->"
                guard instruction.isBlocking else { return [begin] }
                return [begin, taking("got.\(way).\(instruction.ordinal)", instruction.content)]
            }
        case .receiveAny: return [takingAny(instruction, rank)]
        case .collective: return calls.events(of: instruction, rank)
        case .wait:
            return program.requests[subject..<Int(instruction.ordinal)].map { request in
                switch request.verb {
                case .send: "sent.\(path(Int(request.subject))).\(request.ordinal) ->"
                case .receive: taking("got.\(path(Int(request.subject))).\(request.ordinal)", request.content)
                default: "over.\(request.subject).\(request.ordinal).\(rank) ->"
                }
            }
        }
    }

    private func sending(_ instruction: Network.Instruction) -> [String] {
        let way = path(Int(instruction.subject)) + (hasPayloads ? ".\(payloadNames[Int(instruction.content)])" : "")
        switch media[Int(instruction.subject)] {
        case .meeting: return ["message.\(way) ->"]
        case .buffer: return ["put.\(way) ->"]
        case .pending:
            guard instruction.isBlocking else { return ["put.\(way) ->"] }
            return ["put.\(way) ->", "sent.\(path(Int(instruction.subject))).\(instruction.ordinal) ->"]
        }
    }

    /// The receive takes any message, and goes on only with one that is what it says.
    private func taking(_ event: String, _ content: Int32) -> String {
        guard hasPayloads else { return "\(event) ->" }
        return "\(event)?p -> member(p, fits(\(payloadNames[Int(content)]))) &"
    }

    private func takingAny(_ instruction: Network.Instruction, _ rank: Int) -> String {
        let inbox = network.inboxes[Int(instruction.subject)]
        guard !inbox.isEmpty else { return "STOP;    -- nobody ever sends it anything" }
        // A receive from whomever may find one channel with a buffer and another without.
        var events: [String] = []
        for (prefix, isThere) in [
            ("message", { (number: Int) in self.media[number] == .meeting }),
            ("take", { (number: Int) in self.media[number] != .meeting }),
        ] {
            let channels = inbox.map(Int.init).filter(isThere)
            guard !channels.isEmpty else { continue }
            events.append("{| \(channels.map { "\(prefix).\(path($0))" }.joined(separator: ", ")) |}")
        }
        let set = events.count == 1 ? events[0] : "union(\(events[0]), \(events[1]))"
        guard hasPayloads else { return "([] e : \(set) @ e -> SKIP);" }
        let fitting = network.payloads.indices.filter {
            network.payloads[$0].fits(network.payloads[Int(instruction.content)])
        }
        let right = inbox.flatMap { channel in
            fitting.map {
                "\(media[Int(channel)] == .meeting ? "message" : "take").\(path(Int(channel))).\(payloadNames[$0])"
            }
        }
        return "([] e : \(set) @ e -> if member(e, {\(right.joined(separator: ", "))}) then SKIP else STOP);"
    }

    // MARK: All together

    private var alphabets: String {
        var lines: [String] = []
        var channels: [[String]] = Array(repeating: [], count: network.programs.count)
        for (number, channel) in network.channels.enumerated() {
            let way = path(number)
            let (sending, receiving): ([String], [String]) =
                switch media[number] {
                case .meeting: (["message"], ["message"])
                case .buffer: (["put"], ["take"])
                case .pending: (["put", "sent"], hasTakes ? ["get", "got", "take"] : ["get", "got"])
                }
            channels[channel.source] += sending.map { "\($0).\(way)" }
            channels[channel.target] += receiving.map { "\($0).\(way)" }
        }
        for rank in network.programs.indices {
            let own = channels[rank] + calls.alphabet(of: rank)
            var seen: Set<String> = []
            let events = own.filter { seen.insert($0).inserted } + ["done"]
            lines.append("EVENTS(\(rank)) = {| \(events.joined(separator: ", ")) |}")
        }
        return lines.joined(separator: "\n")
    }

    private var system: String {
        var media: [(process: String, alphabet: String)] = []
        for (number, channel) in network.channels.enumerated() {
            let way = path(number)
            let ends = "\(channel.source), \(channel.target)" + (hasTags ? ", \(tagNames[channel.tag])" : "")
            let nothing = hasPayloads ? "<>" : "0"
            switch self.media[number] {
            case .meeting: continue
            case .buffer:
                let room = max(1, min(capacity ?? .max, channel.messages.count))
                media.append(("BUFFER(\(ends), \(room), \(nothing))", "{| put.\(way), take.\(way), done |}"))
            case .pending:
                let room = min(capacity ?? .max, channel.messages.count)
                let taken = hasTakes ? ", take.\(way)" : ""
                let receives = inboxed.contains(Int32(number)) ? 0 : channel.receives
                media.append(
                    (
                        "PENDING(\(ends), \(channel.messages.count), \(receives), \(room), \(nothing), 0)",
                        "{| put.\(way), get.\(way), sent.\(way), got.\(way)\(taken), done |}"
                    ))
            }
        }
        media += calls.media
        var lines = ["ALL_RANKS = || r : RANKS @ [EVENTS(r)] RANK(r)"]
        if media.isEmpty {
            lines.append("PLAN = ALL_RANKS")
        } else {
            lines += media.enumerated().map { "MEDIUM(\($0)) = \($1.process)" }
            lines += media.enumerated().map { "BETWEEN(\($0)) = \($1.alphabet)" }
            let all = "{0..\(media.count - 1)}"
            lines += [
                "MEDIA = || m : \(all) @ [BETWEEN(m)] MEDIUM(m)",
                "PLAN = ALL_RANKS [Union({EVENTS(r) | r <- RANKS}) || Union({BETWEEN(m) | m <- \(all)})] MEDIA",
            ]
        }
        lines.append("assert PLAN :[deadlock free [F]] :[partial order reduce]")
        return lines.joined(separator: "\n")
    }
}
