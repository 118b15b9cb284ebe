import Coordination

/// Questions that the core has no answer to: somebody else is asked, beside the turns, one at a time.
struct Asides {
    struct Question {
        let request: ClientRequest
        let connection: ConnectionID
        let number: UInt64
    }

    private var waiting: [Question] = []
    private var isUnderWay = false
    /// A report on a long journal takes seconds: who asks for many waits, and the others are not to wait behind all of them.
    private static let mostWaiting = 16

    /// - Returns: why it is not taken; nil where it is.
    mutating func add(_ question: Question) -> String? {
        guard waiting.count < Self.mostWaiting else {
            return "\(Self.mostWaiting) others wait for such an answer already; try again"
        }
        waiting.append(question)
        return nil
    }

    /// The question that is to be answered now.
    mutating func next() -> Question? {
        guard !isUnderWay, !waiting.isEmpty else { return nil }
        isUnderWay = true
        return waiting.removeFirst()
    }

    mutating func finished() { isUnderWay = false }
    mutating func lost(_ connection: ConnectionID) { waiting.removeAll { $0.connection == connection } }
}
