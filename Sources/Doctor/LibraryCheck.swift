import Messaging
import Storage
import Wire

/// The libraries that this binary found on this host.
enum LibraryCheck {
    static func findings() -> [Finding] {
        let version = MessagingLibrary.version
        let text = "libzmq \(version.major).\(version.minor).\(version.patch)"
        var findings: [Finding] = []
        if version < (4, 3, 0) {
            findings.append(
                Finding("libraries", .fault, "\(text): 4.3 or newer is needed", advice: "install a newer libzmq5"))
        } else if !MessagingLibrary.hasCurve {
            findings.append(
                Finding("libraries", .fault, "\(text) was built without CURVE", advice: "install one with libsodium"))
        } else {
            findings.append(Finding("libraries", .ok, "\(text), with CURVE"))
        }
        findings.append(
            Finding("libraries", .ok, "protobuf-c \(WireLibrary.version), SQLite \(StorageLibrary.version)"))
        return findings
    }
}
