import Coordination

/// The lines of `nvidia-smi --query-gpu=… --format=csv,noheader,nounits`: one a device, again and again.
struct NvidiaReport {
    /// What a driver's program is asked for. Newer drivers call the reasons of throttling events, and may know one name only; a field
    /// that it doesn't know ends it, so the last try asks for no reasons.
    enum Dialect: CaseIterable {
        case throttle, event, plain

        fileprivate var reasons: String? {
            switch self {
            case .throttle: "clocks_throttle_reasons"
            case .event: "clocks_event_reasons"
            case .plain: nil
            }
        }

        /// What to try where the program knew nothing of this one.
        var next: Dialect? {
            switch self {
            case .throttle: .event
            case .event: .plain
            case .plain: nil
            }
        }
    }

    /// Asks again every `seconds`.
    static func arguments(_ dialect: Dialect, seconds: Int) -> [String] {
        let fields =
            ["index", "name", "temperature.gpu", "utilization.gpu", "memory.used", "memory.total", "power.draw"]
            + (dialect.reasons.map { prefix in reasons.map { "\(prefix).\($0.field)" } } ?? [])
        return [
            "nvidia-smi", "--query-gpu=\(fields.joined(separator: ","))", "--format=csv,noheader,nounits",
            "--loop=\(seconds)",
        ]
    }

    /// A limit on power (`sw_power_cap`) is somebody's wish, and no fault.
    private static let reasons = [
        ("hw_thermal_slowdown", "heat"), ("sw_thermal_slowdown", "heat"), ("hw_power_brake_slowdown", "power brake"),
        ("hw_slowdown", "hardware slowdown"),
    ].map { (field: $0.0, text: $0.1) }

    private static let plainFields = 7
    private static let longestLine = 4096

    let dialect: Dialect
    private(set) var devices: [UInt32: DeviceState] = [:]
    private var rest: [UInt8] = []
    /// The devices that this round has named, in their order.
    private var round: [UInt32] = []

    init(_ dialect: Dialect = .throttle) { self.dialect = dialect }

    /// Takes what the program has printed.
    /// - Returns: whether there was a line of a device in it.
    mutating func append(_ bytes: some Collection<UInt8>) -> Bool {
        rest += bytes
        var isNew = false
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            if let device = Self.device(String(decoding: rest[..<end], as: UTF8.self), dialect) {
                take(device)
                isNew = true
            }
            rest.removeFirst(end + 1)
        }
        if rest.count > Self.longestLine { rest = [] }
        return isNew
    }

    /// Every round names all devices, lowest first. One that a whole round left out has fallen off its bus, and what it said last is
    /// no news.
    private mutating func take(_ device: DeviceState) {
        if let last = round.last, device.index <= last {
            devices = devices.filter { round.contains($0.key) }
            round = []
        }
        round.append(device.index)
        devices[device.index] = device
    }

    /// Nil for what is no line of a device, such as an error in words.
    static func device(_ line: String, _ dialect: Dialect = .throttle) -> DeviceState? {
        let reasons = dialect == .plain ? [] : Self.reasons
        var fields = line.split(separator: ",", omittingEmptySubsequences: false)
            .map { String($0.drop { $0 == " " }.prefix { $0 != "\r" }) }
        let count = plainFields + reasons.count
        guard fields.count >= count else { return nil }
        // A name may have commas.
        let extra = fields.count - count
        fields.replaceSubrange(1...(1 + extra), with: [fields[1...(1 + extra)].joined(separator: ", ")])
        guard let index = UInt32(fields[0]) else { return nil }
        var device = DeviceState(kind: "nvidia", index: index, name: HostSensors.printable(fields[1]))
        // `[N/A]`, `[Unknown Error]` and the like are no numbers.
        device.celsius = Double(fields[2]).flatMap { (-60...200).contains($0) ? ($0 * 10).rounded() / 10 : nil }
        device.utilisationPercent = UInt32(fields[3]).map { min($0, 100) }
        if let used = UInt64(fields[4]), let total = UInt64(fields[5]), total > 0, total < 1 << 40 {
            device.memory = .init(used: used << 20, total: total << 20)
        }
        device.milliwatts = Double(fields[6]).flatMap { (0...1e6).contains($0) ? UInt64($0 * 1000) : nil }
        device.throttle = zip(reasons, fields[plainFields...]).first { $1 == "Active" }?.0.text
        return device
    }
}
