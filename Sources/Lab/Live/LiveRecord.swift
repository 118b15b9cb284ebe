public import Coordination

/// What happened on the live cluster, in the words of the model: who waits for what, how long, and who is served meanwhile.
public struct LiveRecord: Sendable {
    /// An event of the protocol, or one that the lab's own clients and programs report.
    public struct Event: Sendable, Equatable {
        /// Seconds since the record began.
        public let time: Double
        public let channel: String
        /// `Flood.17`; empty for what is about the coordinator.
        public let subject: String
        /// The group that it overtakes: somebody of it waits for this very event.
        public var overtakes: String?
        /// A write by a lease that is over.
        public var isLate = false

        public var text: String { subject.isEmpty ? channel : "\(channel).\(subject)" }
    }

    /// From the first event of a subject to its second.
    public struct Wait: Sendable {
        public let subject: String
        public let from: Double
        public var until: Double?
        /// Given up by its tenant: it will not be served.
        public var isCancelled = false
        /// How many others were served meanwhile.
        public var overtaken = 0

        public var group: String { LiveRecord.group(subject) }
        public var isOpen: Bool { until == nil }
    }

    public private(set) var events: [Event] = []
    public private(set) var waits: [Wait] = []
    /// Jobs that were submitted and haven't ended.
    public private(set) var active: Set<String> = []
    /// Which worker holds a unit of the job, as far as the last `assign` says.
    public private(set) var holders: [String: String] = [:]
    /// Writes of a job's lease after a later one of the same job had begun to write, by job; and those that were refused.
    public private(set) var lateWrites: [String: Int] = [:]
    public private(set) var refusedWrites: [String: Int] = [:]

    private let waiting: (first: String, second: String)
    private let shown: [String: String]
    private let victims: Set<String>
    private var names: [JobID: String] = [:]
    private var gangs: Set<JobID> = []
    private var open: [String: Int] = [:]
    private var newestWriter: [String: Int] = [:]
    private var beginning: Int64?
    private var lastSequence: UInt64 = 0

    public init(_ scenario: Scenario) {
        waiting = scenario.waiting
        shown = scenario.shown
        victims = Set(scenario.victims)
    }

    /// `Flood` of `Flood.17`.
    public static func group(_ subject: String) -> String { String(subject.prefix { $0 != "." }) }

    /// The number of the journal's next entry.
    public var nextSequence: UInt64 { lastSequence + 1 }

    public func job(named name: String) -> JobID? { names.first { $0.value == name }?.key }

    /// - Parameter beginning: milliseconds since 1970 that all times are counted from.
    public mutating func begin(at beginning: Int64) { self.beginning = beginning }

    /// Takes in an entry of the coordinator's journal.
    public mutating func note(_ entry: JournalEntry) {
        guard entry.sequence > lastSequence else { return }
        lastSequence = entry.sequence
        let time = Double(entry.time.milliseconds - (beginning ?? entry.time.milliseconds)) / 1000
        if case .submit(let job, let specification, _) = entry.event {
            names[job] = specification.name
            active.insert(specification.name)
            if specification.isGang { gangs.insert(job) }
        }
        guard let job = entry.event.job else {
            if case .recover = entry.event { note("recover", "", at: time) }
            return
        }
        guard let name = names[job] else { return }
        switch entry.event {
        case .assign(let lease, let worker, _):
            holders[name] = worker.description
            // A task runs from its lease on; a gang from its `start`.
            if gangs.contains(job) || shown["assign"] != nil {
                note("assign", shown["lapse"] == nil ? name : "\(name).\(lease.epoch.number)", at: time)
            }
            if !gangs.contains(job) { note("start", name, at: time) }
        case .lapse(let lease): note("lapse", "\(name).\(lease.epoch.number)", at: time)
        case .end:
            active.remove(name)
            note("end", name, at: time)
        default: note(entry.event.name, name, at: time)
        }
    }

    /// Takes in an event that the journal doesn't have.
    /// - Parameter time: seconds since the record began.
    public mutating func note(_ channel: String, _ subject: String, at time: Double) {
        var overtakes: String?
        if channel == waiting.first, open[subject] == nil {
            open[subject] = waits.count
            waits.append(Wait(subject: subject, from: time))
        } else if channel == "cancel", let index = open.removeValue(forKey: subject) {
            waits[index].until = time
            waits[index].isCancelled = true
        } else if channel == waiting.second {
            if let index = open.removeValue(forKey: subject) { waits[index].until = time }
            for index in open.values where waits[index].subject != subject {
                waits[index].overtaken += 1
                if victims.contains(waits[index].group), !victims.contains(Self.group(subject)) {
                    overtakes = waits[index].subject
                }
            }
        }
        if let word = shown[channel] {
            events.append(Event(time: time, channel: word, subject: subject, overtakes: overtakes))
        }
    }

    /// Takes in a line that a program of the lab wrote: a word, and numbers; `write` and `refuse` with the job and the epoch.
    public mutating func note(trace line: Substring, at time: Double) {
        let words = line.split(separator: " ")
        guard let channel = words.first else { return }
        guard words.count == 3, let epoch = Int(words[2]) else {
            events.append(
                Event(time: time, channel: String(channel), subject: words.dropFirst().joined(separator: ".")))
            return
        }
        let job = String(words[1])
        var event = Event(time: time, channel: String(channel), subject: String(epoch))
        if channel == "refuse" {
            refusedWrites[job, default: 0] += 1
        } else if epoch < newestWriter[job] ?? 0 {
            lateWrites[job, default: 0] += 1
            event.isLate = true
        }
        newestWriter[job] = max(newestWriter[job] ?? 0, epoch)
        events.append(event)
    }

    /// Whether each of the goal's subjects has had its event since a time.
    public func has(_ goal: Goal, since time: Double) -> Bool {
        let word = shown[goal.channel] ?? goal.channel
        let had = Set(events.lazy.filter { $0.time >= time && $0.channel == word }.map(\.subject))
        return had.isSuperset(of: goal.subjects)
    }
}

/// How long a group waited in one phase.
public struct GroupWaiting: Sendable, Encodable {
    public let group: String
    /// Seconds, ascending; of those whose wait ended in the phase.
    public let served: [Double]
    /// Seconds, of those that still waited at the phase's end.
    public let waiting: [Double]
    /// How many others were served during one wait, at most.
    public let overtaken: Int

    public var longest: Double { max(served.last ?? 0, waiting.max() ?? 0) }
    public var median: Double? { served.isEmpty ? nil : served[served.count / 2] }
}

extension LiveRecord {
    /// What the groups waited between two times, the victims first. A wait that began earlier counts from `start`; one that was cancelled
    /// doesn't count.
    public func waiting(from start: Double, to end: Double) -> [GroupWaiting] {
        var groups: [String: [Wait]] = [:]
        for wait in waits where !wait.isCancelled && wait.from < end && (wait.until ?? end) >= start {
            groups[wait.group, default: []].append(wait)
        }
        let order = groups.keys.sorted { (victims.contains($0) ? 0 : 1, $0) < (victims.contains($1) ? 0 : 1, $1) }
        return order.map { group in
            let waits = groups[group]!
            let served = waits.compactMap { wait in
                wait.until.flatMap { $0 <= end ? $0 - max(wait.from, start) : nil }
            }
            let waiting = waits.filter { ($0.until ?? .infinity) > end }.map { end - max($0.from, start) }
            return GroupWaiting(
                group: group, served: served.sorted(), waiting: waiting, overtaken: waits.map(\.overtaken).max() ?? 0)
        }
    }
}
