internal import CLab

/// The files that the binary carries, so that the lab needs nothing beside it.
public enum LabFiles {
    /// By their names, such as `priority-flood.csp`.
    public static let all: [String: String] = {
        var files: [String: String] = [:]
        var next = banquet_lab_files!
        while let name = next.pointee.name {
            let bytes = UnsafeBufferPointer(start: next.pointee.bytes, count: next.pointee.size)
            files[String(cString: name)] = String(decoding: bytes, as: UTF8.self)
            next += 1
        }
        return files
    }()
}

extension Scenario {
    /// The scenario's spec: Specs/lab/NAME.csp.
    public var specText: String { LabFiles.all["\(name).csp"]! }

    public var specName: String { "Specs/lab/\(name).csp" }
}
