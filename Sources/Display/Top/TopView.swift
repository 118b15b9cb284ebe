public import Coordination

/// The live view as a state machine: keys and news go in, pictures come out. It knows no terminal and no coordinator.
public struct TopView: Sendable {
    public enum Pane: Int, CaseIterable, Sendable { case jobs, workers, tenants }

    /// What whoever drives it has to do after a key.
    public enum Answer: Hashable, Sendable {
        case nothing
        /// Another part of the jobs is to be shown: ask now.
        case ask
        case suspend
        case quit
    }

    /// What has to be asked for.
    public struct Request: Hashable, Sendable {
        public var filter: JobFilter
        public var order: JobOrder
        public var offset: Int
        public var limit: Int
        /// The job that is looked at.
        public var job: JobID?

        public init(filter: JobFilter, order: JobOrder, offset: Int, limit: Int, job: JobID? = nil) {
            self.filter = filter
            self.order = order
            self.offset = offset
            self.limit = limit
            self.job = job
        }
    }

    enum WorkerOrder: String, CaseIterable, Sendable { case name, load, state }
    enum TenantOrder: String, CaseIterable, Sendable { case name, share, queued }

    /// Where a list is: its first line that is shown, and the selected one.
    struct Place: Sendable {
        var first = 0
        var selected = 0
    }

    public internal(set) var pane = Pane.jobs
    /// Nothing is to be asked for but what a key needs.
    public internal(set) var isPaused = false
    var isHelpShown = false
    var order = JobOrder.active
    var kind = JobFilter.Kind.all
    var workerOrder = WorkerOrder.name
    var tenantOrder = TenantOrder.name
    var places = Array(repeating: Place(), count: Pane.allCases.count)
    /// The job that is looked at, and the first line of it that is shown.
    public internal(set) var job: JobID?
    var firstLine = 0
    public internal(set) var width: Int
    public internal(set) var height: Int
    public internal(set) var snapshot: TopSnapshot?
    /// Since when nothing is heard, and why; nil while the coordinator answers.
    var away: (seconds: Int, reason: String)?

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    // MARK: News

    public mutating func resize(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        clamp()
    }

    public mutating func show(_ snapshot: TopSnapshot) {
        away = nil
        self.snapshot = snapshot
        clamp()
    }

    /// The coordinator hasn't answered for so long.
    public mutating func lose(seconds: Int, reason: String) { away = (seconds, reason) }

    /// More jobs than fit are asked for, so that scrolling a little shows them at once.
    public var request: Request {
        let rows = max(10, rows(of: .jobs))
        let first = places[Pane.jobs.rawValue].first
        return Request(
            filter: JobFilter(kind: kind), order: order, offset: max(0, first - rows), limit: 3 * rows, job: job)
    }

    // MARK: Keys

    public mutating func press(_ key: KeyPress) -> Answer {
        if isHelpShown {
            isHelpShown = false
            return key == .control("c") ? .quit : .nothing
        }
        switch key {
        case .control("c"): return .quit
        case .control("z"): return .suspend
        case .character("?"), .character("h"): isHelpShown = true
        default: return job == nil ? pressInList(key) : pressInJob(key)
        }
        return .nothing
    }

    private mutating func pressInJob(_ key: KeyPress) -> Answer {
        let page = max(1, height - 3)
        switch key {
        case .character("q"), .escape, .enter, .backspace, .left:
            job = nil
            snapshot?.detail = nil
            return .ask
        case .up, .character("k"): firstLine -= 1
        case .down, .character("j"): firstLine += 1
        case .pageUp: firstLine -= page
        case .pageDown, .character(" "): firstLine += page
        case .home, .character("g"): firstLine = 0
        case .end, .character("G"): firstLine = .max / 2
        default: break
        }
        clamp()
        return .nothing
    }

    private mutating func pressInList(_ key: KeyPress) -> Answer {
        let page = max(1, rows(of: pane) - 1)
        switch key {
        case .character("q"): return .quit
        case .up, .character("k"): move(-1)
        case .down, .character("j"): move(1)
        case .pageUp, .control("b"): move(-page)
        case .pageDown, .control("f"), .character(" "): move(page)
        case .home, .character("g"): move(-(.max / 2))
        case .end, .character("G"): move(.max / 2)
        case .tab: pane = Pane(rawValue: (pane.rawValue + 1) % 3) ?? .jobs
        case .backTab: pane = Pane(rawValue: (pane.rawValue + 2) % 3) ?? .jobs
        case .character("1"): pane = .jobs
        case .character("2"): pane = .workers
        case .character("3"): pane = .tenants
        case .character("p"):
            isPaused.toggle()
            return .ask
        case .character("s"): sort()
        case .character("f"):
            kind = Self.next(kind)
            places[Pane.jobs.rawValue] = Place()
        case .enter, .right: return open()
        default: return .nothing
        }
        clamp()
        return .ask
    }

