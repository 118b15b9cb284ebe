internal import Glibc

/// Ends connections of a listening socket by their descriptors, for libzmq knows no way to end one of many.
///
/// The descriptors are libzmq's: it may have closed one, and the system given it to something else, before the monitor told. So
/// one is touched only if it is (still) a connection to the address where the socket listens; the worst that can happen is that a
/// peer which has just come has to come again.
struct PeerDescriptor {
    private let port: UInt16?

    /// - Parameter endpoint: where the socket listens, with the real port.
    init(endpoint: String) {
        port = endpoint.hasPrefix("tcp://") ? endpoint.split(separator: ":").last.flatMap { UInt16($0) } : nil
    }

    func shut(_ descriptor: Int32) {
        guard belongsToSocket(descriptor) else { return }
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private func belongsToSocket(_ descriptor: Int32) -> Bool {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isSocket = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) == 0 }
        }
        guard isSocket else { return false }
        guard let port else { return address.ss_family == sa_family_t(AF_UNIX) }
        guard [sa_family_t(AF_INET), sa_family_t(AF_INET6)].contains(address.ss_family) else { return false }
        // Both families keep the port at the same place.
        return withUnsafeBytes(of: address) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) == port }
    }
}
