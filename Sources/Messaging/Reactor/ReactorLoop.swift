internal import CPlatform
internal import CZeroMQ
internal import Glibc
internal import Logging
internal import Synchronization

/// What the reactor's thread does: polls its sources, fires its timers, runs what was posted to it.
final class ReactorLoop: @unchecked Sendable {
    enum Work {
        case job(UnownedJob)
        case closure(@Sendable () -> Void)
    }

    private struct Inbox: Sendable {
        var work: [Work] = []
        /// The thread is in its poll, or about to be: whoever posts has to wake it.
        var isAsleep = false
        var stops = false
    }

    /// The only part that other threads touch.
    private let inbox = Mutex(Inbox())
    private let name: String
    let logger: Logger
    private let wakeDescriptor: Int32
    private var thread = pthread_t()

    /// Set before the thread starts.
    var executor: UnownedSerialExecutor!
    private(set) var context: MessagingContext?
    private var sources: [PollSource] = []
    private var items: [zmq_pollitem_t] = []
    private var itemsAreCurrent = false
    private var timers: [ReactorTimer] = []
    private var busyPolling: BusyPolling
    private var afterwards: [() -> Void] = []

    init(name: String, context: MessagingContext, busyPolling: BusyPolling, logger: Logger) throws {
        self.name = name
        self.busyPolling = busyPolling
        self.logger = logger
        self.context = context
        wakeDescriptor = banquet_eventfd()
        guard wakeDescriptor >= 0 else {
            throw MessagingError.system(operation: "eventfd", code: errno, reason: MessagingError.reason(errno))
        }
    }

    deinit { close(wakeDescriptor) }

    // MARK: From any thread

