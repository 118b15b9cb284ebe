public import Coordination

/// The smallest change of a journal that would make its first refused entry allowed.
public struct Repair: Sendable, Equatable {
    public enum Edit: Sendable, Equatable {
        /// These entries are missing, in this order, before the refused one.
        case missing([ProtocolEvent])
        /// The entry with this sequence number doesn't belong there.
        case extra(UInt64)
        /// These two entries stand in each other's place.
        case swapped(UInt64, UInt64)
    }

    public let edit: Edit
    /// How many entries from the refused one on are allowed then, of those that were looked at.
    public let explained: Int
    /// How many there were to look at.
    public let lookedAt: Int

    public var isWhole: Bool { explained == lookedAt }

    /// One line, for people.
    public func text(of entries: [JournalEntry]) -> String {
        func named(_ sequence: UInt64) -> String {
            let entry = entries.first { $0.sequence == sequence }
            return "entry \(sequence)" + (entry.map { ", \($0.event.name) of \($0.event.subject)," } ?? "")
        }
        switch edit {
        case .missing(let events):
            let names = events.map { "\($0.name) of \($0.subject)" }.joined(separator: ", then ")
            return "\(names) \(events.count == 1 ? "is" : "are") missing before it"
        case .extra(let sequence): return "\(named(sequence)) is one too many"
        case .swapped(let a, let b): return "\(named(a)) and \(named(b)) are in each other's place"
        }
    }

    var kind: String {
        switch edit {
        case .missing: "missing"
        case .extra: "extra"
        case .swapped: "swapped"
        }
    }
}

/// Looks for the shortest repair: every edit of one place is tried on the entries around the refused one, and the edit that explains
/// most of what follows is taken. Where none of one event helps, two missing ones are tried.
struct RepairSearch {
    /// In its state before the first of `entries`.
    let monitor: JournalMonitor
    /// Around the refused entry.
    let entries: [JournalEntry]
    /// Where the refused entry is among them.
    let fault: Int
    /// The monitor before the refused entry.
    private let before: JournalMonitor
    private static let leasesTried = 6
    private static let workersTried = 4
    /// Beyond so much to copy for every try, pairs of missing events are not looked for.
    private static let objectsForPairs = 2000
    private static let candidatesForPairs = 32

    init(monitor: JournalMonitor, entries: [JournalEntry], fault: Int) {
        self.monitor = monitor
        self.entries = entries
        self.fault = fault
        var before = monitor
        for entry in entries[..<fault] { _ = before.step(entry.event) }
        self.before = before
    }

    func shortest() -> Repair? {
        let events = entries.map(\.event)
        var best: Repair?
        func consider(_ edit: Repair.Edit, from start: Int, _ edited: [ProtocolEvent], inserted: Int) {
            let reached = self.reach(from: start, edited) - inserted
            guard reached > fault, reached - fault > best?.explained ?? 0 else { return }
            best = Repair(edit: edit, explained: reached - fault, lookedAt: events.count - fault)
        }
        // The same objects' entries first; a swap is with a later entry, or the one before was let pass too early.
        let subjects = Subjects(events[fault])
        for other in events.indices where other != fault && subjects.meet(Subjects(events[other])) {
            var edited = events
            edited.swapAt(fault, other)
            consider(
                .swapped(entries[min(fault, other)].sequence, entries[max(fault, other)].sequence),
                from: min(fault, other), edited, inserted: 0)
        }
        let candidates = missingCandidates()
        for event in candidates {
            var edited = events
            edited.insert(event, at: fault)
            consider(.missing([event]), from: fault, edited, inserted: 1)
        }
        for other in events[...fault].indices.reversed()
        where other == fault || subjects.meet(Subjects(events[other])) {
            var edited = events
            edited.remove(at: other)
            consider(.extra(entries[other].sequence), from: other, edited, inserted: -1)
        }
        if best?.isWhole != true, candidates.count <= Self.candidatesForPairs,
            before.tracks.count + before.leases.count <= Self.objectsForPairs
        {
            for first in candidates {
                var after = before
                guard after.step(first) else { continue }
                for second in candidates where second != first {
                    var last = after
                    guard last.step(second), last.step(events[fault]) else { continue }
                    var edited = events
                    edited.insert(contentsOf: [first, second], at: fault)
                    consider(.missing([first, second]), from: fault, edited, inserted: 2)
                }
            }
        }
        return best
    }

