import CPrefetch
import Dispatch
import Glibc
import Synchronization

/// The threads that help with an exploration.
///
/// A round of an exploration is short, and is shared out three times, so that waking a thread and being woken by it counts. So who has nothing to do looks for some tens of microseconds
/// whether there is something, and sleeps only then.
final class Crew: @unchecked Sendable {
    static let shared = Crew(helpers: Parallel.processorCount - 1)

    /// What is to be done; written by the caller before it calls a helper, and read by that.
    private var body: (_ part: Int, _ worker: Int) -> Void = { _, _ in }
    private var count = 0
    private let next = Atomic(0)
    /// Helpers at work; `callerSleeps` is added while the caller waits to be woken by the last of them.
    private let running = Atomic(0)
    private let callerMayGo = DispatchSemaphore(value: 0)
    private let isTaken = Atomic(false)
    private var helpers: [Helper] = []

    private static let callerSleeps = 1 << 32
    /// How often a waiting thread looks before it sleeps: some tens of microseconds.
    private static let looks = 1500

    private init(helpers count: Int) {
        for index in 0..<count {
            if let helper = Helper(self, worker: index + 1) { helpers.append(helper) }
        }
    }

    /// Shares the parts out. Returns false, with nothing done, when there are no helpers, or they work for somebody else.
    func forEach(_ count: Int, threads: Int, _ body: (Int, Int) -> Void) -> Bool {
        let wanted = min(threads - 1, helpers.count, count - 1)
        guard wanted > 0, isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
        else { return false }
        withoutActuallyEscaping(body) { body in
            self.body = body
            self.count = count
            next.store(0, ordering: .relaxed)
            running.store(wanted, ordering: .relaxed)
            for index in 0..<wanted { helpers[index].call() }
            work(as: 0)
            waitForHelpers()
            self.body = { _, _ in }
        }
        isTaken.store(false, ordering: .releasing)
        return true
    }

    private func work(as worker: Int) {
        while true {
            let part = next.add(1, ordering: .relaxed).oldValue
            if part >= count { return }
            body(part, worker)
        }
    }

    private func waitForHelpers() {
        for _ in 0..<Self.looks {
            if running.load(ordering: .acquiring) == 0 { return }
            pause_waiting()
        }
        if running.add(Self.callerSleeps, ordering: .acquiringAndReleasing).oldValue > 0 { callerMayGo.wait() }
        running.store(0, ordering: .relaxed)
    }

    fileprivate func help(as worker: Int) { work(as: worker) }

    fileprivate func helperEnded() {
        if running.subtract(1, ordering: .acquiringAndReleasing).newValue == Self.callerSleeps { callerMayGo.signal() }
    }

    /// One thread, which lives as long as the process.
    private final class Helper: @unchecked Sendable {
        private static let (idle, called, asleep) = (0, 1, 2)

        private unowned let crew: Crew
        private let worker: Int
        private let state = Atomic(Helper.idle)
        private let wakeUp = DispatchSemaphore(value: 0)

        /// Nil when the system has no thread for it.
        init?(_ crew: Crew, worker: Int) {
            self.crew = crew
            self.worker = worker
            var thread = pthread_t()
            let box = Unmanaged.passRetained(self)
            let code = pthread_create(
                &thread, nil,
                { argument in
                    Unmanaged<Helper>.fromOpaque(argument!).takeUnretainedValue().live()
                    return nil
                }, box.toOpaque())
            guard code == 0 else {
                box.release()
                return nil
            }
            pthread_detach(thread)
        }

        func call() {
            if state.exchange(Self.called, ordering: .acquiringAndReleasing) == Self.asleep { wakeUp.signal() }
        }

        private func live() {
            // Signals are for the threads that somebody else started.
            var all = sigset_t()
            sigfillset(&all)
            pthread_sigmask(SIG_BLOCK, &all, nil)
            while true {
                waitForCall()
                crew.help(as: worker)
                state.store(Self.idle, ordering: .releasing)
                crew.helperEnded()
            }
        }

        private func waitForCall() {
            for _ in 0..<Crew.looks {
                if state.load(ordering: .acquiring) == Self.called { return }
                pause_waiting()
            }
            if state.compareExchange(expected: Self.idle, desired: Self.asleep, ordering: .acquiringAndReleasing)
                .exchanged
            {
                wakeUp.wait()
            }
        }
    }
}
