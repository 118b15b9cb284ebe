import Agent
import ArgumentParser
import ConfigurationFiles
import Coordination

/// When and where a job's units may run, as flags; each stands for the key of the same name in a job file.
struct SchedulingOptions: ParsableArguments {
    @Option(help: "For an elastic gang: with how many ranks it starts if --gang ranks can't be had.") var minRanks:
        UInt32?
    @Option(help: "How many of the array's tasks may run at one time.") var concurrency: UInt32?
    @Option(help: "How long an attempt may run, such as 90s or 2h.") var timeLimit: String?
    @Option(help: "The wait before the first retry after a failure; it doubles with each (default: 1s).")
    var retryDelay: String?
    @Option(help: "-100 to 100, where the cluster's policy looks at it.") var priority: Int32?
    @Option(help: ArgumentHelp("A job that must have succeeded before; may be repeated.", valueName: "job")) var after:
        [JobID] = []
    @Option(help: "Cores that each rank or task holds.") var cores: UInt32?
    @Option(help: "Memory that each rank or task holds, such as 8GiB.") var memory: String?
    @Option(help: ArgumentHelp("Devices that each holds; may be repeated.", valueName: "KIND=NUMBER")) var device:
        [String] = []
    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("A label that its worker must have; may be repeated.", valueName: "LABEL=VALUE"))
    var constraints: [String] = []
    @Option(help: ArgumentHelp("A label that its worker should have; may be repeated.", valueName: "LABEL=VALUE"))
    var prefer: [String] = []
    @Option(help: ArgumentHelp("Data to be moved from a site to the worker; may be repeated.", valueName: "SITE=SIZE"))
    var data: [String] = []

    func validate() throws {
        if let priority, !(-100...100).contains(priority) {
            throw ValidationError("--priority is \(priority); it must be from -100 to 100")
        }
        for (flag, value) in [("min-ranks", minRanks), ("concurrency", concurrency)] where value == 0 {
            throw ValidationError("--\(flag) must be at least 1")
        }
    }

    func apply(to job: inout JobSpecification) throws {
        if let minRanks { job.minimumRanks = minRanks }
        if let concurrency { job.concurrency = concurrency }
        if let timeLimit { job.timeLimitMilliseconds = Int64(try Self.duration(timeLimit, flag: "--time-limit")) }
        if let retryDelay {
            job.retryDelayMilliseconds = UInt32(clamping: try Self.duration(retryDelay, flag: "--retry-delay"))
        }
        if let priority { job.priority = priority }
        if !after.isEmpty { job.after = after }
        if let cores { job.requirements.cores = cores }
        if let memory { job.requirements.memory = try Self.bytes(memory, flag: "--memory") }
        for (kind, number) in try JobOptions.pairs(device, flag: "--device") {
            job.requirements.devices[kind] = try Self.count(number, flag: "--device \(kind)")
        }
        job.requirements.labels.merge(try JobOptions.pairs(constraints, flag: "--where")) { $1 }
        job.requirements.preferredLabels.merge(try JobOptions.pairs(prefer, flag: "--prefer")) { $1 }
        for (site, size) in try JobOptions.pairs(data, flag: "--data") {
            job.requirements.data[site] = try Self.bytes(size, flag: "--data \(site)")
        }
    }

    static func duration(_ text: String, flag: String) throws -> Int {
        guard let milliseconds = Quantity.milliseconds(text) else {
            throw ValidationError("\(flag) is '\(text)'; it must be a time such as 500ms, 90s, 5m or 2h")
        }
        return milliseconds
    }

    static func bytes(_ text: String, flag: String) throws -> UInt64 {
        guard let bytes = Quantity.bytes(text) else {
            throw ValidationError("\(flag) is '\(text)'; it must be a size such as 512MiB or 10GB")
        }
        return bytes
    }

    static func count(_ text: String, flag: String) throws -> UInt32 {
        guard let number = UInt32(text), number > 0 else {
            throw ValidationError("\(flag) is '\(text)'; it must be a whole number from 1")
        }
        return number
    }
}

/// What a worker has besides slots, as flags.
struct OfferOptions: ParsableArguments {
    @Option(help: "Cores that it offers, for jobs that ask for some.") var cores: UInt32?
    @Option(help: "Memory that it offers, such as 64GiB.") var memory: String?
    @Option(help: ArgumentHelp("Devices that it offers; may be repeated.", valueName: "KIND=NUMBER")) var device:
        [String] =
            []
    @Option(
        help: ArgumentHelp(
            "Where it stands (site, rack) or what it is, for constraints; may be repeated.", valueName: "LABEL=VALUE"))
    var label: [String] = []
    @Option(help: "Its devices' speed in percent of the cluster's reference, as calibrated.") var speed: UInt32?
    @Flag(help: "Measure the speed of a core at the start, in place of --speed.") var calibrate = false
    @Option(help: "What a slot costs an hour, in thousandths of your currency.") var price: UInt32?
    @Option(
        help: ArgumentHelp(
            "How data reaches it from a site, as bytes a second and a delay (bonn=125MB,2ms), or to be measured against a "
                + "`banquet probe` there (bonn=measure:HOST:PORT); may be repeated.",
            valueName: "SITE=SIZE,TIME"))
    var link: [String] = []
    @Option(help: "Tasks that it takes ahead of its slots, so that it is busy while the coordinator hears of an end.")
    var credit: UInt32?

    func offer() throws -> WorkerOffer {
        var offer = WorkerOffer()
        if let cores { offer.cores = cores }
        if let memory { offer.memory = try SchedulingOptions.bytes(memory, flag: "--memory") }
        for (kind, number) in try JobOptions.pairs(device, flag: "--device") {
            offer.devices[kind] = try SchedulingOptions.count(number, flag: "--device \(kind)")
        }
        offer.labels = try JobOptions.pairs(label, flag: "--label")
        if let speed {
            guard (1...1_000_000).contains(speed) else { throw ValidationError("--speed must be from 1 to 1000000") }
            offer.speedPercent = speed
        }
        if calibrate {
            guard speed == nil else { throw ValidationError("give --speed or --calibrate, not both") }
            offer.speedPercent = CoreSpeed.percent()
        }
        if let price { offer.price = price }
        for (site, text) in try JobOptions.pairs(link, flag: "--link") {
            if text.hasPrefix("measure:") {
                do { offer.links[site] = try LinkProbe.measure(String(text.dropFirst("measure:".count))) } catch {
                    throw CommandFailure(message: "banquet: --link \(site): \(error)")
                }
                continue
            }
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let bytes = Quantity.bytes(parts[0]), bytes > 0,
                let delay = Quantity.milliseconds(parts[1])
            else {
                throw ValidationError(
                    "--link \(site) is '\(text)'; it must read SIZE,TIME, such as 125MB,2ms, or measure:HOST:PORT")
            }
            offer.links[site] = .init(
                bytesPerSecond: bytes, latencyMicroseconds: UInt32(clamping: Int64(delay) * 1000))
        }
        if let credit {
            guard credit <= 10_000 else { throw ValidationError("--credit must be at most 10000") }
            offer.credit = credit
        }
        return offer
    }
}
