import Coordination
import Foundation
import Messaging
import Wire

/// The coordinator went away, or was never there.
struct CoordinatorLost: Error, CustomStringConvertible {
    let description: String
}

extension CommandFailure {
    static let unexpectedReply = CommandFailure(
        message: "banquet: the coordinator answered something else than was asked")
}

/// A connection of the command line to the coordinator.
final class CoordinatorClient {
    private let connection: RequestConnection
    private let options: ConnectionOptions
    private let codec = WireCodec()
    private var lastRequest: UInt64 = 0

    /// One context for all connections of the process.
    private static let context = Result { try MessagingContext() }

    /// - Throws: `CoordinatorLost` when nobody listens there.
    init(_ options: ConnectionOptions) throws {
        self.options = options
        var socket = SocketOptions()
        socket.security = try options.security()
        do {
            connection = try RequestConnection(
                to: options.endpoint, in: Self.context.get(), options: socket,
                deadline: .now.advanced(by: .seconds(options.timeout)))
        } catch MessagingError.keyRefused {
            // Trying again changes nothing.
            throw CommandFailure(
                message: "banquet: the coordinator at \(options.endpoint) doesn't know this key, or it was revoked")
        } catch {
            throw CoordinatorLost(description: "no coordinator answers at \(options.endpoint): \(error)")
        }
    }

    deinit { connection.close() }

    func send(_ request: ClientRequest) throws {
        lastRequest += 1
        let frame: [UInt8]
        do {
            frame = try codec.encode(.request(request, number: lastRequest))
        } catch { throw CommandFailure(message: "banquet: the request can't be sent: \(error)") }
        do {
            try connection.send(frame, deadline: .now.advanced(by: .seconds(options.timeout)))
        } catch { throw CoordinatorLost(description: "\(error)") }
    }

    /// The next answer to the last request, or (`toAny`) to whichever.
    /// - Returns: nil when none has come within so many seconds.
    func receive(within seconds: Double, toAny: Bool = false) throws -> ClientReply? {
        let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
        while true {
            let decoded: Result<WireMessage, WireError>
            do {
                decoded = try connection.withMessage(deadline: deadline) { bytes in
                    do throws(WireError) { return .success(try codec.decode(bytes)) } catch { return .failure(error) }
                }
            } catch MessagingError.timedOut {
                return nil
            } catch { throw CoordinatorLost(description: "\(error)") }
            switch decoded {
            case .success(.reply(let reply, let number)) where toAny || number == lastRequest: return reply
            case .success: continue
            case .failure(let error):
                throw CommandFailure(message: "banquet: \(options.endpoint) answers what can't be read: \(error)")
            }
        }
    }

    /// - Throws: `CommandFailure` when the coordinator refuses: with exit code 2, or 3 where it has no room for it now.
    func ask(_ request: ClientRequest) throws -> ClientReply {
        try send(request)
        guard let reply = try receive(within: options.timeout) else {
            throw CoordinatorLost(description: "\(options.endpoint) has not answered within \(options.timeout) s")
        }
        switch reply {
        case .refused(let reason): throw CommandFailure(message: "banquet: \(reason)")
        case .busy(let reason, _): throw CommandFailure(message: "banquet: \(reason)", exitCode: 3)
        default: return reply
        }
    }

    /// Submits a job and returns its id once it is on the coordinator's disk. A lost answer is asked for again: the key makes
    /// it the same job.
    static func submit(_ job: JobSpecification, over options: ConnectionOptions) throws -> JobID {
        var job = job
        // A job that names no tenant is of the tenant whose key submits it.
        if job.tenant == JobSpecification.standardTenant, let tenant = try options.tenant() { job.tenant = tenant }
        return try submit(.submit(job, key: UUID().uuidString), over: options)
    }

    /// The same for a job that failed and is to be tried once more.
    static func retry(_ job: JobID, over options: ConnectionOptions) throws -> JobID {
        try submit(.retry(job, key: UUID().uuidString), over: options)
    }

    private static func submit(_ request: ClientRequest, over options: ConnectionOptions) throws -> JobID {
        var attempts = 3
        while true {
            do {
                guard case .submitted(let id) = try CoordinatorClient(options).ask(request) else {
                    throw CommandFailure.unexpectedReply
                }
                return id
            } catch let error as CoordinatorLost {
                attempts -= 1
                if attempts == 0 { throw error }
            }
        }
    }
}
