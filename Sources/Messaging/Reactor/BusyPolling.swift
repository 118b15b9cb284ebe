/// Whether a thread that has nothing to do looks again and again for a while, before it sleeps: a sleeping thread on a processor
/// that has gone idle takes some fifty microseconds to come back, on a virtual one more, and an answer is often there sooner.
///
/// As with the halt polling of Linux's KVM (Documentation/virt/kvm/halt-polling.rst), it goes by how the last time turned out: where
/// nothing came while it could have looked, it sleeps at once the next time.
struct BusyPolling {
    typealias Instant = ContinuousClock.Instant

    /// How long it looks at most; zero: never.
    let longest: Duration
    /// Until when what was asked for can be expected.
    private var until: Instant?
    /// What was asked for last came in time.
    private var paysOff = true
    /// Anything has come since.
    private var hasCome = true

    init(longest: Duration) { self.longest = longest }

    /// Something was said that will probably be answered at once.
    mutating func expectAnswer(at now: Instant) {
        guard longest > .zero else { return }
        if let until, until < now, !hasCome { paysOff = false }
        (until, hasCome) = (now.advanced(by: longest), false)
    }

    /// Until when a thread that has nothing to do now should look; nil: it should sleep.
    func end(at now: Instant) -> Instant? { until.flatMap { paysOff && now < $0 ? $0 : nil } }

    /// Something has come.
    mutating func came(at now: Instant) {
        guard let until else { return }
        if !hasCome { paysOff = now <= until }
        hasCome = true
    }
}
