/// When there is an alert.
public struct AlertRules: Hashable, Sendable {
    /// How long a job may wait, in milliseconds.
    public var waitMilliseconds: Int64 = 3_600_000
    /// How many units may start while a tenant's first job waits; nil: see `AlertBook.usualLimit`. What the preflight proved counts
    /// in any case.
    public var overtaken: UInt64?
    /// How long a running gang may say nothing, in milliseconds.
    public var stuckMilliseconds: Int64 = 600_000
    /// How many times a worker may be lost within an hour.
    public var losses = 3
    /// Bytes that should be free for the state folder.
    public var freeBytes: UInt64 = 1 << 30
    /// Degrees Celsius from which on a device is too hot.
    public var celsius = 90.0

    public init() {}
}
