/// The connections of a server's socket: which routing id is which number, and which have ended.
///
/// A ROUTER names peers by routing id, and its monitor names them by file descriptor, which the system uses again. A
/// message tells its descriptor too (ZMQ_SRCFD), and libzmq reports that a descriptor was accepted before any message
/// comes by it. So a connection is tied to its descriptor when its first message is read *after all events that are there
/// by then*: what the descriptor stood for earlier has been reported as ended, and can't be confused with it.
struct ConnectionTable {
    final class Peer {
        let number: UInt64
        let routingID: UInt32
        fileprivate(set) var descriptor: Int32?
        let outgoing = OutgoingQueue()
        /// Who it is, where connections are not plain.
        let key: CurvePublicKey?
        /// How much it says, where that is bounded.
        var meter: Meter?
        /// It is being disconnected: what it still says is not read.
        var isCut = false

        init(number: UInt64, routingID: UInt32, descriptor: Int32?, key: CurvePublicKey?) {
            self.number = number
            self.routingID = routingID
            self.descriptor = descriptor
            self.key = key
        }
    }

    private var byRoutingID: [UInt32: Peer] = [:]
    private var byNumber: [UInt64: Peer] = [:]
    /// The descriptors that are open now, and who spoke by them.
    private var open: [Int32: Peer?] = [:]
    private var lastNumber: UInt64 = 0

    /// Connections that have ended and were not taken yet, in order. Their routing ids are still known, so that messages of
    /// theirs that are yet to be read keep their number.
    private var ended: [Peer] = []

    /// Connections that have spoken and not ended.
    var count: Int { byNumber.count }
    /// Connections that are open, those that have not spoken included.
    var openCount: Int { open.count }
    var hasEnded: Bool { !ended.isEmpty }

    /// The numbers of the connections that have ended since the last call, which are then forgotten.
    /// - Precondition: all of their messages were read.
    mutating func takeEnded() -> [UInt64] {
        for peer in ended { byRoutingID[peer.routingID] = nil }
        defer { ended = [] }
        return ended.map(\.number)
    }

    func peer(routingID: UInt32) -> Peer? { byRoutingID[routingID] }
    func peer(number: UInt64) -> Peer? { byNumber[number] }

    mutating func accepted(_ descriptor: Int32) {
        // The end of what the descriptor was before should have been reported; if not, it ends now.
        disconnected(descriptor)
        open[descriptor] = .some(nil)
    }

    mutating func disconnected(_ descriptor: Int32) {
        guard let peer = open.removeValue(forKey: descriptor) else { return }
        if let peer { end(peer) }
    }

    /// Enters the sender of a first message.
    /// - Precondition: every event that the monitor had when the message was read has been told to this table.
    mutating func enter(routingID: UInt32, descriptor: Int32?, key: CurvePublicKey? = nil) -> Peer {
        lastNumber += 1
        let peer = Peer(number: lastNumber, routingID: routingID, descriptor: descriptor, key: key)
        byRoutingID[routingID] = peer
        byNumber[peer.number] = peer
        guard let descriptor else { return peer }
        if let before = open[descriptor] {
            // One descriptor is one connection: another peer that was tied to it ended before this one began.
            open[descriptor] = peer
            if let before { end(before) }
        } else {
            // Its connection has ended already; only its messages were still here.
            peer.descriptor = nil
            end(peer)
        }
        return peer
    }

    /// A send found that the peer is gone.
    mutating func end(_ peer: Peer) {
        guard byNumber.removeValue(forKey: peer.number) != nil else { return }
        if let descriptor = peer.descriptor, let current = open[descriptor], current === peer {
            open[descriptor] = .some(nil)
        }
        ended.append(peer)
    }
}
