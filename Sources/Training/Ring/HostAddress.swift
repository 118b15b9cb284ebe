#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Addresses of hosts, IPv4 in dotted form.
enum HostAddress {
    /// The address of a host that is given by name or number. (A socket can only listen at a number.)
    /// - Throws: `TrainingError.rendezvous`.
    static func resolve(_ host: String) throws(TrainingError) -> String {
        var address = try lookUp(host)
        return text(&address)
    }

    /// The address of this host from which it reaches `host`: the one that a rank over there can reach us at, also on
    /// machines with many networks. Nothing is sent: a datagram socket only asks the routing table.
    /// - Throws: `TrainingError.rendezvous`.
    static func own(toward host: String) throws(TrainingError) -> String {
        var target = try lookUp(host)
        target.sin_port = in_port_t(9).bigEndian
        let handle = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        guard handle >= 0 else { throw failure("can't open a socket") }
        defer { close(handle) }
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let connected = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(handle, $0, size) }
        }
        guard connected == 0 else { throw failure("no way to MASTER_ADDR \(host)") }
        var own = sockaddr_in()
        var length = size
        let found = withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(handle, $0, &length) }
        }
        guard found == 0 else { throw failure("no way to MASTER_ADDR \(host)") }
        return text(&own)
    }

    private static func lookUp(_ host: String) throws(TrainingError) -> sockaddr_in {
        var hints = addrinfo()
        hints.ai_family = AF_INET
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0, let found = list?.pointee.ai_addr else {
            throw .rendezvous("no IPv4 address for MASTER_ADDR '\(host)': \(String(cString: gai_strerror(code)))")
        }
        return found.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee }
    }

    private static func text(_ address: inout sockaddr_in) -> String {
        var buffer = [CChar](repeating: 0, count: Int(INET_ADDRSTRLEN))
        inet_ntop(AF_INET, &address.sin_addr, &buffer, socklen_t(INET_ADDRSTRLEN))
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
