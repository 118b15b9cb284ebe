import Dispatch
import Foundation
import ModelChecking
import Synchronization
import Verification

/// One line on the terminal that says how far a check has come, while it takes long enough to be looked at. Erased before anything else is printed.
///
/// Nothing is written where standard error is no terminal.
final class ProgressLine: Sendable {
    private struct State {
        var subject = ""
        var start = ContinuousClock.now
        var last: (at: ContinuousClock.Instant, states: Int)?
        var rate = 0.0
        var isShown = false
    }

    let meter = ProgressMeter()
    private let state = Mutex(State())
    /// A dispatch source may be used from any thread.
    nonisolated(unsafe) private let timer: (any DispatchSourceTimer)?

    /// Between two looks; a tenth of a second at least.
    private static let interval = DispatchTimeInterval.milliseconds(200)
    /// Nobody wants to see a line that is gone before it can be read.
    private static let patience = Duration.milliseconds(400)

    init() {
        guard isatty(STDERR_FILENO) == 1 else {
            timer = nil
            return
        }
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "progress"))
        self.timer = timer
        timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval)
        timer.setEventHandler { [weak self] in self?.show() }
        timer.resume()
    }

    deinit { timer?.cancel() }

    /// Another assertion is under way.
    func begin(_ subject: String) {
        state.withLock {
            $0.subject = subject
            $0.start = .now
            $0.last = nil
            $0.rate = 0
        }
    }

    /// Takes the line away and runs `body`; nothing is shown until another assertion begins.
    func aside(_ body: () throws -> Void) rethrows {
        try state.withLock { state in
            if state.isShown { Terminal.write("\r\u{1B}[K", to: .standardError) }
            state.isShown = false
            state.subject = ""
            try body()
        }
    }

    /// Takes the line away.
    func end() { aside {} }

    private func show() {
        state.withLock { state in
            let now = ContinuousClock.now
            guard !state.subject.isEmpty, now - state.start > Self.patience else { return }
            let reading = meter.reading
            if let last = state.last, reading.states >= last.states {
                let seconds = (now - last.at) / .seconds(1)
                let rate = Double(reading.states - last.states) / seconds
                state.rate = state.rate == 0 ? rate : state.rate * 0.7 + rate * 0.3
            } else {
                state.rate = 0
            }
            state.last = (now, reading.states)
            let line = CheckProgress(
                subject: state.subject, reading: reading, statesPerSecond: state.rate,
                residentBytes: ResidentMemory.bytes(), elapsed: now - state.start
            ).line(width: Terminal.columns(of: STDERR_FILENO) ?? 80)
            Terminal.write("\r\u{1B}[K\(line)", to: .standardError)
            state.isShown = true
        }
    }
}
