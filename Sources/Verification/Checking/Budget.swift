import CSP
import ModelChecking

/// The limits of one assertion, from its evaluation to its verdict.
final class Budget {
    let limits: Limits
    let meter: ProgressMeter
    private var firstExceeded: LimitReached?

    init(_ options: VerificationOptions) {
        meter = options.meter ?? ProgressMeter()
        meter.reset()
        limits = Limits(
            maximumStates: options.maximumStates, maximumBytes: options.bytesAtMost,
            deadline: options.timeout.map { ContinuousClock.now + $0 }, isCancelled: options.isCancelled, meter: meter,
            threads: options.threads)
    }

    /// The limit that was reached first, apart from one on states. It stays reached: memory that is given back makes nothing known.
    var exceeded: LimitReached? {
        if let firstExceeded { return firstExceeded }
        do throws(LimitReached) {
            try limits.checkResources()
        } catch {
            firstExceeded = error
        }
        return firstExceeded
    }
}
