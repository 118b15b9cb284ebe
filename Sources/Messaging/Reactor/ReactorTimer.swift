/// Calls its handler once, at or soon after the time that it was last armed for. Belongs to its reactor's thread.
public final class ReactorTimer {
    private let loop: ReactorLoop
    private let fire: () -> Void
    private(set) var deadline: ContinuousClock.Instant?

    init(_ loop: ReactorLoop, _ fire: @escaping () -> Void) {
        self.loop = loop
        self.fire = fire
    }

    /// Replaces the time it was armed for before. A time in the past fires at once, though never from inside this call.
    public func arm(at deadline: ContinuousClock.Instant) {
        if self.deadline == nil { loop.add(self) }
        self.deadline = deadline
    }

    public func arm(after duration: Duration) { arm(at: .now.advanced(by: duration)) }

    public func disarm() {
        guard isArmed else { return }
        deadline = nil
        loop.remove(self)
    }

    public var isArmed: Bool { deadline != nil }

    func fireIfDue(_ now: ContinuousClock.Instant) {
        guard let deadline, deadline <= now else { return }
        disarm()
        fire()
    }
}
