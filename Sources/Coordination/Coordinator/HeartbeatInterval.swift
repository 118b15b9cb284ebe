/// How often workers say that they live: each as often as the operator wants it, until there are so many of them that hearing
/// all of them would keep the coordinator busy. Then each does so more seldom. (Dask's scheduler tells its workers such an interval
/// too.)
///
/// A worker is told its interval when it joins. When it has become another, because others have come or gone, its next heartbeats are
/// answered with another welcome.
extension Coordinator {
    /// The terms for a worker that is told now. The interval is the operator's, once or several times: as long as five heartbeats
    /// have room in a lease, and no longer than four seconds, so that a worker that falls silent is late within ten (2.4 intervals,
    /// where heartbeats come evenly).
    var terms: Terms {
        var terms = configuration.terms
        let beat = UInt64(terms.heartbeatMilliseconds)
        // There is a session for every member.
        let wanted = (UInt64(sessions.count) * 1000).dividedRoundingUp(
            by: max(UInt64(configuration.heartbeatsPerSecond) * beat, 1))
        let most = min(UInt64(terms.leaseMilliseconds) / 5, Self.longestInterval) / max(beat, 1)
        terms.heartbeatMilliseconds = UInt32(clamping: beat * max(1, min(wanted, most)))
        return terms
    }

    /// Milliseconds.
    private static let longestInterval: UInt64 = 4000

    /// The interval that the worker was told last, in milliseconds.
    func heartbeatMilliseconds(of session: Session) -> UInt32 {
        session.heartbeatMilliseconds ?? configuration.terms.heartbeatMilliseconds
    }

    /// Answers a join.
    mutating func welcome(_ name: WorkerName, sequence: UInt64) {
        let terms = terms
        setInterval(of: name, to: terms.heartbeatMilliseconds)
        // It may be late sooner than what the shell was asked to wake for.
        armed = nil
        send(.welcome(terms, sequence: sequence, floor: floor(of: name)), to: name)
    }

    /// Answers a heartbeat. Another interval is said three times: an answer may be lost, and a worker that has none to three
    /// heartbeats joins again.
    mutating func renew(_ name: WorkerName, sequence: UInt64) {
        guard let session = sessions[name] else { return }
        let terms = terms
        let told = heartbeatMilliseconds(of: session)
        if told != terms.heartbeatMilliseconds {
            setInterval(of: name, to: terms.heartbeatMilliseconds)
            sessions[name]?.tellings = Self.tellings
            if terms.heartbeatMilliseconds < told { armed = nil }
        }
        guard let tellings = sessions[name]?.tellings, tellings > 0 else {
            return send(.renew(sequence: sequence, floor: floor(of: name)), to: name)
        }
        sessions[name]?.tellings = tellings - 1
        send(.welcome(terms, sequence: sequence, floor: floor(of: name)), to: name)
    }

    /// The times between heartbeats of another interval say nothing of this one.
    private mutating func setInterval(of name: WorkerName, to milliseconds: UInt32) {
        guard let session = sessions[name] else { return }
        if heartbeatMilliseconds(of: session) != milliseconds { sessions[name]?.rhythm = HeartbeatRhythm() }
        sessions[name]?.heartbeatMilliseconds = milliseconds
    }

    private static let tellings = 3
}

extension UInt64 {
    fileprivate func dividedRoundingUp(by divisor: UInt64) -> UInt64 { self / divisor + (self % divisor > 0 ? 1 : 0) }
}
