/// What follows from a job's state: the decisions about retries, a gang's barrier, and the end.
extension JobRecord {
    enum Step: Hashable, Sendable {
        case wait
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
    func nextStep(after index: UInt32?) -> Step {
        guard end == nil else { return .wait }
        if let gang { return nextStep(gang) }
        if let array { return nextStep(array, after: index) }
        return .wait
    }

    private func nextStep(_ gang: GangRecord) -> Step {
        if gang.isQueued { return isCancelled ? .end(.cancelled) : .wait }
        if !gang.isOver {
            if isStopping { return .stop }
            return gang.isReady ? .start(generation: gang.generation) : .wait
        }
        // The generation is judged only now that it holds nothing, because a rank often fails when its peer's worker
        // died, and the loss is noticed later than the failure.
        if isCancelled { return .end(.cancelled) }
        guard let cause = gang.cause else { return .end(.succeeded) }
        return gang.tries.allowsRetry(after: cause, of: specification) ? .retry(nil, cause) : .end(failure)
    }

    private func nextStep(_ array: ArrayRecord, after index: UInt32?) -> Step {
        if isCancelled { return array.live.isEmpty ? .end(.cancelled) : .wait }
        if let index, canBeRetried(index, array) { return .retry(index, array.failed[index]!) }
        guard array.isOver else { return .wait }
        // A worker that is lost takes several tasks with it, and each of them is judged by itself.
        if let other = array.failed.keys.sorted().first(where: { canBeRetried($0, array) }) {
            return .retry(other, array.failed[other]!)
        }
        return .end(array.failed.isEmpty ? .succeeded : failure)
    }

    private func canBeRetried(_ index: UInt32, _ array: ArrayRecord) -> Bool {
        array.failed[index].map { tries(of: index).allowsRetry(after: $0, of: specification) } ?? false
    }

    private var failure: JobEnd {
        let code = firstFailure?.outcome.exitCode ?? 1
        let cause = firstFailure.map { "\(isGang ? "rank" : "task") \($0.index) \($0.outcome.explanation)" }
        let limit = specification.crashLimit
        let lost = "lost its worker \(limit + 1) time\(limit == 0 ? "" : "s"), the crash limit is \(limit)"
        guard let array else {
            return .failed(code: code, reason: gang?.cause == .lost ? "the gang \(lost)" : cause ?? "a rank failed")
        }
        let share = array.count == 1 ? "" : "\(array.failed.count) of \(array.count) tasks failed; "
        return .failed(code: code, reason: share + (cause ?? "task \(array.failed.keys.min() ?? 0) \(lost)"))
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
