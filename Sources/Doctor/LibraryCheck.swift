import Messaging
import Storage
import Wire

/// The libraries that this binary found on this host.
enum LibraryCheck {
    static func findings() -> [Finding] {
        messaging(MessagingLibrary.version, hasCurve: MessagingLibrary.hasCurve) + [
            Finding("libraries", .ok, "protobuf-c \(WireLibrary.version), SQLite \(StorageLibrary.version)")
        ]
    }

    static func messaging(_ version: (major: Int, minor: Int, patch: Int), hasCurve: Bool) -> [Finding] {
        let text = "libzmq \(version.major).\(version.minor).\(version.patch)"
        if version < (4, 3, 0) {
            return [Finding("libraries", .fault, "\(text): 4.3 or newer is needed", advice: "install a newer libzmq5")]
        }
        guard hasCurve else {
            return [
                Finding("libraries", .fault, "\(text) was built without CURVE", advice: "install one with libsodium")
            ]
        }
        return [Finding("libraries", .ok, "\(text), with CURVE")]
    }
}