    private static func next<Choice: CaseIterable & Equatable>(_ choice: Choice) -> Choice {
        let all = Array(Choice.allCases)
        return all[((all.firstIndex(of: choice) ?? 0) + 1) % all.count]
    }

    private mutating func sort() {
        switch pane {
        case .jobs: order = Self.next(order)
        case .workers: workerOrder = Self.next(workerOrder)
        case .tenants: tenantOrder = Self.next(tenantOrder)
        }
        places[pane.rawValue] = Place()
    }

    private mutating func open() -> Answer {
        guard pane == .jobs, let snapshot else { return .nothing }
        let index = places[Pane.jobs.rawValue].selected - snapshot.page.offset
        guard snapshot.page.jobs.indices.contains(index) else { return .nothing }
        job = snapshot.page.jobs[index].id
        firstLine = 0
        self.snapshot?.detail = nil
        return .ask
    }

    // MARK: Places

    private mutating func move(_ lines: Int) {
        let last = max(0, count(of: pane) - 1)
        let place = places[pane.rawValue].selected
        places[pane.rawValue].selected = lines > last ? last : max(0, min(last, place + lines))
        clamp()
    }

    func count(of pane: Pane) -> Int {
        guard let snapshot else { return 0 }
        switch pane {
        case .jobs: return snapshot.page.total
        case .workers: return snapshot.workers.count
        case .tenants: return snapshot.overview.tenants.count
        }
    }

    /// Keeps every place inside its list, and the selected line on the screen.
    private mutating func clamp() {
        for pane in Pane.allCases {
            let (rows, count) = (max(1, rows(of: pane)), count(of: pane))
            var place = places[pane.rawValue]
            place.selected = max(0, min(place.selected, count - 1))
            place.first = min(max(place.first, place.selected - rows + 1), place.selected)
            place.first = max(0, min(place.first, count - rows))
            places[pane.rawValue] = place
        }
        firstLine = max(0, min(firstLine, (snapshot?.detail?.count ?? 0) - max(1, height - 2)))
    }

    // MARK: Room

    /// Lines above the lists: the title, and the cluster's.
    static let headHeight = 5
    /// All three lists are shown one above the other on a terminal of so many lines.
    static let heightForAll = 36

    var showsAll: Bool { height >= Self.heightForAll }

    /// The panes that are shown, from top to bottom, with their heights: a line for the name, one for the headings, the rest rows.
    var layout: [(pane: Pane, height: Int)] {
        let room = max(3, height - Self.headHeight - 1)
        guard showsAll else { return [(pane, room)] }
        // The pane that is worked in gets what the others leave.
        var heights: [Pane: Int] = [:]
        for other in Pane.allCases where other != pane {
            heights[other] = min(max(1, count(of: other)) + 2, other == .jobs ? room / 2 : room / 4)
        }
        heights[pane] = room - heights.values.reduce(0, +)
        return [Pane.tenants, .workers, .jobs].map { ($0, heights[$0] ?? 3) }
    }

    /// Rows of a list that are on the screen; of one that isn't shown: that would be.
    func rows(of pane: Pane) -> Int {
        (layout.first { $0.pane == pane }?.height ?? (height - Self.headHeight - 1)) - 2
    }

    var sortedWorkers: [WorkerSummary] {
        let workers = snapshot?.workers ?? []
        switch workerOrder {
        case .name: return workers.sorted { $0.name < $1.name }
        case .load: return workers.sorted { (TopSnapshot.load($1), $0.name) < (TopSnapshot.load($0), $1.name) }
        case .state: return workers.sorted { ($1.state.rawValue, $0.name) < ($0.state.rawValue, $1.name) }
        }
    }

    var sortedTenants: [TenantSummary] {
        let tenants = snapshot?.overview.tenants ?? []
        switch tenantOrder {
        case .name: return tenants.sorted { $0.name < $1.name }
        case .share: return tenants.sorted { ($1.dominantShare, $0.name) < ($0.dominantShare, $1.name) }
        case .queued: return tenants.sorted { ($1.queuedUnits, $0.name) < ($0.queuedUnits, $1.name) }
        }
    }
}
