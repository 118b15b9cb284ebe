import Coordination

/// What the kernel tells of the host's processors and of AMD's devices: temperatures (`hwmon`, `thermal`), how busy they are, memory,
/// power (RAPL, `hwmon`), and whether heat slows them down. What isn't there isn't told.
///
/// A value: whoever reads it keeps what it becomes, for rates are differences between two readings.
struct HostSensors: Sendable {
    /// Counters that only grow, as they were.
    private struct Before: Sendable {
        let time: ContinuousClock.Instant
        var busy: (all: UInt64, idle: UInt64)?
        var energy: [String: UInt64] = [:]
        var throttled: UInt64 = 0
    }

    private struct Accelerator: Sendable {
        let folder: String
        let monitor: String?
        let name: String
    }

    private let files: HostFiles
    private let processor: String
    private let temperatures: [String]
    /// One for each package of processors, or for each core where there are none.
    private let throttleCounts: [String]
    private let energies: [(path: String, range: UInt64)]
    private let accelerators: [Accelerator]
    private var before: Before?

    /// Looks which sensors there are.
    /// - Parameter root: of `/proc` and `/sys`; empty for the host's own.
    init(root: String = "") {
        let files = HostFiles(root: root)
        self.files = files
        let words = files.text("/proc/cpuinfo")?.split(separator: "\n").first { $0.hasPrefix("model name") }
        processor = Self.printable(
            words.flatMap { $0.split(separator: ":", maxSplits: 1).last }.map(String.init) ?? "processors")
        temperatures = Self.processorTemperatures(files)
        throttleCounts = Self.throttleCounts(files)
        energies = files.names(in: "/sys/class/powercap").compactMap { name in
            // `intel-rapl:0` is a package, `intel-rapl:0:1` a part of one.
            guard name.hasPrefix("intel-rapl:"), name.split(separator: ":").count == 2 else { return nil }
            let folder = "/sys/class/powercap/\(name)"
            return files.number("\(folder)/max_energy_range_uj").map { ("\(folder)/energy_uj", $0) }
        }
        accelerators = Self.accelerators(files)
    }

    /// The present state of all devices, the processors first.
    mutating func read(at time: ContinuousClock.Instant = .now) -> [DeviceState] {
        [processors(at: time)] + accelerators.enumerated().map { state(of: $1, UInt32($0)) }
    }

    // MARK: Processors

    private mutating func processors(at time: ContinuousClock.Instant) -> DeviceState {
        var now = Before(time: time)
        now.busy = Self.busy(files)
        for (path, _) in energies { now.energy[path] = files.number(path) }
        now.throttled = throttleCounts.reduce(0) { $0 + (files.number($1) ?? 0) }
        var state = DeviceState(kind: "cpu", name: processor)
        state.celsius = temperatures.compactMap { files.celsius($0) }.max()
        state.memory = Self.memory(files)
        if let before {
            if let busy = now.busy, let last = before.busy, busy.all > last.all {
                let (all, idle) = (busy.all - last.all, busy.idle - min(last.idle, busy.idle))
                state.utilisationPercent = UInt32(100 * (all - min(idle, all)) / all)
            }
            state.milliwatts = power(now, before)
            if now.throttled > before.throttled { state.throttle = "heat" }
        }
        self.before = now
        return state
    }

    /// Of all packages, between two readings. A counter begins again after its range.
    private func power(_ now: Before, _ before: Before) -> UInt64? {
        let (seconds, attoseconds) = (now.time - before.time).components
        let elapsed = Double(seconds) + Double(attoseconds) * 1e-18
        var microjoules: UInt64 = 0
        for (path, range) in energies {
            guard let new = now.energy[path], let old = before.energy[path] else { return nil }
            microjoules += new >= old ? new - old : new + (range > old ? range - old : 0)
        }
        guard !energies.isEmpty, elapsed > 0 else { return nil }
        return UInt64(Double(microjoules) / elapsed / 1000)
    }

    /// Jiffies of all processors together, from `cpu  user nice system idle iowait …`.
    private static func busy(_ files: HostFiles) -> (all: UInt64, idle: UInt64)? {
        guard let line = files.line("/proc/stat"), line.hasPrefix("cpu ") else { return nil }
        // What guests use is among user and nice already.
        let numbers = line.split(separator: " ").dropFirst().prefix(8).compactMap { UInt64($0) }
        guard numbers.count >= 5 else { return nil }
        return (numbers.reduce(0, +), numbers[3] + numbers[4])
    }

