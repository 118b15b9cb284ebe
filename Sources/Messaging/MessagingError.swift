import CZeroMQ

/// What can go wrong with a socket. Each case names the endpoint or the call that it is about.
public enum MessagingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The endpoint's text is not one that ZeroMQ understands, such as `tcp://127.0.0.1:7777`.
    case invalidEndpoint(String)
    /// Another socket listens there already.
    case addressInUse(String)
    /// The endpoint can't be bound for another reason: no such address on this host, no permission.
    case cannotBind(String, reason: String)
    case cannotConnect(String, reason: String)
    /// Nobody listens there.
    case refused(String)
    /// Somebody listens there, but the ZMTP handshake failed: another protocol, or (with CURVE) a wrong key.
    case handshakeFailed(String)
    /// The server doesn't know this peer's key.
    case keyRefused(String)
    /// The server has no place for another connection.
    case noRoom(String)
    /// The connection stood, and was lost before the answer came.
    case disconnected(String)
    /// The deadline passed during `operation`.
    case timedOut(operation: String)
    /// A message does not fit where it should go. Bytes.
    case oversized(size: Int, limit: Int)
    /// A message had more or fewer frames than the socket's user expects.
    case unexpectedFrames(expected: Int, found: Int)
    /// The socket was closed, or its context ended.
    case closed
    /// A call to libzmq or to the system failed in a way that its user can't help.
    case system(operation: String, code: Int32, reason: String)

    public var description: String {
        switch self {
        case .invalidEndpoint(let endpoint): "'\(endpoint)' is not an endpoint; write it like tcp://127.0.0.1:7777"
        case .addressInUse(let endpoint): "\(endpoint) is in use by another socket"
        case .cannotBind(let endpoint, let reason): "can't listen at \(endpoint): \(reason)"
        case .cannotConnect(let endpoint, let reason): "can't connect to \(endpoint): \(reason)"
        case .refused(let endpoint): "nobody listens at \(endpoint)"
        case .handshakeFailed(let endpoint):
            "what listens at \(endpoint) does not speak this protocol, or refused the handshake "
                + "(it may have other keys, or one side has keys and the other none)"
        case .keyRefused(let endpoint): "the server at \(endpoint) doesn't know this key, or it was revoked"
        case .noRoom(let endpoint): "the server at \(endpoint) has no place for another connection; try again later"
        case .disconnected(let endpoint): "the connection to \(endpoint) was lost"
        case .timedOut(let operation): "\(operation): the time was up"
        case .oversized(let size, let limit): "a message of \(size) bytes is over the limit of \(limit)"
        case .unexpectedFrames(let expected, let found): "a message of \(found) frames where \(expected) were expected"
        case .closed: "the socket is closed"
        case .system(let operation, let code, let reason): "\(operation) failed: \(reason) (\(code))"
        }
    }

    /// Why a handshake with `endpoint` failed, where its gate answered with a status.
    static func refusal(_ endpoint: String, status: Int32?) -> MessagingError {
        switch status.flatMap(ConnectionGate.Verdict.init(rawValue:)) {
        case .unknownKey: .keyRefused(endpoint)
        case .noRoom: .noRoom(endpoint)
        default: .handshakeFailed(endpoint)
        }
    }

    /// The error of the libzmq call that just failed on this thread.
    static func last(_ operation: String) -> MessagingError {
        let code = zmq_errno()
        if code == ZeroMQ.contextTerminated || code == ENOTSOCK { return .closed }
        return .system(operation: operation, code: code, reason: reason(code))
    }

    static func reason(_ code: Int32) -> String { String(cString: zmq_strerror(code)) }
}

/// Error numbers of libzmq's own, which its header defines as expressions.
enum ZeroMQ {
    static let base: Int32 = 156_384_712
    static let contextTerminated: Int32 = base + 53
}
