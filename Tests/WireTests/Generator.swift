import Coordination
import Wire

/// Draws messages of every kind, with the values at the edges more often than chance would. The same seed, the same messages.
struct Generator: RandomNumberGenerator {
    /// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
    mutating func flag() -> Bool { below(2) == 0 }
    mutating func one<Element>(of elements: [Element]) -> Element { elements[below(elements.count)] }

    mutating func number<Number: FixedWidthInteger & Sendable>() -> Number {
        switch below(5) {
        case 0: 0
        case 1: Number.max
        case 2: Number.min
        case 3: Number(below(100))
        default: Number(truncatingIfNeeded: next())
        }
    }

    mutating func text() -> String {
        switch below(6) {
        case 0: ""
        case 1: "größer 大きい 🦜 e\u{301}"
        case 2: String(repeating: "x", count: 200 + below(800))
        case 3: "a \"quoted\"\\ line\n\twith\u{1} controls"
        default: String((0..<below(20)).map { _ in Character(UnicodeScalar(UInt8(0x20 + below(0x5f)))) })
        }
    }

    mutating func bytes() -> [UInt8] {
        (0..<one(of: [0, 1, 16, 300, 5000])).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
    mutating func pairs() -> [String: String] {
        [String: String]((0..<below(4)).map { ("K\($0)" + text(), text()) }, uniquingKeysWith: { a, _ in a })
    }

    mutating func job() -> JobID { JobID(number()) }
    mutating func task() -> TaskID { TaskID(job(), number()) }
    mutating func lease() -> Lease { Lease(task(), Epoch(number())) }
    mutating func worker() -> WorkerName {
        WorkerName(one(of: ["w1", "a", "Rack-7.node_3", String(repeating: "z", count: 64)]))!
    }
    mutating func host() -> String { one(of: ["127.0.0.1", "gpu-3.example.org", "fe80::1%eth0", "h"]) }
    mutating func stream() -> LogStream { one(of: [.output, .error]) }

    mutating func outcome() -> Outcome {
        switch below(4) {
        case 0: .exited(code: Int32(below(256)))
        case 1: .signalled(signal: Int32(1 + below(127)))
        case 2: .stopped
        default: .notStarted(reason: text())
        }
    }

    mutating func held() -> [HeldLease] {
        (0..<one(of: [0, 1, 5])).map { _ in
            switch below(4) {
            case 3: HeldLease(lease(), .queued)
            case 0: HeldLease(lease(), .accepted(port: number()))
            case 1: HeldLease(lease(), .running)
            default: HeldLease(lease(), .finished(outcome()))
            }
        }
    }

    mutating func program() -> JobSpecification.Program {
        flag() ? .command((0..<below(4)).map { _ in text() }) : .builtin(text(), parameters: pairs())
    }

    mutating func folder() -> String? { flag() ? nil : "/srv/runs/" + text() }

    mutating func amounts<Number: FixedWidthInteger & Sendable>() -> [String: Number] {
        [String: Number]((0..<below(3)).map { ("kind\($0)", number()) }, uniquingKeysWith: { a, _ in a })
    }

    mutating func requirements() -> Requirements {
        var requirements = Requirements()
        if flag() { return requirements }
        requirements.cores = number()
        requirements.memory = number()
        requirements.devices = amounts()
        requirements.labels = pairs()
        requirements.preferredLabels = pairs()
        requirements.data = amounts()
        return requirements
    }

    mutating func offer() -> WorkerOffer {
        var offer = WorkerOffer()
        if flag() { return offer }
        offer.cores = number()
        offer.memory = number()
        offer.devices = amounts()
        offer.labels = pairs()
        offer.speedPercent = number()
        offer.price = number()
        offer.credit = number()
        if flag() { offer.links = ["bonn": .init(bytesPerSecond: number(), latencyMicroseconds: number())] }
        return offer
    }

    mutating func specification() -> JobSpecification {
        JobSpecification(
            name: text(), tenant: text(), shape: flag() ? .gang(ranks: number()) : .array(tasks: number()),
            program: program(),
            environment: pairs(), workingDirectory: folder(), slots: number(), retries: number(), crashLimit: number(),
            timeLimitMilliseconds: flag() ? nil : 1 + Int64(below(1 << 40)), retryDelayMilliseconds: number(),
            concurrency: flag() ? nil : 1 + UInt32(below(100)), minimumRanks: flag() ? nil : 1 + UInt32(below(100)),
            priority: number(), after: (0..<below(4)).map { _ in job() }, requirements: requirements(),
            communication: flag() ? nil : DeclaredCommunication(text: "c" + text(), isUnchecked: flag()),
            checkpointMilliseconds: flag() ? nil : 1 + Int64(below(1 << 40)))
    }

    mutating func join() -> Join {
        var join = Join(
            worker: worker(), incarnation: Incarnation(number()), sequence: number(), slots: number(), host: host(),
            held: held(), offer: offer())
        join.takesGangKeys = flag()
        return join
    }

    mutating func devices() -> [DeviceState] {
        (0..<below(4)).map { _ in
            var device = DeviceState(
                kind: one(of: ["cpu", "nvidia", "amd"]), index: number(), name: "NVIDIA H100 80GB")
            if flag() { device.celsius = Double(below(2000) - 400) / 10 }
            if flag() { device.utilisationPercent = UInt32(below(101)) }
            if flag() { device.memory = .init(used: number(), total: 1 + UInt64(below(1 << 40))) }
            if flag() { device.milliwatts = UInt64(below(1 << 30)) }
            if flag() { device.throttle = "heat" }
            return device
        }
    }

    static let workerCases = 8
    mutating func fromWorker(_ kind: Int) -> WorkerMessage {
        switch kind {
        case 0:
            .join(join())
        case 1:
            .heartbeat(
                Heartbeat(incarnation: Incarnation(number()), sequence: number(), held: held(), devices: devices()))
        case 2: .accept(lease(), port: number())
        case 3: .finish(lease(), outcome())
        case 4: .metrics(lease(), json: text())
        case 5: .log(lease(), stream(), offset: number(), bytes: bytes())
        case 6: .checkpoint(lease(), step: number(), bytes: bytes())
        default: .leave
        }
    }

    static let coordinatorCases = 9
    mutating func toWorker(_ kind: Int) -> WireMessage {
        switch kind {
        case 0:
            return .toWorker(
                .welcome(
                    Terms(heartbeatMilliseconds: number(), leaseMilliseconds: number()), sequence: number(),
                    floor: Epoch(number())))
        case 1: return .toWorker(.refuse(reason: text()))
        case 2:
            return .toWorker(
                .assign(
                    Assignment(
                        lease: lease(), program: program(), environment: pairs(),
                        workingDirectory: folder(), slots: number(), isGang: flag(), worldSize: number(),
                        attempt: number(), taskNumber: flag() ? nil : number(),
                        tenant: flag() ? "" : text(), memory: flag() ? 0 : number(),
                        devices: flag() ? [:] : ["gpu": number(), "é": number()])))
        case 3:
            let step: UInt64? = flag() ? number() : nil
            let checkpoint = step == nil ? [] : bytes()
            let rendezvous = Rendezvous(
                host: host(), port: number(), localRank: number(), checkpointStep: step,
                gangKey: flag() ? nil : GangKey(revealed: String(repeating: "k", count: GangKey.length)))
            return .toWorker(.start(lease(), rendezvous), checkpoint: checkpoint.isEmpty ? nil : checkpoint)
        case 4: return .toWorker(.stop(lease(), graceMilliseconds: number()))
        case 5: return .toWorker(.settle(lease()))
        case 7: return .toWorker(.probe)
        case 6: return .toWorker(.renew(sequence: number(), floor: Epoch(number())))
        default: return .toWorker(.fence(Incarnation(number())))
        }
    }

    static let requestCases = 18
    mutating func request(_ kind: Int) -> ClientRequest {
        switch kind {
        case 0: .submit(specification(), key: text())
        case 1: .cancel(job())
        case 2: .jobs(after: JobID(number()))
        case 3: .show(job())
        case 4: .workers
        case 5: .watch(job(), events: flag(), output: flag())
        case 6: .drain(worker(), now: flag())
        case 7: .undrain(worker())
        case 8: .retry(job(), key: text())
        case 9: .wait(job())
        case 10: .waitFor(key: text())
        case 11: .status
        case 12: .reload
        case 13: .overview
        case 15: .report(since: text(), until: flag() ? "2026-11-01" : nil)
        case 16: .alerts(acknowledging: flag() ? UInt64(1 + below(99)) : nil)
        case 14:
            .page(
                JobFilter(
                    kind: one(of: JobFilter.Kind.allCases), tenant: flag() ? "t" : nil, text: flag() ? "digits" : nil),
                one(of: JobOrder.allCases), offset: number(), limit: number())
        default: .log(task(), stream(), offset: number(), limit: number())
        }
    }

    mutating func time() -> Timestamp { Timestamp(milliseconds: number()) }

    mutating func summary() -> JobSummary {
        JobSummary(
            id: job(), name: text(), tenant: text(), shape: "gang", units: number(), slotsPerUnit: number(),
            state: one(of: [.queued, .starting, .running, .stopping, .succeeded, .failed, .cancelled]),
            submitted: time(),
            started: flag() ? time() : nil, ended: flag() ? time() : nil, unitsRunning: number(),
            exitCode: flag() ? number() : nil,
            reason: flag() ? text() : nil)
    }

    mutating func detail() -> JobDetail {
        JobDetail(
            summary: summary(), specification: specification(),
            placements: (0..<below(3)).map { _ in
                Placement(index: number(), worker: worker(), epoch: Epoch(number()), accepted: flag())
            }, checkpointStep: flag() ? number() : nil, folder: folder())
    }

    mutating func event() -> ProtocolEvent {
        switch below(6) {
        case 0: .submit(job(), specification(), key: text())
        case 1: .assign(lease(), worker(), attempt: number())
        case 2: .fail(lease(), outcome())
        case 3: .retry(job(), index: flag() ? number() : nil, reason: .lost)
        case 4: .end(job(), .failed(code: number(), reason: text()))
        default: .recover()
        }
    }

    static let replyCases = 17
    mutating func reply(_ kind: Int) -> ClientReply {
        switch kind {
        case 0: .submitted(job())
        case 1: .cancelled(job())
        case 2: .refused(reason: text())
        case 3: .jobs((0..<below(4)).map { _ in summary() })
        case 4: .job(detail())
        case 5:
            .workers(
                (0..<below(3)).map { _ in
                    WorkerSummary(
                        name: worker(), state: one(of: [.connected, .suspect, .gone]), host: host(), slots: number(),
                        slotsUsed: number(), lastHeard: flag() ? time() : nil,
                        holding: (0..<below(3)).map { _ in lease() })
                })
        case 6:
            .update(
                one(of: [
                    .event(JournalEntry(sequence: number(), time: time(), event: event())),
                    .metrics(index: number(), json: text()), .state(detail()),
                ]))
        case 8: .busy(reason: text(), retryMilliseconds: Int64(below(1_000_000)))
        case 7: .output(task(), stream(), offset: number(), bytes: bytes())
        case 9: .ended(job(), one(of: [.succeeded, .cancelled, .failed(code: number(), reason: text())]))
        case 10:
            .status(
                ClusterStatus(
                    policy: text(), isVerified: flag(), preflight: text(), lastEntry: number(), entriesHeld: number(),
                    activeJobs: below(1000), members: below(1000), alertCount: number(),
                    alerts: (0..<below(3)).map { _ in .init(sequence: number(), text: text()) },
                    reloads: number(), refusedReload: flag() ? text() : nil))
        case 11: .reloaded(text())
        case 14: .report(json: bytes())
        case 15:
            .alerts(
                (0..<below(3)).map { _ in
                    Alert(
                        id: below(99), kind: one(of: Alert.Kind.allCases), subject: text(), message: text(),
                        since: time(),
                        cleared: flag() ? time() : nil, acknowledged: flag() ? time() : nil)
                })
        case 12: .page(JobPage(total: below(1000), offset: below(1000), jobs: (0..<below(3)).map { _ in summary() }))
        case 13:
            .overview(
                ClusterOverview(
                    sequence: number(), time: time(), policy: text(), isUnverified: flag(), jobs: [text(): below(9)],
                    workers: ["connected": below(9)], slots: number(), slotsUsed: number(),
                    tenants: (0..<below(3)).map { _ in
                        TenantSummary(
                            name: text(), weight: number(), quota: flag() ? number() : nil, slotsUsed: number(),
                            dominantShare: Double(below(1000)) / 999, activeJobs: below(99), queuedUnits: number(),
                            firstWaiting: flag() ? job() : nil, waitsSince: flag() ? time() : nil, overtaken: number())
                    }, leasesGranted: number()))
        default: .log(bytes: bytes(), offset: number(), ended: flag())
        }
    }

    static let cases = workerCases + coordinatorCases + requestCases + replyCases + 2
    /// A message of one of the `cases`.
    mutating func message(_ kind: Int) -> WireMessage {
        var kind = kind
        if kind < Self.workerCases { return .fromWorker(fromWorker(kind)) }
        kind -= Self.workerCases
        if kind < Self.coordinatorCases { return toWorker(kind) }
        kind -= Self.coordinatorCases
        if kind < Self.requestCases { return .request(request(kind), number: number()) }
        kind -= Self.requestCases
        if kind < Self.replyCases { return .reply(reply(kind), number: number()) }
        if kind == Self.replyCases {
            return .fromWorkers((0..<below(6)).map { _ in fromWorker(below(Self.workerCases)) })
        }
        return .toWorkers(
            (0..<below(6)).map { _ in
                while true {
                    if case .toWorker(let message, nil) = toWorker(below(Self.coordinatorCases)) { return message }
                }
            })
    }
}
