/// Suspicion before lapse. A worker that is late gets no new leases and is asked for a sign of life; its leases run on until
/// they lapse, which no suspicion makes sooner or later: that time is fenced by the worker's own clock.
///
/// What counts as late follows from how the worker's heartbeats have come so far, as in phi-accrual detectors (Hayashibara,
/// Défago, Yared and Katayama, "The phi accrual failure detector", SRDS 2004); that a suspect is probed, and may refute the
/// suspicion, is SWIM's (Das, Gupta and Motivala, DSN 2002). SWIM's detour by other members has no use here: a worker that
/// only others reach can't have its leases renewed.
extension Coordinator {
    /// After how many milliseconds of silence the worker is late.
    func suspicionMilliseconds(of session: Session) -> Int64 {
        session.rhythm.suspicionMilliseconds(
            by: Terms(
                heartbeatMilliseconds: heartbeatMilliseconds(of: session),
                leaseMilliseconds: configuration.terms.leaseMilliseconds))
    }

    /// Not connected, late, or about to leave.
    func isSuspect(_ name: WorkerName) -> Bool { isSuspect(name, at: now) }

    func isSuspect(_ name: WorkerName, at time: Timestamp) -> Bool {
        guard let session = sessions[name], session.connection != nil, !session.isLeaving else { return true }
        return time - session.lastHeard >= suspicionMilliseconds(of: session)
    }

    /// When the worker's leases lapse if it isn't heard before.
    func lapse(of session: Session) -> Timestamp {
        let lapse = session.lastHeard + configuration.lapseMilliseconds
        return session.holdsUntil.map { max(lapse, $0) } ?? lapse
    }

    /// When it is asked for a sign of life next, if it isn't heard before: every heartbeat from when it is late.
    func nextProbe(of session: Session) -> Timestamp? {
        guard session.connection != nil else { return nil }
        return session.probed.map { $0 + Int64(configuration.terms.heartbeatMilliseconds) }
            ?? session.lastHeard + suspicionMilliseconds(of: session)
    }

    mutating func probeSuspects() {
        for (name, session) in sessions.filter({ nextProbe(of: $0.value).map { $0 <= now } ?? false }).sorted(by: {
            $0.key < $1.key
        }) {
            if session.probed == nil { count(.suspicions) }
            sessions[name]?.probed = now
            send(.probe, to: name)
        }
    }

    mutating func lapseSilentWorkers() {
        let silent = sessions.filter { lapse(of: $0.value) <= now }.keys.sorted()
        for name in silent { lose(name) }
    }
}

/// The times between a worker's heartbeats: a window of the last ones, and what follows from it.
struct HeartbeatRhythm: Hashable, Sendable {
    /// Milliseconds; a ring once it is full.
    private var intervals: [UInt32] = []
    private var next = 0
    private var sum: UInt64 = 0
    private var squares: UInt64 = 0
    private var last: Timestamp?

    static let window = 64
    /// With fewer than this many nothing can be said of their spread.
    static let fewest = 8

    /// A heartbeat has come.
    mutating func beat(at now: Timestamp) {
        defer { last = now }
        guard let last else { return }
        let interval = UInt32(clamping: min(now - last, 3_600_000))
        if intervals.count < Self.window {
            intervals.append(interval)
        } else {
            let old = UInt64(intervals[next])
            (sum, squares) = (sum - old, squares - old * old)
            intervals[next] = interval
            next = (next + 1) % Self.window
        }
        sum += UInt64(interval)
        squares += UInt64(interval) * UInt64(interval)
    }

    /// The next heartbeat comes on another connection: the time until then says nothing of this one.
    mutating func pause() { last = nil }

    /// The silence, in milliseconds, at which phi is 8: with intervals that are distributed normally, one of 10^8 is longer. That
    /// is the mean and 5.61 standard deviations. A spread below a quarter of a heartbeat is not believed, the first late one
    /// would be suspect; and in the end a worker is suspect for at least a quarter of its lease before that lapses.
    func suspicionMilliseconds(by terms: Terms) -> Int64 {
        let beat = Int64(terms.heartbeatMilliseconds)
        guard intervals.count >= Self.fewest else { return beat * 5 / 2 }
        let count = UInt64(intervals.count)
        let mean = Int64(sum / count)
        // n·Σx² − (Σx)² is n² times the variance.
        let deviation = Int64((count * squares - sum * sum).squareRoot / count)
        let silence = mean + max(deviation, beat / 4) * 561 / 100
        return min(max(silence, beat * 2), Int64(terms.leaseMilliseconds) * 3 / 4)
    }
}

extension UInt64 {
    /// Rounded down (Heron's method).
    fileprivate var squareRoot: UInt64 {
        guard self > 1 else { return self }
        var root = UInt64(1) << ((Self.bitWidth - leadingZeroBitCount + 1) / 2)
        while true {
            let better = (root + self / root) / 2
            if better >= root { return root }
            root = better
        }
    }
}
