/// What a device of a worker last said of itself. The core decides nothing by it: people and alerts look at it.
///
/// What a device doesn't tell is nil.
public struct DeviceState: Hashable, Codable, Sendable {
    /// Memory of the device's own; the host's, for its processors. Bytes.
    public struct Memory: Hashable, Codable, Sendable {
        public var used: UInt64
        public var total: UInt64

        public init(used: UInt64, total: UInt64) {
            self.used = used
            self.total = total
        }
    }

    /// `cpu`, `nvidia` or `amd`.
    public var kind: String
    /// Counts the devices of a kind from 0, as their driver does. All processors of a host are one device.
    public var index: UInt32
    /// What its maker calls it: printable ASCII.
    public var name: String
    /// Of its hottest sensor, in tenths.
    public var celsius: Double?
    /// How much of the last seconds it was busy, 0 to 100.
    public var utilisationPercent: UInt32?
    public var memory: Memory?
    public var milliwatts: UInt64?
    /// Why it is slower than it could be (`heat`, `power brake`, …); nil while it isn't. A limit on power that somebody has set is no
    /// reason: to run against it is usual.
    public var throttle: String?

    public init(kind: String, index: UInt32 = 0, name: String) {
        self.kind = kind
        self.index = index
        self.name = name
    }

    /// `nvidia0`
    public var label: String { "\(kind)\(index)" }
}
