import Coordination

/// One worker's slots and devices over time.
struct WorkerBook {
    private var since: Timestamp?
    private var host = ""
    private var slots: UInt64 = 0
    private var devices: [String: UInt64] = [:]
    private var isMember = false
    var isDraining = false
    private var heldSlots: UInt64 = 0
    private var heldDevices: [String: UInt64] = [:]
    var joins = 0
    var crashes = 0

    private(set) var availableMilliseconds = 0.0
    private(set) var usedMilliseconds = 0.0
    private var drainedMilliseconds = 0.0
    private(set) var deviceMilliseconds: [String: UsageReport.Use] = [:]

    /// Slots that it has now, and those in use.
    var available: UInt64 { isMember ? slots : 0 }
    var used: UInt64 { min(heldSlots, available) }

    /// It had a part in the period.
    var wasThere: Bool { availableMilliseconds > 0 || joins > 0 || crashes > 0 }

    /// Adds up what was, until `time`.
    mutating func advance(to time: Timestamp, in period: ReportPeriod) {
        defer { since = time }
        guard let since, isMember else { return }
        let milliseconds = Double(period.overlap(since, time))
        guard milliseconds > 0 else { return }
        availableMilliseconds += milliseconds * Double(available)
        usedMilliseconds += milliseconds * Double(used)
        if isDraining { drainedMilliseconds += milliseconds * Double(available) }
        for (kind, amount) in devices {
            deviceMilliseconds[kind, default: .init()].available += milliseconds * Double(amount)
            deviceMilliseconds[kind, default: .init()].used +=
                milliseconds * Double(min(amount, heldDevices[kind] ?? 0))
        }
    }

    mutating func join(slots: UInt32, offer: WorkerOffer, host: String, counts: Bool) {
        self.slots = UInt64(slots)
        devices = offer.devices.mapValues(UInt64.init)
        self.host = host
        isMember = true
        if counts { joins += 1 }
    }

    mutating func leave() { isMember = false }

    mutating func take(slots: UInt64, devices: [String: UInt32]) {
        heldSlots += slots
        for (kind, amount) in devices { heldDevices[kind, default: 0] += UInt64(amount) }
    }

    mutating func give(slots: UInt64, devices: [String: UInt32]) {
        heldSlots -= min(slots, heldSlots)
        for (kind, amount) in devices {
            let held = heldDevices[kind] ?? 0
            heldDevices[kind] = held - min(held, UInt64(amount))
        }
    }

    func summary(of name: WorkerName) -> UsageReport.Worker {
        .init(
            name: name, host: host,
            slots: .init(available: availableMilliseconds / 3_600_000, used: usedMilliseconds / 3_600_000),
            drained: drainedMilliseconds / 3_600_000, joins: joins, crashes: crashes)
    }
}

/// The whole cluster's slots, averaged over equal parts of the period.
struct SliceBook {
    private let period: ReportPeriod
    private let count: Int
    private var sums: [(available: Double, used: Double)]
    private var available = 0.0
    private var used = 0.0
    private var time: Timestamp?

    init(_ period: ReportPeriod, count: Int) {
        self.period = period
        // No part is shorter than what the journal's clock can tell.
        self.count = Int(min(Int64(count), max(1, period.milliseconds)))
        sums = Array(repeating: (0, 0), count: self.count)
    }

    private func start(of slice: Int) -> Timestamp {
        Timestamp(milliseconds: period.from.milliseconds + period.milliseconds * Int64(slice) / Int64(count))
    }

    mutating func change(available: Double, used: Double) {
        self.available += available
        self.used += used
    }

    mutating func advance(to end: Timestamp) {
        defer { time = end }
        guard let time, available != 0 || used != 0, period.overlap(time, end) > 0 else { return }
        let first = max(0, min(Int64(count) - 1, (time - period.from) * Int64(count) / period.milliseconds))
        var slice = Int(first)
        while slice < count, start(of: slice) < end {
            let (from, to) = (start(of: slice), start(of: slice + 1))
            let milliseconds = Double(
                ReportPeriod(from: from, to: to).overlap(max(time, period.from), min(end, period.to)))
            sums[slice].available += milliseconds * available
            sums[slice].used += milliseconds * used
            slice += 1
        }
    }

    var slices: [UsageReport.Slice] {
        sums.indices.map { slice in
            let length = Double(max(1, start(of: slice + 1) - start(of: slice)))
            return .init(
                from: start(of: slice), available: sums[slice].available / length, used: sums[slice].used / length)
        }
    }
}
