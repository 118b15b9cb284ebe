import Glibc

/// Reads the small files in which the kernel says how the host is (`/proc`, `/sys`), below a root that a test can put elsewhere.
struct HostFiles: Sendable {
    /// Empty for the host's own.
    let root: String

    private static let largest = 4096

    /// The beginning of a file; nil where it can't be read.
    func text(_ path: String) -> String? {
        let descriptor = open(root + path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return withUnsafeTemporaryAllocation(byteCount: Self.largest, alignment: 1) { buffer in
            let count = read(descriptor, buffer.baseAddress, Self.largest)
            return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
        }
    }

    /// The first line of a file, without blanks around it.
    func line(_ path: String) -> String? {
        guard let line = text(path)?.split(separator: "\n", maxSplits: 1).first else { return nil }
        return String(line.drop { $0 == " " || $0 == "\t" }.prefix { $0 != "\r" })
    }

    func number(_ path: String) -> UInt64? { line(path).flatMap { UInt64($0) } }

    /// A temperature of `hwmon` or `thermal`: thousandths of a degree Celsius, in a file. What no sensor can mean (it is off, or
    /// not there) is nil.
    func celsius(_ path: String) -> Double? {
        guard let value = line(path).flatMap({ Int($0) }), (-60_000...200_000).contains(value), value != 0 else {
            return nil
        }
        return (Double(value) / 100).rounded() / 10
    }

    /// The names in a folder, sorted as `card2` before `card10`; none where there is no such folder.
    func names(in folder: String) -> [String] {
        guard let stream = opendir(root + folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    }
}
