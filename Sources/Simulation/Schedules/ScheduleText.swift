/// The readable form of a schedule, which is also the file that `--replay` reads: a header of `key value` lines, then one
/// incident a line, `SECONDS WHAT key=value …`. What stands after `#` is a remark.
extension Schedule: CustomStringConvertible {
    public var description: String {
        let always = [
            "seed \(seed)", "workers \(cluster.workers.map(String.init).joined(separator: ","))",
            "policy \(cluster.policy)",
            "heartbeat \(Self.seconds(Int64(cluster.heartbeat)))", "lease \(Self.seconds(Int64(cluster.lease)))",
            "drift \(cluster.drift.map(String.init).joined(separator: ","))", "disk \(cluster.disk.rawValue)",
            "horizon \(Self.seconds(horizon))",
        ]
        var header = always
        if cluster.offers.contains(where: { $0 != Offer() }) {
            header.append("offers \(cluster.offers.map(\.description).joined(separator: ","))")
        }
        if !cluster.tenants.isEmpty { header.append("tenants \(TenantsText.text(cluster.tenants))") }
        if let preemption = cluster.preemption { header.append("preemption \(preemption)") }
        return (header + incidents.map(\.description)).joined(separator: "\n") + "\n"
    }

    /// Milliseconds as seconds: `12.345`, `7`.
    static func seconds(_ milliseconds: Int64) -> String {
        let (whole, rest) = (milliseconds / 1000, milliseconds % 1000)
        guard rest != 0 else { return "\(whole)" }
        var digits = String(1000 + rest).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }
}

extension Incident: CustomStringConvertible {
    public var description: String {
        let line = words
        return ([Schedule.seconds(time), line.verb] + line.fields.map { "\($0)=\($1)" }).joined(separator: " ")
    }

    private typealias Line = (verb: String, fields: [(String, String)])

    private var words: Line {
        func line(_ verb: String, _ fields: (String, String)...) -> Line { (verb, fields) }
        func time(_ name: String, _ milliseconds: Int64) -> (String, String) { (name, Schedule.seconds(milliseconds)) }
        func worker(_ number: Int) -> (String, String) { ("worker", String(number)) }
        func noticed(_ flag: Bool) -> (String, String) { ("noticed", flag ? "yes" : "no") }
        switch action {
        case .submit(let job): return ("submit", job.fields)
        case .cancel(let number): return line("cancel", ("number", String(number)))
        case .crashCoordinator(let downtime): return line("crash-coordinator", time("for", downtime))
        case .reconfigure(let heartbeat, let lease, let downtime):
            return line("reconfigure", time("heartbeat", heartbeat), time("lease", lease), time("for", downtime))
        case .drain(let number, let isNow, let duration):
            return line("drain", worker(number), ("now", isNow ? "yes" : "no"), time("for", duration))
        case .crashAtWrite(let point, let downtime):
            return line("crash-at-write", ("point", point.description), time("for", downtime))
        case .slowDisk(let latency, let duration):
            return line("slow-disk", time("latency", latency), time("for", duration))
        case .crashWorker(let number, let downtime, let isNoticed):
            return line("crash-worker", worker(number), time("for", downtime), noticed(isNoticed))
        case .shutDownWorker(let number, let downtime):
            return line("stop-worker", worker(number), time("for", downtime))
        case .freeze(let number, let duration): return line("freeze", worker(number), time("for", duration))
        case .hang(let number, let duration): return line("hang", worker(number), time("for", duration))
        case .cut(let number, let direction, let cut, let duration):
            return line(
                "cut", worker(number), ("direction", direction.rawValue), ("mode", cut.rawValue), time("for", duration))
        case .breakConnection(let number, let isNoticed):
            return line("break-connection", worker(number), noticed(isNoticed))
        case .weather(let end, let weather, let duration):
            return line(
                "weather", ("end", end.description), ("loss", String(weather.loss)),
                ("doubling", String(weather.doubling)), ("lateness", String(weather.lateness)),
                time("late-by", weather.lateBy), time("for", duration))
        case .lie(let number): return line("lie", worker(number))
        case .message(let link, let number, let fault):
            let what: (String, String) =
                switch fault {
                case .lose: ("fault", "lose")
                case .double(let later): ("double", Schedule.seconds(later))
                case .late(let later): ("late", Schedule.seconds(later))
                }
            return line(
                "message", ("end", link.end.description), ("direction", link.isUp ? "up" : "down"),
                ("number", String(number)), what)
        }
    }
}

extension Incident.WritePoint: LosslessStringConvertible {
    public var description: String {
        switch self {
        case .beforeDurable: "before"
        case .afterDurable: "after"
        case .afterMessages(let count): "after-\(count)"
        }
    }

    public init?(_ text: String) {
        switch text {
        case "before": self = .beforeDurable
        case "after": self = .afterDurable
        default:
            guard text.hasPrefix("after-"), let count = Int(text.dropFirst(6)), count >= 0 else { return nil }
            self = .afterMessages(count)
        }
    }
}

extension Incident.End: LosslessStringConvertible {
    public var description: String {
        switch self {
        case .worker(let number): "w\(number)"
        case .tenant(let submission): "s\(submission)"
        case .tenants: "tenants"
        }
    }

    public init?(_ text: String) {
        if text == "tenants" {
            self = .tenants
            return
        }
        guard let number = Int(text.dropFirst()), number >= 0 else { return nil }
        switch text.first {
        case "w": self = .worker(number)
        case "s": self = .tenant(submission: number)
        default: return nil
        }
    }
}
