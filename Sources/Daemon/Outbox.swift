import Coordination

extension Desk {
    /// What may be said once it is durable.
    struct Outbox {
        var frames: [(bytes: [UInt8], connection: ConnectionID)] = []
        /// For workers, in their order, until they are encoded.
        var messages: [ConnectionID: [CoordinatorMessage]] = [:]
        /// The workers among the frames' receivers, and whether they are told of work, or of nothing that they wait for.
        var workers: [ConnectionID: Bool] = [:]
        var wake: ContinuousClock.Instant?
        /// When a turn must come at the latest, because something waits to be committed.
        var commitBy: ContinuousClock.Instant?
    }
}
