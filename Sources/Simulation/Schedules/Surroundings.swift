import Coordination

extension Schedule {
    /// What a worker of the cluster has besides slots.
    public struct Offer: Hashable, Sendable {
        public var site: String
        public var gpus: UInt32
        /// In percent: how fast its units run.
        public var speed: UInt32
        /// Tasks that it takes ahead of its slots.
        public var credit: UInt32

        public init(site: String = "a", gpus: UInt32 = 0, speed: UInt32 = 100, credit: UInt32 = 0) {
            self.site = site
            self.gpus = gpus
            self.speed = speed
            self.credit = credit
        }

        var worker: WorkerOffer {
            var offer = WorkerOffer()
            offer.labels = ["site": site]
            if gpus > 0 { offer.devices = ["gpu": gpus] }
            offer.speedPercent = speed
            offer.credit = credit
            return offer
        }
    }

    /// When others are stopped for a job that waits. Milliseconds.
    public struct Preemption: Hashable, Sendable {
        public var after: Int64
        public var grace: Int64

        public init(after: Int64, grace: Int64) {
            self.after = after
            self.grace = grace
        }
    }
}

extension Schedule.Cluster {
    /// Units that could run at one time on the workers that are allowed to, if nothing else did.
    func room(slots: UInt32, gpus: UInt32, site: String?) -> UInt32 {
        zip(workers, offers).reduce(0) { sum, worker in
            guard site == nil || worker.1.site == site else { return sum }
            return sum + min(worker.0 / max(slots, 1), gpus == 0 ? .max : worker.1.gpus / gpus)
        }
    }
}

// MARK: As text

extension Schedule.Offer: LosslessStringConvertible {
    /// `SITE:GPUS:SPEED:CREDIT`
    public var description: String { "\(site):\(gpus):\(speed):\(credit)" }

    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, !parts[0].isEmpty, let gpus = UInt32(parts[1]), let speed = UInt32(parts[2]),
            (1...1_000_000).contains(speed), let credit = UInt32(parts[3]), gpus <= 1_000_000, credit <= 10_000
        else { return nil }
        self.init(site: parts[0], gpus: gpus, speed: speed, credit: credit)
    }
}

extension Schedule.Preemption: LosslessStringConvertible {
    /// `AFTER,GRACE`, in seconds.
    public var description: String { "\(Schedule.seconds(after)),\(Schedule.seconds(grace))" }

    public init?(_ text: String) {
        let parts = text.split(separator: ",").map { Schedule.milliseconds(String($0), 0...1_000_000_000) }
        guard parts.count == 2, let after = parts[0], let grace = parts[1] else { return nil }
        self.init(after: after, grace: grace)
    }
}

/// Rules of tenants: `NAME:KEY=NUMBER:…;NAME:…`, with the keys of a cluster's configuration.
enum TenantsText {
    static func text(_ tenants: [String: TenantLimits]) -> String {
        tenants.sorted { $0.key < $1.key }.map { name, limits in
            let usual = TenantLimits()
            var parts = [name]
            if limits.weight != usual.weight { parts.append("weight=\(limits.weight)") }
            if let slots = limits.slots { parts.append("slots=\(slots)") }
            if limits.queuedUnits != usual.queuedUnits { parts.append("queued=\(limits.queuedUnits)") }
            if limits.activeJobs != usual.activeJobs { parts.append("jobs=\(limits.activeJobs)") }
            if let rate = limits.submissionsPerSecond { parts.append("submits-per-second=\(rate)") }
            if limits.submissionBurst != usual.submissionBurst {
                parts.append("submit-burst=\(limits.submissionBurst)")
            }
            return parts.joined(separator: ":")
        }.joined(separator: ";")
    }

    static func read(_ text: String) -> [String: TenantLimits]? {
        var tenants: [String: TenantLimits] = [:]
        for part in text.split(separator: ";") {
            let words = part.split(separator: ":").map(String.init)
            guard let name = words.first else { return nil }
            var limits = TenantLimits()
            for word in words.dropFirst() {
                let pair = word.split(separator: "=").map(String.init)
                guard pair.count == 2, let number = UInt32(pair[1]), number > 0 else { return nil }
                switch pair[0] {
                case "weight": limits.weight = number
                case "slots": limits.slots = number
                case "queued": limits.queuedUnits = UInt64(number)
                case "jobs": limits.activeJobs = Int(number)
                case "submits-per-second": limits.submissionsPerSecond = number
                case "submit-burst": limits.submissionBurst = number
                default: return nil
                }
            }
            guard tenants.updateValue(limits, forKey: name) == nil else { return nil }
        }
        return tenants
    }
}