    private static func memory(_ files: HostFiles) -> DeviceState.Memory? {
        var found: [Substring: UInt64] = [:]
        for line in files.text("/proc/meminfo")?.split(separator: "\n").prefix(4) ?? [] {
            let words = line.split(separator: " ")
            if words.count >= 2, let value = UInt64(words[1]) { found[words[0]] = value << 10 }
        }
        guard let total = found["MemTotal:"], let free = found["MemAvailable:"], total > 0 else { return nil }
        return .init(used: total - min(free, total), total: total)
    }

    /// `hwmon` knows processors by their drivers; where none is, the zones of `thermal` that say so of themselves.
    private static func processorTemperatures(_ files: HostFiles) -> [String] {
        let drivers: Set = ["coretemp", "k10temp", "zenpower", "cpu_thermal", "soc_thermal"]
        let monitors = files.names(in: "/sys/class/hwmon").map { "/sys/class/hwmon/\($0)" }
            .filter { files.line("\($0)/name").map(drivers.contains) ?? false }
        let found = monitors.flatMap { monitor in
            files.names(in: monitor).filter { $0.hasPrefix("temp") && $0.hasSuffix("_input") }.map {
                "\(monitor)/\($0)"
            }
        }
        guard found.isEmpty else { return found }
        return files.names(in: "/sys/class/thermal").filter { $0.hasPrefix("thermal_zone") }
            .map { "/sys/class/thermal/\($0)" }.filter {
                let type = files.line("\($0)/type") ?? ""
                return type == "x86_pkg_temp" || type.hasPrefix("cpu") || type.hasPrefix("soc")
            }.map { "\($0)/temp" }
    }

    /// How often heat has slowed the processors down since the host started.
    private static func throttleCounts(_ files: HostFiles) -> [String] {
        let folder = "/sys/devices/system/cpu"
        let processors = files.names(in: folder).filter { $0.hasPrefix("cpu") && Int($0.dropFirst(3)) != nil }
        var packages: Set<String> = []
        let counts = processors.compactMap { processor -> String? in
            let path = "\(folder)/\(processor)/thermal_throttle/package_throttle_count"
            guard files.number(path) != nil else { return nil }
            let package = files.line("\(folder)/\(processor)/topology/physical_package_id") ?? processor
            return packages.insert(package).inserted ? path : nil
        }
        guard counts.isEmpty else { return counts }
        return processors.map { "\(folder)/\($0)/thermal_throttle/core_throttle_count" }
            .filter { files.number($0) != nil }
    }

    // MARK: AMD

    private static func accelerators(_ files: HostFiles) -> [Accelerator] {
        files.names(in: "/sys/class/drm").compactMap { card in
            let folder = "/sys/class/drm/\(card)/device"
            // `card0-DP-1` is a plug of card0.
            guard card.hasPrefix("card"), Int(card.dropFirst(4)) != nil, files.line("\(folder)/vendor") == "0x1002"
            else { return nil }
            let monitor = files.names(in: "\(folder)/hwmon").first.map { "\(folder)/hwmon/\($0)" }
            let name = files.line("\(folder)/product_name") ?? "device \(files.line("\(folder)/device") ?? "")"
            return Accelerator(folder: folder, monitor: monitor, name: printable(name))
        }
    }

    private func state(of device: Accelerator, _ index: UInt32) -> DeviceState {
        var state = DeviceState(kind: "amd", index: index, name: device.name)
        state.utilisationPercent = files.number("\(device.folder)/gpu_busy_percent").map { UInt32(min($0, 100)) }
        if let total = files.number("\(device.folder)/mem_info_vram_total"), total > 0,
            let used = files.number("\(device.folder)/mem_info_vram_used")
        {
            state.memory = .init(used: used, total: total)
        }
        guard let monitor = device.monitor else { return state }
        // Edge, junction and memory, each with a bound of its own, where the device has them.
        let sensors = (1...3).compactMap { number in
            files.celsius("\(monitor)/temp\(number)_input").map { ($0, files.celsius("\(monitor)/temp\(number)_crit")) }
        }
        state.celsius = sensors.map(\.0).max()
        if sensors.contains(where: { value, bound in bound.map { value >= $0 } ?? false }) { state.throttle = "heat" }
        let microwatts = files.number("\(monitor)/power1_average") ?? files.number("\(monitor)/power1_input")
        state.milliwatts = microwatts.map { $0 / 1000 }
        return state
    }

    static let longestName = 96

    /// What is shown on terminals, and is a label of metrics.
    static func printable(_ text: some StringProtocol) -> String {
        let bytes = text.utf8.drop { $0 == 0x20 }.filter { (0x20...0x7e).contains($0) }
        return String(decoding: bytes.prefix(longestName), as: UTF8.self)
    }
}
