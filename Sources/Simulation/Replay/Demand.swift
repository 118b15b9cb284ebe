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
        case report(worker: String, epoch: String)
        /// The worker is cut off: it is heard no more.
        case silence(worker: String)
        case rejoin(worker: String)
        case leave(worker: String)
        case cordon(worker: String, isUndone: Bool)
        case recover
        // Of the core.
        case core(word: String, arguments: [String])
    }

    /// Its number in the run, from 1; the rounds of a cycle count on.
    let number: Int
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
        Set(Vocabulary.words.map(\.name)).filter { channels.contains($0) && isOfCore($0) }
    }

    /// - Returns: nil for events that say nothing to the core.
    func demand(_ event: String, number: Int) throws(ReplayError) -> Demand? {
        var parts = ReplayMap.parts(event)
        var event = event
        if let (rule, stars) = map.rules.lazy.compactMap({ rule in
            ReplayMap.match(rule.pattern, parts).map { (rule, $0) }
        }).first {
            let words = rule.words.map { word in
                stars.enumerated().reversed().reduce(word) {
                    $0.replacingOccurrences(of: "$\($1.offset + 1)", with: $1.element)
                }
            }
            func argument(_ place: Int) throws(ReplayError) -> String {
                guard place < words.count else { throw ReplayError("'\(words[0])' of \(event) needs more words") }
                return words[place]
            }
            switch words[0] {
            case "skip": return nil
            case "report":
                return Demand(
                    number: number, event: event, kind: .report(worker: try argument(1), epoch: try argument(2)))
            case "silence": return Demand(number: number, event: event, kind: .silence(worker: try argument(1)))
            case "return": return Demand(number: number, event: event, kind: .rejoin(worker: try argument(1)))
            default:
                event = words[0]
                parts = ReplayMap.parts(event)
            }
        }
        guard let word = parts.first, Vocabulary.words.contains(where: { $0.name == word }) else { return nil }
        let rest = parts.dropFirst().joined(separator: ".")
        func needs(_ count: Int) throws(ReplayError) {
            guard parts.count > count else { throw ReplayError("\(event) has too few fields") }
        }
        if isOfCore(word) {
            return Demand(number: number, event: event, kind: .core(word: word, arguments: Array(parts.dropFirst())))
        }
        let kind: Demand.Kind
        switch word {
        case "submit": kind = .submit(job: rest)
        case "cancel": kind = .cancel(job: rest)
        case "end": kind = .finishAll(job: rest)
        case "accept", "finish", "fail":
            try needs(2)
            let (task, epoch) = (parts[1..<(parts.count - 1)].joined(separator: "."), parts[parts.count - 1])
            kind =
                word == "accept"
                ? .accept(task: task, epoch: epoch) : .finish(task: task, epoch: epoch, isSuccess: word == "finish")
        case "join": kind = .rejoin(worker: rest)
        case "leave": kind = .leave(worker: rest)
        case "cordon", "uncordon": kind = .cordon(worker: rest, isUndone: word == "uncordon")
        case "recover": kind = .recover
        default: return nil
        }
        return Demand(number: number, event: event, kind: kind)
    }
}
