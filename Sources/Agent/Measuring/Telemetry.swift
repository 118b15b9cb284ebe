import Coordination
import Foundation
import Glibc
import Logging
import Messaging

/// Asks the host's devices every few seconds how they are. Lives on the reactor's thread and never keeps it waiting: files of the kernel,
/// some of which ask hardware, are read on a thread of its own each time, and NVIDIA's program runs beside.
final class Telemetry {
    static let interval = Duration.seconds(5)
    /// Where NVIDIA's program ended, it is tried again after this.
    private static let retryInterval = Duration.seconds(60)
    private static let readerStack = 256 << 10
    private static let mostDevices = 64

    private let reactor: Reactor
    private let processGuard: ProcessGuard
    private let logger: Logger
    private let buffer: ReadBuffer
    private let root: String
    private let nvidiaProgram: String?
    private let hand: Hand
    private var sensors: HostSensors?
    private var isReading = false
    private var host: [DeviceState] = []
    private var report = NvidiaReport()
    private var child: ChildProcess?
    private var watches: [DescriptorWatch] = []
    private var timer: ReactorTimer?
    private var programTimer: ReactorTimer?
    private var hasNews = false

    /// How the reader's thread reaches back: the reactor's thread alone looks into it.
    private final class Hand: @unchecked Sendable { weak var telemetry: Telemetry? }

    /// - Parameters:
    ///   - root: of `/proc` and `/sys`; empty for the host's own.
    ///   - nvidiaProgram: the path of `nvidia-smi`; nil where there is none.
    init(
        reactor: Reactor, processGuard: ProcessGuard, buffer: ReadBuffer, root: String = "",
        nvidiaProgram: String? = Telemetry.installedNvidiaProgram, logger: Logger
    ) {
        self.reactor = reactor
        self.processGuard = processGuard
        self.buffer = buffer
        self.root = root
        self.nvidiaProgram = nvidiaProgram
        self.logger = logger
        hand = Hand()
        hand.telemetry = self
        timer = reactor.makeTimer { [unowned self] in look() }
        programTimer = reactor.makeTimer { [unowned self] in startProgram() }
        look()
        startProgram()
    }

    static var installedNvidiaProgram: String? { nvidiaProgram(in: getenv("PATH").map { String(cString: $0) } ?? "") }

    /// Looked for in the folders of a search path, and in the usual one.
    static func nvidiaProgram(in searchPath: String) -> String? {
        let folders: [String] = searchPath.split(separator: ":").map(String.init) + ["/usr/bin"]
        return folders.map { "\($0)/nvidia-smi" }.first { (path: String) in
            path.hasPrefix("/") && access(path, X_OK) == 0
        }
    }

    /// What the devices say, if it is newer than at the last call.
    func takeNews() -> [DeviceState] {
        guard hasNews else { return [] }
        hasNews = false
        let graphics = report.devices.values.sorted { $0.index < $1.index }
        return Array((host + graphics).prefix(Self.mostDevices))
    }

    func stop() {
        timer?.disarm()
        programTimer?.disarm()
        endProgram()
    }

    // MARK: The kernel's files

    private func look() {
        timer?.arm(after: Self.interval)
        // A sensor that hangs keeps one thread, and not ever more of them.
        guard !isReading else { return }
        isReading = true
        let (known, root, reactor, hand) = (sensors, root, reactor, hand)
        let thread = Thread {
            var sensors = known ?? HostSensors(root: root)
            let states = sensors.read()
            let result = sensors
            reactor.perform { hand.telemetry?.took(states, result) }
        }
        thread.stackSize = Self.readerStack
        thread.start()
    }

    private func took(_ states: [DeviceState], _ sensors: HostSensors) {
        self.sensors = sensors
        host = states
        hasNews = true
        isReading = false
    }

    // MARK: NVIDIA's program

    private func startProgram() {
        guard let nvidiaProgram, child == nil else { return }
        let launch = Launch(
            path: nvidiaProgram,
            arguments: NvidiaReport.arguments(report.dialect, seconds: Int(Self.interval.components.seconds)),
            environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"], directory: "/")
        do {
            let child = try ChildProcess(launch, processGuard: processGuard)
            self.child = child
            watches = [
                reactor.watch(child.process) { [unowned self] in programEnded() },
                reactor.watch(child.output) { [unowned self] in readProgram() },
            ]
        } catch {
            logger.warning("\(nvidiaProgram) can't be started: \((error as? Launch.Impossible)?.reason ?? "\(error)")")
            programTimer?.arm(after: Self.retryInterval)
        }
    }

    private func readProgram() {
        guard let child, let bytes = buffer.read(child.output) else { return }
        if bytes.isEmpty { watches.last?.cancel() }
        if report.append(bytes) { hasNews = true }
    }

    private func programEnded() {
        guard let child, child.reap() != nil else { return }
        readProgram()
        // It may be of a driver that has other names for what was asked.
        let next = report.devices.isEmpty ? report.dialect.next : nil
        report = NvidiaReport(next ?? .throttle)
        closeProgram()
        guard next == nil else { return startProgram() }
        logger.debug("nvidia-smi has ended, and is started again later")
        programTimer?.arm(after: Self.retryInterval)
    }

    private func endProgram() {
        guard let child else { return }
        child.signal(SIGKILL)
        closeProgram()
    }

    private func closeProgram() {
        for watch in watches { watch.cancel() }
        watches = []
        child?.close()
        child = nil
    }
}
