import CSP
import ModelChecking

/// The limits of one assertion, from its evaluation to its verdict.
struct Budget {
    let limits: Limits
    let meter: ProgressMeter

    init(_ options: VerificationOptions) {
        meter = options.meter ?? ProgressMeter()
        meter.reset()
        limits = Limits(
            maximumStates: options.maximumStates, maximumBytes: options.maximumBytes,
            deadline: options.timeout.map { ContinuousClock.now + $0 }, isCancelled: options.isCancelled, meter: meter)
    }

    /// The limit that has been reached by now, apart from one on states.
    var exceeded: LimitReached? {
        do throws(LimitReached) {
            try limits.checkResources()
            return nil
        } catch {
            return error
        }
    }
}