    /// How many of these events are allowed, from the first on; what comes before `start` is as it was.
    private func reach(from start: Int, _ events: [ProtocolEvent]) -> Int {
        var monitor = start >= fault ? before : self.monitor
        var place = start >= fault ? fault : 0
        while place < events.count, monitor.step(events[place]) { place += 1 }
        return place
    }

    // MARK: What may be missing

    /// The events that could stand before the refused one, by what is known there.
    private func missingCandidates() -> [ProtocolEvent] {
        let event = entries[fault].event
        var found: [ProtocolEvent] = []
        switch event {
        case .assign(let lease, let name, _):
            found += [.uncordon(name), join(name, incarnation(after: name))]
            found += ofUnit(lease) + ofJob(lease.task.job) + held(by: name).flatMap { endings(of: $0) }
            found += (before.jobTrack(lease.task.job.number)?.terms?.blockers ?? []).sorted()
                .map { .end(JobID($0), .succeeded) }
        case .accept(let lease, _), .finish(let lease), .fail(let lease, _), .lapse(let lease):
            found += ofUnit(lease) + ofJob(lease.task.job)
        case .leave(let name), .crash(let name, _), .join(let name, _, _, _, _, _), .cordon(let name),
            .uncordon(let name):
            found += ofWorker(name, event)
        default: if let id = event.job { found += ofJob(id) }
        }
        if let open = before.grantUnderWay { found += ofJob(JobID(open.id)) }
        if case .submit(let id, _, _) = event, id.number > 1 { found += submissions(of: JobID(id.number - 1)) }
        return found + grants()
    }

    private func ofUnit(_ lease: Lease) -> [ProtocolEvent] {
        let live = before.leases.filter { $0.value.task == lease.task }.keys.sorted().map {
            Lease(lease.task, Epoch($0))
        }
        return [.accept(lease, port: 0)] + live.flatMap { endings(of: $0) }
    }

    private func endings(of lease: Lease) -> [ProtocolEvent] {
        [
            .lapse(lease), .finish(lease), .fail(lease, .stopped), .fail(lease, .exited(code: 1)),
            .accept(lease, port: 0),
        ]
    }

    private func ofJob(_ id: JobID) -> [ProtocolEvent] {
        let leases = before.leases.filter { $0.value.task.job == id }.sorted { $0.key < $1.key }
            .prefix(Self.leasesTried).map { Lease($0.value.task, Epoch($0.key)) }
        let attempt = before.jobTrack(id.number)?.attempt ?? 1
        var found: [ProtocolEvent] = [.start(id, attempt: attempt), .cancel(id)]
        for index in [nil] + units(of: id) {
            found += [.failed, .lost, .preempted].map { .retry(id, index: index, reason: $0) }
            found += [.expire(id, index: index), .preempt(id, index: index)]
        }
        if before.jobTrack(id.number) == nil { found += submissions(of: id) }
        let ranks = entries[fault...].compactMap { entry -> UInt32? in
            if case .assign(let lease, _, _) = entry.event, lease.task.job == id { lease.task.index } else { nil }
        }
        if let last = ranks.prefix(64).max() { found.append(.form(id, ranks: last &+ 1)) }
        return found + leases.flatMap { endings(of: $0) }
    }

    /// The units of the job that the refused entry is about.
    private func units(of id: JobID) -> [UInt32?] {
        switch entries[fault].event {
        case .assign(let lease, _, _), .accept(let lease, _), .finish(let lease), .fail(let lease, _),
            .lapse(let lease):
            lease.task.job == id ? [lease.task.index] : []
        case let event: event.unitIndex.map { [$0] } ?? []
        }
    }

