import ArgumentParser
import Coordination
import Daemon
import Display
import Foundation
import Messaging
import Wire

extension Bench {
    /// Many workers that hold nothing, in one process: what it costs the coordinator to hear that they live.
    struct Heartbeats: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Connect many idle workers from one process, and measure what their heartbeats cost.",
            discussion: """
                The value is the share of one core that the coordinator's process takes while it hears them; for that, --pid \
                says which process it is (it has to be on this host). Without it, the value is this process's own share. \
                The coordinator has to run with --insecure.
                """)

        @Option(help: "Workers.") var workers = 1000
        @Option(help: "Seconds to measure.") var seconds = 10
        @Option(help: "The coordinator's process.") var pid: Int32?
        @Option(help: "Devices of each worker that say how they are, in every tenth heartbeat.") var devices = 0
        @OptionGroup var connection: ConnectionOptions

        struct Report: Encodable {
            let test = "heartbeats"
            let unit = "percent of a core"
            let workers: Int
            let seconds: Double
            let heartbeatMilliseconds: UInt32
            let sent: Int
            let answered: Int
            let ownPercent: Double
            let value: Double
        }

        func validate() throws {
            guard (1...10_000).contains(workers) else { throw ValidationError("--workers must be from 1 to 10000") }
            guard (0...64).contains(devices) else { throw ValidationError("--devices must be from 0 to 64") }
            guard (1...3600).contains(seconds) else { throw ValidationError("--seconds must be from 1 to 3600") }
        }

        func run() throws {
            guard connection.keys.place.insecure else {
                throw CommandFailure(
                    message:
                        "banquet: these workers are made up and have no keys: say --insecure here and to the coordinator"
                )
            }
            try connection.keys.checkPlain(connection.endpoint)
            guard FileDescriptors.raiseLimit() > 2 * workers + 64 else {
                throw CommandFailure(
                    message: "banquet: \(workers) connections need more file descriptors than this process may have")
            }
            let watched = pid ?? getpid()
            _ = try ProcessorTime.of(watched)
            let context = try MessagingContext(sockets: workers + 8)
            var crowd = try (0..<workers).map { try IdleWorker($0, at: connection.endpoint, in: context) }
            var terms = try join(&crowd)
            defer { for worker in crowd { worker.leave() } }
            // Two rounds that aren't counted, so that all is as it will stay: the first workers learn that there are many.
            for _ in 0..<2 { _ = try beat(&crowd, &terms, for: .milliseconds(Int64(terms.heartbeatMilliseconds))) }
            let (before, own) = (try ProcessorTime.of(watched), try ProcessorTime.of(getpid()))
            let start = ContinuousClock.now
            let progress = ProgressLine()
            defer { progress.end() }
            progress.begin { width in
                let elapsed = (ContinuousClock.now - start).seconds
                return Progress(
                    subject: "heartbeats of \(workers) workers", unit: "seconds", done: elapsed.rounded(.down),
                    total: Double(seconds), secondsLeft: max(0, Double(seconds) - elapsed), secondsElapsed: elapsed
                ).line(width: width)
            }
            let (sent, answered) = try beat(&crowd, &terms, for: .seconds(seconds))
            progress.end()
            let elapsed = (ContinuousClock.now - start).seconds
            func percent(_ time: Double) -> Double { (time / elapsed * 10_000).rounded() / 100 }
            print(
                try JSON.line(
                    Report(
                        workers: workers, seconds: elapsed, heartbeatMilliseconds: terms.heartbeatMilliseconds,
                        sent: sent, answered: answered, ownPercent: percent(try ProcessorTime.of(getpid()) - own),
                        value: percent(try ProcessorTime.of(watched) - before))))
        }

        private func join(_ crowd: inout [IdleWorker]) throws -> Terms {
            for index in crowd.indices { try crowd[index].join() }
            let deadline = ContinuousClock.now.advanced(by: .seconds(connection.timeout))
            var terms: Terms?
            for worker in crowd {
                var isWelcome = false
                while !isWelcome {
                    let messages = try worker.receive(deadline: deadline)
                    if messages.isEmpty {
                        throw CommandFailure(
                            message: "banquet: not all workers were taken within \(connection.timeout) s", exitCode: 3)
                    }
                    for message in messages {
                        if case .welcome(let own, _, _) = message { (isWelcome, terms) = (true, own) }
                        if case .refuse(let reason) = message { throw CommandFailure(message: "banquet: \(reason)") }
                    }
                }
            }
            guard let terms else { throw CommandFailure.unexpectedReply }
            return terms
        }

        /// Each worker says that it lives once in a heartbeat's time, one after the other, evenly.
        private func beat(
            _ crowd: inout [IdleWorker], _ terms: inout Terms, for duration: Duration
        ) throws -> (sent: Int, answered: Int) {
            let (start, step) = (ContinuousClock.now, Duration.milliseconds(terms.heartbeatMilliseconds) / workers)
            var sent = 0
            var answered = 0
            while true {
                let due = start.advanced(by: step * sent)
                guard due < start.advanced(by: duration) else { return (sent, answered) }
                let wait = (due - .now).seconds
                if wait > 0 { Thread.sleep(forTimeInterval: wait) }
                let index = sent % workers
                while true {
                    let messages = try crowd[index].receive(deadline: .now)
                    if messages.isEmpty { break }
                    for message in messages {
                        switch message {
                        case .welcome(let own, _, _): (terms, answered) = (own, answered + 1)
                        case .renew: answered += 1
                        default: break
                        }
                    }
                }
                try crowd[index].beat(devices: sent / workers % 10 == index % 10 ? devices : 0)
                sent += 1
            }
        }
    }
}

