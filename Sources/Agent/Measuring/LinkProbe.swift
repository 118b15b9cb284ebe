public import Coordination
import Glibc

/// Measures the path to another site: how long it takes to reach a host there, and how many bytes a second come from it. At the
/// other end `serve` (`banquet probe`) sends to whoever connects.
public enum LinkProbe {
    /// Why a path can't be measured: one line.
    public struct Failure: Error, Hashable, CustomStringConvertible {
        public let description: String
    }

    /// For how long bytes are counted, and how many at most one connection is sent.
    static let seconds = 1.0
    static let mostBytes = 8 << 30

    /// - Parameter address: `HOST:PORT`.
    /// - Throws: `Failure`.
    public static func measure(_ address: String) throws(Failure) -> WorkerOffer.Link {
        var times: [Double] = []
        for _ in 0..<5 {
            let start = ContinuousClock.now
            close(try connect(to: address))
            times.append((ContinuousClock.now - start) / .microseconds(1))
        }
        times.sort()
        let socket = try connect(to: address)
        defer { close(socket) }
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var received = 0
        let start = ContinuousClock.now
        var elapsed = 0.0
        while elapsed < seconds {
            let count = read(socket, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            received += count
            elapsed = (ContinuousClock.now - start) / .seconds(1)
        }
        guard received > 0 else {
            throw Failure(description: "\(address) sends nothing; does `banquet probe` run there?")
        }
        // A connection is made in one round trip; data takes one way.
        return WorkerOffer.Link(
            bytesPerSecond: UInt64(Double(received) / max(elapsed, 1e-6)),
            latencyMicroseconds: UInt32(clamping: Int64(times[2] / 2)))
    }

    private static func connect(to address: String) throws(Failure) -> Int32 {
        guard let colon = address.lastIndex(of: ":") else {
            throw Failure(description: "'\(address)' must read HOST:PORT")
        }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(
            String(address[..<colon]), String(address[address.index(after: colon)...]), &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0, let found = list?.pointee else {
            throw Failure(description: "\(address): \(String(cString: gai_strerror(code)))")
        }
        let socket = Glibc.socket(found.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard socket >= 0, Glibc.connect(socket, found.ai_addr, found.ai_addrlen) == 0 else {
            let reason = String(cString: strerror(errno))
            close(socket)
            throw Failure(description: "can't reach \(address): \(reason)")
        }
        return socket
    }

    // MARK: The other end

    /// Listens, and calls `ready` with the port.
    /// - Parameter port: 0 takes a free one.
    /// - Returns: never, unless a connection can't be taken any more.
    public static func serve(_ host: String, port: UInt16, ready: (UInt16) -> Void) throws(Failure) {
        signal(SIGPIPE, SIG_IGN)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw Failure(description: "'\(host)' is no IPv4 address to listen at")
        }
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, size) == 0 && listen(socket, 16) == 0 && getsockname(socket, $0, &size) == 0
            }
        }
        guard isBound else {
            throw Failure(description: "can't listen at \(host):\(port): \(String(cString: strerror(errno)))")
        }
        ready(UInt16(bigEndian: address.sin_port))
        let bytes = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let peer = accept(socket, nil, nil)
            guard peer >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                throw Failure(description: "can't take a connection: \(String(cString: strerror(errno)))")
            }
            // One after the other: two that measure at one time would measure each other.
            var limit = timeval(tv_sec: 2, tv_usec: 0)
            setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            var sent = 0
            while sent < mostBytes {
                let count = write(peer, bytes, bytes.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                sent += count
            }
            close(peer)
        }
    }
}