    private func ofWorker(_ name: WorkerName, _ event: ProtocolEvent) -> [ProtocolEvent] {
        var found: [ProtocolEvent] = [.leave(name), .cordon(name), .uncordon(name)]
        if let last = before.workerTrack(name)?.incarnation { found.append(.crash(name, Incarnation(last))) }
        if case .crash(_, let incarnation) = event { found.append(join(name, incarnation)) }
        found.append(join(name, incarnation(after: name)))
        return found + held(by: name).flatMap { endings(of: $0) }
    }

    private func held(by name: WorkerName) -> [Lease] {
        let number = before.workers.firstIndex { $0.name == name }.map(Int32.init) ?? -2
        return before.leases.filter { $0.value.worker == number }.sorted { $0.key < $1.key }
            .prefix(Self.leasesTried).map { Lease($0.value.task, Epoch($0.key)) }
    }

    /// Nobody knows what the worker offered then, so it is no reason to refuse anything.
    private func join(_ name: WorkerName, _ incarnation: Incarnation) -> ProtocolEvent {
        .join(name, incarnation, slots: .max, host: "")
    }

    /// The one that a later crash names, or one more than the last.
    private func incarnation(after name: WorkerName) -> Incarnation {
        for entry in entries[fault...] {
            if case .crash(name, let incarnation) = entry.event { return incarnation }
        }
        return Incarnation((before.workerTrack(name)?.incarnation ?? 0) &+ 1)
    }

    /// The lease with the next epoch, for the unit that a later entry says it was for, or for the next rank of a gang.
    private func grants() -> [ProtocolEvent] {
        let epoch = Epoch((before.lastEpoch ?? 0) &+ 1)
        var tasks = entries[fault...].compactMap { entry -> TaskID? in
            switch entry.event {
            case .accept(let lease, _), .finish(let lease), .fail(let lease, _), .lapse(let lease):
                lease.epoch == epoch ? lease.task : nil
            default: nil
            }
        }.prefix(1).map(\.self)
        if let open = before.grantUnderWay, let granted = open.granted { tasks.append(TaskID(JobID(open.id), granted)) }
        let workers = before.workers.filter { before.rules.worker.symbols[Letter(.leave).code] >= 0 && $0.worker != 0 }
            .prefix(Self.workersTried).map(\.name)
        return tasks.flatMap { task -> [ProtocolEvent] in
            let track = before.jobTrack(task.job.number)
            let last = track?.isGang == true ? track?.attempt ?? 0 : track?.attempts[task.index] ?? 0
            return [last, last &+ 1, last &+ 2].filter { $0 > 0 }.flatMap { attempt in
                workers.map { .assign(Lease(task, epoch), $0, attempt: attempt) }
            }
        }
    }

    private func submissions(of id: JobID) -> [ProtocolEvent] {
        let indices = entries[fault...].compactMap { entry -> UInt32? in
            if case .assign(let lease, _, _) = entry.event, lease.task.job == id { lease.task.index } else { nil }
        }
        let units = (indices.max() ?? 0) &+ 1
        func job(_ shape: JobSpecification.Shape) -> ProtocolEvent {
            .submit(id, JobSpecification(name: "", tenant: "", shape: shape, program: .command(["?"])), key: "")
        }
        return [job(.array(tasks: units)), job(.gang(ranks: units))]
    }
}

/// What an event is about, for asking whether two are about the same.
private struct Subjects {
    private let job: JobID?
    private let worker: WorkerName?

    init(_ event: ProtocolEvent) {
        job = event.job
        worker =
            switch event {
            case .assign(_, let name, _), .join(let name, _, _, _, _, _), .leave(let name), .crash(let name, _),
                .cordon(let name), .uncordon(let name):
                name
            default: nil
            }
    }

    func meet(_ other: Subjects) -> Bool {
        if let job, job == other.job { return true }
        if let worker, worker == other.worker { return true }
        // What happens to a worker and to what it holds is told one after the other.
        return worker != nil && other.job != nil && other.worker == nil
            || job != nil && other.worker != nil && other.job == nil
    }
}
