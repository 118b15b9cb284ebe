public import Coordination
import Foundation
import Glibc
public import Logging
public import Messaging

/// The worker service: the shell around `WorkerMachine`, which decides everything. The shell has the connection, the
/// processes, the files and the clock.
public struct Agent: Sendable {
    public struct Configuration: Sendable {
        /// Where the coordinator listens, such as `tcp://127.0.0.1:7777`.
        public var coordinator: String
        public var name: WorkerName
        public var slots: UInt32
        /// The address at which the other workers' hosts reach this one.
        public var host: String
        /// What the worker has besides slots, and where it stands.
        public var offer: WorkerOffer
        /// Where units run; nil for a fresh folder under TMPDIR, which is removed at the end.
        public var workFolder: String?
        /// The file that runs a built-in program, as `EXECUTABLE rank NAME --parameter KEY=VALUE …`: `banquet` itself.
        public var executable: String
        /// What units get to end when the agent is stopped.
        public var shutdownGraceMilliseconds: UInt32
        /// How the connection to the coordinator is made: as which key, to which.
        public var security = SocketSecurity.plain
        /// The user that jobs run as; nil for the agent's own.
        public var account: JobAccount?
        /// What the kernel holds each process of a job to.
        public var limits: [ResourceLimit] = []
        /// The folder of secrets that jobs may name (`SecretFolder`); nil for none.
        public var secretFolder: String?
        /// Below which the host's `/proc` and `/sys` lie; empty for the usual place.
        public var hostRoot = ""
        /// SIGTERM and SIGINT stop the agent in good order, a second one at once. The process has only one place for
        /// them.
        public var catchesSignals: Bool

        public init(
            coordinator: String, name: WorkerName, slots: UInt32, host: String = "127.0.0.1",
            offer: WorkerOffer = WorkerOffer(), workFolder: String? = nil,
            executable: String, shutdownGraceMilliseconds: UInt32 = 5000, catchesSignals: Bool = true
        ) {
            self.coordinator = coordinator
            self.name = name
            self.slots = slots
            self.host = host
            self.offer = offer
            self.workFolder = workFolder
            self.executable = executable
            self.shutdownGraceMilliseconds = shutdownGraceMilliseconds
            self.catchesSignals = catchesSignals
        }
    }

    /// Why an agent ended.
    public enum ExitReason: Hashable, Sendable {
        /// It was asked to, and nothing of it runs any more.
        case stopped
        /// The coordinator doesn't take this worker, and says why.
        case refused(reason: String)
        /// It was asked a second time, and killed what it ran.
        case interrupted
    }

    public let configuration: Configuration
    private let logger: Logger

    /// - Throws: `AgentError.invalid`.
    public init(_ configuration: Configuration, logger: Logger) throws {
        guard configuration.slots > 0 else {
            throw AgentError.invalid(setting: "slots", reason: "a worker has 1 slot at least")
        }
        guard configuration.executable.hasPrefix("/") else {
            throw AgentError.invalid(
                setting: "executable", reason: "'\(configuration.executable)' is not an absolute path")
        }
        self.configuration = configuration
        self.logger = logger
    }

    /// As long as the coordinator takes for two commits: of a task's end, and of the next one.
    private static let busyPolling = Duration.milliseconds(1)

    /// Serves until it is stopped (a signal, or the task is cancelled) or refused. A coordinator that is not there, or
    /// goes away, is waited for.
    ///
    /// - Throws: `AgentError`, or `MessagingError` for an endpoint that can't be one. Nothing was started then.
    public func run() async throws -> ExitReason {
        // A parent may have left this ignored, and then no child's status would come.
        signal(SIGCHLD, SIG_DFL)
        let ports = try PortReservations(host: configuration.host)
        let devices = try DeviceShares(
            configuration.offer.devices, environment: ProcessInfo.processInfo.environment)
        if geteuid() == 0, configuration.account == nil {
            logger.warning("jobs run as root: --user names a user for them")
        }
        let folder = try WorkFolder(configuration.workFolder, account: configuration.account)
        defer { folder.remove() }
        let reactor = try Reactor(name: "agent", busyPolling: Self.busyPolling)
        let service = WorkerService(
            configuration, folder: folder, ports: ports, devices: devices, reactor: reactor, logger: logger)
        return try await withTaskCancellationHandler {
            let reason = try await service.serve()
            await reactor.shutdown()
            return reason
        } onCancel: {
            reactor.perform { service.assumeIsolated { $0.stop() } }
        }
    }
}
