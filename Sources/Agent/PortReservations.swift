import Coordination
import Foundation
import Glibc

/// Finds ports for the rendezvous of gangs: free on this host, below the range that the kernel gives to outgoing
/// connections, and none that this agent gave away before, until it has gone round. A generation of a gang never meets
/// the store of the one before it.
struct PortReservations {
    /// Below this the kernel gives none to outgoing connections.
    private let range: ClosedRange<UInt16>
    private var next: UInt16
    /// Bound, not listening, until the rank is about to start: no other agent on this host finds the port free.
    private var held: [Lease: (port: UInt16, socket: Int32)] = [:]
    private var inUse: [Lease: UInt16] = [:]
    private let address: BindAddress

    /// - Parameter host: the address at which the others reach this worker.
    /// - Throws: `AgentError.invalid` when the name of the host is not known.
    init(host: String) throws {
        address = try BindAddress(host: host)
        let text = (try? String(contentsOfFile: "/proc/sys/net/ipv4/ip_local_port_range", encoding: .utf8)) ?? ""
        let first = text.split(whereSeparator: \.isWhitespace).first.flatMap { UInt16($0) } ?? 32768
        range = first > 21_000 ? 20_000...(first - 1) : 10_000...19_999
        // Agents on one host begin at different places.
        next = UInt16.random(in: range)
    }

    /// A free port, or nil when the whole range is taken. The same lease gets the same port.
    mutating func reserve(for lease: Lease) -> UInt16? {
        if let port = inUse[lease] { return port }
        let taken = Set(inUse.values)
        for _ in range {
            let port = next
            next = next == range.upperBound ? range.lowerBound : next + 1
            guard !taken.contains(port), let socket = address.bind(port: port) else { continue }
            held[lease] = (port, socket)
            inUse[lease] = port
            return port
        }
        return nil
    }

    /// The rank is about to listen there.
    mutating func handOver(_ lease: Lease) {
        if let socket = held.removeValue(forKey: lease)?.socket { close(socket) }
    }

    /// Leases are over.
    mutating func release(where isOver: (Lease) -> Bool) {
        for lease in inUse.keys where isOver(lease) {
            handOver(lease)
            inUse[lease] = nil
        }
    }
}

/// Where the ports of a host are bound.
private struct BindAddress {
    private let family: Int32
    private let bytes: [UInt8]

    init(host: String) throws {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0, let first = list?.pointee, let address = first.ai_addr else {
            throw AgentError.invalid(setting: "host '\(host)'", reason: String(cString: gai_strerror(code)))
        }
        family = first.ai_family
        bytes = Array(UnsafeRawBufferPointer(start: address, count: Int(first.ai_addrlen)))
    }

    /// A socket bound to the port, or nil when it is taken. An address that is not this host's own (it stands behind a
    /// router that forwards) is tried as any address.
    func bind(port: UInt16) -> Int32? {
        let socket = Glibc.socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        if bind(socket, port, bytes) || (errno == EADDRNOTAVAIL && bind(socket, port, anyAddress)) { return socket }
        close(socket)
        return nil
    }

    private var anyAddress: [UInt8] {
        // The family stays; the address is all zeros in both families.
        Array(bytes.prefix(2)) + Array(repeating: 0, count: bytes.count - 2)
    }

    private func bind(_ socket: Int32, _ port: UInt16, _ address: [UInt8]) -> Bool {
        var address = address
        address[2] = UInt8(port >> 8)
        address[3] = UInt8(port & 0xFF)
        return address.withUnsafeBytes {
            Glibc.bind(socket, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count)) == 0
        }
    }
}
