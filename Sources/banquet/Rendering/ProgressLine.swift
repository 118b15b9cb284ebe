import Dispatch
import Foundation
import Synchronization

/// One line on the terminal that says how far something has come, while it takes long enough to be looked at. Erased before anything
/// else is printed, and gone at the end.
///
/// Nothing is written where standard error is no terminal.
final class ProgressLine: Sendable {
    /// What the line says now, at most so many columns wide; nil for nothing.
    typealias Source = @Sendable (_ width: Int) -> String?

    private struct State {
        var source: Source?
        var start = ContinuousClock.now
        var isShown = false
    }

    /// The one that is on the terminal.
    private static let current = Mutex<ProgressLine?>(nil)

    private let state = Mutex(State())
    /// A dispatch source may be used from any thread.
    nonisolated(unsafe) private let timer: (any DispatchSourceTimer)?
    private let letsInterruptionsBe: (@Sendable () -> Void)?

    /// Between two looks; a tenth of a second at least.
    private static let interval = DispatchTimeInterval.milliseconds(200)
    /// Nobody wants to see a line that is gone before it can be read.
    private static let patience = Duration.milliseconds(400)

    static var isPossible: Bool { isatty(STDERR_FILENO) == 1 }

    init() {
        guard Self.isPossible else {
            timer = nil
            letsInterruptionsBe = nil
            return
        }
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "progress"))
        self.timer = timer
        letsInterruptionsBe = Interruption.erases()
        timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval)
        timer.setEventHandler { [weak self] in self?.show() }
        timer.resume()
        Self.current.withLock { $0 = self }
    }

    /// A line about work of which the parts are counted.
    convenience init(_ counter: WorkCounter) {
        self.init()
        begin { counter.line(width: $0) }
    }

    /// Something is under way.
    func begin(_ source: @escaping Source) {
        state.withLock {
            $0.source = source
            $0.start = .now
        }
    }

    /// Takes the line away and runs `body`; nothing is shown until something else begins.
    func aside(_ body: () throws -> Void) rethrows {
        state.withLock { state in
            Self.erase(&state)
            state.source = nil
        }
        try body()
    }

    /// Takes the line away, for good.
    func end() {
        aside {}
        let isCurrent = Self.current.withLock { current in
            guard current === self else { return false }
            current = nil
            return true
        }
        guard isCurrent else { return }
        timer?.cancel()
        letsInterruptionsBe?()
    }

    /// Makes room for something that is printed; the line comes back at the next look.
    static func makeRoom() {
        current.withLock { $0 }?.state.withLock { erase(&$0) }
    }

    private static func erase(_ state: inout State) {
        if state.isShown { Terminal.put("\r\u{1B}[K", to: .standardError) }
        state.isShown = false
    }

    private func show() {
        state.withLock { state in
            guard let source = state.source, .now - state.start > Self.patience,
                let line = source(Terminal.columns(of: STDERR_FILENO) ?? 80)
            else { return }
            Terminal.put("\r\(line)\u{1B}[K", to: .standardError)
            state.isShown = true
        }
    }
}
