internal import Foundation

import Coordination

/// What one event of a model's run asks for: of the world, that it happens; of the core, that it does it.
struct Demand: Sendable {
    enum Kind: Sendable {
        // Of the world.
        case submit(job: String)
        case cancel(job: String)
        /// All units of the job end well.
        case finishAll(job: String)
        case accept(task: String, epoch: String)
        case finish(task: String, epoch: String, isSuccess: Bool)
        /// A worker says that the lease with this epoch ended well, whether it still holds it or not.
        /// `worker`: nil for the one that it was granted to.
        case report(worker: String?, epoch: String)
        /// So many milliseconds go by, with heartbeats.
        case pass(milliseconds: Int64)
        /// The worker is cut off: it is heard no more, until the coordinator has given it up.
        case silence(worker: String)
        case rejoin(worker: String)
        case leave(worker: String)
        case cordon(worker: String, isUndone: Bool)
        case recover
        // Of the core.
        case core(word: String, arguments: [String])
    }

    /// Its event's number in the run, from 1; the rounds of a cycle count on. 0: before the run.
    let number: Int
    /// Its place among all demands.
    var place = 0
    let event: String
    let kind: Kind

    var isOfCore: Bool { if case .core = kind { true } else { false } }
}

/// Makes demands of events.
struct Translator {
    let map: ReplayMap
    let channels: Set<String>

    /// What the core decides, where the map doesn't say otherwise. Who ends a job depends on whether the model has its units end.
    private func isOfCore(_ word: String) -> Bool {
        if map.decidedByCore.contains(word) { return true }
        if map.decidedByWorld.contains(word) { return false }
        switch word {
        case "assign", "start", "lapse", "retry", "expire", "preempt", "form", "crash", "reject": return true
        case "end": return channels.contains("finish")
        default: return false
        }
    }

    /// Words of the core's events that the model has a say in: those must happen where the run has them, and nowhere else.
    var watched: Set<String> {
        let mapped = map.rules.lazy.filter { $0.pattern.first.map(channels.contains) == true }.flatMap(\.actions)
            .compactMap { $0.first.flatMap { ReplayMap.parts($0).first } }
        return Set(Vocabulary.words.map(\.name)).intersection(channels.union(mapped)).filter(isOfCore)
    }

    /// Whether the model says when a lease is accepted; otherwise it is accepted at once.
    var acceptsByDemand: Bool {
        channels.contains("accept")
            && !map.rules.contains { $0.pattern == ["accept", "*"] && $0.actions == [["skip"]] }
    }

    /// - Returns: nothing for events that say nothing to the core.
    func demands(_ event: String, number: Int) throws(ReplayError) -> [Demand] {
        let parts = ReplayMap.parts(event)
        for rule in map.rules {
            guard let stars = ReplayMap.match(rule.pattern, parts) else { continue }
            var demands: [Demand] = []
            for action in rule.actions {
                let words = action.map { word in
                    stars.enumerated().reversed().reduce(word) {
                        $0.replacingOccurrences(of: "$\($1.offset + 1)", with: $1.element)
                    }
                }
                if let kind = try kind(words) { demands.append(Demand(number: number, event: event, kind: kind)) }
            }
            return demands
        }
        return try kind(of: event).map { [Demand(number: number, event: event, kind: $0)] } ?? []
    }

    /// What a rule's action asks for.
    private func kind(_ words: [String]) throws(ReplayError) -> Demand.Kind? {
        switch words[0] {
        case "skip": nil
        case "ask": .submit(job: words[1])
        case "report": .report(worker: words.count == 3 ? words[1] : nil, epoch: words[words.count - 1])
        case "silence": .silence(worker: words[1])
        case "return": .rejoin(worker: words[1])
        case "pass": .pass(milliseconds: Int64(words[1]) ?? 0)
        default: try kind(of: words[0])
        }
    }

    private func kind(of event: String) throws(ReplayError) -> Demand.Kind? {
        let parts = ReplayMap.parts(event)
        guard let word = parts.first, Vocabulary.words.contains(where: { $0.name == word }) else { return nil }
        let rest = parts.dropFirst().joined(separator: ".")
        func needs(_ count: Int) throws(ReplayError) {
            guard parts.count > count else { throw ReplayError("\(event) has too few fields") }
        }
        if isOfCore(word) { return .core(word: word, arguments: Array(parts.dropFirst())) }
        switch word {
        case "submit": return .submit(job: rest)
        case "cancel": return .cancel(job: rest)
        case "end": return .finishAll(job: rest)
        case "accept", "finish", "fail":
            try needs(2)
            let (task, epoch) = (parts[1..<(parts.count - 1)].joined(separator: "."), parts[parts.count - 1])
            return word == "accept"
                ? .accept(task: task, epoch: epoch) : .finish(task: task, epoch: epoch, isSuccess: word == "finish")
        case "join": return .rejoin(worker: rest)
        case "leave": return .leave(worker: rest)
        case "cordon", "uncordon": return .cordon(worker: rest, isUndone: word == "uncordon")
        case "recover": return .recover
        default: return nil
        }
    }
}
