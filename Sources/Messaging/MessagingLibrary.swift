import CZeroMQ

/// The ZeroMQ library that this process runs with.
public enum MessagingLibrary {
    public static var version: (major: Int, minor: Int, patch: Int) {
        var numbers: (Int32, Int32, Int32) = (0, 0, 0)
        zmq_version(&numbers.0, &numbers.1, &numbers.2)
        return (Int(numbers.0), Int(numbers.1), Int(numbers.2))
    }

    /// Whether it can encrypt: without, keys are of no use.
    public static var hasCurve: Bool { zmq_has("curve") != 0 }
}
