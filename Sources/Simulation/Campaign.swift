/// Many runs, on several threads.
public enum Campaign {
    /// How many results may wait for one that takes longer, for each thread: they hold their journals.
    private static let ahead = 8

    /// Runs schedules, and hands on what came of each in the order of the schedules, so that a campaign says the same with any number of
    /// threads.
    ///
    /// - Parameter body: gets the run; nil for a schedule whose policy there isn't. False ends the campaign: what runs then is waited for.
    public static func run(
        _ schedules: some Sequence<Schedule>, threads: Int, isolation: isolated (any Actor)? = #isolation,
        _ body: (Simulation?) throws -> Bool
    ) async throws {
        try await withThrowingTaskGroup(of: (number: Int, run: Simulation?).self) { group in
            var left = schedules.makeIterator()
            var started = 0
            var handedOn = 0
            var finished: [Int: Simulation?] = [:]
            repeat {
                while started - handedOn - finished.count < threads, started - handedOn < threads * ahead,
                    let schedule = left.next()
                {
                    let number = started
                    group.addTask { (number, Simulation(schedule)) }
                    started += 1
                }
                guard let (number, run) = try await group.next() else { return }
                finished[number] = .some(run)
                while let run = finished.removeValue(forKey: handedOn) {
                    handedOn += 1
                    guard try body(run) else { return }
                }
            } while true
        }
    }
}
