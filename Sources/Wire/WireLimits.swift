/// What a frame may hold. Both sides keep to the same limits, so that what one may send the other can read.
public struct WireLimits: Hashable, Sendable {
    /// A whole frame, header included. Bytes.
    public var frame = 8 << 20
    /// One text: an argument, a value, a reason, a line of metrics. Bytes. (Linux takes arguments up to 128 KiB.)
    public var text = 256 << 10
    /// Leases that a worker says it holds.
    public var held = 65_536
    /// Messages in one frame.
    public var batch = 4096
    /// Arguments of a command.
    public var arguments = 65_536
    /// Variables of an environment, parameters of a built-in program.
    public var pairs = 4096
    /// Devices of a worker.
    public var devices = 256
    /// A host's name. Bytes.
    public var host = 255

    public init() {}
}
