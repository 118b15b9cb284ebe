import Coordination

extension CoordinatorMessage {
    /// Nobody is the sooner done for it.
    var isForGoodOrder: Bool {
        switch self {
        case .settle, .renew: true
        default: false
        }
    }
}

/// That a worker took a lease is told to nobody, and usually the next thing that it says is worth a commit of its own: the record
/// waits for that one, for a moment. So do renewals, which many workers get in one go then. What is sent later waits for
/// it all the same, because a commit takes all records.
struct CommitDeferral {
    private var until: ContinuousClock.Instant?

    private static let longest = Duration.milliseconds(5)
    private static let longestGoodOrder = Duration.milliseconds(20)

    /// When the commit of what this turn leaves is due; nil: now, or there is nothing to commit and to say.
    mutating func end(
        of records: [JournalEntry], _ outbox: Desk.Outbox, now: ContinuousClock.Instant
    ) -> ContinuousClock.Instant? {
        let isOnlyAcceptance = records.allSatisfy { if case .accept = $0.event { true } else { false } }
        let isGoodOrder = outbox.messages.values.allSatisfy { $0.allSatisfy(\.isForGoodOrder) }
        guard !records.isEmpty || !outbox.messages.isEmpty, isOnlyAcceptance, isGoodOrder, outbox.frames.isEmpty else {
            until = nil
            return nil
        }
        let latest = now.advanced(by: records.isEmpty ? Self.longestGoodOrder : Self.longest)
        let end = until.map { min($0, latest) } ?? latest
        until = end > now ? end : nil
        return until
    }
}
