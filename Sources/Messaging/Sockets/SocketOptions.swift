import CZeroMQ

/// What a socket is set to before it is bound or connected. Every limit is finite on purpose.
public struct SocketOptions: Hashable, Sendable {
    /// How long closing a socket may keep unsent messages alive.
    public var lingerMilliseconds: Int32 = 1000
    /// Messages that may wait for one peer before the socket is full for it.
    public var sendQueue: Int32 = 1000
    /// Messages of one peer that may wait to be received before the peer is held back.
    public var receiveQueue: Int32 = 1000
    /// A peer that sends a larger message is disconnected before it is read. Bytes. Twice what our own frames may have, so
    /// that one that is a little too large is read, refused by name and counted, and only abuse is cut off.
    public var largestMessage: Int64 = 16 << 20
    /// Queue only to peers that are connected, so that nothing is sent to a peer that isn't there.
    public var onlyConnectedPeers = true
    /// ZMTP pings: how often, and how long a peer may stay silent. 0: none. They find hosts and networks that vanished;
    /// the end of a process is seen at once without them.
    public var heartbeatMilliseconds: Int32 = 2000
    public var heartbeatTimeoutMilliseconds: Int32 = 8000
    /// The first wait before a lost connection is tried again; each socket draws its own, up to twice this, so that many
    /// workers don't come back in one moment.
    public var reconnectMilliseconds: Int32 = 50
    /// The wait doubles up to this (again with a draw of its own).
    public var reconnectLimitMilliseconds: Int32 = 1000
    /// How long a peer may take for the handshake.
    public var handshakeMilliseconds: Int32 = 10_000
    /// Connections that a listening socket has at most; nil for as many as come. One socket in a context may have a bound.
    public var largestConnections: Int?
    /// Connections that the kernel may queue for a listening socket.
    public var backlog: Int32 = 1024

    /// How the two ends know each other; a socket of either role takes only its own.
    public var security = SocketSecurity.plain
    /// Bounds what one peer of a listening socket says; nil for none.
    public var rate: RateLimit?
    /// Connections of a listening socket that have not sent anything yet: the oldest make room for those that come, so that
    /// who connects and stays silent shuts nobody out.
    public var largestSilentConnections = 1024
    /// How long such a connection may stay silent at all.
    public var silenceMilliseconds: Int32 = 30_000

    public init() {}
}
