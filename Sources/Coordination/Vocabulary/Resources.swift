/// Amounts of what workers have and units hold: slots, cores, memory in bytes, and devices by their kind (`gpu`).
public struct Resources: Hashable, Codable, Sendable {
    public var slots: UInt64
    public var cores: UInt64
    /// Bytes.
    public var memory: UInt64
    public var devices: [String: UInt64]

    public init(slots: UInt64 = 0, cores: UInt64 = 0, memory: UInt64 = 0, devices: [String: UInt64] = [:]) {
        self.slots = slots
        self.cores = cores
        self.memory = memory
        self.devices = devices
    }

    var isZero: Bool { slots == 0 && cores == 0 && memory == 0 && devices.values.allSatisfy { $0 == 0 } }

    package func contains(_ other: Resources) -> Bool {
        slots >= other.slots && cores >= other.cores && memory >= other.memory
            && other.devices.allSatisfy { devices[$0.key] ?? 0 >= $0.value }
    }

    /// How many times `needs` fits into this.
    func units(of needs: Resources) -> UInt32 {
        func times(_ amount: UInt64, _ need: UInt64) -> UInt64 { need == 0 ? .max : amount / need }
        var units = min(times(slots, needs.slots), times(cores, needs.cores), times(memory, needs.memory))
        for (kind, need) in needs.devices { units = min(units, times(devices[kind] ?? 0, need)) }
        return UInt32(clamping: units)
    }

    /// Stops at the largest number: absurd amounts are refused elsewhere, and here they must not bring anything down.
    package mutating func add(_ other: Resources, times: UInt64 = 1) {
        func sum(_ amount: UInt64, _ other: UInt64) -> UInt64 {
            let (product, isTooLarge) = other.multipliedReportingOverflow(by: times)
            let (sum, isSumTooLarge) = amount.addingReportingOverflow(product)
            return isTooLarge || isSumTooLarge ? .max : sum
        }
        slots = sum(slots, other.slots)
        cores = sum(cores, other.cores)
        memory = sum(memory, other.memory)
        for (kind, amount) in other.devices { devices[kind] = sum(devices[kind] ?? 0, amount) }
    }

    /// Stops at zero: a worker may hold more than it offers while tasks wait on it for a slot.
    package mutating func subtract(_ other: Resources, times: UInt64 = 1) {
        func less(_ amount: UInt64, _ other: UInt64) -> UInt64 {
            let (product, isTooLarge) = other.multipliedReportingOverflow(by: times)
            return isTooLarge ? 0 : amount - min(amount, product)
        }
        slots = less(slots, other.slots)
        cores = less(cores, other.cores)
        memory = less(memory, other.memory)
        for (kind, amount) in other.devices {
            devices[kind] = less(devices[kind] ?? 0, amount)
            if devices[kind] == 0 { devices[kind] = nil }
        }
    }

    func subtracting(_ other: Resources, times: UInt64 = 1) -> Resources {
        var rest = self
        rest.subtract(other, times: times)
        return rest
    }

    /// The smaller amount of each kind.
    func limited(to other: Resources) -> Resources {
        var result = Resources(
            slots: min(slots, other.slots), cores: min(cores, other.cores), memory: min(memory, other.memory))
        for (kind, amount) in devices {
            let amount = min(amount, other.devices[kind] ?? 0)
            if amount > 0 { result.devices[kind] = amount }
        }
        return result
    }

    /// The largest share of `total` that this is of any one kind: the dominant share of Ghodsi et al., "Dominant resource
    /// fairness", NSDI 2011.
    func dominantShare(of total: Resources) -> Double {
        func share(_ amount: UInt64, _ total: UInt64) -> Double {
            amount == 0 ? 0 : total == 0 ? 1 : Double(amount) / Double(total)
        }
        var largest = max(share(slots, total.slots), share(cores, total.cores), share(memory, total.memory))
        for (kind, amount) in devices { largest = max(largest, share(amount, total.devices[kind] ?? 0)) }
        return largest
    }
}

/// What a unit asks of its worker besides slots.
public struct Requirements: Hashable, Codable, Sendable {
    public var cores: UInt32 = 0
    /// Bytes.
    public var memory: UInt64 = 0
    /// By kind, such as `gpu`.
    public var devices: [String: UInt32] = [:]
    /// Labels that the worker must have, with these values: a constraint.
    public var labels: [String: String] = [:]
    /// Labels that decide between workers which would do: affinity.
    public var preferredLabels: [String: String] = [:]
    /// Bytes that have to be moved to the worker from other sites, by the site where they lie.
    public var data: [String: UInt64] = [:]

    public init() {}
}

/// What a worker declares besides its slots.
public struct WorkerOffer: Hashable, Codable, Sendable {
    public var cores: UInt32 = 0
    /// Bytes.
    public var memory: UInt64 = 0
    public var devices: [String: UInt32] = [:]
    /// `site` and `rack` are where it stands; others are the operator's own, such as `kind: cloud`.
    public var labels: [String: String] = [:]
    /// The speed of its devices in percent of the cluster's reference, as calibrated.
    public var speedPercent: UInt32 = 100
    /// What a slot costs an hour, in thousandths of the operator's currency.
    public var price: UInt32 = 0
    /// How data reaches this worker, by the site that it comes from.
    public var links: [String: Link] = [:]
    /// Tasks that it may hold beyond its slots, so that it is busy while the coordinator hears of an end and answers.
    public var credit: UInt32 = 0

    /// A path between two sites, as measured.
    public struct Link: Hashable, Codable, Sendable {
        public var bytesPerSecond: UInt64
        public var latencyMicroseconds: UInt32

        public init(bytesPerSecond: UInt64, latencyMicroseconds: UInt32) {
            self.bytesPerSecond = bytesPerSecond
            self.latencyMicroseconds = latencyMicroseconds
        }
    }

    public init() {}

    /// All that the worker has.
    package func resources(slots: UInt32) -> Resources {
        Resources(
            slots: UInt64(slots), cores: UInt64(cores), memory: memory, devices: devices.mapValues(UInt64.init))
    }
}
