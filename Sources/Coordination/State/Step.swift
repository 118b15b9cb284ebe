/// What follows from a job's state: the decisions about retries, a gang's barrier, and the end.
extension JobRecord {
    enum Step: Hashable, Sendable {
        case wait
        /// A retry is due, but not before then.
        case waitUntil(Timestamp)
        /// Tell the units that hold a lease to stop.
        case stop
        /// All ranks of this generation have accepted.
        case start(generation: UInt32)
        /// A task, or with nil the whole gang, goes back to the queue.
        case retry(UInt32?, RetryReason)
        case end(JobEnd)
    }

    /// The step that follows after a change to the unit with this index, or (nil) to the whole job. Once it is carried
    /// out, asking again changes nothing.
    func nextStep(after index: UInt32?, at now: Timestamp) -> Step {
        guard end == nil else { return .wait }
        if let failedBlocker, !hasLiveLease {
            return .end(.failed(code: 1, reason: "\(failedBlocker), which it comes after, did not succeed"))
        }
        if let gang { return nextStep(gang, at: now) }
        if let array { return nextStep(array, after: index, at: now) }
        return .wait
    }

    private func nextStep(_ gang: GangRecord, at now: Timestamp) -> Step {
        if gang.isQueued { return isCancelled ? .end(.cancelled) : .wait }
        if !gang.isOver {
            if isStopping { return .stop }
            return gang.isReady ? .start(generation: gang.generation) : .wait
        }
        // The generation is judged only now that it holds nothing, because a rank often fails when its peer's worker
        // died, and the loss is noticed later than the failure.
        if isCancelled { return .end(.cancelled) }
        guard let cause = gang.cause else { return .end(.succeeded) }
        guard gang.tries.allowsRetry(after: cause, of: specification) else { return .end(failure) }
        let delay = gang.tries.delayMilliseconds(after: cause, of: specification)
        return retry(nil, cause, (gang.lastRelease ?? now) + delay, now)
    }

    private func nextStep(_ array: ArrayRecord, after index: UInt32?, at now: Timestamp) -> Step {
        if isCancelled { return array.live.isEmpty ? .end(.cancelled) : .wait }
        if let index, let failed = array.failed[index], failed.isTriedAgain {
            let delay = tries(of: index).delayMilliseconds(after: failed.reason, of: specification)
            return retry(index, failed.reason, failed.time + delay, now)
        }
        guard array.isOver else { return .wait }
        return .end(array.failed.isEmpty ? .succeeded : failure)
    }

    private func retry(_ index: UInt32?, _ reason: RetryReason, _ due: Timestamp, _ now: Timestamp) -> Step {
        now >= due ? .retry(index, reason) : .waitUntil(due)
    }

    private var failure: JobEnd {
        let code = firstFailure?.exitCode ?? 1
        let cause = firstFailure.map { "\(isGang ? "rank" : "task") \($0.index) \(explanation($0))" }
        let limit = specification.crashLimit
        let lost = "lost its worker \(limit + 1) time\(limit == 0 ? "" : "s"), the crash limit is \(limit)"
        guard let array else {
            if firstFailure?.isExpired == true { return .failed(code: code, reason: "the gang \(expiry)") }
            return .failed(code: code, reason: gang?.cause == .lost ? "the gang \(lost)" : cause ?? "a rank failed")
        }
        let share = array.count == 1 ? "" : "\(array.failed.count) of \(array.count) tasks failed; "
        return .failed(code: code, reason: share + (cause ?? "task \(array.failed.keys.min() ?? 0) \(lost)"))
    }

    private func explanation(_ failure: Failure) -> String {
        failure.isExpired ? expiry : failure.outcome.explanation
    }

    private var expiry: String {
        "ran for longer than its time limit of \((specification.timeLimitMilliseconds ?? 0).asDuration)"
    }

    /// Tasks that failed for good, in order.
    func deadLetters(limit: Int) -> [DeadLetter] {
        guard let array else { return [] }
        return array.failed.lazy.filter { !$0.value.isTriedAgain }.sorted { $0.key < $1.key }.prefix(limit).map {
            index, failed in
            let reason =
                switch failed.ending {
                case .failed(let outcome): outcome.explanation
                case .expired: expiry
                default: "lost its worker once more than the crash limit allows"
                }
            var letter = DeadLetter(index: index, attempts: tries(of: index).attempts + 1, reason: reason)
            if specification.taskNumbers != nil { letter.number = specification.taskNumber(of: index) }
            return letter
        }
    }
}

extension Failure {
    /// What `timeout` of the GNU coreutils exits with, for a unit that ran too long.
    var exitCode: Int32 { isExpired ? 124 : outcome.exitCode }
}

extension Int64 {
    /// Milliseconds, for people: `420ms`, `3.2s`, `5m`, `2h`.
    var asDuration: String {
        func decimal(_ unit: Int64, _ name: String) -> String {
            let tenths = (self * 10 + unit / 2) / unit
            return tenths % 10 == 0 ? "\(tenths / 10)\(name)" : "\(tenths / 10).\(tenths % 10)\(name)"
        }
        return switch self {
        case ..<1000: "\(self)ms"
        case ..<60_000: decimal(1000, "s")
        case ..<3_600_000: decimal(60_000, "m")
        default: decimal(3_600_000, "h")
        }
    }
}

extension Outcome {
    /// What a shell would show: the program's own code, 128 and the signal, or 127 for a program that isn't there.
    var exitCode: Int32 {
        switch self {
        case .exited(let code): code
        case .signalled(let signal): 128 + min(max(signal, 1), 127)
        case .stopped: 143
        case .notStarted: 127
        }
    }

    var explanation: String {
        switch self {
        case .exited(let code): "exited with code \(code)"
        case .signalled(let signal): "was ended by signal \(signal)"
        case .stopped: "was stopped"
        case .notStarted(let reason): "could not be started: \(reason)"
        }
    }
}
