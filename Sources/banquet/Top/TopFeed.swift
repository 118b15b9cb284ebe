import Coordination
import Display
import Foundation
import Synchronization

/// Asks the coordinator, over and over, on a thread of its own: a view stays alive while nobody answers.
final class TopFeed: Sendable {
    enum News: Sendable {
        case snapshot(TopSnapshot)
        /// Nobody answers, since so many seconds, and why.
        case away(seconds: Int, reason: String)
        /// This will not get better by asking again.
        case failed(CommandFailure)
    }

    private struct State {
        var request: TopView.Request
        var isPaused = false
        var isHurried = true
        var hasEnded = false
        var news: News?
    }

    private let state: Mutex<State>
    /// Raised for whoever waits for the next time to ask.
    private let hurry = DispatchSemaphore(value: 0)
    private let options: ConnectionOptions
    private let interval: Double
    private let hasNews: @Sendable () -> Void

    /// - Parameter hasNews: called on the feed's thread; `take` then has them.
    init(
        _ options: ConnectionOptions, interval: Double, request: TopView.Request,
        hasNews: @escaping @Sendable () -> Void
    ) {
        var options = options
        // A view says soon that nobody answers.
        options.timeout = min(options.timeout, 5)
        self.options = options
        self.interval = interval
        self.hasNews = hasNews
        state = Mutex(State(request: request))
        Thread.detachNewThread { [self] in run() }
    }

    /// Asks at once for something else, or (where it is the same) when its time comes.
    func ask(_ request: TopView.Request, isPaused: Bool) {
        let isHurried = state.withLock { state in
            let isOther = state.request != request || state.isPaused != isPaused
            (state.request, state.isPaused) = (request, isPaused)
            if isOther { state.isHurried = true }
            return isOther
        }
        if isHurried { hurry.signal() }
    }

    func end() {
        state.withLock { $0.hasEnded = true }
        hurry.signal()
    }

    func take() -> News? {
        state.withLock { state in
            defer { state.news = nil }
            return state.news
        }
    }

    private func tell(_ news: News) {
        state.withLock { $0.news = news }
        hasNews()
    }

    private func run() {
        var source = TopSource(options)
        var lost: ContinuousClock.Instant?
        while !state.withLock({ $0.hasEnded }) {
            let (request, isDue) = state.withLock { state in
                defer { state.isHurried = false }
                return (state.request, state.isHurried || !state.isPaused || state.request.job != nil)
            }
            if isDue {
                do {
                    tell(.snapshot(try source.snapshot(request)))
                    lost = nil
                } catch let failure as CommandFailure {
                    return tell(.failed(failure))
                } catch {
                    lost = lost ?? .now
                    tell(.away(seconds: Int((.now - lost!) / .seconds(1)), reason: "\(error)"))
                }
            }
            _ = hurry.wait(timeout: .now() + (lost == nil ? interval : 0.5))
        }
    }
}

/// One connection, and what is asked over it for a picture.
struct TopSource {
    private let options: ConnectionOptions
    private var client: CoordinatorClient?
    /// Nil: nobody knows yet whether this key may ask how the coordinator is.
    private var mayAskForStatus: Bool?
    private var starts = Pace()
    private var entries = Pace()

    init(_ options: ConnectionOptions) { self.options = options }

    /// - Throws: `CoordinatorLost`, and then connects anew at the next call; `CommandFailure` where that is no use.
    mutating func snapshot(_ request: TopView.Request) throws -> TopSnapshot {
        let client = try self.client ?? CoordinatorClient(options)
        self.client = nil
        guard case .overview(let overview) = try client.ask(.overview),
            case .workers(let workers) = try client.ask(.workers),
            case .page(let page) = try client.ask(
                .page(
                    request.filter, request.order, offset: UInt32(clamping: request.offset),
                    limit: UInt32(clamping: request.limit)))
        else { throw CommandFailure.unexpectedReply }
        var snapshot = TopSnapshot(
            endpoint: options.endpoint, overview: overview, status: try status(client), workers: workers, page: page)
        if let job = request.job { snapshot.detail = try lines(job, client) }
        let seconds = Double(overview.time.milliseconds) / 1000
        starts.note(Double(overview.leasesGranted), at: seconds)
        entries.note(Double(overview.sequence), at: seconds)
        (snapshot.startsPerSecond, snapshot.entriesPerSecond) = (starts.perSecond, entries.perSecond)
        self.client = client
        return snapshot
    }

    private mutating func status(_ client: CoordinatorClient) throws -> ClusterStatus? {
        guard mayAskForStatus != false else { return nil }
        do {
            guard case .status(let status) = try client.ask(.status) else { throw CommandFailure.unexpectedReply }
            mayAskForStatus = true
            return status
        } catch let failure as CommandFailure {
            // The first refusal says that it is not this key's affair.
            guard mayAskForStatus == nil else { throw failure }
            mayAskForStatus = false
            return nil
        }
    }

    private func lines(_ job: JobID, _ client: CoordinatorClient) throws -> [String] {
        do {
            guard case .job(let detail) = try client.ask(.show(job)) else { throw CommandFailure.unexpectedReply }
            return detail.rendered(isColoured: false).components(separatedBy: "\n")
        } catch let failure as CommandFailure {
            // Such as one that was forgotten meanwhile.
            return [failure.message]
        }
    }
}