    func start() throws {
        let itself = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<ReactorLoop>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, itself.toOpaque())
        guard code == 0 else {
            itself.release()
            throw MessagingError.system(operation: "pthread_create", code: code, reason: MessagingError.reason(code))
        }
        pthread_detach(thread)
    }

    var isCurrentThread: Bool { pthread_equal(pthread_self(), thread) != 0 }

    func post(_ work: Work) {
        let wakes = inbox.withLock { inbox in
            inbox.work.append(work)
            defer { inbox.isAsleep = false }
            return inbox.isAsleep
        }
        if wakes { wake() }
    }

    /// Ends the thread; all that was posted before still runs.
    func stop() {
        let wakes = inbox.withLock { inbox in
            inbox.stops = true
            defer { inbox.isAsleep = false }
            return inbox.isAsleep
        }
        if wakes { wake() }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, 8)
    }

    // MARK: On the thread

    private func run() {
        banquet_name_thread(name)
        var work: [Work] = []
        while true {
            work.removeAll(keepingCapacity: true)
            let stops = inbox.withLock { inbox in
                swap(&inbox.work, &work)
                return inbox.stops && work.isEmpty
            }
            if stops { break }
            for item in work {
                switch item {
                case .job(let job): job.runSynchronously(on: executor)
                case .closure(let body): body()
                }
            }
            fireTimers()
            endTurn()
            poll()
            endTurn()
        }
        closeAll()
    }

    func atEndOfTurn(_ body: @escaping () -> Void) { afterwards.append(body) }

    private func endTurn() {
        // What they ask for in turn comes at the end of this turn too.
        while !afterwards.isEmpty {
            let bodies = afterwards
            afterwards = []
            for body in bodies { body() }
        }
    }

    private func poll() {
        if !itemsAreCurrent { rebuildItems() }
        // Decided under the lock, so that work posted from here on knows that it has to wake this thread.
        let mayWait = inbox.withLock { inbox in
            inbox.isAsleep = inbox.work.isEmpty && !inbox.stops
            return inbox.isAsleep
        }
        let ready = mayWait ? wait() : look()
        if mayWait { inbox.withLock { $0.isAsleep = false } }
        guard ready > 0 else { return }
        busyPolling.came(at: .now)
        if items[0].revents != 0 {
            var count: UInt64 = 0
            _ = read(wakeDescriptor, &count, 8)
        }
        // A handler may add and close sources: those there now are served, if they are still open when it is their turn.
        let served = sources
        let events = items.dropFirst().map(\.revents)
        for (source, events) in zip(served, events) where events != 0 && source.isPolled { source.ready() }
    }

    /// - Parameter milliseconds: to wait for something that can be served; -1 for ever.
    /// - Returns: how many of the items can be served.
    private func look(for milliseconds: Int = 0) -> Int32 { zmq_poll(&items, Int32(items.count), milliseconds) }

    /// Returns when there is something to serve, or a timer is due.
    private func wait() -> Int32 {
        if let end = busyPolling.end(at: .now) {
            let end = nextTimer.map { min($0, end) } ?? end
            repeat {
                let ready = look()
                if ready != 0 { return ready }
                // Whoever else has something to do on this processor does it.
                sched_yield()
            } while ContinuousClock.now < end
        }
        return look(for: millisecondsToNextTimer())
    }

    func expectAnswer() { busyPolling.expectAnswer(at: .now) }

    private func rebuildItems() {
        items.removeAll(keepingCapacity: true)
        items.append(zmq_pollitem_t(socket: nil, fd: wakeDescriptor, events: Int16(ZMQ_POLLIN), revents: 0))
        sources.removeAll { !$0.isPolled }
        items.append(contentsOf: sources.lazy.map(\.item))
        itemsAreCurrent = true
    }

    func add(_ source: PollSource) {
        source.isPolled = true
        if !sources.contains(where: { $0 === source }) { sources.append(source) }
        itemsAreCurrent = false
    }

    func remove(_ source: PollSource) {
        source.isPolled = false
        itemsAreCurrent = false
    }

    func add(_ timer: ReactorTimer) { timers.append(timer) }
    func remove(_ timer: ReactorTimer) { timers.removeAll { $0 === timer } }

    private func fireTimers() {
        guard !timers.isEmpty else { return }
        let now = ContinuousClock.now
        // In the order of their times, also when this thread comes late to several; a handler may disarm one of the others.
        let due = timers.compactMap { timer in timer.deadline.flatMap { $0 <= now ? (timer, $0) : nil } }
        for (timer, _) in due.sorted(by: { $0.1 < $1.1 }) { timer.fireIfDue(now) }
    }

    private var nextTimer: ContinuousClock.Instant? { timers.lazy.compactMap(\.deadline).min() }

    /// What `zmq_poll` takes: -1 waits for ever.
    private func millisecondsToNextTimer() -> Int {
        nextTimer.map { ContinuousClock.now.duration(to: $0).pollMilliseconds } ?? -1
    }

    /// Warns of the first, second, fourth, eighth … time, so that a flood of bad messages is not a flood of lines.
    func warn(_ count: UInt64, _ what: @autoclosure () -> String) {
        guard count & (count &- 1) == 0 else { return }
        logger.warning("\(what())", metadata: ["times": "\(count)"])
    }

    /// Things that hold libzmq sockets, closed by `closeAll`.
    private var closers: [ObjectIdentifier: () -> Void] = [:]
    func onClose(of object: AnyObject, _ close: @escaping () -> Void) { closers[ObjectIdentifier(object)] = close }
    func forget(_ object: AnyObject) { closers[ObjectIdentifier(object)] = nil }

    func closeAll() {
        for close in Array(closers.values) { close() }
        closers = [:]
        for timer in timers { timer.disarm() }
        for source in sources { source.isPolled = false }
        sources = []
        itemsAreCurrent = false
        // Where the context is our own this waits until what was sent has left.
        context = nil
    }
}

/// A socket or a descriptor that the loop polls, and what it does then.
final class PollSource {
    let item: zmq_pollitem_t
    let ready: () -> Void
    fileprivate(set) var isPolled = false

    init(_ item: zmq_pollitem_t, ready: @escaping () -> Void) {
        self.item = item
        self.ready = ready
    }

    convenience init(socket: UnsafeMutableRawPointer, ready: @escaping () -> Void) {
        self.init(zmq_pollitem_t(socket: socket, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0), ready: ready)
    }
}
