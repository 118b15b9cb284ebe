import Coordination

extension Desk {
    /// What may be said once the records of this turn are durable, and when the next turn must come.
    struct Outbox {
        var frames: [(bytes: [UInt8], connection: ConnectionID)] = []
        /// For workers, in their order, until they are encoded.
        var messages: [ConnectionID: [CoordinatorMessage]] = [:]
        /// The workers among the frames' receivers, and whether they are told of work, or of nothing that they wait for.
        var workers: [ConnectionID: Bool] = [:]
        var wake: ContinuousClock.Instant?
        /// When a turn must come at the latest, because something waits to be committed or to be said.
        var commitBy: ContinuousClock.Instant?

        mutating func commit(by time: ContinuousClock.Instant) { commitBy = min(commitBy ?? time, time) }

        /// Work leaves first, then answers and news, then what keeps workers in good order: each wakes its receiver, and a wake-up
        /// takes longer than all else here. Frames to one connection stay in their order.
        mutating func sort() {
            func isFirst(_ frame: (bytes: [UInt8], connection: ConnectionID)) -> Bool {
                workers[frame.connection] == true
            }
            func isLast(_ frame: (bytes: [UInt8], connection: ConnectionID)) -> Bool {
                workers[frame.connection] == false
            }
            guard frames.contains(where: { !isFirst($0) }), frames.contains(where: { !isLast($0) }) else { return }
            frames = frames.filter(isFirst) + frames.filter { !isFirst($0) && !isLast($0) } + frames.filter(isLast)
        }
    }
}