/// A worker that holds nothing: a socket and two numbers.
private struct IdleWorker {
    private let socket: BlockingSocket
    private let name: WorkerName
    private let incarnation: Incarnation
    private var sequence: UInt64 = 0
    private let codec = WireCodec()

    init(_ number: Int, at endpoint: String, in context: MessagingContext) throws {
        name = WorkerName("bench-\(number)")!
        incarnation = Incarnation(UInt64(Date().timeIntervalSince1970 * 1_000_000))
        socket = try BlockingSocket(.dealer, in: context)
        try socket.connect(endpoint)
    }

    mutating func join() throws {
        sequence += 1
        let join = Join(
            worker: name, incarnation: incarnation, sequence: sequence, slots: 1, host: "127.0.0.1", held: [])
        try send(.join(join))
    }

    mutating func beat(devices count: Int) throws {
        sequence += 1
        let devices = (0..<count).map { index in
            var device = DeviceState(kind: "nvidia", index: UInt32(index), name: "made up")
            device.celsius = Double(40 + (sequence + UInt64(index)) % 30)
            device.utilisationPercent = UInt32((7 * sequence) % 101)
            device.memory = .init(used: sequence % 80 << 30, total: 80 << 30)
            device.milliwatts = 100_000 + 1000 * (sequence % 300)
            return device
        }
        try send(.heartbeat(Heartbeat(incarnation: incarnation, sequence: sequence, held: [], devices: devices)))
    }

    func leave() { try? send(.leave) }

    private func send(_ message: WorkerMessage) throws {
        try socket.send(try codec.encode(.fromWorker(message)), deadline: .now.advanced(by: .seconds(10)))
    }

    /// - Returns: what the next frame holds; nothing when none has come by the deadline.
    func receive(deadline: ContinuousClock.Instant) throws -> [CoordinatorMessage] {
        do {
            switch try codec.decode(try socket.receive(deadline: deadline)) {
            case .toWorker(let message, _): return [message]
            case .toWorkers(let messages): return messages
            default: throw CommandFailure.unexpectedReply
            }
        } catch MessagingError.timedOut { return [] }
    }
}

/// What a process has had of the processors, in seconds.
private enum ProcessorTime {
    static func of(_ pid: pid_t) throws -> Double {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else {
            throw CommandFailure(message: "banquet: there is no process \(pid) on this host")
        }
        // After the name, which is in brackets and may hold anything: user and system time are the 12th and 13th.
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else {
            throw CommandFailure(message: "banquet: /proc/\(pid)/stat can't be read")
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}

extension Duration {
    fileprivate var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
