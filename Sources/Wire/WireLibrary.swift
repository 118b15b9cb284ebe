internal import CProtobufC

/// The protobuf-c library that this process runs with.
public enum WireLibrary {
    public static var version: String { String(cString: protobuf_c_version()) }
}
